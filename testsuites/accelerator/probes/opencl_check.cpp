// SPDX-License-Identifier: Apache-2.0
// Tests of one OpenCL device, of any vendor.
//
//   opencl_check --mode enumerate|compute|memory|bandwidth|latency|soak [--device 0] [--seconds 2]
//                [--bytes 0] [--percent 10] [--inject none|wrong-result|slow]
//
// enumerate  every device of every platform: described, available, able to compile and run a kernel
// compute    integers, floating point and local memory, bit for bit against the CPU, for `seconds`
// memory     patterns over `bytes`, or `percent` of the device's memory; says how much was really tested and why it
// ended bandwidth  copy inside the device's memory, host to device, device to host: GB/s, medians of ten windows,
// validated latency    launch of an empty kernel until it is done: microseconds, medians of ten windows and 99th
// percentile soak       like compute without a pause, the result of every repeat compared on the device; rates by
// window
// `--inject wrong-result` flips bits in device memory between computing and comparing, as a defective card would;
// `--inject slow` does ten times the work for each one that is counted.
#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include "opencl_api.h"
#include "opencl_kernels.h"
#include "probe.h"

namespace {

using opencl::DeviceInfo;
using opencl::Handle;
using opencl::Session;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::uint32_t kItems = 1U << 18U;
constexpr std::uint32_t kRounds = 128;
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kWindows = 10;
constexpr std::size_t kChunk = std::size_t{256} << 20U;

struct Request {
  double seconds = 2;
  std::uint64_t bytes = 0;
  double percent = 10;
  bool wrong = false;
  bool slow = false;
};

SteadyTime now() { return std::chrono::steady_clock::now(); }
double seconds_since(SteadyTime start) { return std::chrono::duration<double>(now() - start).count(); }

double rank(std::vector<double> values, double share) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

probe::Object about(const char* mode, const DeviceInfo& device) {
  return probe::Object{}
      .text("probe", "opencl_check")
      .text("mode", mode)
      .text("device", device.name)
      .text("type", device.type);
}

// Counts wrong words on the device: [0] how many, [1] the lowest index.
class ErrorCount {
 public:
  explicit ErrorCount(const Session& session) : session_(session), buffer_(session.buffer(sizeof zero_)) { reset(); }
  void reset() { session_.write(buffer_, zero_.data(), sizeof zero_); }
  [[nodiscard]] const Handle<cl_mem>& buffer() const { return buffer_; }
  // Waits for the work that counts.
  [[nodiscard]] std::array<std::uint32_t, 2> read() const {
    std::array<std::uint32_t, 2> result{};
    session_.read(buffer_, result.data(), sizeof result);
    return result;
  }

