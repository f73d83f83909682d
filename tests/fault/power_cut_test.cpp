// SPDX-License-Identifier: Apache-2.0
// The power goes while the store lies on a disk that drops what was not synced (drop_fs.cpp); then resume. What the
// steps have done lies on another disk, so nothing that they did may be missing from the record.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <random>

#include "engine/base/files.h"
#include "fault/fault.h"
#include "fault/scene.h"

namespace assay::test {
namespace {

// drop_fs under way.
class Disk {
 public:
  explicit Disk(const std::filesystem::path& folder) : folder_(folder) {
    std::filesystem::create_directories(folder);
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::execl(ASSAY_DROP_FS, ASSAY_DROP_FS, folder.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    in_ = UniqueFd(in[1]);
    out_ = UniqueFd(out[0]);
    mounted_ = said("mounted");
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk() {
    in_.reset();
    ::kill(pid_, SIGTERM);  // it unmounts itself
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }

  [[nodiscard]] bool mounted() const { return mounted_; }
  // The power will go at that change from now.
  void stop_in(int changes) const { tell(".stop", std::to_string(changes)); }
  // Waits until the disk stands still. False: the program ended before.
  bool wait_until_stopped(Running& program) {
    for (;;) {
      pollfd watched{out_.get(), POLLIN, 0};
      if (::poll(&watched, 1, 5) > 0) return said("stopped");
      if (program.wait(std::chrono::microseconds(0))) return false;
    }
  }
  void cut_while_stopped(const std::string& how) const {
    if (!write_all(in_.get(), how + "\n", "drop_fs")) throw std::runtime_error("drop_fs is gone");
  }

 private:
  void tell(const char* name, const std::string& text) const {
    std::ofstream file(folder_ / name);
    file << text;
    if (!file.flush()) throw std::runtime_error("drop_fs does not listen");
  }
  bool said(const std::string& word) {
    std::string line;
    for (char byte = 0; ::read(out_.get(), &byte, 1) == 1 && byte != '\n';) line += byte;
    return line == word;
  }

  std::filesystem::path folder_;
  UniqueFd in_;
  UniqueFd out_;
  pid_t pid_ = -1;
  bool mounted_ = false;
};

class PowerCut : public ::testing::Test {
 protected:
  static void at_changes(Recipe (*recipe)(const std::filesystem::path&), const std::string& mode, int stride);
};

// nullopt: this machine or user cannot mount by FUSE.
std::optional<Result> undisturbed(Recipe (*recipe)(const std::filesystem::path&)) {
  const TempFolder folder("assay-fault");
  const Disk disk(folder / "disk");
  if (!disk.mounted()) return std::nullopt;
  const Scene scene(folder.path(), recipe, folder / "disk/store");
  const Invocation run = scene.run();
  const Outcome outcome = run_program(run);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.describe(run);
  return scene.result();
}

// What a cut left behind is taken up; where nothing is left, nothing had been done.
void take_up(const Result& whole, const Scene& scene, const std::string& how) {
  const auto before = effects_of_finished(scene);
  expect_nothing_unknown(scene, how);
  resume_to_the_end(scene, how);
  expect_as_good_as(whole, scene, before, how);
}

void PowerCut::at_changes(Recipe (*recipe)(const std::filesystem::path&), const std::string& mode, int stride) {
  const auto whole = undisturbed(recipe);
  if (!whole) GTEST_SKIP() << "this machine or user cannot mount by FUSE";
  int at = 1;
  for (;; at += stride) {
    const std::string how = "the power goes at change " + std::to_string(at) + ", left behind: " + mode;
    const TempFolder folder("assay-fault");
    Disk disk(folder / "disk");
    const Scene scene(folder.path(), recipe, folder / "disk/store");
    disk.stop_in(at);
    {
      Running run(scene.run(), folder / "output");
      if (!disk.wait_until_stopped(run)) {
        EXPECT_EQ(run.exit_code(), 0) << how;
        break;
      }
      run.send_kill(Reach::kEverything);
      disk.cut_while_stopped(mode + " " + std::to_string(at));
      ASSERT_TRUE(run.wait(std::chrono::minutes(1))) << how;
    }
    take_up(*whole, scene, how);
    if (HasFailure()) return;
  }
  EXPECT_GT(at, 60);
}

TEST_F(PowerCut, LosesNothingThatWasActedUpon) { at_changes(mixed_recipe, "nothing", 41); }
TEST_F(PowerCut, LeavesAPrefix) { at_changes(mixed_recipe, "prefix", 43); }
TEST_F(PowerCut, LeavesSectorsInAnyOrder) { at_changes(short_recipe, "sectors", 5); }

class SlowPowerCut : public PowerCut {};
TEST_F(SlowPowerCut, LosesNothingThatWasActedUpon) { at_changes(mixed_recipe, "nothing", 1); }
TEST_F(SlowPowerCut, LeavesAPrefix) { at_changes(mixed_recipe, "prefix", 1); }
TEST_F(SlowPowerCut, LeavesSectorsInAnyOrder) { at_changes(mixed_recipe, "sectors", 1); }

}  // namespace
}  // namespace assay::test
