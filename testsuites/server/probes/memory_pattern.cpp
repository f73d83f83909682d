// SPDX-License-Identifier: Apache-2.0
// Patterns over a share of the memory that is available now, without a cap: how much was really covered is in the
// result. Chunks stay allocated until the end and are then all read once more, so that addresses which share cells and
// cells that forget are found.
//
//   memory_pattern [--percent 60] [--bytes 0] [--seconds 20] [--inject none|wrong]
//
// --percent   of MemAvailable, and of what the cgroup leaves where that is less; --bytes overrides it
// --seconds   no new chunk is begun after this; the final read still happens
// `--inject wrong` flips one bit of one word between writing and reading.
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "probe.h"
#include "probe_cpus.h"

namespace {

constexpr std::size_t kChunk = std::size_t{64} << 20U;
constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15;

std::uint64_t available_bytes() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  std::uint64_t kib = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    if (words >> key >> kib && key == "MemAvailable:") return kib * 1024;
  }
  throw probe::Cannot("/proc/meminfo does not tell MemAvailable");
}

std::uint64_t read_number(const std::string& path, std::uint64_t otherwise) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  return file >> value ? value : otherwise;  // "max" is no number
}

// What cgroup v2 leaves this process: the least over its own group and those above.
std::uint64_t cgroup_room() {
  constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line) && line.rfind("0::/", 0) != 0) {
  }
  if (line.rfind("0::/", 0) != 0) return kUnlimited;
  std::uint64_t room = kUnlimited;
  for (std::string group = line.substr(3); !group.empty(); group.resize(group.rfind('/'))) {
    const std::string folder = "/sys/fs/cgroup" + group;
    const std::uint64_t most = read_number(folder + "/memory.max", kUnlimited);
    const std::uint64_t used = read_number(folder + "/memory.current", 0);
    if (most != kUnlimited) room = std::min(room, most > used ? most - used : 0);
  }
  return room;
}

std::uint64_t hash_of(std::uint64_t word, std::uint64_t seed) {
  std::uint64_t x = (word + seed) * kMix;
  x ^= x >> 32U;
  return x * kMix;
}

struct Pattern {
  const char* name;
  bool hashed;
  std::uint64_t flip;  // the fixed word, or what the hash is xored with
};
constexpr Pattern kPatterns[] = {{"checkerboard", false, 0xaaaaaaaaaaaaaaaa},
                                 {"checkerboard inverse", false, 0x5555555555555555},
                                 {"address hash", true, 0},
                                 {"address hash inverse", true, ~std::uint64_t{0}}};

struct Chunk {
  std::uint64_t* words = nullptr;
  std::uint64_t index = 0;
};

struct State {
  std::uint64_t target = 0;
  double seconds = 0;
  bool wrong = false;
  std::chrono::steady_clock::time_point start;
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> refused{false};
  std::atomic<bool> late{false};
  std::mutex lock;  // guards what follows
  std::uint64_t tested = 0;
  std::int64_t errors = 0;
  std::string first;
};

constexpr std::size_t kWords = kChunk / sizeof(std::uint64_t);

void write_chunk(const Chunk& chunk, const Pattern& pattern) {
  volatile std::uint64_t* words = chunk.words;  // every store and every load must reach memory
  const std::uint64_t seed = chunk.index * kWords;
  if (pattern.hashed) {
    for (std::size_t i = 0; i < kWords; ++i) words[i] = hash_of(i, seed) ^ pattern.flip;
  } else {
    for (std::size_t i = 0; i < kWords; ++i) words[i] = pattern.flip;
  }
}

std::int64_t verify_chunk(const Chunk& chunk, const Pattern& pattern, std::string& first) {
  const volatile std::uint64_t* words = chunk.words;
  const std::uint64_t seed = chunk.index * kWords;
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::uint64_t expected = pattern.hashed ? hash_of(i, seed) ^ pattern.flip : pattern.flip;
    const std::uint64_t got = words[i];
    if (got == expected) continue;
    if (wrong++ == 0) {
      char text[160];
      std::snprintf(text, sizeof text, "%s, chunk %llu, byte %llu: bits %016llx differ", pattern.name,
                    static_cast<unsigned long long>(chunk.index), static_cast<unsigned long long>(i) * sizeof got,
                    static_cast<unsigned long long>(got ^ expected));
      first = text;
    }
  }
  return wrong;
}

