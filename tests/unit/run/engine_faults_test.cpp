// SPDX-License-Identifier: Apache-2.0
// A run that is stopped, and one whose record cannot be written.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "engine_fixture.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Verdict;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Faults : public EngineTest {
 protected:
  // What the shell of the test ignores is not ours.
  void SetUp() override {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
  }
  void TearDown() override { room_again(); }

  // Sends the signals, one a tick, once the file is there.
  void signal_when(const std::string& file, std::vector<int> signals) {
    watcher_.at_tick = [this, file, signals = std::move(signals), next = std::size_t{0}]() mutable {
      if (next < signals.size() && std::filesystem::exists(folder_ / file)) ::kill(::getpid(), signals[next++]);
    };
  }
  [[nodiscard]] std::string touch(const std::string& file) const { return ": >" + (folder_ / file).string(); }

  // From now on no file of this process can grow beyond `bytes`: a full disk.
  void disk_is_full(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = old_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
    full_ = true;
  }
  void room_again() {
    if (!full_) return;
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
    full_ = false;
  }

 private:
  rlimit old_{};
  void (*handler_)(int) = nullptr;
  bool full_ = false;
};

struct SignalCase {
  const char* name;
  int signal;
  int exit_code;
};
class Signals : public Faults, public testing::WithParamInterface<SignalCase> {};
TEST_P(Signals, EndTheRunInOrder) {
  signal_when("ready", {GetParam().signal});
  run("steps: [{ id: a, run: [sh, -c, '" + touch("ready") +
      "; exec sleep 60'] }, { id: b, run: ['true'] }, { id: c, if: always(), run: ['true'] }]\n");
  EXPECT_THAT(told(),
              ElementsAre("a cancelled error: stopped on request",
                          "b cancelled skipped: not started: the run was stopped [cancelled]", "c finished pass"));
  EXPECT_EQ(result_.outcome.exit_code, GetParam().exit_code);
  EXPECT_EQ(record_.exit_code, GetParam().exit_code) << "the record is sealed";
  EXPECT_THAT(record_.damage, testing::IsEmpty());
  EXPECT_THAT(watcher_.seen, Contains("stopping false"));
  EXPECT_TRUE(std::filesystem::is_empty(options_.store / "tmp"));
}
const SignalCase kSignals[] = {
    {"interrupt", SIGINT, 130},
    {"terminate", SIGTERM, 143},
    {"hang_up", SIGHUP, 143},
};
INSTANTIATE_TEST_SUITE_P(Engine, Signals, testing::ValuesIn(kSignals), test::case_name);

// `nohup`, or a job in the background of a script.
TEST_F(Faults, SignalsThatWereIgnoredAtTheStartStaySo) {
  for (const int signal : {SIGINT, SIGHUP}) {
    SCOPED_TRACE(signal);
    std::signal(signal, SIG_IGN);
    int sent = 0;
    watcher_.at_tick = [&, this] {
      if (!std::filesystem::exists(folder_ / "ready")) return;
      ::kill(::getpid(), signal);
      if (++sent == 3) folder_.write("go", "");
    };
    run("steps: [{ id: a, run: [sh, -c, '" + touch("ready") + "; until [ -e " + (folder_ / "go").string() +
        " ]; do sleep 0.02; done'] }]\n");
    watcher_.at_tick = nullptr;
    std::signal(signal, SIG_DFL);
    EXPECT_THAT(told(), ElementsAre("a finished pass"));
    EXPECT_EQ(result_.outcome.exit_code, 0);
    std::filesystem::remove(folder_ / "ready");
    std::filesystem::remove(folder_ / "go");
  }
}

TEST_F(Faults, AStepThatAlwaysRunsIsLetRunAfterAStop) {
  signal_when("ready", {SIGINT});
  run("steps: [{ id: a, run: [sh, -c, '" + touch("ready") +
      "; exec sleep 60'] }, { id: c, if: always(), run: [sh, -c, 'sleep 0.05; " + touch("cleaned") + "'] }]\n");
  EXPECT_THAT(told(), ElementsAre("a cancelled error: stopped on request", "c finished pass"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "cleaned"));
  EXPECT_EQ(result_.outcome.exit_code, 130);
}

