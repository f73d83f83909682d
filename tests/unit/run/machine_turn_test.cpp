// SPDX-License-Identifier: Apache-2.0
// A run on a machine that others use too.
#include <csignal>

#include "engine_fixture.h"

namespace assay::run {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Refuses so many times, and keeps what was asked of it.
class SharedMachine final : public target::MachineAccess {
 public:
  struct Log {
    int refusals = 0;
    std::optional<Diagnostic> broken;
    std::vector<std::string> calls;
  };
  explicit SharedMachine(Log& log) : log_(log) {}
  Result<std::optional<system::LockHolder>> enter(bool alone) override {
    if (log_.broken) return failure(*log_.broken);
    if (log_.refusals > 0) {
      --log_.refusals;
      return std::optional(system::LockHolder{
          .pid = 7, .user = "ann", .host = "lab7", .purpose = "run r1", .since = "2026-01-31T08:30:00Z"});
    }
    log_.calls.emplace_back(alone ? "alone" : "in");
    return std::optional<system::LockHolder>();
  }
  void leave() override { log_.calls.emplace_back("out"); }
  void withdraw() override {
    if (log_.calls.empty() || log_.calls.back() != "withdrawn") log_.calls.emplace_back("withdrawn");
  }

 private:
  Log& log_;
};

class MachineTurns : public EngineTest {
 protected:
  MachineTurns() {
    options_.machine = [this](const std::string& run) -> Result<std::unique_ptr<target::MachineAccess>> {
      asked_for_ = run;
      return std::make_unique<SharedMachine>(log_);
    };
  }
  [[nodiscard]] std::size_t told_busy() const {
    return static_cast<std::size_t>(std::count(watcher_.seen.begin(), watcher_.seen.end(), "machine_busy"));
  }
  SharedMachine::Log log_;
  std::string asked_for_;
};

TEST_F(MachineTurns, EachStepEntersAndLeavesANoisyOneAlone) {
  run("steps:\n  - { id: a, run: [echo, a] }\n  - { id: b, pool: noisy, run: [echo, b] }\n  - { id: c, if: \"false\", "
      "run: [echo] }\n");
  EXPECT_EQ(asked_for_, result_.id);
  EXPECT_THAT(log_.calls, ElementsAre("in", "out", "alone", "out", "withdrawn"));
  EXPECT_EQ(told_busy(), 0U);
}

TEST_F(MachineTurns, AStepThatFailsLeavesToo) {
  run("steps: [{ id: a, run: [no-such-program] }]\n");
  EXPECT_THAT(log_.calls, ElementsAre("in", "out", "withdrawn"));
}

TEST_F(MachineTurns, WhoIsInTheWayForAWhileIsToldOnce) {
  log_.refusals = 6;
  run("steps: [{ id: a, run: [echo, a] }]\n");
  EXPECT_EQ(result_.outcome.exit_code, 0);
  EXPECT_THAT(log_.calls, ElementsAre("in", "out", "withdrawn"));
  EXPECT_EQ(told_busy(), 1U);
}

TEST_F(MachineTurns, AMeetingAtTheDoorIsNotToldAtAll) {
  log_.refusals = 2;
  run("steps: [{ id: a, run: [echo, a] }]\n");
  EXPECT_EQ(result_.outcome.exit_code, 0);
  EXPECT_EQ(told_busy(), 0U);
}

TEST_F(MachineTurns, AStopEndsTheWaitAndGivesTheTurnUp) {
  log_.refusals = 1'000'000;
  watcher_.at_event = [](const std::string& line) {
    if (line == "machine_busy") ::raise(SIGINT);
  };
  run("steps: [{ id: a, run: [echo, a] }]\n");
  EXPECT_EQ(result_.outcome.exit_code, 130);
  EXPECT_THAT(told(), ElementsAre("a cancelled skipped: not started: the run was stopped [cancelled]"));
  EXPECT_THAT(log_.calls, ElementsAre("withdrawn"));
}

TEST_F(MachineTurns, WithoutLocksNothingMoreIsStarted) {
  log_.broken = Diagnostic{.code = Code::kSystem, .message = "cannot lock 'x'"};
  run("steps: [{ id: a, run: [echo, a] }, { id: b, run: [echo, b] }]\n");
  EXPECT_EQ(result_.outcome.exit_code, 3);
  EXPECT_EQ(result_.problem, "cannot lock 'x'");
  EXPECT_THAT(told()[0], HasSubstr("not started: cannot lock 'x'"));
}

TEST_F(MachineTurns, AMachineThatCannotBeLockedAtAllStartsNoRun) {
  options_.machine = [](const std::string&) -> Result<std::unique_ptr<target::MachineAccess>> {
    return failure(Code::kSystem, "no place for locks");
  };
  const auto result = try_run("steps: [{ id: a, run: [echo, a] }]\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "no place for locks");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "store/runs"));
}

}  // namespace
}  // namespace assay::run
