// SPDX-License-Identifier: Apache-2.0
#include "engine/target/cpu_watch.h"

#include <unistd.h>

#include <charconv>
#include <cmath>
#include <vector>

#include "engine/base/files.h"
#include "engine/base/text.h"

namespace assay::target {
namespace {

std::optional<std::uint64_t> counter(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

// "key value" lines, as cpu.stat has them.
std::optional<std::uint64_t> keyed(const std::filesystem::path& file, std::string_view key) {
  const auto text = read_file(file, std::size_t{1} << 20U);
  if (!text) return std::nullopt;
  for (const std::string_view line : lines(*text)) {
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ' ') {
      return counter(trim(line.substr(key.size())));
    }
  }
  return std::nullopt;
}

// The folder of our own CPU control group, v2 or v1, from /proc/self/cgroup ("ID:CONTROLLERS:PATH").
std::optional<std::uint64_t> throttled_periods(const std::filesystem::path& root) {
  const auto text = read_file(root / "proc/self/cgroup", std::size_t{1} << 20U);
  if (!text) return std::nullopt;
  for (const std::string_view line : lines(*text)) {
    const auto parts = split(line, ':');
    if (parts.size() < 3) continue;
    std::string path(line.substr(parts[0].size() + parts[1].size() + 2));
    if (path.starts_with('/')) path.erase(0, 1);
    std::vector<std::filesystem::path> folders;
    if (parts[1].empty()) {
      folders = {root / "sys/fs/cgroup" / path, root / "sys/fs/cgroup/unified" / path};
    } else {
      for (const std::string_view controller : split(parts[1], ',')) {
        if (controller == "cpu")
          folders = {root / "sys/fs/cgroup/cpu" / path, root / "sys/fs/cgroup" / parts[1] / path};
      }
    }
    for (const auto& folder : folders) {
      if (const auto value = keyed(folder / "cpu.stat", "nr_throttled")) return value;
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> difference(std::optional<std::uint64_t> before, std::optional<std::uint64_t> after) {
  if (!before || !after || *after < *before) return std::nullopt;
  return *after - *before;
}

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

}  // namespace

CpuSnapshot take_cpu_snapshot(const std::filesystem::path& root) {
  CpuSnapshot out;
  if (const auto stat = read_file(root / "proc/stat", std::size_t{4} << 20U)) {
    // "cpu user nice system idle iowait irq softirq steal guest guest_nice"; guest time is inside user (proc(5)).
    std::vector<std::uint64_t> fields;
    for (const std::string_view word : split(std::string_view(*stat).substr(0, stat->find('\n')), ' ')) {
      if (const auto value = counter(word)) fields.push_back(*value);
    }
    if (fields.size() >= 8) {
      out.busy_ticks = fields[0] + fields[1] + fields[2] + fields[5] + fields[6];
      out.steal_ticks = fields[7];
      out.total_ticks = *out.busy_ticks + fields[3] + fields[4] + fields[7];
    }
  }
  out.throttled = throttled_periods(root);
  if (const auto pressure = read_file(root / "proc/pressure/cpu", 4096)) {
    const auto at = pressure->find("total=");
    if (at != std::string::npos) out.pressure_us = counter(std::string_view(*pressure).substr(at + 6));
  }
  return out;
}

std::optional<double> busy_share(const CpuSnapshot& before, const CpuSnapshot& after) {
  const auto busy = difference(before.busy_ticks, after.busy_ticks);
  const auto total = difference(before.total_ticks, after.total_ticks);
  if (!busy || !total || *total == 0) return std::nullopt;
  return static_cast<double>(*busy) / static_cast<double>(*total);
}

std::optional<double> steal_share(const CpuSnapshot& before, const CpuSnapshot& after) {
  const auto steal = difference(before.steal_ticks, after.steal_ticks);
  const auto total = difference(before.total_ticks, after.total_ticks);
  if (!steal || !total || *total == 0) return std::nullopt;
  return static_cast<double>(*steal) / static_cast<double>(*total);
}

std::string describe_interference(const CpuSnapshot& before, const CpuSnapshot& after, double own_cpu_s) {
  std::vector<std::string> parts;
  if (const auto steal = steal_share(before, after); steal && *steal >= 0.01)
    parts.push_back("stolen by the hypervisor " + percent(*steal));
  if (const auto throttled = difference(before.throttled, after.throttled); throttled && *throttled > 0) {
    parts.push_back("held back by the control group " + std::to_string(*throttled) + " times");
  }
  const auto busy = difference(before.busy_ticks, after.busy_ticks);
  const auto total = difference(before.total_ticks, after.total_ticks);
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (busy && total && *total > 0) {
    const double others = (static_cast<double>(*busy) - own_cpu_s * ticks_per_second) / static_cast<double>(*total);
    if (others >= 0.05) parts.push_back("other programs used " + percent(others));
  }
  return join(parts, ", ");
}

}  // namespace assay::target
