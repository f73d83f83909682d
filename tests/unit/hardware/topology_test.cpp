// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/topology.h"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "recorded.h"

namespace assay::hardware {
namespace {

namespace fs = std::filesystem;
using assay::hardware::test::at;
using assay::hardware::test::Machine;
using assay::hardware::test::recordings;
using Counts = std::map<std::string, int>;

constexpr std::array kCaches = {"L1Cache", "L2Cache", "L3Cache", "L4Cache", "L1iCache", "L2iCache", "L3iCache"};

// What lstopo counted: "  depth 4:  48 L2Cache (type #6)".
Counts counts_in_console(const std::string& text) {
  Counts counts;
  const std::regex line(R"((?:depth|Special depth) -?\d+:\s+(\d+) (\w+))");
  for (auto match = std::sregex_iterator(text.begin(), text.end(), line); match != std::sregex_iterator(); ++match) {
    counts[std::regex_replace((*match)[2].str(), std::regex("^(L\\d)d"), "$1")] += std::stoi((*match)[1].str());
  }
  return counts;
}

Counts counts_in_xml(const std::string& text) {
  Counts counts;
  const std::regex object("<object type=\"(\\w+)\"");
  for (auto match = std::sregex_iterator(text.begin(), text.end(), object); match != std::sregex_iterator(); ++match) {
    ++counts[(*match)[1].str()];
  }
  return counts;
}

Counts expected_counts(const fs::path& archive) {
  std::string stem = archive.string();
  stem.resize(stem.size() - std::string_view(".tar.bz2").size());
  Counts all = fs::exists(stem + ".console") ? counts_in_console(assay::test::slurp(stem + ".console"))
                                             : counts_in_xml(assay::test::slurp(stem + ".xml"));
  Counts counts;
  for (const char* type : {"Package", "NUMANode", "Core", "PU"}) counts[type] = all[type];
  for (const char* type : kCaches) counts[type] = all[type];
  return counts;
}

Counts counts_of(const Json& facts) {
  Counts counts;
  const auto number = [&](const char* path) { return at(facts, path).is_null() ? 0 : at(facts, path).get<int>(); };
  counts["Package"] = number("cpu.packages");
  counts["Core"] = number("cpu.cores");
  counts["PU"] = number("cpu.threads");
  counts["NUMANode"] = number("numa.count");
  for (const char* type : kCaches) counts[type] = 0;
  for (const Json& cache : at(facts, "cpu.caches")) {
    const bool instruction = cache["type"] == "instruction";
    counts["L" + std::to_string(cache["level"].get<int>()) + (instruction ? "iCache" : "Cache")] +=
        cache["count"].get<int>();
  }
  return counts;
}

class RecordedTopology : public ::testing::TestWithParam<fs::path> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RecordedTopology);

TEST_P(RecordedTopology, AgreesWithLstopo) {
  const assay::test::TempFolder folder;
  const fs::path root = assay::hardware::test::unpack(GetParam(), folder);
  const Json facts = to_json(collect_facts({.root = root, .deadline = std::chrono::seconds(60)}));
  EXPECT_EQ(counts_of(facts["facts"]), expected_counts(GetParam()));
  EXPECT_EQ(at(facts, "facts.numa.nodes").size(), at(facts, "facts.numa.count").get<std::size_t>());
  EXPECT_EQ(at(facts, "facts.cpu.numa_nodes"), at(facts, "facts.numa.count"));
  EXPECT_FALSE(at(facts, "facts.cpu.model").is_null());
  EXPECT_FALSE(at(facts, "facts.cpu.architecture").is_null());
}
constexpr auto kMachineName = [](const auto& row) {
  return std::regex_replace(row.param.filename().string(), std::regex("[^A-Za-z0-9]"), "_");
};
INSTANTIATE_TEST_SUITE_P(Machines, RecordedTopology, ::testing::ValuesIn(recordings("hwloc-linux", ".tar.bz2")),
                         kMachineName);

TEST(RecordedMachines, AreThere) {
  if (recordings("hwloc-linux", ".tar.bz2").empty()) GTEST_SKIP() << "no recorded machines beside the project";
  EXPECT_GE(recordings("hwloc-linux", ".tar.bz2").size(), 21U);
}

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
