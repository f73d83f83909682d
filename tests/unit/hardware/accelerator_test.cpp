// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/accelerator.h"

#include <nlohmann/json.hpp>

#include "recorded.h"
#include "support/cases.h"

namespace assay::hardware {
namespace {

using assay::hardware::test::at;
using assay::hardware::test::damage;
using assay::hardware::test::item;
using assay::hardware::test::Machine;
using assay::hardware::test::recordings;
using assay::hardware::test::run_probe;

constexpr std::string_view kNvidia = R"(<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
  <driver_version>550.54</driver_version><cuda_version>12.4</cuda_version><attached_gpus>1</attached_gpus>
  <gpu id="00000000:3B:00.0">
    <product_name>Example 80GB</product_name><product_architecture>Example</product_architecture>
    <persistence_mode>Enabled</persistence_mode><mig_mode><current_mig>N/A</current_mig></mig_mode>
    <serial>1320</serial><uuid>GPU-1</uuid><vbios_version>94.02</vbios_version>
    <pci><pci_bus_id>00000000:3B:00.0</pci_bus_id><replay_counter>2</replay_counter><pci_gpu_link_info>
      <pcie_gen><max_link_gen>4</max_link_gen><current_link_gen>1</current_link_gen><max_device_link_gen>5</max_device_link_gen></pcie_gen>
      <link_widths><max_link_width>16x</max_link_width><current_link_width>8x</current_link_width></link_widths></pci_gpu_link_info></pci>
    <fb_memory_usage><total>81920 MiB</total><used>4 MiB</used></fb_memory_usage>
    <ecc_mode><current_ecc>Enabled</current_ecc></ecc_mode>
    <ecc_errors><aggregate><sram_correctable>1</sram_correctable><dram_correctable>2</dram_correctable>
      <sram_uncorrectable_parity>0</sram_uncorrectable_parity><sram_uncorrectable_secded>3</sram_uncorrectable_secded>
      <dram_uncorrectable>4</dram_uncorrectable></aggregate></ecc_errors>
    <remapped_rows><remapped_row_corr>0</remapped_row_corr><remapped_row_unc>1</remapped_row_unc></remapped_rows>
    <temperature><gpu_temp>41 C</gpu_temp><gpu_temp_slow_threshold>N/A</gpu_temp_slow_threshold></temperature>
    <gpu_power_readings><power_draw>61.25 W</power_draw><current_power_limit>700.00 W</current_power_limit>
      <default_power_limit>700.00 W</default_power_limit><max_power_limit>700.00 W</max_power_limit></gpu_power_readings>
    <clocks><sm_clock>345 MHz</sm_clock></clocks><max_clocks><sm_clock>1980 MHz</sm_clock><mem_clock>2619 MHz</mem_clock></max_clocks>
  </gpu>
</nvidia_smi_log>
)";

Json to_list(const Result<std::vector<Card>>& cards) {
  if (!cards) return cards.error().message;
  Json list = Json::array();
  for (const Card& card : *cards) list.push_back(expr::to_json(card.record.build()));
  return list;
}

TEST(NvidiaSmi, TellsEverythingOfACard) {
  EXPECT_EQ(
      to_list(parse_nvidia_smi(kNvidia)).dump(),
      R"([{"address":"0000:3b:00.0","kind":"gpu","name":"Example 80GB","vendor":"NVIDIA","architecture":"Example","driver":"nvidia",)"
      R"("driver_version":"550.54","toolkit":"12.4","vbios":"94.02","uuid":"GPU-1","serial":"1320",)"
      R"("memory_total":{"value":85899345920.0,"unit":"B"},"memory_used":{"value":4194304.0,"unit":"B"},"ecc":true,)"
      R"("ecc_corrected":3,"ecc_uncorrected":7,"remapped_rows":1,"link_speed_gt_s":2.5,"link_speed_max_gt_s":32.0,"link_width":8,)"
      R"("link_width_max":16,"link_replays":2,"power_limit":{"value":700.0,"unit":"W"},"power_limit_default":{"value":700.0,"unit":"W"},)"
      R"("power_limit_max":{"value":700.0,"unit":"W"},"power":{"value":61.25,"unit":"W"},"temperature":{"value":41.0,"unit":"Cel"},)"
      R"("clock":{"value":345000000.0,"unit":"Hz"},"clock_max":{"value":1980000000.0,"unit":"Hz"},)"
      R"("memory_clock_max":{"value":2619000000.0,"unit":"Hz"},"persistence":true}])");
}

std::string nested(std::size_t depth) {
  std::string xml = "<nvidia_smi_log>";
  for (std::size_t i = 0; i < depth; ++i) xml += "<a>";
  return xml;
}

struct ErrorCase {
  const char* name;
  std::string text;
  const char* message;
};
class NvidiaErrors : public ::testing::TestWithParam<ErrorCase> {};
TEST_P(NvidiaErrors, NameTheCause) {
  const auto cards = parse_nvidia_smi(GetParam().text);
  ASSERT_FALSE(cards);
  EXPECT_EQ(cards.error().message, GetParam().message);
}
INSTANTIATE_TEST_SUITE_P(
    Accelerators, NvidiaErrors,
    ::testing::Values(
        ErrorCase{"empty", "", "nvidia-smi: not valid XML at byte 0: No document element found"},
        ErrorCase{"words", "NVIDIA-SMI has failed", "nvidia-smi: not valid XML at byte 21: No document element found"},
        ErrorCase{"other", "<html></html>", "nvidia-smi: no element 'nvidia_smi_log' in its output"},
        ErrorCase{"deep", nested(70), "nvidia-smi: elements nested more than 64 deep"},
        ErrorCase{"fewer_cards", "<nvidia_smi_log><attached_gpus>8</attached_gpus><gpu/></nvidia_smi_log>",
                  "nvidia-smi: 8 cards stated, 1 described"}),
    assay::test::case_name);

struct RecordedCard {
  const char* file;
  const char* name;
  double memory;  // MiB
  const char* address;
};
constexpr RecordedCard kCards[] = {
    {"a10g", "NVIDIA A10G", 23028, "0000:00:1e.0"},
    {"gtx-1070-ti", "GeForce GTX 1070 Ti", 4096, "0000:01:00.0"},
    {"quadro-p2000-v12", "Quadro P2000", 5120, "0000:17:00.0"},
    {"rtx-3060-v12", "NVIDIA GeForce RTX 3060", 12288, "0000:2d:00.0"},
    {"rtx-3080-v13", "NVIDIA GeForce RTX 3080", 10240, "0000:0c:00.0"},
};

TEST(RecordedNvidia, IsReadFromEveryFile) {
  const auto files = recordings("nvidia-smi", ".xml");
  if (files.empty()) GTEST_SKIP() << "no recorded nvidia-smi output beside the project";
  ASSERT_EQ(files.size(), std::size(kCards));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Json cards = to_list(parse_nvidia_smi(assay::test::slurp(files[i])));
    ASSERT_EQ(cards.size(), 1U) << files[i] << cards;
    EXPECT_EQ(files[i].stem().string(), kCards[i].file);
    EXPECT_EQ(cards[0]["name"], kCards[i].name);
    EXPECT_EQ(cards[0]["memory_total"]["value"], kCards[i].memory * 1024 * 1024);
    EXPECT_EQ(cards[0]["address"], kCards[i].address);
    EXPECT_TRUE(cards[0].contains("link_width")) << files[i];
    EXPECT_TRUE(cards[0].contains("temperature")) << files[i];
  }
}