 private:
  static constexpr std::array<std::uint32_t, 2> zero_ = {0, kNone};
  const Session& session_;
  Handle<cl_mem> buffer_;
};

int enumerate(const std::vector<DeviceInfo>& devices) {
  std::vector<probe::Object> list;
  std::int64_t working = 0;
  for (const DeviceInfo& device : devices) {
    std::string problem;
    if (!device.available) problem = "the driver says the device is not available";
    if (problem.empty() && !device.has_compiler) problem = "the driver has no compiler for the device";
    if (problem.empty()) try {
        const Session session(device);
        const Handle<cl_mem> counter = session.buffer(sizeof(cl_uint));
        std::uint32_t count = 41;
        session.write(counter, &count, sizeof count);
        session.launch("count_launch", 1, 1, counter);
        session.read(counter, &count, sizeof count);
        if (count != 42) problem = "a kernel ran and left " + std::to_string(count) + " instead of 42";
      } catch (const opencl::Failure& failure) {
        problem = failure.what();
      }
    working += problem.empty() ? 1 : 0;
    list.push_back(probe::Object{}
                       .text("platform", device.platform)
                       .text("name", device.name)
                       .text("vendor", device.vendor)
                       .text("version", device.version)
                       .text("driver", device.driver)
                       .text("type", device.type)
                       .integer("compute_units", device.compute_units)
                       .integer("memory_bytes", static_cast<std::int64_t>(device.memory_bytes))
                       .integer("largest_allocation_bytes", static_cast<std::int64_t>(device.largest_allocation_bytes))
                       .boolean("error_correction", device.error_correction)
                       .text("problem", problem));
  }
  const auto count = static_cast<std::int64_t>(devices.size());
  return probe::Object{}
      .text("probe", "opencl_check")
      .text("mode", "enumerate")
      .integer("devices", count)
      .integer("working", working)
      .objects("list", list)
      .finish(working == count ? probe::kDone : probe::kFault);
}

std::vector<std::uint32_t> compute_on_cpu(std::uint32_t seed) {
  std::vector<std::uint32_t> items(kItems);
  for (std::uint32_t i = 0; i < kItems; ++i) items[i] = opencl::compute_item(i, seed, kRounds);
  return items;
}

std::vector<std::uint32_t> fold_on_cpu(const std::vector<std::uint32_t>& items, std::size_t group) {
  std::vector<std::uint32_t> folded;
  for (std::size_t first = 0; first < items.size(); first += group) {
    std::vector<std::uint32_t> part(items.begin() + static_cast<std::ptrdiff_t>(first),
                                    items.begin() + static_cast<std::ptrdiff_t>(first + group));
    for (std::size_t stride = group / 2; stride > 0; stride /= 2)
      for (std::size_t i = 0; i < stride; ++i) part[i] = part[i] * 31U + part[i + stride];
    folded.push_back(part[0]);
  }
  return folded;
}

std::int64_t differences(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] != b[i] ? 1 : 0;
  return count;
}

int compute(const DeviceInfo& device, const Request& request) {
  const Session session(device);
  std::size_t group = 64;
  while (group > device.work_group_size) group /= 2;
  const Handle<cl_mem> items = session.buffer(kItems * sizeof(cl_uint));
  const Handle<cl_mem> folds = session.buffer(kItems / group * sizeof(cl_uint));
  std::int64_t wrong_items = 0;
  std::int64_t wrong_groups = 0;
  std::int64_t repeats = 0;
  const SteadyTime start = now();
  do {  // a fresh seed each time: a result kept from before cannot pass for a new one
    const auto seed = static_cast<std::uint32_t>(repeats) * 2654435761U + 12345U;
    session.launch("compute_items", kItems, group, items, seed, kRounds);
    if (request.wrong && repeats == 0) session.fill(items, 0xdeadbeefU, sizeof(cl_uint), kItems / 2 * sizeof(cl_uint));
    session.launch("fold_groups", kItems, group, items, folds);
    std::vector<std::uint32_t> got(kItems);
    std::vector<std::uint32_t> got_folds(kItems / group);
    session.read(items, got.data(), got.size() * sizeof(cl_uint));
    session.read(folds, got_folds.data(), got_folds.size() * sizeof(cl_uint));
    const std::vector<std::uint32_t> expected = compute_on_cpu(seed);
    wrong_items += differences(got, expected);
    wrong_groups += differences(got_folds, fold_on_cpu(expected, group));
    ++repeats;
  } while (seconds_since(start) < request.seconds);
  return about("compute", device)
      .integer("repeats", repeats)
      .integer("results_compared", repeats * static_cast<std::int64_t>(kItems + kItems / group))
      .integer("wrong_items", wrong_items)
      .integer("wrong_groups", wrong_groups)
      .integer("errors", wrong_items + wrong_groups)
      .finish(wrong_items + wrong_groups > 0 ? probe::kFault : probe::kDone);
}

struct Pattern {
  const char* name;
  std::uint32_t kind;
  std::uint32_t seed;
};
constexpr std::array<Pattern, 6> kPatterns = {{{"zeros", 0, 0},
                                               {"ones", 0, 0xffffffffU},
                                               {"checkerboard", 0, 0xaaaaaaaaU},
                                               {"checkerboard inverse", 0, 0x55555555U},
                                               {"address hash", 1, 0x1234567U},
                                               {"address hash inverse", 2, 0x1234567U}}};

