// SPDX-License-Identifier: Apache-2.0
#include "support/sample_facts.h"

#include <nlohmann/json.hpp>

namespace assay::test {

namespace {

constexpr const char* kFacts = R"json({
  "format": "assay.facts/1",
  "facts": {
    "os": {"hostname": "es-node-17", "id": "debian", "name": "Debian GNU/Linux 12 (bookworm)", "version": "12"},
    "kernel": {"release": "6.1.0-28-amd64", "tainted": 0},
    "system": {"vendor": "Example Systems", "product": "ES-2200 G4", "serial": "ESR-2200-00417"},
    "board": {"vendor": "Example Systems", "product": "ESB-0042", "serial": "ESB-0042-7719", "version": "C1"},
    "bios": {"vendor": "Example Firmware", "version": "2.14.0", "date": "2026-06-30"},
    "bmc": {"present": true, "interface": "ipmi", "ipmi_version": "2.0"},
    "cpu": {
      "model": "Example Silicon 9332 32-Core Processor", "vendor": "ExampleSilicon", "architecture": "x86_64", "packages": 1,
      "cores": 32, "threads": 64, "governor": "performance", "frequency_max": {"value": 3850000000, "unit": "Hz"},
      "flags": ["fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", "sep", "mtrr", "pge", "mca", "cmov", "pat",
                "pse36", "clflush", "mmx", "fxsr", "sse", "sse2", "ht", "syscall", "nx", "avx", "avx2", "avx512f", "sha_ni", "vaes"],
      "caches": [
        {"level": 1, "type": "data", "size": {"value": 32768, "unit": "B"}, "shared_by": 2},
        {"level": 1, "type": "instruction", "size": {"value": 32768, "unit": "B"}, "shared_by": 2},
        {"level": 2, "type": "unified", "size": {"value": 1048576, "unit": "B"}, "shared_by": 2},
        {"level": 3, "type": "unified", "size": {"value": 134217728, "unit": "B"}, "shared_by": 64}]
    },
    "memory": {
      "installed": {"value": 274877906944, "unit": "B"}, "total": {"value": 270150000000, "unit": "B"}, "available": {"value": 261700000000, "unit": "B"}, "ecc": false,
      "dimms": [
        {"slot": "A1", "manufacturer": "Example Memory", "part": "EM5-4800-64", "serial": "0A41", "size": {"value": 68719476736, "unit": "B"}, "type": "DDR5", "speed_mt_s": 4800},
        {"slot": "B1", "manufacturer": "Example Memory", "part": "EM5-4800-64", "serial": "0A42", "size": {"value": 68719476736, "unit": "B"}, "type": "DDR5", "speed_mt_s": 4800},
        {"slot": "C1", "manufacturer": "Example Memory", "part": "EM5-4800-64", "serial": "0A43", "size": {"value": 68719476736, "unit": "B"}, "type": "DDR5", "speed_mt_s": 4800},
        {"slot": "D1", "manufacturer": "Example Memory", "part": "EM5-4800-64", "serial": "0A44", "size": {"value": 68719476736, "unit": "B"}, "type": "DDR5", "speed_mt_s": 4800}]
    },
    "numa": {"count": 1, "balancing": true, "nodes": [{"id": 0, "cpus": "0-63", "cpu_count": 64, "memory": {"value": 270150000000, "unit": "B"}}]},
    "disks": [
      {"name": "nvme0n1", "type": "nvme", "model": "Example Flash 3.84T", "serial": "EF384-1180", "firmware": "1.2.7", "size": {"value": 3840755982336, "unit": "B"}, "transport": "pcie"},
      {"name": "sda", "type": "sata", "model": "Example Boot 480", "serial": "EB480-0031", "firmware": "A11", "size": {"value": 480103981056, "unit": "B"}, "transport": "sata", "health": {"passed": true, "temperature": {"value": 31, "unit": "Cel"}, "power_on_hours": 1204}}],
    "network": [
      {"name": "eno1", "driver": "ixgbe", "mac": "02:00:00:00:00:11", "speed": {"value": 10000000000, "unit": "bit/s"}, "mtu": 1500, "carrier": true},
      {"name": "eno2", "driver": "ixgbe", "mac": "02:00:00:00:00:12", "mtu": 1500, "carrier": false}],
    "pci": [],
    "accelerators": []
  },
  "sources": {"cpu": "/proc/cpuinfo, /sys/devices/system/cpu", "memory.total": "/proc/meminfo", "memory.dimms": "/sys/firmware/dmi/tables/DMI", "bios": "/sys/class/dmi/id"},
  "missing": {"disks[nvme0n1].health": "smartctl needs root to open /dev/nvme0n1", "cpu.microcode": "not shown by this kernel"}
})json";

Json pci_devices() {
  Json devices = Json::array();
  for (int i = 0; i < 14; ++i) {
    const std::string slot = i < 10 ? "0" + std::to_string(i) : std::to_string(i);
    const bool bridge = i % 3 == 0;
    devices.push_back({{"address", "0000:" + slot + ":00.0"},
                       {"class_name", bridge ? "PCI bridge" : "Ethernet controller"},
                       {"vendor_id", "8086"},
                       {"device_id", "15" + slot},
                       {"subsystem_vendor_id", "1028"},
                       {"subsystem_device_id", "0a" + slot},
                       {"driver", bridge ? "pcieport" : "ixgbe"},
                       {"link_speed_gt_s", 8.0},
                       {"link_speed_max_gt_s", 16.0},
                       {"link_width", 8},
                       {"link_width_max", 16}});
  }
  return devices;
}

}  // namespace

Json sample_facts() {
  Json document = Json::parse(kFacts);
  document["facts"]["pci"] = pci_devices();
  return document;
}

}  // namespace assay::test
