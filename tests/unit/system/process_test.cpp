// SPDX-License-Identifier: Apache-2.0
#include "engine/system/process.h"

#include "process_fixture.h"

namespace assay::system {
namespace {

TEST_F(ProcessTest, GivesOutputAndExitCode) {
  const auto exit = run("echo a; echo b >&2; exit 4");
  ASSERT_TRUE(exit) << exit.error().message;
  EXPECT_EQ(exit->ending, Ending::kExited);
  EXPECT_EQ(exit->exit_code, 4);
  EXPECT_EQ(sink_.out, "a\n");
  EXPECT_EQ(sink_.err, "b\n");
  EXPECT_EQ(exit->stray_processes, 0U);
}

TEST_F(ProcessTest, TellsCpuTimeOfTheWholeTree) {
  const auto exit = run("sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'");
  ASSERT_TRUE(exit);
  EXPECT_GT(exit->cpu_s, 0.02);
  EXPECT_LE(exit->cpu_s, exit->wall_s * 1.5 + 0.05);
}

TEST_F(ProcessTest, TellsASignal) {
  const auto exit = run("kill -SEGV $$");
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kKilled);
  EXPECT_EQ(exit->signal, SIGSEGV);
}

TEST_F(ProcessTest, TimeoutEndsWhatIgnoresTerm) {
  const auto exit = run_into_timeout("trap '' TERM; echo $$ >pid; sleep 60 & echo $! >child; echo ready; wait; sleep 60",
                                     std::chrono::milliseconds(100));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kTimedOut);
  EXPECT_EQ(exit->signal, SIGKILL);
  EXPECT_FALSE(alive("pid"));
  EXPECT_FALSE(alive("child"));
}

TEST_F(ProcessTest, ADaemonInAnotherSessionIsEndedWithItsStep) {
  const auto exit = run("setsid sh -c 'echo $$ >daemon; exec sleep 60' & while [ ! -s daemon ]; do :; done",
                        {.timeout = {}, .grace = std::chrono::milliseconds(200)});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kExited);
  EXPECT_EQ(exit->stray_processes, 1U);
  EXPECT_FALSE(alive("daemon"));
}

TEST_F(ProcessTest, ADaemonThatWipedItsEnvironmentIsEndedToo) {
  const auto exit =
      run("env -i /usr/bin/setsid /bin/sh -c 'echo $$ >daemon; trap \"\" TERM; while :; do /bin/sleep 0.05; done' & "
          "while [ ! -s daemon ]; do :; done",
          {.timeout = {}, .grace = std::chrono::milliseconds(100)});
  ASSERT_TRUE(exit);
  EXPECT_GE(exit->stray_processes, 1U);
  EXPECT_FALSE(alive("daemon"));
}

TEST_F(ProcessTest, StopIsACancellation) {
  stop_after("ready", 1);
  const auto exit = run("echo ready; exec sleep 60", {.timeout = {}, .grace = std::chrono::seconds(20)});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kCancelled);
  EXPECT_EQ(exit->signal, SIGTERM);
}

TEST_F(ProcessTest, ASecondStopDoesNotWaitForTheGrace) {
  stop_after("ready", 2);
  const auto exit =
      run("trap '' TERM; echo ready; while :; do sleep 1; done", {.timeout = {}, .grace = std::chrono::hours(1)});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kCancelled);
  EXPECT_EQ(exit->signal, SIGKILL);
}

TEST_F(ProcessTest, OutputThatCannotBeKeptEndsTheProcess) {
  sink_.refuse_after = 1000;
  const auto exit =
      run("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxx; done", {.timeout = {}, .grace = std::chrono::milliseconds(100)});
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().message, "the sink is full");
}

TEST_F(ProcessTest, ManyRunAtOnceAndNoneIsMixedUp) {
  constexpr int kCount = 40;
  std::vector<Collector> sinks(kCount);
  int done = 0;
  for (int i = 0; i < kCount; ++i) {
    const std::string mark = "run/s" + std::to_string(i) + "#1";
    ProcessSpec spec{.argv = {"sh", "-c", "echo " + std::to_string(i) + "; exit " + std::to_string(i)},
                     .env = {{"PATH", "/usr/bin:/bin"}, {std::string(kStepMark), mark}},
                     .cwd = {}};
    asio::co_spawn(loop_, runner_.run(std::move(spec), {}, mark, sinks[static_cast<std::size_t>(i)], stop_),
                   [&done, i](const std::exception_ptr&, Result<ProcessExit> exit) {
                     ASSERT_TRUE(exit);
                     EXPECT_EQ(exit->exit_code, i);
                     ++done;
                   });
  }
  loop_.run();
  EXPECT_EQ(done, kCount);
  for (int i = 0; i < kCount; ++i) EXPECT_EQ(sinks[static_cast<std::size_t>(i)].out, std::to_string(i) + "\n");
}

}  // namespace
}  // namespace assay::system
