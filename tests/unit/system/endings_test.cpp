// SPDX-License-Identifier: Apache-2.0
// How processes end: time limits, stops, and what a step leaves behind.
#include "process_fixture.h"
#include "support/cases.h"

namespace assay::system {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

struct EndingCase {
  const char* name;
  const char* script;
  milliseconds timeout;
  milliseconds grace;
  Ending ending;
  int exit_code;
  int signal;
  const char* out;
};
class Endings : public ProcessTest, public testing::WithParamInterface<EndingCase> {};
TEST_P(Endings, AreToldApart) {
  const auto exit = run(GetParam().script, {.timeout = GetParam().timeout, .grace = GetParam().grace});
  ASSERT_TRUE(exit) << exit.error().message;
  EXPECT_EQ(exit->ending, GetParam().ending);
  EXPECT_EQ(exit->exit_code, GetParam().exit_code);
  EXPECT_EQ(exit->signal, GetParam().signal);
  EXPECT_EQ(sink_.out, GetParam().out);
  EXPECT_EQ(exit->stray_processes, 0U);
}
const EndingCase kEndings[] = {
    {"in_time", "echo a", hours(1), hours(1), Ending::kExited, 0, 0, "a\n"},
    {"without_a_limit", "exit 7", milliseconds(0), milliseconds(0), Ending::kExited, 7, 0, ""},
    {"killed_by_another", "kill -HUP $$", hours(1), hours(1), Ending::kKilled, 129, SIGHUP, ""},
    {"exit_code_like_a_signal", "exit 143", hours(1), hours(1), Ending::kExited, 143, 0, ""},
};
INSTANTIATE_TEST_SUITE_P(Process, Endings, testing::ValuesIn(kEndings), test::case_name);

struct TimeoutCase {
  const char* name;
  const char* script;
  milliseconds grace;
  int exit_code;
  int signal;
  const char* out;
};
class Timeouts : public ProcessTest, public testing::WithParamInterface<TimeoutCase> {};
TEST_P(Timeouts, EndWhatRunsTooLong) {
  const auto exit = run_into_timeout(GetParam().script, GetParam().grace);
  ASSERT_TRUE(exit) << exit.error().message;
  EXPECT_EQ(exit->ending, Ending::kTimedOut);
  EXPECT_EQ(exit->exit_code, GetParam().exit_code);
  EXPECT_EQ(exit->signal, GetParam().signal);
  EXPECT_EQ(sink_.out, GetParam().out);
  EXPECT_EQ(exit->stray_processes, 0U) << "what was cut off has left nothing behind of its own will";
}
const TimeoutCase kTimeouts[] = {
    {"ended_by_term", "echo ready; exec sleep 60", hours(1), 143, SIGTERM, "ready\n"},
    {"ended_by_kill", "trap '' TERM; echo ready; while :; do sleep 0.01; done", milliseconds(50), 137, SIGKILL,
     "ready\n"},
    {"ended_in_order", "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done", hours(1), 0, 0,
     "ready\nbye\n"},
    {"no_grace_at_all", "trap '' TERM; echo ready; while :; do sleep 0.01; done", milliseconds(0), 137, SIGKILL,
     "ready\n"},
};
INSTANTIATE_TEST_SUITE_P(Process, Timeouts, testing::ValuesIn(kTimeouts), test::case_name);

TEST_F(ProcessTest, TellsHowLongItTook) {
  const auto exit = run("sleep 0.05");
  ASSERT_TRUE(exit);
  EXPECT_GE(exit->wall_s, 0.05);
  EXPECT_LT(exit->cpu_s, exit->wall_s);
}

TEST_F(ProcessTest, AStopBeforeItsStartIsSeenAtOnce) {
  stop_.count = 1;
  const auto exit = run("exec sleep 60", {.timeout = {}, .grace = hours(1)});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kCancelled);
}

