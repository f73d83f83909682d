// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/topology.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "recorded.h"

namespace assay::hardware {
namespace {

using assay::hardware::test::at;
using assay::hardware::test::Machine;

// One package, two cores, one of them with two threads, a cache for all; thread 2 is offline.
Machine small_machine() {
  Machine machine{{"/proc/cpuinfo", "processor\t: 0\n\nprocessor\t: 1\n\nprocessor\t: 3\n"},
                  {"/sys/devices/system/cpu/online", "0-1,3"},
                  {"/sys/devices/system/cpu/possible", "0-3"},
                  {"/sys/devices/system/cpu/present", "0-3"},
                  {"/sys/devices/system/cpu/offline", "2"},
                  {"/sys/devices/system/node/node0/cpumap", "b"},
                  {"/sys/devices/system/node/node0/distance", "10"},
                  {"/sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:     1048576 kB\n"},
                  {"/proc/meminfo", "MemTotal:        1048576 kB\n"}};
  for (const auto& [cpu, core, siblings] : {std::tuple{"0", "0", "3"}, {"1", "0", "3"}, {"3", "4", "8"}}) {
    const std::string folder = std::string("/sys/devices/system/cpu/cpu") + cpu;
    machine.file(folder + "/topology/physical_package_id", "0").file(folder + "/topology/core_id", core);
    machine.file(folder + "/topology/core_cpus", siblings).file(folder + "/topology/package_cpus", "b");
    machine.file(folder + "/topology/thread_siblings", siblings).file(folder + "/topology/core_siblings", "b");
    machine.file(folder + "/cache/index0/type", "Unified").file(folder + "/cache/index0/level", "3");
    machine.file(folder + "/cache/index0/size", "8192K").file(folder + "/cache/index0/coherency_line_size", "64");
    machine.file(folder + "/cache/index0/ways_of_associativity", "16")
        .file(folder + "/cache/index0/number_of_sets", "8192");
    machine.file(folder + "/cache/index0/shared_cpu_map", "b");
  }
  machine.file("/sys/devices/system/cpu/cpu1/online", "1").file("/sys/devices/system/cpu/cpu3/online", "1");
  machine.file("/sys/devices/system/cpu/cpu2/online", "0");
  return machine;
}

TEST(Topology, OfASmallMachine) {
  const Machine machine = small_machine();
  const TopologyEnvironment environment{Root(machine.root())};
  const Json json = assay::hardware::test::run_probe(&probe_topology, machine.context());
  EXPECT_EQ(
      at(json, "facts.cpu").dump(),
      R"({"packages":1,"cores":2,"threads_per_core":2,"threads":3,"numa_nodes":1,"caches":[{"level":3,"type":"unified",)"
      R"("size":{"value":8388608.0,"unit":"B"},"count":1,"shared_by":3,"line_size":64,"ways":16}],"kinds":[]})");
  EXPECT_EQ(
      at(json, "facts.numa").dump(),
      R"({"count":1,"nodes":[{"id":0,"cpus":"0-1,3","cpu_count":3,"memory":{"value":1073741824.0,"unit":"B"},"distances":"10"}]})");
  EXPECT_EQ(json["missing"].dump(), "{}");
}

TEST(Topology, PutsTheEnvironmentBack) {
  ASSERT_EQ(::setenv("HWLOC_FSROOT", "/before", 1), 0);
  ::unsetenv("HWLOC_HIDE_ERRORS");
  {
    const TopologyEnvironment environment{Root("/somewhere")};
    EXPECT_STREQ(std::getenv("HWLOC_FSROOT"), "/somewhere");
    EXPECT_STREQ(std::getenv("HWLOC_HIDE_ERRORS"), "2");
  }
  EXPECT_STREQ(std::getenv("HWLOC_FSROOT"), "/before");
  EXPECT_EQ(std::getenv("HWLOC_HIDE_ERRORS"), nullptr);
  ::unsetenv("HWLOC_FSROOT");
}

constexpr std::string_view kXml = R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc2.dtd">
<topology version="2.0">
  <object type="Machine" os_index="0" cpuset="0x00000003" complete_cpuset="0x00000003" allowed_cpuset="0x00000003" nodeset="0x00000001" complete_nodeset="0x00000001" allowed_nodeset="0x00000001" gp_index="1">
    <object type="Package" os_index="0" cpuset="0x00000003" complete_cpuset="0x00000003" nodeset="0x00000001" complete_nodeset="0x00000001" gp_index="2">
      <object type="NUMANode" os_index="0" cpuset="0x00000003" complete_cpuset="0x00000003" nodeset="0x00000001" complete_nodeset="0x00000001" gp_index="3" local_memory="4096"/>
      <object type="Core" os_index="0" cpuset="0x00000003" complete_cpuset="0x00000003" nodeset="0x00000001" complete_nodeset="0x00000001" gp_index="4">
        <object type="PU" os_index="0" cpuset="0x00000001" complete_cpuset="0x00000001" nodeset="0x00000001" complete_nodeset="0x00000001" gp_index="5"/>
        <object type="PU" os_index="1" cpuset="0x00000002" complete_cpuset="0x00000002" nodeset="0x00000001" complete_nodeset="0x00000001" gp_index="6"/>
      </object>
    </object>
  </object>
</topology>
)";

TEST(TopologyFromXml, ReadsWhatLstopoWrote) {
  const auto topology = topology_from_xml(kXml);
  ASSERT_TRUE(topology) << reason_of(topology.error());
  EXPECT_EQ(topology->packages, 1);
  EXPECT_EQ(topology->cores, 1);
  EXPECT_EQ(topology->threads, 2);
  EXPECT_EQ(topology->threads_per_core, 2);
  ASSERT_EQ(topology->numa_nodes.size(), 1U);
  EXPECT_EQ(topology->numa_nodes[0].cpus, "0-1");
  EXPECT_EQ(topology->numa_nodes[0].memory, 4096);
}

TEST(TopologyFromXml, SaysWhatIsWrong) {
  const TopologyEnvironment quiet{Root("/")};
  for (const char* xml : {"", "no xml", "<topology version=\"2.0\">", "<topology version=\"2.0\"></topology>"}) {
    const auto topology = topology_from_xml(xml);
    ASSERT_FALSE(topology) << xml;
    EXPECT_EQ(topology.error().code, Code::kTopology);
    EXPECT_EQ(topology.error().message.rfind("topology file: ", 0), 0U) << topology.error().message;
  }
}

}  // namespace
}  // namespace assay::hardware