struct Chunk {
  Handle<cl_mem> memory;
  std::size_t bytes = 0;
};

struct MemoryResult {
  std::uint64_t tested = 0;
  std::int64_t errors = 0;
  std::string first;  // where the first wrong word was
  const char* ended = "target reached";
};

void note_errors(const ErrorCount& count, std::size_t chunk, const char* pattern, MemoryResult& result) {
  const auto [wrong, index] = count.read();
  if (wrong > 0 && result.first.empty())
    result.first = std::string(pattern) + ", chunk " + std::to_string(chunk) + ", byte " +
                   std::to_string(std::uint64_t{index} * 4);
  result.errors += wrong;
}

// Chunks stay allocated, so that each is different memory. At the end all are verified once more against a hash of
// address and chunk: cells that two addresses share, and cells that forget, show there.
MemoryResult test_memory(const Session& session, std::uint64_t target, std::size_t largest, const Request& request) {
  MemoryResult result;
  std::vector<Chunk> chunks;
  ErrorCount count(session);
  const SteadyTime start = now();
  while (result.tested < target) {
    const std::size_t bytes = std::min<std::uint64_t>(std::min(kChunk, largest), target - result.tested) / 4096 * 4096;
    if (bytes == 0) break;
    if (result.tested > 0 && seconds_since(start) > request.seconds) {
      result.ended = "time over";
      break;
    }
    try {
      const Chunk chunk{session.buffer(bytes), bytes};
      const std::size_t words = bytes / sizeof(cl_uint);
      count.reset();
      for (const Pattern& pattern : kPatterns) {
        session.launch("write_pattern", words, 0, chunk.memory, pattern.kind, pattern.seed);
        if (request.wrong && chunks.empty() && pattern.kind == 1)
          session.fill(chunk.memory, 0xdeadbeefU, sizeof(cl_uint), bytes / 2);
        session.launch("verify_pattern", words, 0, chunk.memory, pattern.kind, pattern.seed, count.buffer());
        note_errors(count, chunks.size(), pattern.name, result);
        count.reset();
      }
      const auto mark = static_cast<std::uint32_t>(chunks.size() + 1) * 40503U;
      session.launch("write_pattern", words, 0, chunk.memory, 1U, mark);
      session.finish();
      chunks.push_back(chunk);
      result.tested += bytes;
    } catch (const opencl::Failure& failure) {
      if (!failure.out_of_memory()) throw;
      result.ended = "allocation refused";
      break;
    }
  }
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const auto mark = static_cast<std::uint32_t>(i + 1) * 40503U;
    session.launch("verify_pattern", chunks[i].bytes / sizeof(cl_uint), 0, chunks[i].memory, 1U, mark, count.buffer());
    note_errors(count, i, "all chunks at once", result);
    count.reset();
  }
  return result;
}

int memory(const DeviceInfo& device, const Request& request) {
  const Session session(device);
  const std::uint64_t target =
      request.bytes > 0 ? request.bytes
                        : static_cast<std::uint64_t>(static_cast<double>(device.memory_bytes) * request.percent / 100);
  const MemoryResult result = test_memory(session, target, device.largest_allocation_bytes, request);
  return about("memory", device)
      .integer("device_memory_bytes", static_cast<std::int64_t>(device.memory_bytes))
      .integer("asked_bytes", static_cast<std::int64_t>(target))
      .integer("tested_bytes", static_cast<std::int64_t>(result.tested))
      .number("tested_percent", static_cast<double>(result.tested) * 100 / static_cast<double>(device.memory_bytes))
      .text("ended", result.ended)
      .integer("patterns", kPatterns.size())
      .integer("errors", result.errors)
      .text("first_error", result.first)
      .finish(result.errors > 0 ? probe::kFault : probe::kDone);
}

