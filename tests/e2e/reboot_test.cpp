// SPDX-License-Identifier: Apache-2.0
// Reboots by the real program. The test makes the boots: in a mount namespace of its own another file is the boot id of
// the machine, another folder its /etc, and systemd seems to be at work. What a booted systemd does is done here: it
// starts what the unit says.
#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "e2e/harness.h"
#include "engine/base/text.h"

namespace assay::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class Reboots : public EndToEnd {
 protected:
  void SetUp() override {
    Invocation copy{.argv = {"cp", "-a", "/etc", (folder_ / "etc").string()}, .folder = folder_.path()};
    run_program(copy);  // what cannot be read is not needed
    for (const char* folder : {"etc/systemd/system/multi-user.target.wants", "systemd/system"})
      fs::create_directories(folder_ / folder);
    for (const auto& entry : fs::directory_iterator(units())) {
      if (entry.path().filename().string().starts_with("assay-resume-")) fs::remove(entry.path());
    }
    set_boot_id("11111111-1111-1111-1111-111111111111");
    if (inside({"true"}).exit_code != 0) GTEST_SKIP() << "needs root who may mount";
  }

  [[nodiscard]] fs::path units() const { return folder_ / "etc/systemd/system"; }
  void set_boot_id(const std::string& id) const { write("boot_id", id + "\n"); }
  // In the machine that the test makes.
  [[nodiscard]] Outcome inside(const std::vector<std::string>& command, bool systemd = true) const {
    Invocation invocation = this->invocation({});
    invocation.argv = {"unshare",
                       "-m",
                       "--propagation",
                       "private",
                       "sh",
                       "-ec",
                       "mount --bind \"$1/boot_id\" /proc/sys/kernel/random/boot_id; mount --bind \"$1/etc\" /etc; "
                       "mount -t tmpfs none /run; if [ \"$2\" = 1 ]; then mkdir -p /run/systemd/system; fi; shift 2; "
                       "exec \"$@\"",
                       "sh",
                       folder_.path().string(),
                       systemd ? "1" : "0"};
    invocation.argv.insert(invocation.argv.end(), command.begin(), command.end());
    return run(invocation);
  }
  [[nodiscard]] Outcome assay(std::vector<std::string> arguments, bool systemd = true) const {
    arguments.insert(arguments.begin(), ASSAY_PROGRAM);
    return inside(arguments, systemd);
  }
  [[nodiscard]] Outcome start(const std::string& steps, bool systemd = true) const {
    return assay({"run", write("r.yaml", kHead + steps).string()}, systemd);
  }
  // A command that reboots: the next boot id, and a line for each time.
  [[nodiscard]] std::string rebooting() const {
    return "[sh, -c, \"echo >> '" + (folder_ / "rebooted").string() + "'; wc -l < '" + (folder_ / "rebooted").string() +
           "' > '" + (folder_ / "boot_id").string() + "'\"]";
  }
  [[nodiscard]] std::size_t times_rebooted() const {
    return fs::exists(folder_ / "rebooted") ? slurp(folder_ / "rebooted").size() : 0;
  }
  [[nodiscard]] std::string id() const { return runs().back().filename().string(); }
  [[nodiscard]] fs::path unit() const { return units() / ("assay-resume-" + id() + ".service"); }
  [[nodiscard]] bool unit_is_there() const {
    const bool file = fs::exists(unit());
    EXPECT_EQ(fs::exists(units() / "multi-user.target.wants" / unit().filename()), file);
    return file;
  }
  // What systemd starts: nothing of the user's is around it.
  [[nodiscard]] Outcome boot() const {
    std::vector<std::string> command = {"env", "-i"};
    for (const std::string_view line : lines(slurp(unit()))) {
      if (line.starts_with("Environment=\"")) command.emplace_back(line.substr(13, line.size() - 14));
      if (!line.starts_with("ExecStart=\"")) continue;
      std::string rest(line.substr(11));
      for (auto at = rest.find("\" \""); at != std::string::npos; at = rest.find("\" \"")) {
        command.push_back(rest.substr(0, at));
        rest = rest.substr(at + 3);
      }
      command.push_back(rest.substr(0, rest.size() - 1));
    }
    return inside(command);
  }
};

TEST_F(Reboots, ThreeInARowByTheUnitThatTheRunInstalls) {
  Outcome outcome = start("steps: [{ id: again, reboot: { times: 3, command: " + rebooting() +
                          " } }, { id: after, run: [echo, \"${{ steps.again.outputs.boots }}\"], outputs: { n: "
                          "int(stdout.trim()) } }]\n");
  EXPECT_EQ(outcome.exit_code, 4) << outcome.transcript;
  EXPECT_THAT(outcome.err, HasSubstr("assay: again: reboot 1 of 3: sh -c '"));
  EXPECT_THAT(outcome.err, HasSubstr("after the boot assay-resume-" + id() +
                                     ".service goes on with the run; by hand: "
                                     "assay resume " +
                                     id()));
  ASSERT_TRUE(unit_is_there());
  EXPECT_THAT(slurp(unit()), AllOf(HasSubstr("ExecStart=\"" ASSAY_PROGRAM "\" \"--store\" \"" + store().string() +
                                             "\" \"resume\" \"--boot\" \"" + id() + "\"\n"),
                                   HasSubstr("Environment=\"HOME=" + (folder_ / "home").parent_path().string())));
  std::size_t boots = 0;
  while (unit_is_there() && boots < 10) {
    EXPECT_EQ(outcome.exit_code, 4) << outcome.transcript;
    outcome = boot();
    ++boots;
  }
  EXPECT_EQ(boots, 3U);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.transcript;
  EXPECT_EQ(times_rebooted(), 3U);
  std::vector<std::string> told;
  for (const Json& line : journal()) {
    const std::string type = line["type"];
    if (type == "waiting") told.push_back("waiting " + line["number"].dump() + "/" + line["of"].dump());
    if (type == "answered") told.push_back("answered in boot " + line["answer"]["boot_id"].get<std::string>());
    if (type == "finished") told.push_back(line["step"].get<std::string>() + " " + line["verdict"].get<std::string>());
  }
  EXPECT_THAT(told, testing::ElementsAre("waiting 1/3", "answered in boot 1", "waiting 2/3", "answered in boot 2",
                                         "waiting 3/3", "answered in boot 3", "again pass", "after pass"));
}

