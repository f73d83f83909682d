// SPDX-License-Identifier: Apache-2.0
// The facts as a whole: rows, JSON, identity, text.
#include <nlohmann/json.hpp>
#include <set>

#include "engine/hardware/facts_text.h"
#include "recorded.h"
#include "support/cases.h"

namespace assay::hardware {
namespace {

using expr::Type;

TEST(FactRows, AreUniqueAndExplained) {
  std::set<std::string_view> paths;
  for (const FactRow& row : fact_rows()) {
    EXPECT_TRUE(paths.insert(row.path).second) << row.path;
    EXPECT_FALSE(row.help.empty()) << row.path;
    EXPECT_NE(row.help.back(), '.') << row.path;
  }
  EXPECT_GT(paths.size(), 200U);
}

TEST(FactsType, HasTheShapeOfTheRows) {
  const Type type = facts_type();
  ASSERT_NE(type.member("cpu"), nullptr);
  EXPECT_EQ(type.member("cpu")->member("cores")->text(), "int");
  EXPECT_EQ(type.member("cpu")->member("flags")->text(), "list(string)");
  EXPECT_EQ(type.member("memory")->member("total")->tag(), Type::Tag::kQuantity);
  EXPECT_EQ(type.member("memory")->member("total")->unit()->symbol, "B");
  EXPECT_EQ(type.member("disks")->element().member("health")->member("passed")->text(), "bool");
  EXPECT_EQ(type.member("disks")->member("model"), nullptr);
}

struct FormatCase {
  const char* name;
  const char* json;
  const char* message;
};
class FactsFormat : public ::testing::TestWithParam<FormatCase> {};
TEST_P(FactsFormat, IsChecked) {
  const auto facts = facts_from_json(parse_json(GetParam().json, "test").value());
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().message, GetParam().message);
}
INSTANTIATE_TEST_SUITE_P(
    Facts, FactsFormat,
    ::testing::Values(
        FormatCase{"list", "[]", "not a facts file: expected the member format: \"assay.facts/1\""},
        FormatCase{"newer", R"({"format": "assay.facts/2"})",
                   "not a facts file: expected the member format: \"assay.facts/1\""},
        FormatCase{"no_facts", R"({"format": "assay.facts/1", "facts": []})", "facts: 'facts' must be an object"},
        FormatCase{"no_sources", R"({"format": "assay.facts/1", "facts": {}})",
                   "facts: 'sources' must be an object of texts"},
        FormatCase{"number", R"({"format": "assay.facts/1", "facts": {}, "sources": {}, "missing": {"cpu": 1}})",
                   "facts: 'missing.cpu' must be a text"}),
    assay::test::case_name);

constexpr std::string_view kServer = R"json({"format": "assay.facts/1", "sources": {}, "missing": {
    "memory.edac_controllers": "no driver", "cpu.turbo": "no driver", "disks[sda].health": "smartctl: not found"},
  "facts": {
    "system": {"vendor": "Example", "product": "ES-2200", "serial": "SN-1"},
    "bios": {"vendor": "Maker", "version": "2.7", "date": "03/04/2025"},
    "cpu": {"model": "Example 9332", "packages": 2, "cores": 64, "threads": 128, "architecture": "x86_64", "governor": "performance",
      "frequency_max": {"value": 3850000000, "unit": "Hz"}, "turbo": true, "vulnerable": ["mds"],
      "caches": [{"level": 1, "type": "data", "size": {"value": 32768, "unit": "B"}, "count": 64},
                 {"level": 3, "type": "unified", "size": {"value": 33554432, "unit": "B"}, "count": 1}]},
    "memory": {"total": {"value": 270150000000, "unit": "B"}, "installed": {"value": 274877906944, "unit": "B"}, "ecc": true, "dimms": [
      {"slot": "A1", "size": {"value": 137438953472, "unit": "B"}, "type": "DDR5", "speed_mt_s": 4800, "part": "EM", "serial": "1"},
      {"slot": "B1", "size": {"value": 137438953472, "unit": "B"}, "type": "DDR5", "speed_mt_s": 4800, "part": "EM", "serial": "2"}]},
    "numa": {"count": 2, "nodes": [{"id": 0, "cpus": "0-63", "memory": {"value": 1073741824, "unit": "B"}}, {"id": 4}]},
    "pci": [{"address": "0000:02:00.0", "id": "8086:1521", "class": "0200", "class_name": "Ethernet controller", "driver": "igb",
             "link_speed_gt_s": 5.0, "link_width": 4, "link_speed_max_gt_s": 8.0, "link_width_max": 4, "revision": "0x01"},
            {"address": "0000:00:00.0", "class": "0600"}],
    "disks": [{"name": "nvme0n1", "type": "nvme", "size": {"value": 3840755982336, "unit": "B"}, "model": "Flash", "serial": "EF-1",
               "firmware": "1.2", "in_use": true, "health": {"passed": true, "temperature": {"value": 40, "unit": "Cel"}}},
              {"name": "sda", "type": "hdd", "model": "Old", "health": {"passed": false}},
              {"name": "sdb", "model": "Stick", "removable": true, "serial": "U"}],
    "network": [{"name": "eth0", "physical": true, "driver": "igb", "speed": {"value": 1000000000, "unit": "bit/s"}, "mtu": 1500,
                 "state": "up", "mac": "84:8f:69:fe:cc:40", "mac_permanent": true, "pci": "0000:02:00.0"},
                {"name": "eth1", "physical": true, "mac": "02:00:00:00:00:01", "mac_permanent": false},
                {"name": "lo", "physical": false, "mac": "00:00:00:00:00:00"}],
    "accelerators": [{"address": "0000:3b:00.0", "name": "Example 80GB", "uuid": "GPU-1", "memory_total": {"value": 85899345920, "unit": "B"},
                      "driver": "nvidia", "driver_version": "550", "ecc": true, "power_limit": {"value": 700, "unit": "W"}}],
    "os": {"name": "Debian 12"}, "kernel": {"release": "6.1.0", "tainted": 0},
    "virtualisation": {"type": "none", "container": "none"}, "platform": {"tpm": true, "tpm_version": "2", "clocksource": "tsc"},
    "firmware": {"type": "uefi", "secure_boot": false}, "bmc": {"present": true, "interface": "KCS"}}})json";

