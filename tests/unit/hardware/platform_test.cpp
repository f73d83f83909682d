// SPDX-License-Identifier: Apache-2.0
// Operating system, platform, virtualisation.
#include <nlohmann/json.hpp>

#include "recorded.h"
#include "support/cases.h"

namespace assay::hardware {
namespace {

using assay::hardware::test::at;
using assay::hardware::test::Machine;
using assay::hardware::test::run_probe;
using Files = std::vector<std::pair<const char*, std::string_view>>;

TEST(PlatformProbe, ReadsOperatingSystemAndKernel) {
  const Machine machine{
      {"/etc/os-release", "# comment\nPRETTY_NAME=\"Debian \\\"12\\\"\"\nID=debian\nVERSION_ID='12'\nbroken\n"},
      {"/proc/sys/kernel/osrelease", "6.1.0-13-amd64\n"},
      {"/proc/sys/kernel/version", "#1 SMP\n"},
      {"/proc/sys/kernel/hostname", "node17\n"},
      {"/proc/sys/kernel/tainted", "4096\n"},
      {"/proc/cmdline", "root=/dev/sda1 quiet\n"}};
  const Json json = run_probe(&probe_platform, machine.context());
  EXPECT_EQ(at(json, "facts.os").dump(),
            R"({"id":"debian","version":"12","name":"Debian \"12\"","hostname":"node17"})");
  EXPECT_EQ(at(json, "facts.kernel").dump(),
            R"({"release":"6.1.0-13-amd64","version":"#1 SMP","command_line":"root=/dev/sda1 quiet","tainted":4096})");
  EXPECT_EQ(
      json["missing"].dump(),
      R"({"bmc":"/sys: No such file or directory","firmware.type":"/sys/firmware: neither efi, acpi nor devicetree",)"
      R"("platform":"/sys: No such file or directory"})");
}

TEST(PlatformProbe, TakesTheKernelFromItsVersionLine) {
  const Machine machine{{"/proc/version", "Linux version 5.10.0 (builder@host) (gcc 12) #1 SMP Debian\n"},
                        {"/usr/lib/os-release", "ID=suse\n"}};
  const Json json = run_probe(&probe_platform, machine.context());
  EXPECT_EQ(at(json, "facts.kernel").dump(), R"({"release":"5.10.0","version":"#1 SMP Debian"})");
  EXPECT_EQ(at(json, "facts.os").dump(), R"({"id":"suse"})");
  EXPECT_EQ(json["sources"]["kernel.release"], "/proc/version");
}

TEST(PlatformProbe, ReadsFirmwareAndDevices) {
  const Machine machine{
      {"/sys/firmware/efi/fw_platform_size", "64"},
      {"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", std::string_view("\6\0\0\0\1", 5)},
      {"/sys/firmware/acpi/tables/DSDT", ""},
      {"/sys/firmware/acpi/tables/APIC", ""},
      {"/sys/firmware/acpi/tables/data/BERT", ""},
      {"/sys/class/tpm/tpm0/tpm_version_major", "2"},
      {"/sys/class/watchdog/watchdog0/identity", "iTCO_wdt"},
      {"/sys/class/watchdog/watchdog0/state", "inactive"},
      {"/sys/class/watchdog/watchdog0/timeout", "30"},
      {"/sys/class/iommu/dmar0/x", ""},
      {"/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc"},
      {"/dev/ipmi0", ""}};
  const Json json = run_probe(&probe_platform, machine.context());
  EXPECT_EQ(at(json, "facts.firmware").dump(), R"({"type":"uefi","secure_boot":true})");
  EXPECT_EQ(
      at(json, "facts.platform").dump(),
      R"({"tpm":true,"tpm_version":"2","clocksource":"tsc","acpi_tables":["APIC","DSDT"],"watchdogs":[{"name":"watchdog0",)"
      R"("identity":"iTCO_wdt","state":"inactive","timeout_s":30}],"iommu":true})");
  EXPECT_EQ(at(json, "facts.bmc").dump(), R"({"present":true,"device":true})");
}

TEST(PlatformProbe, DoubtsASecureBootVariableOfAnotherSize) {
  const Machine machine{{"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", "\1"}};
  const Json json = run_probe(&probe_platform, machine.context());
  EXPECT_EQ(json["missing"]["firmware.secure_boot"],
            "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c: expected 5 bytes");
}

struct GuestCase {
  const char* name;
  Files files;
  const char* facts;
};
class Virtualisation : public ::testing::TestWithParam<GuestCase> {};
TEST_P(Virtualisation, IsToldByItsMarks) {
  Machine machine;
  for (const auto& [path, bytes] : GetParam().files) machine.file(path, bytes);
  EXPECT_EQ(at(run_probe(&probe_virtualisation, machine.context()), "facts.virtualisation").dump(), GetParam().facts);
}
constexpr std::string_view kGuest = "flags\t\t: fpu hypervisor lm\n";
constexpr std::string_view kHost = "flags\t\t: fpu lm\n";
INSTANTIATE_TEST_SUITE_P(
    Machines, Virtualisation,
    ::testing::Values(
        GuestCase{"bare_metal",
                  {{"/proc/cpuinfo", kHost}, {"/sys/class/dmi/id/sys_vendor", "Dell Inc."}, {"/dev/kvm", ""}},
                  R"({"type":"none","guest":false,"container":"none","kvm":true})"},
        GuestCase{"kvm_by_dmi",
                  {{"/proc/cpuinfo", kGuest}, {"/sys/class/dmi/id/product_name", "KVM"}},
                  R"({"type":"kvm","guest":true,"container":"none","kvm":false})"},
        GuestCase{"kvm_without_dmi",
                  {{"/proc/cpuinfo", kGuest}, {"/sys/bus/virtio/devices/virtio0/x", ""}},
                  R"({"type":"kvm","guest":true,"container":"none","kvm":false})"},
        GuestCase{"kvm_by_clock",
                  {{"/proc/cpuinfo", kGuest},
                   {"/sys/devices/system/clocksource/clocksource0/available_clocksource", "kvm-clock tsc"}},
                  R"({"type":"kvm","guest":true,"container":"none","kvm":false})"},
        GuestCase{"arm_guest",
                  {{"/proc/cpuinfo", "Features: fp\n"}, {"/sys/bus/virtio/devices/virtio0/x", ""}},
                  R"({"type":"kvm","guest":true,"container":"none","kvm":false})"},
        GuestCase{"vmware",
                  {{"/proc/cpuinfo", kGuest}, {"/sys/class/dmi/id/product_name", "VMware Virtual Platform"}},
                  R"({"type":"vmware","guest":true,"container":"none","kvm":false})"},
        GuestCase{"hyperv",
                  {{"/proc/cpuinfo", kGuest},
                   {"/sys/class/dmi/id/product_name", "Virtual Machine"},
                   {"/sys/class/dmi/id/sys_vendor", "Microsoft Corporation"}},
                  R"({"type":"hyperv","guest":true,"container":"none","kvm":false})"},
        GuestCase{"xen",
                  {{"/proc/cpuinfo", kGuest}, {"/sys/hypervisor/type", "xen"}},
                  R"({"type":"xen","guest":true,"container":"none","kvm":false})"},
        GuestCase{"cloud_metal",
                  {{"/proc/cpuinfo", kHost},
                   {"/sys/class/dmi/id/product_name", "c5.metal"},
                   {"/sys/class/dmi/id/sys_vendor", "Amazon EC2"}},
                  R"({"type":"none","guest":false,"container":"none","kvm":false})"},
        GuestCase{"not_known",
                  {{"/proc/cpuinfo", kGuest}},
                  R"({"type":"unknown","guest":true,"container":"none","kvm":false})"},
        GuestCase{"docker",
                  {{"/proc/cpuinfo", kHost}, {"/.dockerenv", ""}},
                  R"({"type":"none","guest":false,"container":"docker","kvm":false})"},
        GuestCase{"lxc",
                  {{"/proc/cpuinfo", kHost}, {"/proc/1/environ", std::string_view("PATH=/bin\0container=lxc\0", 24)}},
                  R"({"type":"none","guest":false,"container":"lxc","kvm":false})"},
        GuestCase{"kubernetes",
                  {{"/proc/cpuinfo", kHost}, {"/proc/1/cgroup", "0::/kubepods/pod1\n"}},
                  R"({"type":"none","guest":false,"container":"kubernetes","kvm":false})"}),
    assay::test::case_name);

TEST(Virtualisation, IsMissingWhereNothingTells) {
  EXPECT_EQ(run_probe(&probe_virtualisation, Machine().context())["missing"]["virtualisation"],
            "/proc/cpuinfo: No such file or directory");
}

using Counters = std::map<std::string, std::int64_t>;

TEST(Counters, AreReadByStableNames) {
  Machine machine{{"/sys/devices/system/edac/mc/mc0/ce_count", "3"},
                  {"/sys/devices/system/edac/mc/mc0/ue_count", "0"},
                  {"/sys/bus/pci/devices/0000:01:00.0/aer_dev_correctable", "RxErr 1\nBadTLP 2\nTOTAL_ERR_COR 3\n"},
                  {"/sys/bus/pci/devices/0000:01:00.0/aer_dev_fatal", "Undefined 0\nTOTAL_ERR_FATAL 0\n"},
                  {"/sys/bus/pci/devices/0000:01:00.0/aer_dev_nonfatal", "no total\n"},
                  {"/sys/bus/pci/devices/0000:01:00.0/current_link_width", "4"},
                  {"/sys/bus/pci/devices/0000:01:00.0/max_link_width", "16"},
                  {"/sys/bus/pci/devices/0000:02:00.0/current_link_width", "0"},
                  {"/sys/bus/pci/devices/0000:02:00.0/max_link_width", "16"},
                  {"/sys/class/net/eth0/device/vendor", "0x8086"},
                  {"/sys/class/net/eth0/statistics/rx_errors", "5"},
                  {"/sys/class/net/eth0/statistics/tx_errors", "0"},
                  {"/sys/class/net/eth0/statistics/rx_crc_errors", "4"},
                  {"/sys/class/net/eth0/statistics/rx_dropped", "99"},
                  {"/sys/class/net/lo/statistics/rx_errors", "1"},
                  {"/sys/class/infiniband/mlx5_0/ports/1/counters/symbol_error", "7"},
                  {"/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "2"},
                  {"/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count", "1"},
                  {"/sys/devices/system/cpu/cpu10/thermal_throttle/core_throttle_count", "40"},
                  {"/sys/devices/system/cpu/cpufreq/thermal_throttle/core_throttle_count", "1000"},
                  {"/proc/interrupts",
                   "           CPU0       CPU1\n  0:   5   6  IO-APIC\nMCE:          1          2   Machine check "
                   "exceptions\nMCP: 9 9 polls\n"},
                  {"/proc/sys/kernel/tainted", "128"},
                  {"/proc/vmstat", "nr_free_pages 1\noom_kill 6\noom_kill_other 9\n"},
                  {"/sys/block/sda/device/ioerr_cnt", "0x1f"}};
  EXPECT_EQ(read_counters(machine.root()), (Counters{{"cpu.machine_checks", 3},
                                                     {"cpu.thermal_throttle", 42},
                                                     {"cpu.thermal_throttle_package", 1},
                                                     {"disk.sda.io_errors", 31},
                                                     {"edac.mc0.ce", 3},
                                                     {"edac.mc0.ue", 0},
                                                     {"infiniband.mlx5_0.1.symbol_error", 7},
                                                     {"kernel.oom_kills", 6},
                                                     {"kernel.taint", 128},
                                                     {"net.eth0.rx_crc_errors", 4},
                                                     {"net.eth0.rx_errors", 5},
                                                     {"net.eth0.tx_errors", 0},
                                                     {"pcie.0000:01:00.0.aer_correctable", 3},
                                                     {"pcie.0000:01:00.0.aer_fatal", 0},
                                                     {"pcie.0000:01:00.0.lanes_lost", 12}}));
}

TEST(Counters, TakeFromToolsWhatOnlyTheyTell) {
  const Machine machine{{"/sys/block/sda/queue/rotational", "1"},
                        {"/sys/block/sdb/queue/rotational", "1"},
                        {"/sys/block/vda/size", "8"},
                        {"/proc/driver/nvidia/version", "550"},
                        {"/proc/sys/kernel/tainted", "0"}};
  const ToolRunner tools = [](const std::vector<std::string>& argv, auto) -> Result<ToolResult> {
    if (argv.back() == "/dev/sda") {
      return ToolResult{.exit_code = 64,
                        .out = R"({"smartctl": {"exit_status": 64}, "model_name": "X",
        "nvme_smart_health_information_log": {"media_errors": 2}, "scsi_grown_defect_list": 5})",
                        .err = ""};
    }
    if (argv.front() == "nvidia-smi") {
      return ToolResult{
          .exit_code = 0,
          .out = R"(<nvidia_smi_log><gpu id="00000000:3B:00.0"><pci><replay_counter>7</replay_counter></pci>
        <ecc_errors><aggregate><dram_correctable>3</dram_correctable></aggregate></ecc_errors></gpu></nvidia_smi_log>)",
          .err = ""};
    }
    return failure(Code::kNotStartable, argv.front() + ": not found");
  };
  EXPECT_EQ(read_counters_with_tools({.root = machine.root(), .tools = tools}),
            (Counters{{"accelerator.0000:3b:00.0.ecc_corrected", 3},
                      {"accelerator.0000:3b:00.0.link_replays", 7},
                      {"disk.sda.grown_defects", 5},
                      {"disk.sda.media_errors", 2},
                      {"kernel.taint", 0}}));
  EXPECT_EQ(read_counters_with_tools({.root = machine.root()}), (Counters{{"kernel.taint", 0}}));
}

TEST(Counters, DoNotOverflow) {
  const Machine machine{{"/proc/interrupts", "MCE: 9223372036854775807 9223372036854775807 -5 x\n"}};
  EXPECT_EQ(read_counters(machine.root()), (Counters{{"cpu.machine_checks", INT64_MAX}}));
}

}  // namespace
}  // namespace assay::hardware
