// SPDX-License-Identifier: Apache-2.0
// Memory bandwidth by the rules of STREAM (McCalpin, "Memory Bandwidth and Machine Balance", 1995): Copy, Scale, Add
// and Triad over arrays of at least four times the last-level cache, each kernel repeated at least ten times, the first
// left out, the best counted, and the arrays validated. And memory latency: a chain of dependent loads in random order.
//
//   memory_stream --mode bandwidth|latency [--array-bytes N] [--seconds 1] [--threads 0] [--inject none|slow|wrong]
//
// --array-bytes   size of one array; bandwidth needs three of them, latency one
// --threads       0: one for each CPU this process may use; each is pinned and first touches its own part
// `--inject slow` does every pass three times and counts it once; `--inject wrong` changes one element.
#include <algorithm>
#include <barrier>
#include <chrono>
#include <memory>
#include <numeric>
#include <thread>

#include "probe.h"
#include "probe_cpus.h"

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
constexpr std::size_t kLine = 64;
constexpr int kFewestRepeats = 10;
constexpr int kMostRepeats = 1000;

double seconds_between(SteadyTime from, SteadyTime to) { return std::chrono::duration<double>(to - from).count(); }

// Not initialised: each thread touches its own part first, so that the pages lie on its memory node.
template <class T>
using Array = std::unique_ptr<T[]>;
template <class T>
Array<T> allocate(std::size_t count) {
  return std::make_unique_for_overwrite<T[]>(count);
}

enum Kernel { kCopy, kScale, kAdd, kTriad, kKernels };
constexpr double kScalar = 3.0;
constexpr double kBytesPerElement[kKernels] = {2 * sizeof(double), 2 * sizeof(double), 3 * sizeof(double),
                                               3 * sizeof(double)};

struct Arrays {
  double* a;
  double* b;
  double* c;
};

void run_kernel(Kernel kernel, const Arrays& part, std::size_t count) {
  double* const __restrict a = part.a;
  double* const __restrict b = part.b;
  double* const __restrict c = part.c;
  if (kernel == kCopy) {
    for (std::size_t i = 0; i < count; ++i) c[i] = a[i];
  } else if (kernel == kScale) {
    for (std::size_t i = 0; i < count; ++i) b[i] = kScalar * c[i];
  } else if (kernel == kAdd) {
    for (std::size_t i = 0; i < count; ++i) c[i] = a[i] + b[i];
  } else {
    for (std::size_t i = 0; i < count; ++i) a[i] = b[i] + kScalar * c[i];
  }
}

struct BandwidthResult {
  std::vector<double> rates[kKernels];  // GB/s of each repeat but the first
  int repeats = 0;
  std::int64_t errors = 0;
};

// Every element has gone through the same arithmetic, so it has the value that one scalar has gone through. The values
// are kept small by starting each round from the same numbers.
std::int64_t count_wrong(const Arrays& part, std::size_t count) {
  const double c1 = 1.0;
  const double b = kScalar * c1;
  const double c = 1.0 + b;
  const double a = b + kScalar * c;
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < count; ++i) wrong += part.a[i] != a || part.b[i] != b || part.c[i] != c ? 1 : 0;
  return wrong;
}

void set_start(const Arrays& part, std::size_t count) {
  std::fill(part.a, part.a + count, 1.0);
  std::fill(part.b, part.b + count, 2.0);
  std::fill(part.c, part.c + count, 0.5);
}

BandwidthResult measure_bandwidth(std::size_t count, const std::vector<int>& cpus, double seconds, bool slow,
                                  bool wrong) {
  const auto a = allocate<double>(count);
  const auto b = allocate<double>(count);
  const auto c = allocate<double>(count);
  const std::size_t threads = cpus.size();
  BandwidthResult result;
  for (std::vector<double>& rates : result.rates) rates.reserve(kMostRepeats);  // the step below must not throw
  SteadyTime mark;
  bool more = true;
  int repeat = 0;
  int kernel = 0;
  double times[kKernels] = {};
  const SteadyTime start = std::chrono::steady_clock::now();
  // Runs on one thread while the others wait: the end of a kernel is when the last thread is done with it.
  const auto step = [&]() noexcept {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (kernel > 0) times[kernel - 1] = seconds_between(mark, now);
    if (kernel == kKernels && repeat > 0)  // the first repeat is warm-up
      for (int k = 0; k < kKernels; ++k)
        result.rates[k].push_back(kBytesPerElement[k] * static_cast<double>(count) / times[k] / 1e9);
    if (kernel == kKernels) {
      ++repeat;
      more = repeat < kFewestRepeats || (seconds_between(start, now) < seconds && repeat < kMostRepeats);
      kernel = 0;
    } else {
      ++kernel;
    }
    mark = std::chrono::steady_clock::now();
  };
  std::barrier sync(static_cast<std::ptrdiff_t>(threads), step);
  std::vector<std::int64_t> errors(threads);
  std::vector<std::thread> workers;
  for (std::size_t t = 0; t < threads; ++t)
    workers.emplace_back([&, t] {
      probe::pin_to(cpus[t]);
      const std::size_t first = count * t / threads;
      const std::size_t mine = count * (t + 1) / threads - first;
      const Arrays part{a.get() + first, b.get() + first, c.get() + first};
      set_start(part, mine);
      while (more) {
        sync.arrive_and_wait();
        for (int k = 0; k < kKernels; ++k) {
          for (int i = 0; i < (slow ? 3 : 1); ++i) run_kernel(static_cast<Kernel>(k), part, mine);
          sync.arrive_and_wait();
        }
        // Triad has changed `a`; the last repeat leaves its result for validation.
        if (more) std::fill(part.a, part.a + mine, 1.0);
      }
      if (wrong && t == 0) part.b[mine / 2] += 1;
      errors[t] = count_wrong(part, mine);
    });
  for (std::thread& worker : workers) worker.join();
  result.repeats = repeat;
  result.errors = std::accumulate(errors.begin(), errors.end(), std::int64_t{0});
  return result;
}