TEST_F(Faults, ASecondStopEndsAlsoWhatAlwaysRuns) {
  options_.grace = std::chrono::hours(1);
  bool again = false;
  watcher_.at_tick = [&, stopped = false]() mutable {
    if (!stopped && std::filesystem::exists(folder_ / "ready")) {
      stopped = true;
      ::kill(::getpid(), SIGINT);
    }
    if (stopped && !again && std::filesystem::exists(folder_ / "cleaning")) {
      again = true;
      ::kill(::getpid(), SIGINT);
    }
  };
  run("steps: [{ id: a, run: [sh, -c, '" + touch("ready") +
      "; exec sleep 60'] }, { id: c, if: always(), run: [sh, -c, 'trap \"\" TERM; " + touch("cleaning") +
      "; while :; do sleep 0.02; done'] }, { id: d, if: always(), run: ['true'] }]\n");
  EXPECT_TRUE(again);
  EXPECT_THAT(told(), ElementsAre("a cancelled error: stopped on request", "c cancelled error: stopped on request",
                                  "d cancelled skipped: not started: the run was stopped [cancelled]"));
}

TEST_F(Faults, ASecondSignalDoesNotWaitForTheGrace) {
  options_.grace = std::chrono::hours(1);
  signal_when("ready", {SIGINT, SIGTERM});
  run("steps: [{ id: a, run: [sh, -c, 'trap \"\" TERM; " + touch("ready") + "; while :; do sleep 0.02; done'] }]\n");
  EXPECT_THAT(told(), ElementsAre("a cancelled error: stopped on request"));
  EXPECT_EQ(result_.outcome.exit_code, 130) << "the first signal decides";
  EXPECT_THAT(watcher_.seen, testing::IsSupersetOf({"stopping false", "stopping true"}));
}

TEST_F(Faults, AStopEndsEveryStepThatRuns) {
  signal_when("ready2", {SIGTERM});
  run("order: graph\nsteps: [{ id: a, run: [sh, -c, 'exec sleep 60'] }, { id: b, run: [sh, -c, '" + touch("ready2") +
      "; exec sleep 60'] }]\n");
  EXPECT_THAT(told(), ElementsAre("a cancelled error: stopped on request", "b cancelled error: stopped on request"));
}

TEST_F(Faults, ARunThatCannotBeSealedIsNoPass) {
  watcher_.at_event = [this](const std::string& line) {
    if (line == "step_finished a pass 0") disk_is_full(64);
  };
  run("steps: [{ id: a, run: ['true'] }]\n");
  room_again();
  EXPECT_THAT(result_.problem, HasSubstr("File too large"));
  EXPECT_EQ(result_.outcome.verdict, Verdict::kError);
  EXPECT_EQ(result_.outcome.exit_code, 3);
}

TEST_F(Faults, AJournalThatIsLostEndsTheRunAndNothingNewStarts) {
  // There is room for the line that says how a ended, and not for the one that says that b begins.
  watcher_.at_event = [this](const std::string& line) {
    if (line != "step_started b") return;
    const auto run = std::filesystem::directory_iterator(options_.store / "runs")->path();
    disk_is_full(std::filesystem::file_size(run / "journal.jsonl") + 480);
  };
  run("steps: [{ id: a, run: ['true'] }, { id: b, run: [sh, -c, '" + touch("effect") +
      "'] }, { id: c, if: always(), run: [sh, -c, '" + touch("effect of c") + "'] }]\n");
  room_again();
  EXPECT_THAT(result_.problem, HasSubstr("File too large"));
  EXPECT_EQ(result_.outcome.verdict, Verdict::kError);
  EXPECT_EQ(result_.outcome.exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "effect"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "effect of c")) << "without a record nothing starts";
  EXPECT_EQ(record_.status, record::Status::kRunning) << "what is on the disk is not sealed";
  EXPECT_EQ(record_.steps.at(0).verdict, Verdict::kPass) << "what was recorded before stays";
  EXPECT_EQ(watcher_.seen.back(), "run_finished error 3");
}

