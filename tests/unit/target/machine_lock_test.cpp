// SPDX-License-Identifier: Apache-2.0
#include "engine/target/machine_lock.h"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::target {
namespace {

using system::LockHolder;

class MachineLocks : public testing::Test {
 protected:
  MachineLock run(const std::string& name) { return std::move(*MachineLock::open(folder_.path(), name, clock_)); }
  // "" when it got in, else the purpose of who is in the way, "?" when that is not known.
  static std::string enter(MachineLock& lock, bool alone) {
    const auto holder = lock.enter(alone);
    if (!holder) throw std::runtime_error(holder.error().message);
    return !*holder ? "" : (*holder)->pid == 0 ? "?" : (*holder)->purpose;
  }
  [[nodiscard]] std::size_t signs() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      count += entry.path().extension() == ".holder" ? 1 : 0;
    return count;
  }

  test::TempFolder folder_;
  test::FakeClock clock_;
  MachineLock one_ = run("run one");
  MachineLock two_ = run("run two");
};

TEST_F(MachineLocks, OrdinaryStepsShare) {
  EXPECT_EQ(enter(one_, false), "");
  EXPECT_EQ(enter(one_, false), "");
  EXPECT_EQ(enter(two_, false), "");
  EXPECT_EQ(enter(one_, false), "");
}

TEST_F(MachineLocks, ANoisyStepHasTheMachineAlone) {
  EXPECT_EQ(enter(one_, true), "");
  EXPECT_EQ(enter(two_, false), "run one");
  EXPECT_EQ(enter(two_, true), "run one");
  one_.leave();
  EXPECT_EQ(enter(two_, true), "");
  EXPECT_EQ(enter(one_, true), "run two");
}

TEST_F(MachineLocks, ItIsHeldUntilTheLastStepOfARunHasLeft) {
  EXPECT_EQ(enter(one_, false), "");
  EXPECT_EQ(enter(one_, false), "");
  one_.leave();
  EXPECT_EQ(enter(two_, true), "run one");
  one_.leave();
  EXPECT_EQ(enter(two_, true), "");
}

TEST_F(MachineLocks, NobodyOvertakesOneThatWaitsToBeAlone) {
  EXPECT_EQ(enter(one_, false), "");
  EXPECT_EQ(enter(two_, true), "run one");
  EXPECT_EQ(enter(one_, false), "run two") << "the next step of one waits behind two, who is not in";
  one_.leave();
  EXPECT_EQ(enter(one_, false), "run two");
  EXPECT_EQ(enter(two_, true), "");
  EXPECT_EQ(enter(one_, false), "run two");
}

TEST_F(MachineLocks, OneThatGivesItsTurnUpHoldsNobodyBack) {
  EXPECT_EQ(enter(one_, false), "");
  EXPECT_EQ(enter(two_, true), "run one");
  two_.withdraw();
  EXPECT_EQ(enter(one_, false), "");
}

TEST_F(MachineLocks, TwoThatBothWantToBeAloneDoNotWaitForEachOther) {
  EXPECT_EQ(enter(one_, false), "");
  EXPECT_EQ(enter(two_, false), "");
  one_.leave();
  EXPECT_EQ(enter(one_, true), "run two");
  two_.leave();
  EXPECT_EQ(enter(two_, true), "run one");
  EXPECT_EQ(enter(one_, true), "");
  one_.leave();
  EXPECT_EQ(enter(two_, true), "");
}

TEST_F(MachineLocks, OursInTheWayAreNoError) {
  EXPECT_EQ(enter(one_, false), "");
  EXPECT_EQ(enter(one_, true), "?");
  one_.leave();
  EXPECT_EQ(enter(one_, true), "");
}

TEST_F(MachineLocks, WhoIsAloneSaysSinceWhen) {
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(enter(one_, true), "");
  const auto holder = two_.enter(false);
  ASSERT_TRUE(holder && *holder);
  EXPECT_EQ((*holder)->since, "2026-01-31T08:35:00.000000Z");
  EXPECT_EQ((*holder)->pid, ::getpid());
}

TEST_F(MachineLocks, AKilledHolderIsOutAtOnceAndItsSignIsSweptByTheNextRun) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    static std::optional<MachineLock> lock(run("run of the other"));
    const bool in = enter(*lock, true).empty();
    const bool told = ::write(ready[1], "r", 1) == 1;
    while (in && told) ::pause();
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(enter(one_, false), "run of the other");
  EXPECT_EQ(signs(), 3U);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  EXPECT_EQ(enter(one_, false), "");
  EXPECT_EQ(signs(), 3U);
  const MachineLock next = run("run three");
  EXPECT_EQ(signs(), 3U);
}

TEST_F(MachineLocks, ASignGoesWithItsRun) {
  std::optional<MachineLock> three(run("run three"));
  EXPECT_EQ(signs(), 3U);
  const MachineLock moved = std::move(*three);
  three.reset();
  EXPECT_EQ(signs(), 3U);
}

TEST_F(MachineLocks, NamesThatAreNoSignsAndSignsThatLieAreHarmless) {
  ASSERT_EQ(::mkdir((folder_ / "machine-1-1-0.holder").c_str(), 0755), 0);
  folder_.write("machine-2-2-0.holder", "{\"format\":\"assay.holder/1\",\"pid\":1}");
  fs::create_symlink("/etc/passwd", folder_ / "machine-3-3-0.holder");
  EXPECT_EQ(enter(one_, true), "");
  EXPECT_EQ(enter(two_, true), "run one");
}

// Where the locks lie.

using Environment = std::vector<std::pair<std::string, std::string>>;

TEST(MachineLockFolder, IsTheOneThatIsAskedFor) {
  EXPECT_EQ(machine_lock_folder(Environment{{"ASSAY_LOCK_DIR", "/srv/locks"}}, "/store/locks"), "/srv/locks");
}

TEST(MachineLockFolder, ElseOneThatAllUsersMeetIn) {
  const fs::path folder = machine_lock_folder({}, "/nowhere");
  if (folder == "/nowhere") GTEST_SKIP() << "/run/lock cannot be written here";
  struct stat status {};
  ASSERT_EQ(::stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 01777U) << folder;
}

// Processes that race, noisy and ordinary steps mixed: a noisy one is never in beside another.
TEST(MachineLockRace, NobodyIsInBesideANoisyStep) {
  const test::TempFolder folder;
  const test::FakeClock clock;
  constexpr int kProcesses = 4;
  constexpr int kSteps = 200;
  struct Inside {
    std::atomic<int> ordinary;
    std::atomic<int> noisy;
    std::atomic<int> wrong;
  };
  auto* const inside =
      static_cast<Inside*>(::mmap(nullptr, sizeof(Inside), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(inside, MAP_FAILED);
  std::vector<pid_t> pids;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      auto lock = MachineLock::open(folder.path(), "run", clock);
      if (!lock) ::_exit(2);
      for (int step = 0; step < kSteps;) {
        const bool alone = (step + process) % 3 == 0;
        const auto holder = lock->enter(alone);
        if (!holder) ::_exit(3);
        if (*holder) continue;
        auto& count = alone ? inside->noisy : inside->ordinary;
        ++count;
        if (inside->noisy > 1 || (alone && inside->ordinary > 0) || (!alone && inside->noisy > 0)) ++inside->wrong;
        --count;
        lock->leave();
        ++step;
      }
      ::_exit(0);
    }
    pids.push_back(pid);
  }
  for (const pid_t pid : pids) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(inside->wrong, 0);
  ::munmap(inside, sizeof(Inside));
}

}  // namespace
}  // namespace assay::target