TEST(RecordedRocm, IsReadFromEveryFile) {
  const auto files = recordings("rocm-smi", ".json");
  if (files.empty()) GTEST_SKIP() << "no recorded rocm-smi output beside the project";
  ASSERT_EQ(files.size(), 3U);
  const Json instinct = to_list(parse_rocm_smi(assay::test::slurp(files[0])));
  ASSERT_EQ(instinct.size(), 6U);
  EXPECT_EQ(instinct[1]["address"], "0000:22:00.0");
  EXPECT_EQ(instinct[1]["name"], "Arcturus GL-XL [Instinct MI100]");
  EXPECT_EQ(instinct[1]["link_speed_gt_s"], 8.0);
  EXPECT_EQ(instinct[1]["link_width"], 16);
  EXPECT_FALSE(instinct[1].contains("serial"));
  const Json radeon = to_list(parse_rocm_smi(assay::test::slurp(files[1])));
  ASSERT_EQ(radeon.size(), 1U);
  EXPECT_EQ(radeon[0]["memory_total"]["value"], 12868124672.0);
  EXPECT_EQ(radeon[0]["driver_version"], "6.3.6");
  EXPECT_FALSE(radeon[0].contains("power"));  // "N/A (Secondary die)"
  EXPECT_EQ(to_list(parse_rocm_smi(assay::test::slurp(files[2])))[0]["name"], "Radeon Instinct MI50 32GB");
}

constexpr std::string_view kRocm =
    R"json({"card0": {"PCI Bus": "0000:07:00.0", "Card series": "Example", "VRAM Total Memory (B)": "1024",
  "pcie clock level": "1 (16.0GT/s x16)", "Serial Number": "N/A", "PCIe Replay Count": "3"}, "system": {"Driver version": "6.3"}})json";

