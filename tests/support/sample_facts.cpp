// SPDX-License-Identifier: Apache-2.0
#include "support/sample_facts.h"

#include <nlohmann/json.hpp>

namespace assay::test {

namespace {

constexpr const char* kFacts = R"json({
  "format": "assay.facts/1",
  "facts": {
    "os": {"hostname": "es-node-17", "name": "Debian GNU/Linux", "version": "12 (bookworm)", "kernel": "6.1.0-28-amd64"},
    "system": {"vendor": "Example Systems", "product": "ES-2200 G4", "serial": "ESR-2200-00417"},
    "board": {"vendor": "Example Systems", "product": "ESB-0042", "serial": "ESB-0042-7719", "version": "C1"},
    "bios": {"vendor": "Example Firmware", "version": "2.14.0", "date": "2026-06-30"},
    "bmc": {"present": true, "firmware": "4.02"},
    "cpu": {
      "model": "Example Silicon 9332 32-Core Processor", "vendor": "ExampleSilicon", "architecture": "x86_64", "packages": 1,
      "cores": 32, "threads": 64, "governor": "performance", "max_frequency": {"value": 3850000000, "unit": "Hz"},
      "flags": ["fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", "sep", "mtrr", "pge", "mca", "cmov", "pat",
                "pse36", "clflush", "mmx", "fxsr", "sse", "sse2", "ht", "syscall", "nx", "avx", "avx2", "avx512f", "sha_ni", "vaes"],
      "caches": [
        {"level": 1, "type": "data", "size": {"value": 32768, "unit": "B"}, "shared_by": 2},
        {"level": 1, "type": "instruction", "size": {"value": 32768, "unit": "B"}, "shared_by": 2},
        {"level": 2, "type": "unified", "size": {"value": 1048576, "unit": "B"}, "shared_by": 2},
        {"level": 3, "type": "unified", "size": {"value": 134217728, "unit": "B"}, "shared_by": 64}]
    },
    "memory": {
      "total": {"value": 270150000000, "unit": "B"}, "available": {"value": 261700000000, "unit": "B"}, "ecc": false,
      "dimms": [
        {"locator": "A1", "vendor": "Example Memory", "part": "EM5-4800-64", "serial": "0A41", "size": {"value": 68719476736, "unit": "B"}, "type": "DDR5", "speed": {"value": 4800, "unit": "MT/s"}},
        {"locator": "B1", "vendor": "Example Memory", "part": "EM5-4800-64", "serial": "0A42", "size": {"value": 68719476736, "unit": "B"}, "type": "DDR5", "speed": {"value": 4800, "unit": "MT/s"}},
        {"locator": "C1", "vendor": "Example Memory", "part": "EM5-4800-64", "serial": "0A43", "size": {"value": 68719476736, "unit": "B"}, "type": "DDR5", "speed": {"value": 4800, "unit": "MT/s"}},
        {"locator": "D1", "vendor": "Example Memory", "part": "EM5-4800-64", "serial": "0A44", "size": {"value": 68719476736, "unit": "B"}, "type": "DDR5", "speed": {"value": 4800, "unit": "MT/s"}}]
    },
    "numa": [{"node": 0, "cpus": "0-63", "memory": {"value": 270150000000, "unit": "B"}}],
    "disks": [
      {"name": "nvme0n1", "type": "nvme", "model": "Example Flash 3.84T", "serial": "EF384-1180", "firmware": "1.2.7", "size": {"value": 3840755982336, "unit": "B"}, "health": "unknown", "rotational": false},
      {"name": "sda", "type": "sata", "model": "Example Boot 480", "serial": "EB480-0031", "firmware": "A11", "size": {"value": 480103981056, "unit": "B"}, "health": "good", "rotational": false}],
    "network": {"interfaces": [
      {"name": "eno1", "driver": "ixgbe", "mac": "02:00:00:00:00:11", "speed": {"value": 10000000000, "unit": "bit/s"}, "mtu": 1500, "link": true},
      {"name": "eno2", "driver": "ixgbe", "mac": "02:00:00:00:00:12", "mtu": 1500, "link": false}]},
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
    devices.push_back({{"address", "0000:" + slot + ":00.0"},
                       {"class", i % 3 == 0 ? "PCI bridge" : "Ethernet controller"},
                       {"vendor", "8086"},
                       {"device", "15" + slot},
                       {"subsystem_vendor", "1028"},
                       {"subsystem_device", "0a" + slot},
                       {"driver", i % 3 == 0 ? "pcieport" : "ixgbe"},
                       {"link_speed", "8 GT/s"},
                       {"link_width", 8},
                       {"max_link_speed", "16 GT/s"},
                       {"max_link_width", 16}});
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
