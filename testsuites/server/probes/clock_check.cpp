// SPDX-License-Identifier: Apache-2.0
// The clocks of the machine: time must not run backwards from one CPU to another, and the wall clock, the disciplined
// clock and the raw clock must run at nearly the same rate without jumps.
//
//   clock_check [--seconds 3] [--inject none|backwards|step]
//
// `--inject backwards` lets one CPU read a clock 10 ms behind, as unsynchronised time stamp counters would;
// `--inject step` moves the wall clock's readings by 50 ms halfway through.
// The rates share one oscillator: agreement shows that nothing steps or over-corrects the clock, not that the crystal
// is right; only a reference outside the machine shows that.
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "probe.h"
#include "probe_cpus.h"

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  if (clock_gettime(clock, &now) != 0) throw probe::Cannot("a clock of the system cannot be read");
  return static_cast<std::int64_t>(now.tv_sec) * kSecond + now.tv_nsec;
}

// Three clocks read together, as close as can be: of several tries the one whose outer readings are nearest.
struct Reading {
  std::int64_t raw = 0;
  std::int64_t monotonic = 0;
  std::int64_t wall = 0;
};
Reading read_together() {
  Reading best;
  std::int64_t best_width = kSecond;
  for (int i = 0; i < 50; ++i) {
    const std::int64_t before = read_clock(CLOCK_MONOTONIC_RAW);
    const std::int64_t monotonic = read_clock(CLOCK_MONOTONIC);
    const std::int64_t wall = read_clock(CLOCK_REALTIME);
    const std::int64_t after = read_clock(CLOCK_MONOTONIC_RAW);
    if (after - before >= best_width) continue;
    best_width = after - before;
    best = {before + (after - before) / 2, monotonic, wall};
  }
  return best;
}

// Time handed from CPU to CPU: each takes its turn, reads the clock, and must not read less than the one before did.
struct Relay {
  std::atomic<std::int64_t> latest{0};
  std::atomic<std::int64_t> turn{0};  // whose turn is turn % runners
  std::atomic<std::int64_t> checks{0};
  std::atomic<std::int64_t> backwards{0};
  std::atomic<std::int64_t> worst{0};
  std::atomic<int> refused{0};
};

void run_relay(int cpu, std::int64_t seat, std::int64_t runners, std::int64_t rounds, std::int64_t offset,
               Relay& relay) {
  if (!probe::pin_to(cpu)) ++relay.refused;
  for (std::int64_t round = 0; round < rounds; ++round) {
    const std::int64_t mine = round * runners + seat;
    // Spins briefly and then gives the CPU away: the runners may share one.
    for (int spins = 0; relay.turn.load(std::memory_order_acquire) != mine; ++spins)
      if (spins % 1024 == 1023) sched_yield();
    const std::int64_t now = read_clock(CLOCK_MONOTONIC) - offset;
    const std::int64_t step = now - relay.latest.load(std::memory_order_relaxed);
    if (step < 0) {
      ++relay.backwards;
      relay.worst = std::max(relay.worst.load(), -step);
    }
    ++relay.checks;
    relay.latest.store(now, std::memory_order_relaxed);
    relay.turn.store(mine + 1, std::memory_order_release);
  }
}

void run_pairs(const std::vector<int>& cpus, bool inject, Relay& total) {
  constexpr std::int64_t kRounds = 2000;
  for (std::size_t i = 1; i < cpus.size(); ++i) {
    Relay relay;
    const std::int64_t offset = inject && i + 1 == cpus.size() ? kSecond / 100 : 0;
    std::thread first([&] { run_relay(cpus[0], 0, 2, kRounds, 0, relay); });
    std::thread second([&] { run_relay(cpus[i], 1, 2, kRounds, offset, relay); });
    first.join();
    second.join();
    total.checks += relay.checks;
    total.backwards += relay.backwards;
    total.refused += relay.refused;
    total.worst = std::max(total.worst.load(), relay.worst.load());
  }
}

double parts_per_million(std::int64_t time, std::int64_t reference) {
  return std::abs(static_cast<double>(time - reference)) / static_cast<double>(reference) * 1e6;
}

int check(int argc, char** argv) {
  const probe::Options options(argc, argv, {{"seconds", "3"}, {"inject", "none"}});
  const double seconds = options.number("seconds", 0.1, 86'400);
  const std::string inject = options.one_of("inject", {"none", "backwards", "step"});
  const std::vector<int> cpus = probe::allowed_cpus();
  if (cpus.empty()) throw probe::Cannot("the system does not say on which CPUs this process may run");

  const Reading start = read_together();
  Relay relay;
  run_pairs(cpus, inject == "backwards", relay);
  const auto length = static_cast<std::int64_t>(seconds * kSecond);
  // The window is cut into tenths, so that a jump shows as a jump and not as a slow drift.
  Reading last = start;
  std::int64_t largest_jump = 0;
  for (int tenth = 1; tenth <= 10; ++tenth) {
    const std::int64_t rest = length / 10 * tenth - (read_clock(CLOCK_MONOTONIC) - start.monotonic);
    const timespec pause{static_cast<time_t>(std::max<std::int64_t>(rest, 0) / kSecond),
                         std::max<std::int64_t>(rest, 0) % kSecond};
    nanosleep(&pause, nullptr);
    Reading now = read_together();
    if (inject == "step" && tenth >= 5) now.wall += kSecond / 20;
    largest_jump = std::max(largest_jump, std::abs((now.wall - last.wall) - (now.monotonic - last.monotonic)));
    last = now;
  }
  const std::int64_t raw = last.raw - start.raw;
  const std::int64_t monotonic = last.monotonic - start.monotonic;
  if (raw <= 0 || monotonic <= 0) relay.backwards += 1;
  const bool fault = relay.backwards > 0;
  return probe::Object{}
      .text("probe", "clock_check")
      .integer("cpus", static_cast<std::int64_t>(cpus.size()))
      .integer("cpus_refused", relay.refused)
      .integer("handovers", relay.checks)
      .integer("backward_steps", relay.backwards)
      .integer("worst_backward_ns", relay.worst)
      .number("window_s", static_cast<double>(raw) / kSecond)
      .number("monotonic_against_raw_ppm", parts_per_million(monotonic, raw))
      .number("wall_against_monotonic_ppm", parts_per_million(last.wall - start.wall, monotonic))
      .number("largest_wall_jump_s", static_cast<double>(largest_jump) / kSecond)
      .finish(fault ? probe::kFault : probe::kDone);
}

}  // namespace

int main(int argc, char** argv) {
  return probe::run("clock_check", [&] { return check(argc, argv); });
}