bool time_over(const State& state) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - state.start).count() > state.seconds;
}

void note(State& state, std::int64_t wrong, const std::string& first) {
  const std::lock_guard<std::mutex> guard(state.lock);
  if (state.first.empty()) state.first = first;
  state.errors += wrong;
}

void test_chunks(int cpu, State& state) {
  probe::pin_to(cpu);
  std::vector<Chunk> mine;
  for (std::uint64_t index = state.next++; index * kChunk < state.target; index = state.next++) {
    if (index > 0 && time_over(state)) {
      state.late = true;
      break;
    }
    void* memory = mmap(nullptr, kChunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      state.refused = true;
      break;
    }
    const Chunk chunk{static_cast<std::uint64_t*>(memory), index};
    for (const Pattern& pattern : kPatterns) {
      write_chunk(chunk, pattern);
      if (state.wrong && index == 0 && &pattern == &kPatterns[2]) chunk.words[kWords / 2] ^= 1U << 9U;
      std::string first;
      if (const std::int64_t wrong = verify_chunk(chunk, pattern, first); wrong > 0) note(state, wrong, first);
    }
    mine.push_back(chunk);
    const std::lock_guard<std::mutex> guard(state.lock);
    state.tested += kChunk;
  }
  for (const Chunk& chunk : mine) {
    std::string first;
    if (const std::int64_t wrong = verify_chunk(chunk, kPatterns[3], first); wrong > 0) note(state, wrong, first);
    munmap(chunk.words, kChunk);
  }
}

int check(int argc, char** argv) {
  const probe::Options options(argc, argv, {{"percent", "60"}, {"bytes", "0"}, {"seconds", "20"}, {"inject", "none"}});
  const double percent = options.number("percent", 0.01, 95);
  const auto bytes = static_cast<std::uint64_t>(options.number("bytes", 0, 1e15));
  State state;
  state.seconds = options.number("seconds", 0.01, 604'800);
  state.wrong = options.one_of("inject", {"none", "wrong"}) == "wrong";
  const std::uint64_t available = std::min(available_bytes(), cgroup_room());
  state.target = bytes > 0 ? bytes : static_cast<std::uint64_t>(static_cast<double>(available) * percent / 100);
  state.target = state.target / kChunk * kChunk;
  if (state.target == 0) throw probe::Cannot("less memory is free than one chunk of 64 MiB");
  if (state.target > available) throw probe::Cannot("less memory is free than was asked for");
  const std::vector<int> cpus = probe::allowed_cpus();
  if (cpus.empty()) throw probe::Cannot("the system does not say on which CPUs this process may run");
  state.start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (const int cpu : cpus) threads.emplace_back([cpu, &state] { test_chunks(cpu, state); });
  for (std::thread& thread : threads) thread.join();
  const char* ended = state.refused ? "allocation refused" : state.late ? "time over" : "target reached";
  return probe::Object{}
      .text("probe", "memory_pattern")
      .integer("available_bytes", static_cast<std::int64_t>(available))
      .integer("asked_bytes", static_cast<std::int64_t>(state.target))
      .integer("tested_bytes", static_cast<std::int64_t>(state.tested))
      .number("tested_percent", static_cast<double>(state.tested) * 100 / static_cast<double>(available))
      .text("ended", ended)
      .integer("patterns", std::size(kPatterns))
      .integer("errors", state.errors)
      .text("first_error", state.first)
      .finish(state.errors > 0 ? probe::kFault : probe::kDone);
}

}  // namespace

int main(int argc, char** argv) {
  return probe::run("memory_pattern", [&] { return check(argc, argv); });
}