Facts server() { return facts_from_json(parse_json(kServer, "server").value()).value(); }

TEST(FactsText, IsOneScreen) {
  EXPECT_EQ(facts_text(server()), R"(System        Example ES-2200, serial SN-1
Firmware      Maker 2.7 (03/04/2025), uefi, secure boot off, TPM 2, BMC (KCS)
CPU           2 × Example 9332
              64 cores, 128 threads, x86_64
              L1d 64 × 32 KiB, L3 32 MiB
              governor performance, up to 3.85 GHz, turbo on, 1 open vulnerability
Memory        252 GiB, 256 GiB installed, ECC
              2 × 128 GiB DDR5 4800 MT/s EM
NUMA          node 0  cpus 0-63  1 GiB
              node 4  no cpus
Disks         nvme0n1  nvme  3.84 TB  Flash  firmware 1.2  in use  healthy
              sda      hdd            Old                          FAILING
              sdb                     Stick
Network       eth0  igb  1 Gbit/s  MTU 1500  up  84:8f:69:fe:cc:40  0000:02:00.0
              eth1                               02:00:00:00:00:01
PCI           0000:02:00.0  Ethernet controller 8086:1521  igb  5 GT/s ×4 of 8 GT/s ×4
              and 1 other device
Accelerators  0000:3b:00.0  Example 80GB  80 GiB  nvidia 550  ECC  700 W
OS            Debian 12, Linux 6.1.0
Virtual       no
Clock         tsc
Not read      cpu.turbo, memory.edac_controllers: no driver
              disks[sda].health: smartctl: not found
)");
}

TEST(FactsText, OfNothingIsEmpty) { EXPECT_EQ(facts_text(Facts{}), ""); }

