// SPDX-License-Identifier: Apache-2.0
// A machine whose every file holds rubbish: probes find less, say why, and go on.
#include <nlohmann/json.hpp>

#include "engine/hardware/facts_text.h"
#include "recorded.h"
#include "support/cases.h"

namespace assay::hardware {
namespace {

using assay::hardware::test::Machine;

// One of every kind of file that a probe reads.
constexpr const char* kFiles[] = {
    "/etc/os-release",
    "/proc/1/cgroup",
    "/proc/1/environ",
    "/proc/cmdline",
    "/proc/cpuinfo",
    "/proc/driver/nvidia/gpus/0000:3b:00.0/information",
    "/proc/interrupts",
    "/proc/meminfo",
    "/proc/self/mountinfo",
    "/proc/swaps",
    "/proc/sys/kernel/arch",
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/numa_balancing",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/kernel/tainted",
    "/proc/version",
    "/proc/vmstat",
    "/run/systemd/container",
    "/run/udev/data/b8:0",
    "/sys/block/md0/md/degraded",
    "/sys/block/md0/md/level",
    "/sys/block/md0/size",
    "/sys/block/nvme0n1/dev",
    "/sys/block/nvme0n1/queue/logical_block_size",
    "/sys/block/nvme0n1/size",
    "/sys/block/sda/device/ioerr_cnt",
    "/sys/block/sda/device/model",
    "/sys/block/sda/device/vendor",
    "/sys/block/sda/device/vpd_pg80",
    "/sys/block/sda/holders/dm-0/dev",
    "/sys/block/sda/queue/rotational",
    "/sys/block/sda/queue/scheduler",
    "/sys/block/sda/removable",
    "/sys/block/sda/sda1/partition",
    "/sys/block/sda/size",
    "/sys/bus/pci/devices/0000:02:00.0/aer_dev_fatal",
    "/sys/bus/pci/devices/0000:02:00.0/class",
    "/sys/bus/pci/devices/0000:02:00.0/current_link_speed",
    "/sys/bus/pci/devices/0000:02:00.0/current_link_width",
    "/sys/bus/pci/devices/0000:02:00.0/device",
    "/sys/bus/pci/devices/0000:02:00.0/max_link_width",
    "/sys/bus/pci/devices/0000:02:00.0/numa_node",
    "/sys/bus/pci/devices/0000:02:00.0/vendor",
    "/sys/class/dmi/id/chassis_type",
    "/sys/class/dmi/id/product_name",
    "/sys/class/dmi/id/product_serial",
    "/sys/class/infiniband/mlx5_0/ports/1/counters/symbol_error",
    "/sys/class/infiniband/mlx5_0/ports/1/rate",
    "/sys/class/infiniband/mlx5_0/ports/1/state",
    "/sys/class/net/eth0/address",
    "/sys/class/net/eth0/device/numa_node",
    "/sys/class/net/eth0/duplex",
    "/sys/class/net/eth0/mtu",
    "/sys/class/net/eth0/speed",
    "/sys/class/net/eth0/statistics/rx_errors",
    "/sys/class/net/eth0/type",
    "/sys/class/nvme/nvme0/serial",
    "/sys/class/tpm/tpm0/tpm_version_major",
    "/sys/class/watchdog/watchdog0/timeout",
    "/sys/devices/system/clocksource/clocksource0/current_clocksource",
    "/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count",
    "/sys/devices/system/cpu/cpu0/topology/core_id",
    "/sys/devices/system/cpu/cpu0/topology/thread_siblings",
    "/sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq",
    "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor",
    "/sys/devices/system/cpu/online",
    "/sys/devices/system/cpu/smt/active",
    "/sys/devices/system/cpu/vulnerabilities/mds",
    "/sys/devices/system/edac/mc/mc0/ce_count",
    "/sys/devices/system/edac/mc/mc0/dimm0/dimm_edac_mode",
    "/sys/devices/system/edac/mc/mc0/dimm0/size",
    "/sys/devices/system/edac/mc/mc0/size_mb",
    "/sys/devices/system/node/node0/cpumap",
    "/sys/devices/system/node/node0/meminfo",
    "/sys/firmware/acpi/tables/DSDT",
    "/sys/firmware/dmi/tables/DMI",
    "/sys/firmware/dmi/tables/smbios_entry_point",
    "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
    "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/usr/share/misc/pci.ids",
};

struct RubbishCase {
  const char* name;
  std::string content;
};
class Rubbish : public ::testing::TestWithParam<RubbishCase> {};

TEST_P(Rubbish, EverywhereBreaksNothing) {
  Machine machine;
  for (const char* path : kFiles) machine.file(path, GetParam().content);
  // Every tool prints it too.
  const ToolRunner tools = [](const auto&, auto) -> Result<ToolResult> {
    return ToolResult{.exit_code = 0, .out = GetParam().content, .err = GetParam().content};
  };
  const ProbeOptions options{.root = machine.root(), .deadline = std::chrono::seconds(30), .tools = tools};
  const Facts facts = collect_facts(options);
  const Json json = to_json(facts);
  EXPECT_TRUE(parse_json(to_json_text(json), "facts").has_value());
  EXPECT_FALSE(facts.missing.empty());
  for (const auto& [path, reason] : facts.missing) EXPECT_FALSE(reason.empty()) << path;
  const std::string text = facts_text(facts);
  EXPECT_EQ(text.find_first_of("\x1b\r\x07"), std::string::npos);
  EXPECT_TRUE(std::count(text.begin(), text.end(), '\n') < 100);
  for (const std::string& line : identity_lines(facts)) EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NO_THROW(read_counters_with_tools(options));
}
INSTANTIATE_TEST_SUITE_P(
    Machines, Rubbish,
    ::testing::Values(RubbishCase{"nothing", ""}, RubbishCase{"a_line_end", "\n"}, RubbishCase{"minus_one", "-1\n"},
                      RubbishCase{"far_too_large", "99999999999999999999999999"},
                      RubbishCase{"the_largest", "9223372036854775807"},
                      RubbishCase{"hexadecimal_without_digits", "0x"},
                      RubbishCase{"broken_utf8", std::string(300, '\xff')},
                      RubbishCase{"control_characters", "\x1b[2J\x07\r\x01 \xe2\x80\xae"},
                      RubbishCase{"nul", std::string(64, '\0')}, RubbishCase{"colons", ":::::: : :\n:\n=\nE:=\n"},
                      RubbishCase{"brackets", "]x[ ] [ [[/]/]\n"}, RubbishCase{"long_line", std::string(60'000, 'x')},
                      RubbishCase{"larger_than_an_attribute", std::string(80'000, '7')}),
    assay::test::case_name);

TEST(Hostile, LinksCannotLeadOut) {
  Machine machine;
  const assay::test::TempFolder outside;
  outside.write("secret", "SECRET");
  for (const char* path :
       {"/etc/os-release", "/proc/cmdline", "/sys/class/dmi/id/product_name", "/sys/class/net/eth0/address"}) {
    machine.link(path, (outside / "secret").string());
  }
  machine.link("/sys/block", outside.path().string());
  const Facts facts = collect_facts({.root = machine.root()});
  EXPECT_EQ(to_json_text(to_json(facts)).find("SECRET"), std::string::npos);
}

TEST(Hostile, NamesOfDevicesAreData) {
  Machine machine;
  machine.file("/sys/class/net/eth0.100/mtu", "1500").file("/sys/class/net/a]b[c/mtu", "9000");
  machine.file("/sys/block/sd\x1b[31m/size", "8").file("/sys/block/sd\xff/size", "8");
  const Facts facts = collect_facts({.root = machine.root()});
  EXPECT_EQ(facts.tree.member("network")->as_list().size(), 2U);
  EXPECT_EQ(facts.tree.member("disks")->as_list().size(), 2U);
  EXPECT_TRUE(parse_json(to_json_text(to_json(facts)), "facts").has_value());
  EXPECT_EQ(facts_text(facts).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace assay::hardware