double best(const std::vector<double>& rates) { return *std::max_element(rates.begin(), rates.end()); }

int bandwidth(std::size_t bytes, const std::vector<int>& cpus, double seconds, const std::string& inject) {
  const BandwidthResult result =
      measure_bandwidth(bytes / sizeof(double), cpus, seconds, inject == "slow", inject == "wrong");
  return probe::Object{}
      .text("probe", "memory_stream")
      .text("mode", "bandwidth")
      .integer("threads", static_cast<std::int64_t>(cpus.size()))
      .integer("array_bytes", static_cast<std::int64_t>(bytes))
      .integer("repeats", result.repeats)
      .number("copy_gb_s", best(result.rates[kCopy]))
      .number("scale_gb_s", best(result.rates[kScale]))
      .number("add_gb_s", best(result.rates[kAdd]))
      .number("triad_gb_s", best(result.rates[kTriad]))
      .numbers("triad_windows_gb_s", result.rates[kTriad])
      .integer("errors", result.errors)
      .finish(result.errors > 0 ? probe::kFault : probe::kDone);
}

struct alignas(kLine) Cell {
  std::uint64_t next;
};

// A random cycle through all cells, block by block: within a block of many pages the order is random, which defeats
// prefetchers; across blocks it goes on in order, so that building the chain stays fast.
void link_cells(Cell* cells, std::size_t count) {
  constexpr std::size_t kBlock = std::size_t{1} << 18U;  // 16 MiB of cells
  std::uint64_t random = 88172645463325252U;
  std::vector<std::uint32_t> order;
  std::size_t previous = 0;
  bool first = true;
  for (std::size_t base = 0; base < count; base += kBlock) {
    order.resize(std::min(kBlock, count - base));
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t i = order.size() - 1; i > 0; --i) {
      random ^= random << 13U;
      random ^= random >> 7U;
      random ^= random << 17U;
      std::swap(order[i], order[random % (i + 1)]);
    }
    for (const std::uint32_t index : order) {
      if (!first) cells[previous].next = base + index;
      previous = base + index;
      if (first) cells[count].next = previous;  // one cell more than the chain: where it starts
      first = false;
    }
  }
  cells[previous].next = cells[count].next;
}

int latency(std::size_t bytes, int cpu, double seconds, const std::string& inject) {
  probe::pin_to(cpu);
  const std::size_t count = bytes / sizeof(Cell);
  const auto cells = allocate<Cell>(count + 1);
  link_cells(cells.get(), count);
  const int loads_per_count = inject == "slow" ? 3 : 1;
  constexpr int kBatch = 50'000;
  constexpr int kWindows = 12;
  std::uint64_t at = cells[count].next;
  std::int64_t loads = 0;
  std::vector<double> windows;
  const SteadyTime start = std::chrono::steady_clock::now();
  while (windows.size() < kWindows) {
    const SteadyTime window_start = std::chrono::steady_clock::now();
    SteadyTime now = window_start;
    std::int64_t window_loads = 0;
    do {
      for (int i = 0; i < kBatch * loads_per_count; ++i) at = cells[at].next;
      window_loads += kBatch;
      now = std::chrono::steady_clock::now();
    } while (seconds_between(window_start, now) < seconds / kWindows);
    windows.push_back(seconds_between(window_start, now) * 1e9 / static_cast<double>(window_loads));
    loads += window_loads;
  }
  const double elapsed = seconds_between(start, std::chrono::steady_clock::now());
  return probe::Object{}
      .text("probe", "memory_stream")
      .text("mode", "latency")
      .integer("array_bytes", static_cast<std::int64_t>(bytes))
      .integer("loads", loads)
      .integer("last_cell", static_cast<std::int64_t>(at))
      .number("latency_ns", elapsed * 1e9 / static_cast<double>(loads))
      .numbers("windows_ns", windows)
      .finish(probe::kDone);
}

int measure(int argc, char** argv) {
  const probe::Options options(
      argc, argv, {{"mode", ""}, {"array-bytes", "268435456"}, {"seconds", "1"}, {"threads", "0"}, {"inject", "none"}});
  const std::string mode = options.one_of("mode", {"bandwidth", "latency"});
  const std::string inject = options.one_of("inject", {"none", "slow", "wrong"});
  const auto bytes = static_cast<std::size_t>(options.number("array-bytes", 1 << 20, 1e13));
  const double seconds = options.number("seconds", 0.01, 3600);
  const auto wanted = static_cast<std::size_t>(options.number("threads", 0, 8192));
  std::vector<int> cpus = probe::allowed_cpus();
  if (cpus.empty()) throw probe::Cannot("the system does not say on which CPUs this process may run");
  if (wanted > cpus.size()) throw probe::Cannot("fewer CPUs than threads");
  if (wanted > 0) cpus.resize(wanted);
  try {
    return mode == "bandwidth" ? bandwidth(bytes, cpus, seconds, inject) : latency(bytes, cpus[0], seconds, inject);
  } catch (const std::bad_alloc&) {
    throw probe::Cannot("not enough free memory for arrays of " + std::to_string(bytes) + " bytes");
  }
}

}  // namespace

int main(int argc, char** argv) {
  return probe::run("memory_stream", [&] { return measure(argc, argv); });
}