// GB/s of `move`, which moves `bytes`, over `seconds`: the medians of ten equal windows; the first move is left out.
template <class Move>
std::vector<double> rates_of(std::size_t bytes, double seconds, bool slow, const Move& move) {
  std::vector<double> windows;
  move();
  while (windows.size() < kWindows) {
    std::vector<double> rates;
    const SteadyTime start = now();
    do {
      const SteadyTime before = now();
      for (int i = 0; i < (slow ? 10 : 1); ++i) move();
      rates.push_back(static_cast<double>(bytes) / seconds_since(before) / 1e9);
    } while (seconds_since(start) < seconds / kWindows);
    windows.push_back(rank(rates, 0.5));
  }
  return windows;
}

int bandwidth(const DeviceInfo& device, const Request& request) {
  const Session session(device);
  const std::size_t bytes =
      std::min<std::uint64_t>(request.bytes > 0 ? request.bytes : kChunk, device.largest_allocation_bytes) / 4096 *
      4096;
  if (bytes == 0) throw probe::UsageError("option '--bytes' must be at least 4096");
  const Handle<cl_mem> from = session.buffer(bytes);
  const Handle<cl_mem> to = session.buffer(bytes);
  const Handle<void*> host = session.pinned(bytes);
  auto* words = reinterpret_cast<std::uint32_t*>(host.get());
  for (std::size_t i = 0; i < bytes / sizeof *words; ++i)
    words[i] = opencl::mix_bits(static_cast<std::uint32_t>(i) ^ 99U);
  const double share = request.seconds / 3;
  const std::vector<double> in = rates_of(bytes, share, request.slow, [&] { session.write(from, words, bytes); });
  const std::vector<double> copy = rates_of(2 * bytes, share, request.slow, [&] {
    session.launch("copy_memory", bytes / 16, 0, from, to);
    session.finish();
  });
  std::fill(words, words + bytes / sizeof *words, 0U);
  const std::vector<double> out = rates_of(bytes, share, request.slow, [&] { session.read(to, words, bytes); });
  if (request.wrong) words[bytes / 8] ^= 1U;
  std::int64_t errors = 0;
  for (std::size_t i = 0; i < bytes / sizeof *words; ++i)
    errors += words[i] != opencl::mix_bits(static_cast<std::uint32_t>(i) ^ 99U) ? 1 : 0;
  return about("bandwidth", device)
      .integer("bytes", static_cast<std::int64_t>(bytes))
      .numbers("copy_gb_s", copy)
      .numbers("host_to_device_gb_s", in)
      .numbers("device_to_host_gb_s", out)
      .integer("errors", errors)
      .finish(errors > 0 ? probe::kFault : probe::kDone);
}

int latency(const DeviceInfo& device, const Request& request) {
  const Session session(device);
  const Handle<cl_mem> counter = session.buffer(sizeof(cl_uint));
  std::uint32_t count = 0;
  session.write(counter, &count, sizeof count);
  std::vector<double> windows;
  std::vector<double> micros;
  std::uint32_t launches = 0;
  const auto launch = [&] {
    session.launch("count_launch", 1, 1, counter);
    session.finish();
    ++launches;
  };
  for (int i = 0; i < 100; ++i) launch();
  while (windows.size() < kWindows) {
    const std::size_t first = micros.size();
    const SteadyTime start = now();
    do {
      const SteadyTime before = now();
      for (int i = 0; i < (request.slow ? 10 : 1); ++i) launch();
      micros.push_back(seconds_since(before) * 1e6);
    } while (seconds_since(start) < request.seconds / kWindows && micros.size() < first + 1'000'000);
    windows.push_back(rank({micros.begin() + static_cast<std::ptrdiff_t>(first), micros.end()}, 0.5));
  }
  session.read(counter, &count, sizeof count);
  return about("latency", device)
      .integer("launches", launches)
      .integer("executed", count)
      .number("median_us", rank(micros, 0.5))
      .number("p99_us", rank(micros, 0.99))
      .numbers("windows_us", windows)
      .finish(count == launches ? probe::kDone : probe::kFault);
}

