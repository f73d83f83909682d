// SPDX-License-Identifier: Apache-2.0
// The CPUs this process may use, and a seat on one of them. Machines with more than 1,024 CPUs need sets of their own
// size.
#pragma once

#include <sched.h>

#include <new>
#include <vector>

namespace probe {

inline std::vector<int> allowed_cpus() {
  constexpr int kMost = 8192;
  std::vector<int> cpus;
  cpu_set_t* set = CPU_ALLOC(kMost);
  if (set == nullptr) throw std::bad_alloc();
  const std::size_t size = CPU_ALLOC_SIZE(kMost);
  if (sched_getaffinity(0, size, set) == 0)
    for (int cpu = 0; cpu < kMost; ++cpu)
      if (CPU_ISSET_S(static_cast<unsigned>(cpu), size, set)) cpus.push_back(cpu);
  CPU_FREE(set);
  return cpus;
}

// The calling thread, from now on only on `cpu`.
inline bool pin_to(int cpu) {
  cpu_set_t* set = CPU_ALLOC(cpu + 1);
  if (set == nullptr) return false;
  const std::size_t size = CPU_ALLOC_SIZE(cpu + 1);
  CPU_ZERO_S(size, set);
  CPU_SET_S(static_cast<unsigned>(cpu), size, set);
  const bool done = sched_setaffinity(0, size, set) == 0;
  CPU_FREE(set);
  return done;
}

}  // namespace probe
