// SPDX-License-Identifier: Apache-2.0
// Whether the CPU was ours: what the kernel knows about time that somebody else took.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace assay::target {

// Sums since boot; what cannot be read is absent.
struct CpuSnapshot {
  std::optional<std::uint64_t> total_ticks;  // all states of all CPUs, /proc/stat
  std::optional<std::uint64_t> busy_ticks;   // user, nice, system, irq, softirq
  std::optional<std::uint64_t> steal_ticks;  // taken by the hypervisor
  std::optional<std::uint64_t> throttled;    // periods in which our control group was held back (nr_throttled)
  std::optional<std::uint64_t> pressure_us;  // time in which some task waited for a CPU (PSI, /proc/pressure/cpu)
};

CpuSnapshot take_cpu_snapshot(const std::filesystem::path& root = "/");

// What happened between two snapshots, for a person: "steal 12 %, throttled 40 times, others 60 % busy"; empty when
// nothing. `own_cpu_s` is the CPU time that was ours.
std::string describe_interference(const CpuSnapshot& before, const CpuSnapshot& after, double own_cpu_s);

// Share of all CPU time between the snapshots that was busy, 0 to 1.
std::optional<double> busy_share(const CpuSnapshot& before, const CpuSnapshot& after);
std::optional<double> steal_share(const CpuSnapshot& before, const CpuSnapshot& after);

}  // namespace assay::target