TEST_F(ProcessTest, AStopWinsOverATimeout) {
  stop_.count = 1;
  const auto exit = run("exec sleep 60", {.timeout = std::chrono::nanoseconds(1), .grace = hours(1)});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kCancelled);
}

TEST_F(ProcessTest, AStopLetsItEndInOrder) {
  stop_after("ready", 1);
  const auto exit =
      run("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done", {.timeout = {}, .grace = hours(1)});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kCancelled);
  EXPECT_EQ(exit->exit_code, 3);
  EXPECT_EQ(sink_.out, "ready\nbye\n");
}

TEST_F(ProcessTest, TheWholeGroupIsEndedWithIt) {
  const auto exit = run_into_timeout("sleep 60 & echo $! >child; echo ready; wait", hours(1));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kTimedOut);
  EXPECT_FALSE(alive("child"));
}

// The classic daemon: a new session, a second fork, its parents gone.
constexpr const char* kDaemon =
    "setsid sh -c 'sh -c \"echo \\$\\$ >daemon; exec sleep 60\" &' </dev/null >/dev/null 2>&1; "
    "until [ -s daemon ]; do sleep 0.01; done; ";

TEST_F(ProcessTest, ADoubleForkedDaemonIsEndedAtTheEnd) {
  const auto exit = run(std::string(kDaemon) + "exit 5", {.timeout = {}, .grace = milliseconds(100)});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kExited);
  EXPECT_EQ(exit->exit_code, 5);
  EXPECT_EQ(exit->stray_processes, 1U);
  EXPECT_FALSE(alive("daemon"));
}

TEST_F(ProcessTest, ADoubleForkedDaemonIsEndedByATimeoutToo) {
  const auto exit = run_into_timeout(std::string(kDaemon) + "echo ready; exec sleep 60", milliseconds(100));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kTimedOut);
  EXPECT_FALSE(alive("daemon"));
}

TEST_F(ProcessTest, AStrayThatHoldsTheOutputDoesNotHoldTheStep) {
  const auto exit = run("sleep 60 & echo done", {.timeout = {}, .grace = hours(1)});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->stray_processes, 1U);
  EXPECT_EQ(sink_.out, "done\n");
  EXPECT_LT(exit->wall_s, 30);
}

TEST_F(ProcessTest, AnUrgentStopEndsStraysThatIgnoreTermAtOnce) {
  stop_after("ready", 2);
  const auto exit =
      run("sh -c 'trap \"\" TERM; echo $$ >stray; while :; do sleep 0.01; done' & "
          "until [ -s stray ]; do sleep 0.01; done; echo ready",
          {.timeout = {}, .grace = hours(1)});
  ASSERT_TRUE(exit);
  EXPECT_FALSE(alive("stray"));
}

TEST_F(ProcessTest, TheDaemonOfAnotherStepLivesOn) {
  Collector other_sink;
  const auto spec_of = [&](const std::string& script, const std::string& mark) {
    return ProcessSpec{.argv = {"sh", "-c", script},
                       .env = {{"PATH", "/usr/bin:/bin"}, {std::string(kStepMark), mark}},
                       .cwd = folder_.path()};
  };
  std::string order;
  const auto ended = [&](const char* name) {
    return [&order, name, this](const std::exception_ptr& error, Result<ProcessExit> exit) {
      ASSERT_FALSE(error);
      ASSERT_TRUE(exit) << exit.error().message;
      EXPECT_EQ(exit->exit_code, 0);
      order += name;
      if (std::string(name) == "short") folder_.write("go", "");
    };
  };
  const ProcessLimits limits{.timeout = {}, .grace = milliseconds(100)};
  asio::co_spawn(loop_,
                 runner_.run(spec_of(std::string(kDaemon) +
                                         "until [ -e go ]; do sleep 0.01; done; kill -0 $(cat daemon) && echo alive",
                                     "run/long#1"),
                             limits, "run/long#1", sink_, stop_),
                 ended("long"));
  asio::co_spawn(loop_,
                 runner_.run(spec_of("until [ -s daemon ]; do sleep 0.01; done; sleep 60 & :", "run/short#1"), limits,
                             "run/short#1", other_sink, stop_),
                 ended("short"));
  loop_.run();
  EXPECT_EQ(order, "shortlong");
  EXPECT_EQ(sink_.out, "alive\n");
  EXPECT_FALSE(alive("daemon"));
}