TEST_F(Faults, AJournalThatIsLostUnderAStepEndsIt) {
  const std::string ready = (folder_ / "ready").string();
  watcher_.at_tick = [this, ready, done = false]() mutable {
    if (done || !std::filesystem::exists(ready)) return;
    done = true;
    disk_is_full(64);
  };
  run("order: graph\nsteps: [{ id: a, run: [sh, -c, ': >" + ready +
      "; exec sleep 60'] }, { id: b, run: [sh, -c, 'sleep "
      "0.4; echo x'] }]\n");
  room_again();
  EXPECT_NE(result_.problem, "");
  EXPECT_EQ(result_.outcome.exit_code, 3);
  EXPECT_THAT(watcher_.seen, Contains(StartsWith("step_finished a")));
  EXPECT_THAT(watcher_.seen, Contains(StartsWith("step_finished b")));
}

TEST_F(Faults, AJournalThatIsLostWhileAQuestionIsOpenEndsTheRun) {
  watcher_.at_event = [this](const std::string& line) {
    if (line == "step_started b") disk_is_full(64);
  };
  run("order: graph\nsteps: [{ id: q, approve: \"Go?\" }, { id: a, run: [sleep, '0.1'] }, { id: b, needs: [a], run: "
      "[sleep, '0.1'] }]\n");
  room_again();
  EXPECT_NE(result_.problem, "");
  EXPECT_EQ(result_.ending, Ending::kLost);
  EXPECT_EQ(result_.outcome.exit_code, 3);
}

TEST_F(Faults, AFailureWhoseRescueHadNoTurnDecidesNothing) {
  watcher_.at_event = [this](const std::string& line) {
    if (line == "step_finished a fail 1") disk_is_full(64);
  };
  run("steps: [{ id: k, block: { steps: [{ id: a, run: ['false'] }], rescue: [{ id: r, run: [sleep, '0.1'] }] } }]\n");
  room_again();
  EXPECT_NE(result_.problem, "");
  EXPECT_EQ(result_.outcome.verdict, Verdict::kError);
  EXPECT_EQ(result_.outcome.exit_code, 3);
}

TEST_F(Faults, AnEarlierFailureIsStillTold) {
  watcher_.at_event = [this](const std::string& line) {
    if (line == "step_finished a fail 1") disk_is_full(64);
  };
  run("order: graph\nsteps: [{ id: a, run: ['false'] }, { id: b, needs: [a], if: always(), run: ['true'] }]\n");
  room_again();
  EXPECT_NE(result_.problem, "");
  EXPECT_EQ(result_.outcome.verdict, Verdict::kFail);
  EXPECT_EQ(result_.outcome.exit_code, 3) << "but the record is not all";
}

TEST_F(Faults, ARecordThatCannotBeBegunStartsNothing) {
  std::string steps = "order: graph\nsteps:\n  - { id: a, run: [sh, -c, '" + touch("effect") + "'] }\n";
  for (int i = 0; i < 200; ++i) steps += "  - { id: s" + std::to_string(i) + ", run: ['true'] }\n";
  disk_is_full(12000);
  auto result = try_run(steps);
  room_again();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->problem, HasSubstr("File too large"));
  EXPECT_EQ(result->outcome.exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "effect"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "effect of c")) << "without a record nothing starts";
  EXPECT_THAT(watcher_.seen, ElementsAre("run_finished error 3"));
}

TEST_F(Faults, AStoreThatIsAFileIsAnErrorBeforeAnything) {
  options_.store = folder_.write("occupied", "x");
  const auto result = try_run("steps: [{ id: a, run: [sh, -c, '" + touch("effect") + "'] }]\n");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr((folder_ / "occupied").string()));
  EXPECT_THAT(watcher_.seen, testing::IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "effect"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "effect of c")) << "without a record nothing starts";
}

TEST_F(Faults, AStepThatKillsItsParentsGroupDoesNotReachTheRun) {
  run("steps: [{ id: a, run: [sh, -c, 'kill -TERM 0'] }, { id: b, if: always(), run: ['true'] }]\n");
  EXPECT_THAT(told(), ElementsAre("a error error: killed by signal 15 (Terminated)", "b finished pass"));
  EXPECT_EQ(result_.outcome.exit_code, 3);
}

}  // namespace
}  // namespace assay::run
