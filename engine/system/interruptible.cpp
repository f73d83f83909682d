// SPDX-License-Identifier: Apache-2.0
#include "engine/system/interruptible.h"

#include <pthread.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <future>
#include <thread>

namespace assay::system {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int kWake = SIGURG;  // ignored by default, and nobody else here uses it
constexpr auto kTick = std::chrono::milliseconds(100);

void do_nothing(int /*signal*/) {}

// While it lives, SIGINT and SIGTERM wait to be asked for, and kWake interrupts system calls without more ado.
class SignalsTaken {
 public:
  SignalsTaken() {
    ::sigemptyset(&wanted_);
    // An ignored one that is blocked would be delivered here all the same.
    for (const int signal : not_ignored({SIGINT, SIGTERM})) ::sigaddset(&wanted_, signal);
    ::pthread_sigmask(SIG_BLOCK, &wanted_, &mask_);
    struct sigaction wake {};
    wake.sa_handler = &do_nothing;
    ::sigaction(kWake, &wake, &before_);
  }
  SignalsTaken(const SignalsTaken&) = delete;
  SignalsTaken& operator=(const SignalsTaken&) = delete;
  ~SignalsTaken() {
    ::sigaction(kWake, &before_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }
  // The one that came within a tick; 0: none.
  [[nodiscard]] int next() const {
    constexpr timespec kWait = {0, std::chrono::nanoseconds(kTick).count()};
    const int signal = ::sigtimedwait(&wanted_, nullptr, &kWait);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t wanted_{};
  sigset_t mask_{};
  struct sigaction before_ {};
};

}  // namespace

std::vector<int> not_ignored(std::initializer_list<int> signals) {
  std::vector<int> out;
  for (const int signal : signals) {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_IGN) out.push_back(signal);
  }
  return out;
}

class WatchedWork {
 public:
  explicit WatchedWork(const WorkLimits& limits) : limits_(limits) {}

  WorkEnd run(const std::function<void(WorkWatch&)>& work, const std::function<void()>& each_tick) {
    const SignalsTaken signals;
    std::promise<void> promise;
    std::future<void> done = promise.get_future();
    std::thread thread([&] {
      try {
        work(watch_);
        promise.set_value();
      } catch (...) {
        promise.set_exception(std::current_exception());
      }
    });
    auto last_sign = std::chrono::steady_clock::now();
    std::uint64_t signs = 0;
    while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      const int signal = signals.next();
      const auto now = std::chrono::steady_clock::now();
      if (signal != 0) stop(signal, now);
      if (const std::uint64_t seen = watch_.signs_of_life_; seen != signs) {
        signs = seen;
        last_sign = now;
      }
      if (!watch_.stop_ && now - last_sign > limits_.stall) {
        end_.stalled = true;
        stop(0, now);
      }
      if (watch_.stop_ && now > deadline_) std::_Exit(exit_code());
      // A call that blocks returns with EINTR; one that began just before this is met by the next.
      if (watch_.stop_) ::pthread_kill(thread.native_handle(), kWake);
      if (each_tick) each_tick();
    }
    thread.join();
    done.get();
    return end_;
  }

 private:
  void stop(int signal, SteadyTime now) {
    if (end_.signal != 0) std::_Exit(exit_code());
    if (signal != 0) end_.signal = signal;
    if (!watch_.stop_) deadline_ = now + limits_.grace;
    watch_.stop_ = true;
  }
  [[nodiscard]] int exit_code() const { return end_.signal != 0 ? 128 + end_.signal : 3; }

  const WorkLimits& limits_;
  WorkWatch watch_;
  WorkEnd end_;
  SteadyTime deadline_;
};

WorkEnd run_watched(const std::function<void(WorkWatch&)>& work, const WorkLimits& limits,
                    const std::function<void()>& each_tick) {
  return WatchedWork(limits).run(work, each_tick);
}

}  // namespace assay::system
