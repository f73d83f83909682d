// SPDX-License-Identifier: Apache-2.0
#include "engine/system/interruptible.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <thread>

namespace assay::system {
namespace {

using std::chrono::milliseconds;

// A pipe that nobody writes to: reading it blocks until a signal comes.
class SilentPipe {
 public:
  SilentPipe() {
    if (::pipe(ends_.data()) != 0) throw std::runtime_error("no pipe");
  }
  SilentPipe(const SilentPipe&) = delete;
  SilentPipe& operator=(const SilentPipe&) = delete;
  ~SilentPipe() {
    for (const int end : ends_) ::close(end);
  }
  // Whether it came back because it was interrupted.
  [[nodiscard]] bool read_is_interrupted() const {
    char byte = 0;
    return ::read(ends_[0], &byte, 1) < 0 && errno == EINTR;
  }

 private:
  std::array<int, 2> ends_{};
};

// What the shell of the test ignores is not ours.
class WatchedWork : public testing::Test {
 protected:
  void SetUp() override {
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  }
};

TEST_F(WatchedWork, LeavesAnIgnoredSignalIgnored) {
  std::signal(SIGINT, SIG_IGN);
  EXPECT_EQ(not_ignored({SIGINT, SIGTERM, SIGHUP}), (std::vector<int>{SIGTERM, SIGHUP}));
  const SilentPipe pipe;
  const WorkEnd end = run_watched(
      [&](WorkWatch& watch) {
        ::kill(::getpid(), SIGINT);
        EXPECT_TRUE(pipe.read_is_interrupted());  // because nothing comes
        EXPECT_TRUE(watch.stopped());
      },
      {.stall = milliseconds(300), .grace = std::chrono::hours(1)});
  std::signal(SIGINT, SIG_DFL);
  EXPECT_EQ(end.signal, 0);
  EXPECT_TRUE(end.stalled);
}

TEST_F(WatchedWork, ThatEndsByItselfWasNotEnded) {
  int ran = 0;
  const WorkEnd end = run_watched([&](WorkWatch& watch) { ran += watch.alive() ? 1 : 0; });
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(end.signal, 0);
  EXPECT_FALSE(end.stalled);
}

TEST_F(WatchedWork, IsEndedBySignalsInTheMiddleOfASystemCall) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const SilentPipe pipe;
    bool interrupted = false;
    const WorkEnd end = run_watched(
        [&](WorkWatch& watch) {
          ::kill(::getpid(), signal);
          do {
            interrupted = pipe.read_is_interrupted();
          } while (!watch.stopped());
        },
        {.stall = std::chrono::hours(1), .grace = std::chrono::hours(1)});
    EXPECT_TRUE(interrupted);
    EXPECT_EQ(end.signal, signal);
    EXPECT_FALSE(end.stalled);
  }
}

TEST_F(WatchedWork, IsEndedWhenNothingComes) {
  const SilentPipe pipe;
  const WorkEnd end = run_watched(
      [&](WorkWatch& watch) {
        do {
          EXPECT_TRUE(pipe.read_is_interrupted());
        } while (!watch.stopped());
      },
      {.stall = milliseconds(1), .grace = std::chrono::hours(1)});
  EXPECT_TRUE(end.stalled);
  EXPECT_EQ(end.signal, 0);
}

TEST_F(WatchedWork, LetsItsExceptionsThrough) {
  EXPECT_THROW(run_watched([](WorkWatch&) { throw std::logic_error("broken"); }), std::logic_error);
}

TEST_F(WatchedWork, LeavesSignalsAsTheyWere) {
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  run_watched([](WorkWatch&) {});
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(::sigismember(&before, SIGINT), ::sigismember(&after, SIGINT));
  struct sigaction action {};
  ::sigaction(SIGURG, nullptr, &action);
  EXPECT_EQ(action.sa_handler, SIG_DFL);
}

TEST(WatchedWorkDeath, ThatDoesNotEndIsLeftBehind) {
  const auto deaf = [](WorkWatch&) {
    ::kill(::getpid(), SIGTERM);
    for (;;) std::this_thread::sleep_for(milliseconds(10));
  };
  EXPECT_EXIT(run_watched(deaf, {.stall = std::chrono::hours(1), .grace = milliseconds(1)}),
              testing::ExitedWithCode(143), "");
  const auto silent = [](WorkWatch&) {
    for (;;) std::this_thread::sleep_for(milliseconds(10));
  };
  EXPECT_EXIT(run_watched(silent, {.stall = milliseconds(1), .grace = milliseconds(1)}), testing::ExitedWithCode(3),
              "");
}

TEST(WatchedWorkDeath, ASecondSignalEndsItAtOnce) {
  const auto deaf = [](WorkWatch& watch) {
    ::kill(::getpid(), SIGINT);
    while (!watch.stopped()) std::this_thread::yield();
    ::kill(::getpid(), SIGINT);
    for (;;) std::this_thread::sleep_for(milliseconds(10));
  };
  EXPECT_EXIT(run_watched(deaf, {.stall = std::chrono::hours(1), .grace = std::chrono::hours(1)}),
              testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace assay::system