TEST_F(Reboots, AKillBetweenTheJournalAndTheRebootLosesNothingAndLoopsNowhere) {
  const Outcome killed = start("steps: [{ id: a, reboot: { command: [sh, -c, \"echo >> '" +
                               (folder_ / "rebooted").string() + "'; kill -9 $PPID\"] } }]\n");
  EXPECT_EQ(killed.signal, SIGKILL) << killed.transcript;
  ASSERT_TRUE(unit_is_there());
  for (int i = 0; i < 2; ++i) {
    const Outcome same = i == 0 ? assay({"resume"}) : boot();
    EXPECT_EQ(same.exit_code, 4) << same.transcript;
    EXPECT_THAT(same.err, HasSubstr("a: the machine has not rebooted since 20"));
    EXPECT_TRUE(unit_is_there());
  }
  EXPECT_EQ(times_rebooted(), 1U);
  const Outcome answer = assay({"answer", "last", "a", "yes"});
  EXPECT_EQ(answer.exit_code, 2) << "only the machine can";
  set_boot_id("22222222-2222-2222-2222-222222222222");
  const Outcome done = assay({"resume"});
  EXPECT_EQ(done.exit_code, 0) << done.transcript;
  EXPECT_FALSE(unit_is_there());
}

TEST_F(Reboots, ACommandThatFailsIsSaidAndTheRunWaitsOn) {
  const Outcome failed = start("steps: [{ id: a, reboot: { command: [sh, -c, 'echo not allowed >&2; exit 7'] } }]\n");
  EXPECT_EQ(failed.exit_code, 3) << failed.transcript;
  EXPECT_THAT(failed.err,
              HasSubstr("error[S015]: the machine was not rebooted: 'sh -c 'echo not allowed >&2; exit 7'': "
                        "exit code 7: not allowed"));
  EXPECT_EQ(assay({"resume"}).exit_code, 4);
  set_boot_id("22222222-2222-2222-2222-222222222222");
  EXPECT_EQ(boot().exit_code, 0);
  EXPECT_FALSE(unit_is_there());
}

TEST_F(Reboots, WithoutSystemdAPersonGoesOn) {
  const Outcome first = start("steps: [{ id: a, reboot: { command: " + rebooting() + " } }]\n", false);
  EXPECT_EQ(first.exit_code, 4) << first.transcript;
  EXPECT_THAT(first.err, HasSubstr("the run does not go on by itself: systemd is not at work on this machine"));
  EXPECT_THAT(first.err, HasSubstr("after the boot: assay resume " + id()));
  EXPECT_FALSE(unit_is_there());
  const Outcome other = assay({"resume", "--boot"}, false);
  EXPECT_EQ(other.exit_code, 0) << "all runs that wait\n" << other.transcript;
  const Outcome none = assay({"resume", "--boot"}, false);
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_THAT(none.err, HasSubstr("waits for a reboot"));
}

TEST_F(Reboots, UnitsThatWereLeftBehindAreNamedAndRemoved) {
  EXPECT_EQ(start("steps: [{ id: a, run: ['true'] }]\n").exit_code, 0);
  write("etc/systemd/system/assay-resume-" + id() + ".service", "");
  write("etc/systemd/system/assay-resume-20200101T000000Z-abcdef.service", "");
  const Json left = last_json(assay({"doctor", "--json"}))["left_units"];
  ASSERT_THAT(left, SizeIs(2));
  EXPECT_EQ(left[0]["run"], "20200101T000000Z-abcdef");
  EXPECT_EQ(left[0]["known"], false);
  EXPECT_EQ(left[1]["run"], id());
  EXPECT_EQ(left[1]["known"], true);
  EXPECT_THAT(assay({"doctor"}).out, HasSubstr("its run has come to its end; the next `assay resume` removes it"));
  EXPECT_EQ(assay({"resume"}).exit_code, 0);
  EXPECT_THAT(last_json(assay({"doctor", "--json"}))["left_units"], SizeIs(1)) << "of another store: not ours";
}

// Also where the recipe reads no facts.
TEST_F(Reboots, ARunIsNotGoneOnWithOnAnotherMachineByAccident) {
  write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  ASSERT_EQ(start("steps: [{ id: q, approve: \"Go?\" }]\n").exit_code, 4);
  EXPECT_EQ(assay({"resume"}).exit_code, 4);
  write("etc/machine-id", "fedcba9876543210fedcba9876543210\n");
  const Outcome other = assay({"resume"});
  EXPECT_EQ(other.exit_code, 2) << other.transcript;
  EXPECT_THAT(other.err, HasSubstr("error[J004]: the machine is another one: its machine_id is not that of the run's "
                                   "start"));
  EXPECT_EQ(assay({"resume", "--accept-changes"}).exit_code, 4);
}

}  // namespace
}  // namespace assay::test