TEST(RocmSmi, SaysWhatIsWrong) {
  EXPECT_EQ(
      to_list(parse_rocm_smi(kRocm)).dump(),
      R"([{"address":"0000:07:00.0","kind":"gpu","name":"Example","vendor":"AMD","driver":"amdgpu","driver_version":"6.3",)"
      R"("memory_total":{"value":1024.0,"unit":"B"},"link_speed_gt_s":16.0,"link_width":16,"link_replays":3}])");
  EXPECT_EQ(to_list(parse_rocm_smi("{}")), "rocm-smi: no cards in its output");
  EXPECT_EQ(to_list(parse_rocm_smi("[]")), "rocm-smi: expected an object of cards");
  EXPECT_EQ(to_list(parse_rocm_smi("WARNING")).get<std::string>().rfind("rocm-smi: not valid JSON: ", 0), 0U);
}

constexpr std::string_view kClinfo = R"(#PLATFORMS                                        2
  CL_PLATFORM_NAME                                Portable Computing Language
  CL_PLATFORM_VENDOR                              The pocl project
  CL_PLATFORM_VERSION                             OpenCL 3.0 PoCL 3.1
  CL_PLATFORM_NAME                                Example OpenCL
  CL_PLATFORM_VENDOR                              Example

[POCL/*]    CL_PLATFORM_NAME                                Portable Computing Language
[POCL/*]  #DEVICES                                          1
[POCL/0]    CL_DEVICE_NAME                                  pthread-Example
[POCL/0]    CL_DEVICE_VENDOR                                GenuineIntel
[POCL/0]    CL_DRIVER_VERSION                               3.1
[POCL/0]    CL_DEVICE_TYPE                                  CL_DEVICE_TYPE_CPU
[POCL/0]    CL_DEVICE_MAX_COMPUTE_UNITS                     2
[POCL/0]    CL_DEVICE_MAX_CLOCK_FREQUENCY                   2000
[POCL/0]    CL_DEVICE_GLOBAL_MEM_SIZE                       14454165504
[POCL/0]    CL_DEVICE_ERROR_CORRECTION_SUPPORT              CL_FALSE

[EX/*]      CL_PLATFORM_NAME                                Example OpenCL
[EX/*]    #DEVICES                                          2
[EX/0]      CL_DEVICE_NAME                                  gfx0
[EX/0]      CL_DEVICE_BOARD_NAME_AMD                        Example Card
[EX/0]      CL_DEVICE_TOPOLOGY_AMD                          PCI-E, 0000:07:00.0
[EX/0]      CL_DEVICE_TYPE                                  CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_DEFAULT
[EX/1]      CL_DEVICE_NAME                                  gfx1
[EX/1]      CL_DEVICE_TYPE                                  CL_DEVICE_TYPE_ACCELERATOR
[EX/1]      CL_DEVICE_AVAILABLE                             CL_TRUE
[OCLICD/*]  CL_ICDL_NAME                                    OpenCL ICD Loader
)";

TEST(Clinfo, TellsPlatformsAndDevices) {
  const auto facts = parse_clinfo(kClinfo);
  ASSERT_TRUE(facts) << reason_of(facts.error());
  EXPECT_EQ(expr::to_json(list_of(facts->platforms)).dump(),
            R"([{"name":"Portable Computing Language","vendor":"The pocl project","version":"OpenCL 3.0 PoCL 3.1"},)"
            R"({"name":"Example OpenCL","vendor":"Example"}])");
  EXPECT_EQ(
      expr::to_json(list_of(facts->devices)).dump(),
      R"([{"platform":"Portable Computing Language","name":"pthread-Example","vendor":"GenuineIntel","driver_version":"3.1","type":"cpu",)"
      R"("compute_units":2,"clock_max":{"value":2000000000.0,"unit":"Hz"},"memory_total":{"value":14454165504.0,"unit":"B"},"ecc":false},)"
      R"({"platform":"Example OpenCL","name":"Example Card","type":"gpu","pci":"0000:07:00.0"},)"
      R"({"platform":"Example OpenCL","name":"gfx1","type":"accelerator","available":true}])");
}

TEST(Clinfo, SaysWhatIsWrong) {
  EXPECT_EQ(parse_clinfo("").error().message, "clinfo: no line '#PLATFORMS' in its output");
  EXPECT_EQ(parse_clinfo("#PLATFORMS  x\n").error().message, "clinfo: no line '#PLATFORMS' in its output");
  EXPECT_EQ(parse_clinfo(kClinfo.substr(0, 300)).error().message, "clinfo: 2 platforms stated, 1 described");
  EXPECT_EQ(parse_clinfo("#PLATFORMS  0\n")->platforms.size(), 0U);
}

TEST(DamagedToolOutput, GivesAReasonAndNeverACrash) {
  std::vector<std::string> nvidia = {std::string(kNvidia)};
  for (const auto& path : recordings("nvidia-smi", ".xml")) nvidia.push_back(assay::test::slurp(path));
  for (const std::string& whole : nvidia) {
    const std::size_t last = whole.find_last_of('>');
    damage(whole, [&](const std::string& bytes) {
      const auto cards = parse_nvidia_smi(bytes);
      if (bytes.size() <= last) {
        EXPECT_FALSE(cards);
      }
      if (!cards) {
        EXPECT_FALSE(cards.error().message.empty());
      }
    });
  }
  std::vector<std::string> rocm = {std::string(kRocm)};
  for (const auto& path : recordings("rocm-smi", ".json")) rocm.push_back(assay::test::slurp(path));
  for (const std::string& whole : rocm) {
    const std::size_t last = whole.find_last_of('}');
    damage(whole, [&](const std::string& bytes) {
      const auto cards = parse_rocm_smi(bytes);
      if (bytes.size() <= last) {
        EXPECT_FALSE(cards);
      }
    });
  }
  damage(std::string(kClinfo), [](const std::string& bytes) {
    if (const auto facts = parse_clinfo(bytes)) list_of(facts->devices);
  });
}

Machine machine_with_card(std::string_view vendor) {
  Machine machine;
  const std::string folder = "/sys/bus/pci/devices/0000:3b:00.0/";
  machine.file(folder + "vendor", vendor).file(folder + "device", "0x2330").file(folder + "class", "0x030200");
  machine.file(folder + "current_link_width", "16").file(folder + "max_link_width", "16");
  machine.link(folder + "driver", "../../../../bus/pci/drivers/amdgpu");
  return machine;
}

TEST(NvidiaProbe, AsksTheToolOnlyWhereThereIsACard) {
  int calls = 0;
  const ToolRunner tools = [&](const auto&, auto) -> Result<ToolResult> {
    ++calls;
    return ToolResult{.exit_code = 0, .out = std::string(kNvidia), .err = ""};
  };
  run_probe(&probe_nvidia, machine_with_card("0x8086").context(tools));
  EXPECT_EQ(calls, 0);
  const Machine machine = machine_with_card("0x10de");
  EXPECT_EQ(at(run_probe(&probe_nvidia, machine.context(tools)), "facts.accelerators")[0]["name"], "Example 80GB");
  EXPECT_EQ(calls, 1);
  ProbeContext without = machine.context(tools);
  without.accelerators = false;
  run_probe(&probe_nvidia, without);
  EXPECT_EQ(calls, 1);
}

TEST(NvidiaProbe, FallsBackToTheKernelModule) {
  Machine machine = machine_with_card("0x10de");
  machine.file("/proc/driver/nvidia/gpus/0000:3b:00.0/information",
               "Model: \t\t Example 80GB\nIRQ:   \t\t 24\nGPU UUID: \t GPU-????????\nVideo BIOS: \t 94.02\n");
  const Json json = run_probe(&probe_nvidia, machine.context());
  EXPECT_EQ(at(json, "facts.accelerators").dump(),
            R"([{"name":"Example 80GB","vbios":"94.02","address":"0000:3b:00.0","vendor":"NVIDIA"}])");
  EXPECT_EQ(json["missing"]["accelerators"], "nvidia-smi: no tools are run over a recorded machine");
}

TEST(AmdProbe, AsksTheTool) {
  const ToolRunner tools = [](const auto&, auto) -> Result<ToolResult> {
    return ToolResult{.exit_code = 0, .out = std::string(kRocm), .err = ""};
  };
  const Json json = run_probe(&probe_amd, machine_with_card("0x1002").context(tools));
  EXPECT_EQ(at(json, "facts.accelerators")[0]["name"], "Example");
  EXPECT_EQ(run_probe(&probe_amd, machine_with_card("0x8086").context(tools))["missing"].dump(), "{}");
}

TEST(OpenClProbe, PutsItsFactsTogether) {
  const ToolRunner tools = [](const std::vector<std::string>& argv, auto) -> Result<ToolResult> {
    EXPECT_EQ(argv, (std::vector<std::string>{"clinfo", "--raw"}));
    return ToolResult{.exit_code = 0, .out = std::string(kClinfo), .err = ""};
  };
  const Json json = run_probe(&probe_opencl, Machine().context(tools));
  EXPECT_EQ(at(json, "facts.opencl.devices").size(), 3U);
  EXPECT_EQ(json["sources"]["opencl.devices"], "clinfo --raw");
}

}  // namespace
}  // namespace assay::hardware
