// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <unistd.h>

#include "engine/system/spawn.h"
#include "engine/target/cpu_watch.h"
#include "engine/target/local_target.h"
#include "engine/target/preconditions.h"
#include "support/temp_folder.h"

namespace assay::target {
namespace {

using ::testing::Contains;
using ::testing::Pair;

TEST(CpuSnapshot, ReadsTicksThrottlingAndPressure) {
  const test::TempFolder root;
  root.write("proc/stat", "cpu  100 10 50 800 20 5 5 10 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
  root.write("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234\nfull avg10=0.00 total=0\n");
  root.write("proc/self/cgroup", "2:memory:/x\n1:cpu,cpuacct:/a/b\n0::/\n");
  root.write("sys/fs/cgroup/cpu/a/b/cpu.stat", "nr_periods 90\nnr_throttled 40\nthrottled_time 5\n");
  const CpuSnapshot snapshot = take_cpu_snapshot(root.path());
  EXPECT_EQ(snapshot.busy_ticks, 170U);
  EXPECT_EQ(snapshot.steal_ticks, 10U);
  EXPECT_EQ(snapshot.total_ticks, 1000U);
  EXPECT_EQ(snapshot.throttled, 40U);
  EXPECT_EQ(snapshot.pressure_us, 1234U);
}

TEST(CpuSnapshot, ReadsTheUnifiedHierarchy) {
  const test::TempFolder root;
  root.write("proc/self/cgroup", "0::/user.slice/x\n");
  root.write("sys/fs/cgroup/user.slice/x/cpu.stat", "usage_usec 5\nnr_throttled 7\n");
  EXPECT_EQ(take_cpu_snapshot(root.path()).throttled, 7U);
}

TEST(CpuSnapshot, WhatCannotBeReadIsAbsent) {
  const test::TempFolder root;
  root.write("proc/stat", "garbage\n");
  const CpuSnapshot snapshot = take_cpu_snapshot(root.path());
  EXPECT_FALSE(snapshot.busy_ticks);
  EXPECT_FALSE(snapshot.throttled);
  EXPECT_FALSE(snapshot.pressure_us);
  EXPECT_FALSE(busy_share(snapshot, snapshot));
}

TEST(Interference, NamesWhoTookTheTime) {
  const auto hertz = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const CpuSnapshot before{.total_ticks = 0, .busy_ticks = 0, .steal_ticks = 0, .throttled = 5};
  const CpuSnapshot after{.total_ticks = 10 * hertz, .busy_ticks = 8 * hertz, .steal_ticks = hertz, .throttled = 45};
  EXPECT_EQ(describe_interference(before, after, 2.0),
            "stolen by the hypervisor 10 %, held back by the control group 40 times, other programs used 60 %");
  EXPECT_EQ(describe_interference(before, after, 8.0),
            "stolen by the hypervisor 10 %, held back by the control group 40 times");
  EXPECT_EQ(describe_interference(before, before, 0), "");
}

TEST(Preconditions, ABusyMachineSaysSo) {
  const test::TempFolder root;
  root.write("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave\n");
  root.write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  root.write("sys/devices/system/cpu/smt/control", "on\n");
  const CpuSnapshot before{.total_ticks = 0, .busy_ticks = 0, .steal_ticks = 0};
  const CpuSnapshot after{.total_ticks = 1000, .busy_ticks = 500, .steal_ticks = 50};
  std::map<std::string, Precondition> found;
  for (Precondition& item : observe_preconditions(before, after, root.path())) found[item.name] = std::move(item);
  EXPECT_EQ(found.at("background_load").observed, "50.0 %");
  EXPECT_FALSE(found.at("background_load").good);
  EXPECT_FALSE(found.at("steal").good);
  EXPECT_EQ(found.at("governor").observed, "powersave");
  EXPECT_FALSE(found.at("governor").good);
  EXPECT_EQ(found.at("thp").observed, "madvise");
  EXPECT_EQ(found.at("smt").observed, "on");
}

TEST(Preconditions, AnIdleMachineIsGood) {
  const test::TempFolder root;
  const CpuSnapshot before{.total_ticks = 0, .busy_ticks = 0, .steal_ticks = 0};
  const CpuSnapshot after{.total_ticks = 1000, .busy_ticks = 10, .steal_ticks = 0};
  for (const Precondition& item : observe_preconditions(before, after, root.path()))
    EXPECT_TRUE(item.good) << item.name;
}

TEST(LocalTarget, StepsSeeOnlyWhatTheContractLists) {
  const LocalTarget target(
      {{"PATH", "/opt/bin"}, {"HOME", "/home/x"}, {"SECRET", "s"}, {"LC_ALL", "de_DE"}, {"https_proxy", "p"}});
  const auto& environment = target.step_environment();
  EXPECT_EQ(system::lookup(environment, "PATH"), "/opt/bin:/usr/sbin:/sbin");
  EXPECT_EQ(system::lookup(environment, "LC_ALL"), "C.UTF-8");
  EXPECT_EQ(system::lookup(environment, "TZ"), "UTC");
  EXPECT_THAT(environment, Contains(Pair("https_proxy", "p")));
  EXPECT_EQ(system::lookup(environment, "SECRET"), "");
}

TEST(LocalTarget, WithoutAPathTheUsualFoldersAreSearched) {
  const LocalTarget target({});
  EXPECT_TRUE(target.find_tool("sh"));
  EXPECT_FALSE(target.find_tool("no-such-tool"));
}

TEST(LocalTarget, AToolIsNamedByPathVersionAndDigest) {
  const test::TempFolder folder;
  const auto script = folder.write("tool", "#!/bin/sh\nprintf '\\n  tool 1.2 \\033[31m\\n'\n");
  std::filesystem::permissions(script, std::filesystem::perms(0755));
  const LocalTarget target({{"PATH", folder.path().string()}});
  const auto tool = target.identify_tool("tool");
  ASSERT_TRUE(tool) << tool.error().message;
  EXPECT_EQ(tool->path, script.string());
  EXPECT_EQ(tool->version, "tool 1.2 ?[31m");
  EXPECT_EQ(tool->sha256.size(), 64U);
  EXPECT_FALSE(target.identify_tool("other"));
}

}  // namespace
}  // namespace assay::target
