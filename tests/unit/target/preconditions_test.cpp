// SPDX-License-Identifier: Apache-2.0
// The state of a machine before it is measured, over made-up roots.
#include "engine/target/preconditions.h"

#include <gmock/gmock.h>

#include "support/cases.h"
#include "support/temp_folder.h"

namespace assay::target {
namespace {

using testing::ElementsAre;

// "name: observed [wanted] BAD (note)".
std::string told(const Precondition& item) {
  std::string out = item.name + ": " + item.observed;
  if (!item.wanted.empty()) out += " [" + item.wanted + "]";
  if (!item.good) out += " BAD";
  if (!item.note.empty()) out += " (" + item.note + ")";
  return out;
}
std::vector<std::string> observe(const test::TempFolder& root, const CpuSnapshot& before = {},
                                 const CpuSnapshot& after = {}) {
  std::vector<std::string> out;
  for (const Precondition& item : observe_preconditions(before, after, root.path())) out.push_back(told(item));
  return out;
}

struct RootCase {
  const char* name;
  std::vector<std::pair<const char*, const char*>> files;
  std::vector<std::string> observed;
};
class Roots : public testing::TestWithParam<RootCase> {};
TEST_P(Roots, AreToldInOrder) {
  const test::TempFolder root;
  for (const auto& [path, text] : GetParam().files) root.write(path, text);
  EXPECT_EQ(observe(root), GetParam().observed);
}
constexpr const char* kGovernor0 = "sys/devices/system/cpu/cpufreq/policy0/scaling_governor";
constexpr const char* kGovernor1 = "sys/devices/system/cpu/cpufreq/policy1/scaling_governor";
constexpr const char* kSlow = " [performance] BAD (the clock may stay low during the first part of each sample)";
const RootCase kRoots[] = {
    {"nothing", {}, {"governor: none (no cpufreq)"}},
    {"performance",
     {{kGovernor0, "performance\n"}, {kGovernor1, "performance\n"}},
     {"governor: performance [performance]"}},
    {"powersave", {{kGovernor0, "powersave\n"}}, {std::string("governor: powersave") + kSlow}},
    {"one_of_them_is_slow",
     {{kGovernor0, "performance\n"}, {kGovernor1, "powersave\n"}},
     {std::string("governor: performance, powersave") + kSlow}},
    {"powersave_of_intel_pstate_is_good",
     {{kGovernor0, "powersave\n"}, {"sys/devices/system/cpu/intel_pstate/status", "active\n"}},
     {"governor: powersave [performance]"}},
    {"schedutil", {{kGovernor0, "schedutil\n"}}, {"governor: schedutil [performance]"}},
    {"empty_governor", {{kGovernor0, "\n"}}, {"governor: none (no cpufreq)"}},
    {"turbo_of_intel",
     {{"sys/devices/system/cpu/intel_pstate/no_turbo", "0\n"}, {"sys/devices/system/cpu/cpufreq/boost", "0\n"}},
     {"governor: none (no cpufreq)", "turbo: on"}},
    {"turbo_of_intel_off",
     {{"sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"}},
     {"governor: none (no cpufreq)", "turbo: off"}},
    {"boost", {{"sys/devices/system/cpu/cpufreq/boost", "1\n"}}, {"governor: none (no cpufreq)", "turbo: on"}},
    {"boost_off", {{"sys/devices/system/cpu/cpufreq/boost", "0\n"}}, {"governor: none (no cpufreq)", "turbo: off"}},
    {"huge_pages",
     {{"sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n"}},
     {"governor: none (no cpufreq)", "thp: never"}},
    {"huge_pages_without_a_choice",
     {{"sys/kernel/mm/transparent_hugepage/enabled", "broken] [\n"}},
     {"governor: none (no cpufreq)", "thp: broken] ["}},
    {"the_rest",
     {{"sys/devices/system/cpu/smt/control", "notsupported\n"},
      {"proc/sys/kernel/numa_balancing", "1\nmore\n"},
      {"proc/loadavg", "0.50 0.40 0.30 1/200 4711\n"}},
     {"governor: none (no cpufreq)", "smt: notsupported", "numa_balancing: 1",
      "load_average: 0.50 0.40 0.30 1/200 4711"}},
};
INSTANTIATE_TEST_SUITE_P(Preconditions, Roots, testing::ValuesIn(kRoots), test::case_name);

struct LoadCase {
  const char* name;
  std::uint64_t busy;  // of 1000 ticks
  std::uint64_t steal;
  const char* load;
  const char* stolen;
};
class Load : public testing::TestWithParam<LoadCase> {};
TEST_P(Load, HasItsLimits) {
  const test::TempFolder root;
  const CpuSnapshot before{
      .total_ticks = 5000, .busy_ticks = 100, .steal_ticks = 7, .throttled = {}, .pressure_us = {}};
  const CpuSnapshot after{.total_ticks = 6000,
                          .busy_ticks = 100 + GetParam().busy,
                          .steal_ticks = 7 + GetParam().steal,
                          .throttled = {},
                          .pressure_us = {}};
  EXPECT_THAT(observe(root, before, after),
              ElementsAre(GetParam().load, GetParam().stolen, "governor: none (no cpufreq)"));
}
constexpr const char* kQuiet = "background_load: 0.0 % [below 10 %]";
constexpr const char* kOurs = "steal: 0.0 % [below 2 %]";
const LoadCase kLoads[] = {
    {"idle", 0, 0, kQuiet, kOurs},
    {"just_below", 99, 19, "background_load: 9.9 % [below 10 %]", "steal: 1.9 % [below 2 %]"},
    {"busy_at_the_limit", 100, 0,
     "background_load: 10.0 % [below 10 %] BAD (other programs are using this machine: performance tests may be "
     "inconclusive)",
     kOurs},
    {"stolen_at_the_limit", 0, 20, kQuiet,
     "steal: 2.0 % [below 2 %] BAD (the hypervisor gives this machine's CPUs to others)"},
};
INSTANTIATE_TEST_SUITE_P(Preconditions, Load, testing::ValuesIn(kLoads), test::case_name);

}  // namespace
}  // namespace assay::target