TEST(FactsText, ShowsWhatRareMachinesHave) {
  const Json json = parse_json(R"json({"format": "assay.facts/1", "sources": {}, "missing": {}, "facts": {
    "cpu": {"packages": 1, "model": "Example", "vulnerable": ["a", "b"], "turbo": false},
    "memory": {"ecc": false},
    "firmware": {"secure_boot": true}, "bmc": {"present": true},
    "raid": [{"name": "md0", "level": "raid1", "size": {"value": 1000000000, "unit": "B"}, "state": "clean"}],
    "infiniband": [{"name": "mlx5_0", "type": "MT4123", "firmware": "20.31", "ports": [
      {"number": 1, "speed": {"value": 200000000000, "unit": "bit/s"}, "state": "active"}, {"number": 2}]}],
    "pci": [{"address": "0000:00:00.0", "class": "0600"}, {"address": "0000:00:01.0", "class": "0604"},
            {"address": "0000:3b:00.0", "class": "0302"}],
    "accelerators": [{"address": "0000:3b:00.0", "name": "Card", "link_speed_gt_s": 16.0, "link_width": 16,
                      "link_speed_max_gt_s": 16.0, "link_width_max": 16}],
    "opencl": {"devices": [{"type": "cpu", "name": "pthread", "platform": "PoCL"}]},
    "kernel": {"release": "6.1", "tainted": 512},
    "virtualisation": {"type": "kvm", "container": "docker"},
    "platform": {"clocksource": "tsc", "time_synchronised": true}}})json",
                               "rare")
                        .value();
  EXPECT_EQ(facts_text(facts_from_json(json).value()), R"(Firmware      secure boot on, BMC
CPU           Example
              turbo off, 2 open vulnerabilities
Memory        no ECC
RAID          md0  raid1  1 GB  clean
InfiniBand    mlx5_0/1  MT4123  200 Gbit/s  active  firmware 20.31
              mlx5_0/2  MT4123                      firmware 20.31
PCI           2 devices
Accelerators  0000:3b:00.0  Card  16 GT/s ×16
OpenCL        cpu  pthread  PoCL
OS            Linux 6.1, tainted 512
Virtual       machine of kvm, container of docker
Clock         tsc, synchronised
)");
}

TEST(FactsText, CutsLongLists) {
  Json json = parse_json(kServer, "server").value();
  for (int i = 0; i < 30; ++i) json["facts"]["disks"].push_back({{"name", "sd" + std::to_string(i)}});
  for (int i = 0; i < 30; ++i) json["missing"]["x" + std::to_string(i)] = "reason " + std::to_string(i);
  const std::string text = facts_text(facts_from_json(json).value());
  EXPECT_NE(text.find("\n              and 21 more\nNetwork "), std::string::npos) << text;
  EXPECT_NE(text.find("\n              and 22 more (assay facts --json)\n"), std::string::npos) << text;
}

TEST(IdentityLines, NameWhatMustNotChange) {
  const std::vector<std::string> expected = {
      "accelerators[0000:3b:00.0].memory_total=85899345920 B",
      "accelerators[0000:3b:00.0].name=Example 80GB",
      "accelerators[0000:3b:00.0].uuid=GPU-1",
      "bios.date=03/04/2025",
      "bios.vendor=Maker",
      "bios.version=2.7",
      "bmc.present=true",
      "cpu.architecture=x86_64",
      "cpu.cores=64",
      "cpu.model=Example 9332",
      "cpu.packages=2",
      "cpu.threads=128",
      "disks[EF-1].firmware=1.2",
      "disks[EF-1].model=Flash",
      "disks[EF-1].size=3840755982336 B",
      "disks[sda].model=Old",
      "memory.dimms[A1].part=EM",
      "memory.dimms[A1].serial=1",
      "memory.dimms[A1].size=137438953472 B",
      "memory.dimms[A1].type=DDR5",
      "memory.dimms[B1].part=EM",
      "memory.dimms[B1].serial=2",
      "memory.dimms[B1].size=137438953472 B",
      "memory.dimms[B1].type=DDR5",
      "memory.ecc=true",
      "memory.installed=274877906944 B",
      "network[0000:02:00.0].mac=84:8f:69:fe:cc:40",
      "pci[0000:02:00.0].id=8086:1521",
      "pci[0000:02:00.0].revision=0x01",
      "system.product=ES-2200",
      "system.serial=SN-1",
      "system.vendor=Example",
  };
  EXPECT_EQ(identity_lines(server()), expected);
  EXPECT_EQ(identity_lines(Facts{}), std::vector<std::string>());
}

TEST(IdentityLines, AreTheSameWhenVolatileFactsChange) {
  Json json = parse_json(kServer, "server").value();
  json["facts"]["disks"][0]["name"] = "nvme9n1";
  json["facts"]["disks"][0]["health"]["temperature"]["value"] = 60;
  json["facts"]["network"][0]["state"] = "down";
  json["facts"]["cpu"]["governor"] = "powersave";
  json["facts"]["pci"][0]["link_width"] = 1;
  EXPECT_EQ(identity_lines(facts_from_json(json).value()), identity_lines(server()));
  json["facts"]["disks"][0]["serial"] = "EF-2";
  EXPECT_NE(identity_lines(facts_from_json(json).value()), identity_lines(server()));
}

}  // namespace
}  // namespace assay::hardware