int soak(const DeviceInfo& device, const Request& request) {
  const Session session(device);
  constexpr std::uint32_t kSeed = 777;
  constexpr std::size_t kBytes = kItems * sizeof(cl_uint);
  const Handle<cl_mem> items = session.buffer(kBytes);
  const Handle<cl_mem> expected = session.buffer(kBytes);
  const std::vector<std::uint32_t> reference = compute_on_cpu(kSeed);
  session.write(expected, reference.data(), kBytes);
  ErrorCount count(session);
  // The first launch of a kernel may finish its compilation; that is no part of the rate.
  session.launch("compute_items", kItems, 0, items, kSeed, kRounds);
  session.launch("compare_items", kItems, 0, items, expected, count.buffer());
  session.finish();
  std::vector<double> windows;
  std::int64_t repeats = 0;
  int batch = 1;
  const double window_length = std::clamp(request.seconds / 10, 0.05, 10.0);
  const SteadyTime start = now();
  SteadyTime window_start = start;
  std::int64_t window_repeats = 0;
  while (seconds_since(start) < request.seconds || windows.size() < 6) {
    const SteadyTime before = now();
    for (int i = 0; i < batch; ++i) {
      session.fill(items, 0, kBytes);  // what is compared must have been computed in this repeat
      session.launch("compute_items", kItems, 0, items, kSeed, kRounds);
      if (request.wrong && repeats == 0 && i == 0) session.fill(items, 0xdeadbeefU, sizeof(cl_uint), kBytes / 2);
      session.launch("compare_items", kItems, 0, items, expected, count.buffer());
    }
    session.finish();
    repeats += batch;
    window_repeats += batch;
    // Long enough that the device never waits for us, short enough for the window.
    if (seconds_since(before) < window_length / 10) batch = std::min(batch * 2, 4096);
    if (seconds_since(window_start) < window_length) continue;
    windows.push_back(static_cast<double>(window_repeats) / seconds_since(window_start));
    window_start = now();
    window_repeats = 0;
  }
  const std::int64_t errors = count.read()[0];
  const auto middle = windows.begin() + static_cast<std::ptrdiff_t>(windows.size() / 2);
  return about("soak", device)
      .integer("repeats", repeats)
      .integer("results_compared", repeats * static_cast<std::int64_t>(kItems))
      .integer("errors", errors)
      .number("seconds", seconds_since(start))
      .numbers("windows_repeats_per_s", windows)
      .numbers("first_half_repeats_per_s", {windows.begin(), middle})
      .numbers("second_half_repeats_per_s", {middle, windows.end()})
      .finish(errors > 0 ? probe::kFault : probe::kDone);
}

int check(int argc, char** argv) {
  const probe::Options options(
      argc, argv,
      {{"mode", ""}, {"device", "0"}, {"seconds", "2"}, {"bytes", "0"}, {"percent", "10"}, {"inject", "none"}});
  const std::string mode = options.one_of("mode", {"enumerate", "compute", "memory", "bandwidth", "latency", "soak"});
  const std::string inject = options.one_of("inject", {"none", "wrong-result", "slow"});
  const Request request{.seconds = options.number("seconds", 0.01, 604'800),
                        .bytes = static_cast<std::uint64_t>(options.number("bytes", 0, 1e15)),
                        .percent = options.number("percent", 0.01, 100),
                        .wrong = inject == "wrong-result",
                        .slow = inject == "slow"};
  const auto index = static_cast<std::size_t>(options.number("device", 0, 100'000));
  const std::vector<DeviceInfo> devices = opencl::devices();
  if (devices.empty()) throw probe::Cannot("the OpenCL drivers see no device");
  if (mode == "enumerate") return enumerate(devices);
  if (index >= devices.size()) {
    std::fprintf(stderr, "opencl_check: device %zu was asked for, there are %zu\n", index, devices.size());
    return probe::kFault;
  }
  const DeviceInfo& device = devices[index];
  if (mode == "compute") return compute(device, request);
  if (mode == "memory") return memory(device, request);
  if (mode == "bandwidth") return bandwidth(device, request);
  if (mode == "latency") return latency(device, request);
  return soak(device, request);
}

}  // namespace

int main(int argc, char** argv) {
  return probe::run("opencl_check", [&] { return check(argc, argv); });
}
