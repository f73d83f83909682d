// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/cpu.h"

#include <nlohmann/json.hpp>

#include "recorded.h"
#include "support/cases.h"

namespace assay::hardware {
namespace {

using assay::hardware::test::at;
using assay::hardware::test::damage;
using assay::hardware::test::Machine;
using assay::hardware::test::run_probe;

struct DialectCase {
  const char* name;
  const char* cpuinfo;
  const char* facts;
};
class Cpuinfo : public ::testing::TestWithParam<DialectCase> {};
TEST_P(Cpuinfo, IsReadInEveryDialect) {
  EXPECT_EQ(expr::to_json(parse_cpuinfo(GetParam().cpuinfo).build()).dump(), GetParam().facts);
}
INSTANTIATE_TEST_SUITE_P(
    Architectures, Cpuinfo,
    ::testing::Values(
        DialectCase{
            "x86_64",
            "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 63\n"
            "model name\t: Example(R) CPU E5 @ 2.50GHz\nstepping\t: 2\nmicrocode\t: 0x44\nflags\t\t: fpu lm avx2\n\n"
            "processor\t: 1\nvendor_id\t: Other\nmodel name\t: Other\n",
            R"({"model":"Example(R) CPU E5 @ 2.50GHz","vendor":"GenuineIntel","architecture":"x86_64","family":6,"stepping":2,)"
            R"("model_number":63,"microcode":"0x44","frequency_base":{"value":2500000000.0,"unit":"Hz"},"flags":["fpu","lm","avx2"]})"},
        DialectCase{"i686", "vendor_id : CentaurHauls\nflags : fpu mmx\n",
                    R"({"vendor":"CentaurHauls","architecture":"i686","flags":["fpu","mmx"]})"},
        DialectCase{
            "aarch64_two_kinds",
            "processor: 0\nFeatures: fp asimd\nCPU implementer: 0x41\nCPU architecture: 8\nCPU part: 0xd87\n\n"
            "processor: 1\nFeatures: fp asimd\nCPU implementer: 0x41\nCPU architecture: 8\nCPU part: 0xd85\n",
            R"({"model":"Arm Cortex-A725 + Arm Cortex-X925","vendor":"Arm","architecture":"aarch64","flags":["fp","asimd"]})"},
        DialectCase{"aarch64_not_known", "CPU implementer: 0x77\nCPU architecture: 8\nCPU part: 0x0\n",
                    R"({"model":"implementer 0x77 part 0x0","architecture":"aarch64"})"},
        DialectCase{"kunpeng", "CPU implementer: 0x48\nCPU architecture: 8\nCPU part: 0xd01\n",
                    R"({"model":"HiSilicon Kunpeng-920","vendor":"HiSilicon","architecture":"aarch64"})"},
        DialectCase{
            "arm",
            "Processor : ARMv7 Processor rev 1 (v7l)\nCPU implementer : 0x41\nCPU architecture: 7\nCPU part : 0xc09\n",
            R"({"model":"Arm Cortex-A9","vendor":"Arm","architecture":"arm"})"},
        DialectCase{
            "ia64",
            "vendor : GenuineIntel\narch : IA-64\nfamily : Itanium 2\nmodel : 1\nfeatures : branchlong, 16-byte atomic "
            "ops\n",
            R"({"model":"Itanium 2","vendor":"GenuineIntel","architecture":"ia64","model_number":1,"flags":["branchlong","16-byte atomic ops"]})"},
        DialectCase{"power", "cpu : Cell Broadband Engine\nclock : 3192MHz\ntimebase : 79800000\nmodel : SonyPS3\n",
                    R"({"model":"Cell Broadband Engine","architecture":"ppc"})"},
        DialectCase{"riscv", "processor : 0\nisa : rv64imafdc\nuarch : sifive,u74-mc\n",
                    R"({"model":"sifive,u74-mc","architecture":"riscv64"})"},
        DialectCase{"empty", "", "{}"}, DialectCase{"no_colons", "nothing here\n\n", "{}"}),
    assay::test::case_name);

TEST(Cpuinfo, IsReadWhateverItHolds) {
  damage(
      "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Example @ 2.50GHz\nCPU implementer : 0x41\nCPU part : "
      "0xd03\nflags : a b\n",
      // dump() throws on what is not UTF-8.
      [](const std::string& text) { EXPECT_NO_THROW((void)expr::to_json(parse_cpuinfo(text).build()).dump()); });
}

TEST(CpuProbe, ReadsHowTheProcessorsAreRun) {
  Machine machine{{"/proc/cpuinfo", "model name : Example\n"},
                  {"/proc/sys/kernel/arch", "x86_64\n"},
                  {"/sys/devices/system/cpu/intel_pstate/no_turbo", "1"},
                  {"/sys/devices/system/cpu/smt/active", "0"},
                  {"/sys/devices/system/cpu/online", "0-1"},
                  {"/sys/devices/system/cpu/offline", "\n"},
                  {"/sys/devices/system/cpu/cpuidle/current_driver", "intel_idle"},
                  {"/sys/devices/system/cpu/vulnerabilities/meltdown", "Mitigation: PTI"},
                  {"/sys/devices/system/cpu/vulnerabilities/mds", "Vulnerable; SMT disabled"}};
  for (const char* policy : {"policy0", "policy10"}) {
    const std::string folder = std::string("/sys/devices/system/cpu/cpufreq/") + policy;
    machine.file(folder + "/cpuinfo_min_freq", "800000").file(folder + "/scaling_driver", "intel_pstate");
    machine.file(folder + "/cpuinfo_max_freq", policy == std::string("policy0") ? "4800000" : "3600000");
    machine.file(folder + "/scaling_governor", policy == std::string("policy0") ? "performance" : "powersave");
  }
  const Json json = run_probe(&probe_cpu, machine.context());
  EXPECT_EQ(
      at(json, "facts.cpu").dump(),
      R"({"model":"Example","architecture":"x86_64","driver":"intel_pstate","frequency_max":{"value":4800000000.0,"unit":"Hz"},)"
      R"("frequency_min":{"value":800000000.0,"unit":"Hz"},"governor":"mixed: performance, powersave","turbo":false,"smt":false,)"
      R"("online":"0-1","idle_driver":"intel_idle","vulnerabilities":[{"name":"mds","state":"Vulnerable; SMT disabled"},)"
      R"({"name":"meltdown","state":"Mitigation: PTI"}],"vulnerable":["mds"]})");
  EXPECT_EQ(json["missing"].dump(), "{}");
  EXPECT_EQ(json["sources"]["cpu.turbo"], "/sys/devices/system/cpu/intel_pstate/no_turbo");
}

TEST(CpuProbe, TakesBoostWhereThereIsNoPstate) {
  const Machine machine{{"/sys/devices/system/cpu/cpufreq/boost", "1"},
                        {"/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "ondemand"}};
  const Json json = run_probe(&probe_cpu, machine.context());
  EXPECT_EQ(at(json, "facts.cpu").dump(), R"({"governor":"ondemand","turbo":true})");
  EXPECT_EQ(json["missing"]["cpu.model"], "/proc/cpuinfo: No such file or directory");
}

TEST(MemoryProbe, ReadsSizesPagesAndErrorDetection) {
  const Machine machine{
      {"/proc/meminfo", "MemTotal:       1024 kB\nMemFree: 1 kB\nMemAvailable:    512 kB\nSwapTotal: 0 kB\n"},
      {"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "16"},
      {"/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "4"},
      {"/sys/kernel/mm/hugepages/other/nr_hugepages", "1"},
      {"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never"},
      {"/sys/devices/system/edac/mc/mc0/mc_name", "Example_MC"},
      {"/sys/devices/system/edac/mc/mc0/size_mb", "64"},
      {"/sys/devices/system/edac/mc/mc0/dimm0/dimm_edac_mode", "SECDED"},
      {"/sys/devices/system/edac/mc/mc0/dimm0/dimm_label", "CPU_SrcID#0_DIMM#0"},
      {"/sys/devices/system/edac/mc/mc0/dimm0/dimm_mem_type", "Registered-DDR4"},
      {"/sys/devices/system/edac/mc/mc0/dimm0/size", "64"},
      {"/sys/devices/system/edac/mc/mc0/dimm1/size", "0"}};
  const Json json = run_probe(&probe_memory, machine.context());
  EXPECT_EQ(
      at(json, "facts.memory").dump(),
      R"({"total":{"value":1048576.0,"unit":"B"},"available":{"value":524288.0,"unit":"B"},"swap":{"value":0.0,"unit":"B"},)"
      R"("hugepages":[{"size":{"value":2097152.0,"unit":"B"},"total":16,"free":4}],"transparent_hugepages":"madvise",)"
      R"("edac_controllers":[{"name":"mc0","type":"Example_MC","size":{"value":67108864.0,"unit":"B"}}],)"
      R"("edac_dimms":[{"label":"CPU_SrcID#0_DIMM#0","type":"Registered-DDR4","mode":"SECDED","size":{"value":67108864.0,"unit":"B"}}],)"
      R"("ecc":true})");
}

TEST(MemoryProbe, SaysWhatIsNotThere) {
  const Json json = run_probe(&probe_memory, Machine{{"/proc/meminfo", "MemFree: 1 kB\nMemTotal: many\n"}}.context());
  EXPECT_EQ(json["missing"]["memory.total"], "/proc/meminfo: no line MemTotal");
  EXPECT_EQ(json["missing"]["memory.edac_controllers"],
            "/sys/devices/system/edac/mc: no driver for the memory controller is loaded");
}

}  // namespace
}  // namespace assay::hardware
