// SPDX-License-Identifier: Apache-2.0
// Silent data corruption: the same work on every CPU, again and again, all CPUs at once, must give the same bits every
// time, and the bits that were right when this file was written. Four kinds of work, for different parts of a core:
// integer arithmetic, scalar double precision (only operations that IEEE 754 rounds correctly), a hash over a table
// that stays in the first-level cache, and wide vectors.
//
//   cpu_consistency [--seconds 5] [--inject none|flip]
//
// `--inject flip` changes one bit of one result on the last CPU, as a defective core would.

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <thread>

#include "probe.h"
#include "probe_cpus.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define WIDEST_VECTORS __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define WIDEST_VECTORS
#endif

namespace {

using Digest = std::uint64_t;
constexpr std::size_t kKinds = 4;
constexpr std::array<const char*, kKinds> kNames = {"integer", "float", "hash", "vector"};
// Computed by a separate program with exact integers and IEEE 754 rounding; the same on every CPU that has both.
constexpr std::array<Digest, kKinds> kKnown = {0xca2b8cf3cb81377c, 0x7eba14c56bd2e97e, 0x7f56239ea2d39432,
                                               0x9b68465f99ad3432};

Digest integer_work() {
  std::uint64_t state = 0x9e3779b97f4a7c15;
  Digest digest = 1;
  for (std::uint32_t i = 1; i < 60'000; ++i) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    digest = digest * 6364136223846793005U + state % (i + 7) + state / (2 * i + 1);
    digest = (digest << 11U) | (digest >> 53U);
  }
  return digest;
}

Digest float_work() {
  double x = 1.5;
  double y = 0.75;
  Digest digest = 0;
  for (int i = 1; i < 20'000; ++i) {
    x = std::sqrt(x * 1.25 + 1.0 / i) + 0.5;
    y = (y + x) / (1.0 + x * x) - 0.125;
    std::uint64_t bits = 0;
    const double mixed = x * y;
    std::memcpy(&bits, &mixed, sizeof bits);
    digest = digest * 31 + bits;
  }
  return digest;
}

Digest hash_work() {
  std::array<std::uint32_t, 4096> table;
  for (std::uint32_t i = 0; i < table.size(); ++i) table[i] = i * 2654435761U;
  std::uint32_t a = 0x67452301;
  std::uint32_t b = 0xefcdab89;
  for (std::uint32_t round = 0; round < 12; ++round) {
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      const std::uint32_t j = (a + i) % table.size();
      a = ((a << 5U) | (a >> 27U)) + (b ^ table[j]) + round;
      b = ((b << 30U) | (b >> 2U)) + a;
      table[i] ^= b;
    }
  }
  return (static_cast<std::uint64_t>(a) << 32U) | b;
}

WIDEST_VECTORS Digest vector_work() {
  constexpr std::size_t kLanes = 1024;
  static thread_local std::array<std::uint32_t, kLanes> integers;
  static thread_local std::array<float, kLanes> floats;
  for (std::size_t i = 0; i < kLanes; ++i) {
    integers[i] = static_cast<std::uint32_t>(i) * 747796405U + 1;
    floats[i] = 1.0F + static_cast<float>(i) / 1024.0F;
  }
  for (std::uint32_t round = 1; round < 200; ++round) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      integers[i] = integers[i] * 1664525U + round;
      integers[i] ^= integers[i] >> 15U;
      floats[i] = floats[i] * 1.0625F + 0.25F;
      floats[i] = floats[i] > 4096.0F ? floats[i] / 4096.0F : floats[i];
    }
  }
  Digest digest = 0;
  for (std::size_t i = 0; i < kLanes; ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &floats[i], sizeof bits);
    digest = (digest ^ integers[i]) * 1099511628211U + bits;
  }
  return digest;
}

constexpr std::array<Digest (*)(), kKinds> kWork = {integer_work, float_work, hash_work, vector_work};

struct Mismatch {
  int cpu;
  std::size_t kind;
  std::int64_t repeat;
  Digest got;
};

struct Findings {
  std::mutex lock;  // guards what follows
  std::vector<Mismatch> mismatches;
  std::int64_t mismatch_count = 0;
  std::int64_t repeats = 0;
  std::int64_t fewest_repeats = -1;
  int cpus_tested = 0;
  int cpus_refused = 0;
};

void test_cpu(int cpu, bool inject, std::chrono::steady_clock::time_point end, Findings& findings) {
  if (!probe::pin_to(cpu)) {
    const std::lock_guard<std::mutex> guard(findings.lock);
    ++findings.cpus_refused;
    return;
  }
  std::vector<Mismatch> mine;
  std::int64_t count = 0;
  std::int64_t repeats = 0;
  do {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      Digest digest = kWork[kind]();
      if (inject && kind == 1 && repeats == 1) digest ^= 1U << 17U;
      if (digest == kKnown[kind]) continue;
      ++count;
      if (mine.size() < 8) mine.push_back({cpu, kind, repeats, digest});
    }
    ++repeats;
  } while (std::chrono::steady_clock::now() < end || repeats < 3);
  const std::lock_guard<std::mutex> guard(findings.lock);
  for (const Mismatch& mismatch : mine)
    if (findings.mismatches.size() < 32) findings.mismatches.push_back(mismatch);
  findings.mismatch_count += count;
  findings.repeats += repeats;
  findings.fewest_repeats = findings.fewest_repeats < 0 ? repeats : std::min(findings.fewest_repeats, repeats);
  ++findings.cpus_tested;
}

std::string hex(Digest digest) {
  char text[20];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(digest));
  return text;
}

int check(int argc, char** argv) {
  const probe::Options options(argc, argv, {{"seconds", "5"}, {"inject", "none"}});
  const double seconds = options.number("seconds", 0.01, 86'400);
  const bool inject = options.one_of("inject", {"none", "flip"}) == "flip";
  const std::vector<int> cpus = probe::allowed_cpus();
  if (cpus.empty()) throw probe::Cannot("the system does not say on which CPUs this process may run");

  Findings findings;
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6));
  std::vector<std::thread> threads;
  for (const int cpu : cpus)
    threads.emplace_back(
        [cpu, end, &findings, broken = inject && cpu == cpus.back()] { test_cpu(cpu, broken, end, findings); });
  for (std::thread& thread : threads) thread.join();

  std::vector<probe::Object> mismatches;
  for (const Mismatch& mismatch : findings.mismatches)
    mismatches.push_back(probe::Object{}
                             .integer("cpu", mismatch.cpu)
                             .text("work", kNames[mismatch.kind])
                             .integer("repeat", mismatch.repeat)
                             .text("expected", hex(kKnown[mismatch.kind]))
                             .text("got", hex(mismatch.got)));
  return probe::Object{}
      .text("probe", "cpu_consistency")
      .integer("cpus", static_cast<std::int64_t>(cpus.size()))
      .integer("cpus_tested", findings.cpus_tested)
      .integer("cpus_refused", findings.cpus_refused)
      .integer("kinds_of_work", kKinds)
      .integer("repeats", findings.repeats)
      .integer("fewest_repeats_on_a_cpu", findings.fewest_repeats)
      .integer("mismatches", findings.mismatch_count)
      .objects("first_mismatches", mismatches)
      .finish(findings.mismatch_count > 0 ? probe::kFault : probe::kDone);
}

}  // namespace

int main(int argc, char** argv) {
  return probe::run("cpu_consistency", [&] { return check(argc, argv); });
}
