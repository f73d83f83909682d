// SPDX-License-Identifier: Apache-2.0
#include "engine/system/process.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "engine/base/text.h"
#include "engine/system/descendants.h"
#include "support/temp_folder.h"

namespace assay::system {
namespace {

namespace asio = boost::asio;

class Collector final : public OutputSink {
 public:
  Result<void> on_output(Stream stream, std::string_view bytes) override {
    (stream == Stream::kOut ? out : err).append(bytes);
    if (out.size() > refuse_after) return failure(Code::kTooLarge, "the sink is full");
    return {};
  }
  std::string out;
  std::string err;
  std::size_t refuse_after = std::string::npos;
};

class Stop final : public StopRequest {
 public:
  [[nodiscard]] bool requested() const override { return count > 0; }
  [[nodiscard]] bool urgent() const override { return count > 1; }
  int count = 0;
};

class ProcessTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { become_subreaper(); }

  Result<ProcessExit> run(const std::string& script, ProcessLimits limits = {}) {
    ProcessSpec spec{.argv = {"sh", "-c", script},
                     .env = {{"PATH", "/usr/sbin:/usr/bin:/bin"}, {std::string(kStepMark), "run/step#1"}},
                     .cwd = folder_.path()};
    Result<ProcessExit> result = failure(Code::kInternal, "did not finish");
    asio::co_spawn(loop_, runner_.run(std::move(spec), limits, "run/step#1", sink_, stop_),
                   [&](std::exception_ptr error, Result<ProcessExit> exit) {
                     ASSERT_FALSE(error);
                     result = std::move(exit);
                   });
    loop_.run();
    return result;
  }

  // Asks for a stop as soon as the program has printed `word`.
  void stop_after(const std::string& word, int times) {
    auto timer = std::make_shared<asio::steady_timer>(loop_);
    auto look = std::make_shared<std::function<void()>>();
    *look = [this, timer, look, word, times] {
      if (sink_.out.find(word) != std::string::npos) {
        stop_.count = times;
        runner_.wake_all();
        *look = nullptr;
        return;
      }
      timer->expires_after(std::chrono::milliseconds(2));
      timer->async_wait([look](auto) {
        if (*look) (*look)();
      });
    };
    asio::post(loop_, *look);
  }

  [[nodiscard]] bool alive(const std::string& pid_file) const {
    const pid_t pid = std::stoi(test::slurp(folder_ / pid_file));
    return ::kill(pid, 0) == 0;
  }

  test::TempFolder folder_;
  asio::io_context loop_;
  ProcessRunner runner_{loop_.get_executor()};
  Collector sink_;
  Stop stop_;
};

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
  const auto exit = run("trap '' TERM; echo $$ >pid; sleep 60 & echo $! >child; wait; sleep 60",
                        {.timeout = std::chrono::milliseconds(100), .grace = std::chrono::milliseconds(100)});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kTimedOut);
  EXPECT_EQ(exit->signal, SIGKILL);
  EXPECT_FALSE(alive("pid"));
  EXPECT_FALSE(alive("child"));
}

TEST_F(ProcessTest, TimeoutLetsAPoliteProgramEndInOrder) {
  const auto exit = run("trap 'echo cleaned; exit 9' TERM; echo ready; while :; do sleep 0.02; done",
                        {.timeout = std::chrono::milliseconds(150), .grace = std::chrono::seconds(20)});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->ending, Ending::kTimedOut);
  EXPECT_EQ(exit->exit_code, 9);
  EXPECT_EQ(sink_.out, "ready\ncleaned\n");
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
                   [&done, i](std::exception_ptr, Result<ProcessExit> exit) {
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