// One that left group, session and environment, is deaf to TERM and holds the output: its step's end is its end.
TEST_F(ProcessTest, AHiddenDaemonIsEndedWhileAnotherStepRuns) {
  const auto spec_of = [&](const std::string& script, const std::string& mark) {
    return ProcessSpec{.argv = {"sh", "-c", script},
                       .env = {{"PATH", "/usr/bin:/bin"}, {std::string(kStepMark), mark}},
                       .cwd = folder_.path()};
  };
  Collector other_sink;
  std::string order;
  const auto ended = [&](const char* name) {
    return [&order, name, this](const std::exception_ptr& error, Result<ProcessExit> exit) {
      ASSERT_FALSE(error);
      ASSERT_TRUE(exit) << exit.error().message;
      order += name;
      if (std::string(name) != "late") return;
      EXPECT_FALSE(alive("daemon"));
      folder_.write("go", "");
    };
  };
  const std::string daemon =
      "env -i /usr/bin/setsid /bin/sh -c 'trap \"\" TERM; echo $$ > daemon; "
      "while :; do /bin/sleep 0.01; done' & ";
  const ProcessLimits limits{.timeout = {}, .grace = milliseconds(50)};
  asio::co_spawn(
      loop_,
      runner_.run(spec_of("until [ -e go ]; do sleep 0.01; done", "run/long#1"), limits, "run/long#1", sink_, stop_),
      ended("long"));
  asio::co_spawn(loop_,
                 runner_.run(spec_of(daemon + "until [ -s daemon ]; do sleep 0.01; done", "run/late#1"), limits,
                             "run/late#1", other_sink, stop_),
                 ended("late"));
  loop_.run();
  EXPECT_EQ(order, "latelong");
}

TEST_F(ProcessTest, ASinkThatFailsEndsAlsoWhatIgnoresTerm) {
  sink_.refuse_after = 10;
  const auto exit = run("trap '' TERM; echo $$ >pid; while :; do echo xxxxxxxxxxxxxxxxxxxxxxxx; done",
                        {.timeout = {}, .grace = milliseconds(50)});
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kTooLarge);
  EXPECT_EQ(exit.error().message, "the sink is full");
  EXPECT_FALSE(alive("pid"));
}

TEST_F(ProcessTest, ASinkThatFailsWithTheLastOutputIsNotForgotten) {
  sink_.refuse_after = 1;
  const auto exit = run("echo xx");
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().message, "the sink is full");
}

TEST_F(ProcessTest, NothingOfALargeOutputIsLost) {
  const auto exit = run("head -c 3000000 /dev/zero & head -c 2000000 /dev/zero >&2; wait");
  ASSERT_TRUE(exit);
  EXPECT_EQ(sink_.out.size(), 3'000'000U);
  EXPECT_EQ(sink_.err.size(), 2'000'000U);
}

TEST_F(ProcessTest, AProgramThatCannotStartIsAnErrorAndLeavesNothing) {
  Result<ProcessExit> result = ProcessExit{};
  asio::co_spawn(loop_, runner_.run({.argv = {"no-such-tool"}, .env = {}, .cwd = {}}, {}, "m", sink_, stop_),
                 [&](const std::exception_ptr& error, Result<ProcessExit> exit) {
                   ASSERT_FALSE(error);
                   result = std::move(exit);
                 });
  loop_.run();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kNotStartable);
  runner_.wake_all();
  EXPECT_EQ(own_children()->size(), 0U);
}

}  // namespace
}  // namespace assay::system
