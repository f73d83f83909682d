// SPDX-License-Identifier: Apache-2.0
// Whether the CPU was ours: what is read, and what is made of it.
#include "engine/target/cpu_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/cases.h"
#include "support/temp_folder.h"

namespace assay::target {
namespace {

using Ticks = std::optional<std::uint64_t>;

struct StatCase {
  const char* name;
  const char* stat;  // /proc/stat
  Ticks busy;
  Ticks steal;
  Ticks total;
};
class ProcStat : public testing::TestWithParam<StatCase> {};
TEST_P(ProcStat, IsReadByItsColumns) {
  const test::TempFolder root;
  root.write("proc/stat", GetParam().stat);
  const CpuSnapshot snapshot = take_cpu_snapshot(root.path());
  EXPECT_EQ(snapshot.busy_ticks, GetParam().busy);
  EXPECT_EQ(snapshot.steal_ticks, GetParam().steal);
  EXPECT_EQ(snapshot.total_ticks, GetParam().total);
}
const StatCase kStats[] = {
    {"usual", "cpu  1 2 4 8 16 32 64 128 0 0\n", 1 + 2 + 4 + 32 + 64, 128, 255},
    {"guests_are_part_of_user", "cpu  100 0 0 0 0 0 0 0 90 10\n", 100, 0, 100},
    {"old_kernel_without_guests", "cpu  1 1 1 1 1 1 1 1\n", 5, 1, 8},
    {"old_kernel_without_steal", "cpu  1 1 1 1 1 1 1\n", {}, {}, {}},
    {"only_the_first_line_counts", "cpu  1 1 1 1 1 1 1 1\ncpu0 9 9 9 9 9 9 9 9\n", 5, 1, 8},
    {"without_a_newline", "cpu  1 1 1 1 1 1 1 1", 5, 1, 8},
    {"empty", "", {}, {}, {}},
    {"words", "cpu a b c d e f g h\n", {}, {}, {}},
};
INSTANTIATE_TEST_SUITE_P(CpuSnapshot, ProcStat, testing::ValuesIn(kStats), test::case_name);

struct GroupCase {
  const char* name;
  const char* cgroup;  // /proc/self/cgroup
  const char* file;    // below sys/fs/cgroup
  const char* stat;
  Ticks throttled;
};
class ControlGroup : public testing::TestWithParam<GroupCase> {};
TEST_P(ControlGroup, IsTheOneWeAreIn) {
  const test::TempFolder root;
  root.write("proc/self/cgroup", GetParam().cgroup);
  root.write(std::string("sys/fs/cgroup/") + GetParam().file, GetParam().stat);
  EXPECT_EQ(take_cpu_snapshot(root.path()).throttled, GetParam().throttled);
}
const GroupCase kGroups[] = {
    {"unified", "0::/a/b\n", "a/b/cpu.stat", "nr_periods 9\nnr_throttled 7\n", 7},
    {"unified_root", "0::/\n", "cpu.stat", "nr_throttled 7\n", 7},
    {"unified_beside_the_old_ones", "0::/a\n", "unified/a/cpu.stat", "nr_throttled 7\n", 7},
    {"old", "4:memory:/m\n3:cpu:/a\n", "cpu/a/cpu.stat", "nr_throttled 7\n", 7},
    {"old_with_two_controllers", "3:cpu,cpuacct:/a\n", "cpu,cpuacct/a/cpu.stat", "nr_throttled 7\n", 7},
    {"colon_in_the_path", "0::/a:b\n", "a:b/cpu.stat", "nr_throttled 7\n", 7},
    {"another_group", "0::/a\n", "b/cpu.stat", "nr_throttled 7\n", {}},
    {"cpuset_is_not_cpu", "3:cpuset:/a\n", "cpu/a/cpu.stat", "nr_throttled 7\n", {}},
    {"longer_key", "0::/a\n", "a/cpu.stat", "nr_throttled_bursts 7\n", {}},
    {"no_limit_no_count", "0::/a\n", "a/cpu.stat", "usage_usec 7\n", {}},
    {"no_number", "0::/a\n", "a/cpu.stat", "nr_throttled many\n", {}},
    {"broken", "garbage\n::\n", "cpu.stat", "nr_throttled 7\n", 7},
    {"empty", "", "cpu.stat", "nr_throttled 7\n", {}},
};
INSTANTIATE_TEST_SUITE_P(CpuSnapshot, ControlGroup, testing::ValuesIn(kGroups), test::case_name);

struct ShareCase {
  const char* name;
  CpuSnapshot before;
  CpuSnapshot after;
  std::optional<double> busy;
  std::optional<double> steal;
};
CpuSnapshot ticks(Ticks total, Ticks busy, Ticks steal) {
  return {.total_ticks = total, .busy_ticks = busy, .steal_ticks = steal, .throttled = {}, .pressure_us = {}};
}
class Shares : public testing::TestWithParam<ShareCase> {};
TEST_P(Shares, AreOfTheTimeBetween) {
  EXPECT_EQ(busy_share(GetParam().before, GetParam().after), GetParam().busy);
  EXPECT_EQ(steal_share(GetParam().before, GetParam().after), GetParam().steal);
}
const ShareCase kShares[] = {
    {"half", ticks(100, 50, 5), ticks(300, 150, 25), 0.5, 0.1},
    {"idle", ticks(100, 50, 5), ticks(300, 50, 5), 0.0, 0.0},
    {"full", ticks(0, 0, 0), ticks(100, 100, 0), 1.0, 0.0},
    {"no_time_between", ticks(100, 50, 5), ticks(100, 50, 5), {}, {}},
    {"counters_that_ran_back", ticks(100, 50, 5), ticks(300, 40, 4), {}, {}},
    {"total_that_ran_back", ticks(100, 50, 5), ticks(90, 60, 6), {}, {}},
    {"unknown_before", ticks({}, {}, {}), ticks(300, 40, 4), {}, {}},
    {"unknown_after", ticks(100, 50, 5), ticks({}, {}, {}), {}, {}},
    {"steal_unknown", ticks(100, 50, {}), ticks(200, 100, {}), 0.5, {}},
};
INSTANTIATE_TEST_SUITE_P(CpuSnapshot, Shares, testing::ValuesIn(kShares), test::case_name);

struct InterferenceCase {
  const char* name;
  double total_s;  // CPU time between the snapshots, of all CPUs
  double busy_s;
  double steal_s;
  std::uint64_t throttled;
  double own_s;
  const char* text;
};
class Interferences : public testing::TestWithParam<InterferenceCase> {};
TEST_P(Interferences, AreDescribed) {
  const auto hertz = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto count = [hertz](double seconds) { return static_cast<std::uint64_t>(seconds * hertz); };
  const CpuSnapshot before{.total_ticks = 1000, .busy_ticks = 500, .steal_ticks = 20, .throttled = 3, .pressure_us = 0};
  const CpuSnapshot after{.total_ticks = 1000 + count(GetParam().total_s),
                          .busy_ticks = 500 + count(GetParam().busy_s),
                          .steal_ticks = 20 + count(GetParam().steal_s),
                          .throttled = 3 + GetParam().throttled,
                          .pressure_us = 0};
  EXPECT_EQ(describe_interference(before, after, GetParam().own_s), GetParam().text);
}
const InterferenceCase kInterferences[] = {
    {"none", 100, 50, 0, 0, 50, ""},
    {"little_is_not_mentioned", 100, 54, 0.9, 0, 50, ""},
    {"others", 100, 60, 0, 0, 50, "other programs used 10 %"},
    {"from_five_percent", 100, 55, 0, 0, 50, "other programs used 5 %"},
    {"steal_from_one_percent", 100, 50, 1, 0, 50, "stolen by the hypervisor 1 %"},
    {"held_back", 100, 50, 0, 1, 50, "held back by the control group 1 times"},
    {"more_of_our_own_than_was_counted", 100, 50, 0, 0, 80, ""},
    {"no_time_between", 0, 0, 0, 0, 0, ""},
    {"all", 100, 90, 10, 7, 40,
     "stolen by the hypervisor 10 %, held back by the control group 7 times, other programs used 50 %"},
};
INSTANTIATE_TEST_SUITE_P(CpuSnapshot, Interferences, testing::ValuesIn(kInterferences), test::case_name);

TEST(CpuSnapshot, WhatIsUnknownIsNotDescribed) {
  EXPECT_EQ(describe_interference({}, {}, 1), "");
  EXPECT_EQ(describe_interference({}, ticks(100, 90, 50), 1), "");
}

TEST(CpuSnapshot, OfThisMachineOnlyGrows) {
  const CpuSnapshot before = take_cpu_snapshot();
  const CpuSnapshot after = take_cpu_snapshot();
  ASSERT_TRUE(before.total_ticks && after.total_ticks);
  EXPECT_LE(*before.total_ticks, *after.total_ticks);
  EXPECT_LE(*before.busy_ticks, *before.total_ticks);
}

}  // namespace
}  // namespace assay::target
