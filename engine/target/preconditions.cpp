// SPDX-License-Identifier: Apache-2.0
#include "engine/target/preconditions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "engine/base/files.h"
#include "engine/base/text.h"

namespace assay::target {
namespace {

std::string first_line(const std::filesystem::path& file) {
  const auto text = read_file(file, std::size_t{64} << 10U);
  return text ? std::string(trim(std::string_view(*text).substr(0, text->find('\n')))) : std::string();
}

std::string percent_in_tenths(double share) {
  const auto tenths = std::lround(share * 1000);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

// "[always] madvise never" -> "always"
std::string chosen(const std::string& text) {
  const auto open = text.find('[');
  const auto close = text.find(']', open);
  return open == std::string::npos || close == std::string::npos ? text : text.substr(open + 1, close - open - 1);
}

Precondition governor(const std::filesystem::path& root) {
  Precondition out{.name = "governor", .observed = {}, .wanted = {}, .good = true, .note = {}};
  std::map<std::string, int> counts;
  std::error_code error;
  for (std::filesystem::directory_iterator it(root / "sys/devices/system/cpu/cpufreq", error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = first_line(it->path() / "scaling_governor");
    if (!name.empty()) ++counts[name];
  }
  if (counts.empty()) {
    out.observed = "none (no cpufreq)";
    return out;
  }
  std::vector<std::string> names;
  names.reserve(counts.size());
  for (const auto& [name, count] : counts) names.push_back(name);
  out.observed = join(names, ", ");
  out.wanted = "performance";
  out.good =
      counts.count("powersave") == 0 || std::filesystem::exists(root / "sys/devices/system/cpu/intel_pstate", error);
  if (!out.good) out.note = "the clock may stay low during the first part of each sample";
  return out;
}

}  // namespace

std::vector<Precondition> observe_preconditions(const CpuSnapshot& before, const CpuSnapshot& after,
                                                const std::filesystem::path& root) {
  std::vector<Precondition> out;
  constexpr double kBusyLimit = 0.10;
  constexpr double kStealLimit = 0.02;
  if (const auto busy = busy_share(before, after)) {
    out.push_back({.name = "background_load",
                   .observed = percent_in_tenths(*busy),
                   .wanted = "below 10 %",
                   .good = *busy < kBusyLimit,
                   .note = *busy < kBusyLimit
                               ? ""
                               : "other programs are using this machine: performance tests may be inconclusive"});
  }
  if (const auto steal = steal_share(before, after)) {
    out.push_back({.name = "steal",
                   .observed = percent_in_tenths(*steal),
                   .wanted = "below 2 %",
                   .good = *steal < kStealLimit,
                   .note = *steal < kStealLimit ? "" : "the hypervisor gives this machine's CPUs to others"});
  }
  out.push_back(governor(root));
  const auto record = [&](std::string name, std::string observed) {
    if (!observed.empty())
      out.push_back({.name = std::move(name), .observed = std::move(observed), .wanted = {}, .good = true, .note = {}});
  };
  const std::string no_turbo = first_line(root / "sys/devices/system/cpu/intel_pstate/no_turbo");
  const std::string boost = first_line(root / "sys/devices/system/cpu/cpufreq/boost");
  if (!no_turbo.empty()) record("turbo", no_turbo == "0" ? "on" : "off");
  if (no_turbo.empty() && !boost.empty()) record("turbo", boost == "1" ? "on" : "off");
  record("smt", first_line(root / "sys/devices/system/cpu/smt/control"));
  record("thp", chosen(first_line(root / "sys/kernel/mm/transparent_hugepage/enabled")));
  record("numa_balancing", first_line(root / "proc/sys/kernel/numa_balancing"));
  record("load_average", first_line(root / "proc/loadavg"));
  return out;
}

}  // namespace assay::target
