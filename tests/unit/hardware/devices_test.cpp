// SPDX-License-Identifier: Apache-2.0
// PCI devices, disks, network interfaces.
#include <nlohmann/json.hpp>

#include "engine/hardware/block.h"
#include "engine/hardware/pci.h"
#include "engine/hardware/pci_names.h"
#include "recorded.h"
#include "support/cases.h"

namespace assay::hardware {
namespace {

namespace fs = std::filesystem;
using assay::hardware::test::at;
using assay::hardware::test::item;
using assay::hardware::test::Machine;
using assay::hardware::test::run_probe;

struct AddressCase {
  const char* name;
  const char* text;
  std::optional<std::string> address;
};
class PciAddress : public ::testing::TestWithParam<AddressCase> {};
TEST_P(PciAddress, HasOneForm) { EXPECT_EQ(normal_pci_address(GetParam().text), GetParam().address); }
INSTANTIATE_TEST_SUITE_P(Pci, PciAddress,
                         ::testing::Values(AddressCase{"plain", "0000:3b:00.0", "0000:3b:00.0"},
                                           AddressCase{"nvidia", "00000000:3B:00.0", "0000:3b:00.0"},
                                           AddressCase{"wide_domain", "10000:01:00.0", "10000:01:00.0"},
                                           AddressCase{"no_domain", "3b:00.0", std::nullopt},
                                           AddressCase{"word", "virtio1", std::nullopt},
                                           AddressCase{"no_function", "0000:3b:00", std::nullopt},
                                           AddressCase{"not_hexadecimal", "0000:3g:00.0", std::nullopt},
                                           AddressCase{"empty", "", std::nullopt}),
                         assay::test::case_name);

TEST(PciAddress, IsTheLastOfADevicePath) {
  EXPECT_EQ(pci_address_in("/sys/devices/pci0000:00/0000:00:01.0/0000:02:00.1/net/eth0"), "0000:02:00.1");
  EXPECT_EQ(pci_address_in("/sys/devices/virtual/net/lo"), std::nullopt);
}

TEST(PciNames, KeepsWhatIsWanted) {
  PciNames names;
  names.want_vendor(0x8086);
  names.want_vendor(0x1028);
  names.want_device(0x8086, 0x1521);
  names.want_class(0x0200);
  names.want_class(0x0108);
  names.want_class(0xff00);
  names.load(
      "# comment\n1028  Dell\n\t0001  PERC\n8086  Intel Corporation\n\t1521  I350 Gigabit\n\t\t1028 0602  "
      "subsystem\n\t1533  other\n"
      "zzzz  broken\n\t1521  wrong place\nC 01  Mass storage\n\t08  NVM\n\t\t02  NVM Express\nC 02  Network "
      "controller\n\t00  Ethernet controller\n");
  EXPECT_EQ(names.vendor(0x8086), "Intel Corporation");
  EXPECT_EQ(names.vendor(0x1028), "Dell");
  EXPECT_EQ(names.vendor(0x10de), "");
  EXPECT_EQ(names.device(0x8086, 0x1521), "I350 Gigabit");
  EXPECT_EQ(names.device(0x8086, 0x1533), "");
  EXPECT_EQ(names.class_name(0x0200), "Ethernet controller");
  EXPECT_EQ(names.class_name(0x0108), "NVM");
  EXPECT_EQ(names.class_name(0x0302), "3D controller");
  EXPECT_EQ(names.class_name(0xff00), "");
}

Machine server_machine() {
  Machine machine;
  const auto device = [&](const std::string& address,
                          std::initializer_list<std::pair<const char*, const char*>> files) {
    for (const auto& [name, bytes] : files) machine.file("/sys/devices/pci0000:00/" + address + "/" + name, bytes);
    machine.link("/sys/bus/pci/devices/" + address, "../../../devices/pci0000:00/" + address);
  };
  device("0000:02:00.0", {{"vendor", "0x8086"},
                          {"device", "0x1521"},
                          {"subsystem_vendor", "0x1028"},
                          {"subsystem_device", "0x0602"},
                          {"class", "0x020000"},
                          {"revision", "0x01"},
                          {"current_link_speed", "5.0 GT/s PCIe"},
                          {"max_link_speed", "8.0 GT/s PCIe"},
                          {"current_link_width", "4"},
                          {"max_link_width", "8"},
                          {"numa_node", "1"}});
  machine.file("/sys/bus/pci/drivers/igb/module/version", "5.6.0")
      .link("/sys/devices/pci0000:00/0000:02:00.0/driver", "../../../bus/pci/drivers/igb");
  machine.link("/sys/devices/pci0000:00/0000:02:00.0/iommu_group", "../../../kernel/iommu_groups/17");
  device("0000:3b:00.0", {{"vendor", "0x10de"},
                          {"device", "0x2330"},
                          {"class", "0x030200"},
                          {"current_link_speed", "Unknown"},
                          {"current_link_width", "0"},
                          {"max_link_width", "255"},
                          {"numa_node", "-1"}});
  device("0000:03:00.0", {{"vendor", "0x1a03"}, {"device", "0x2000"}, {"class", "0x030000"}});
  device("0000:04:00.0",
         {{"vendor", "0x19e5"}, {"device", "0xd802"}, {"class", "0x120000"}, {"mem_info_vram_total", "1024"}});
  device("0000:05:00.0", {{"vendor", "0x8086"}, {"device", "unreadable"}, {"class", "0x060000"}});
  machine.file("/usr/share/misc/pci.ids",
               "8086  Intel\n\t1521  I350\n19e5  Huawei\n\td802  Ascend\nC 02  Net\n\t00  Ethernet controller\n");
  return machine;
}

TEST(PciProbe, TellsQuadrupleDriverAndLink) {
  const Json json = run_probe(&probe_pci, server_machine().context());
  const Json& pci = at(json, "facts.pci");
  EXPECT_EQ(pci.size(), 4U);
  EXPECT_EQ(
      item(pci, "address", "0000:02:00.0").dump(),
      R"({"address":"0000:02:00.0","id":"8086:1521:1028:0602","vendor_id":"8086","device_id":"1521","subsystem_vendor_id":"1028",)"
      R"("subsystem_device_id":"0602","class":"0200","class_name":"Ethernet controller","vendor":"Intel","device":"I350","revision":"0x01",)"
      R"("driver":"igb","driver_version":"5.6.0","link_speed_gt_s":5.0,"link_speed_max_gt_s":8.0,"link_width":4,"link_width_max":8,)"
      R"("numa_node":1,"iommu_group":"17"})");
  EXPECT_EQ(
      item(pci, "address", "0000:3b:00.0").dump(),
      R"({"address":"0000:3b:00.0","id":"10de:2330","vendor_id":"10de","device_id":"2330","class":"0302","class_name":"3D controller"})");
  EXPECT_EQ(json["sources"]["pci"], "/sys/bus/pci/devices, /usr/share/misc/pci.ids");
}

TEST(PciProbe, ListsCardsWithoutTheirTools) {
  const Json json = run_probe(&probe_pci, server_machine().context());
  EXPECT_EQ(
      at(json, "facts.accelerators").dump(),
      R"([{"address":"0000:03:00.0","kind":"display","id":"1a03:2000","name":"PCI device 1a03:2000"},)"
      R"({"address":"0000:04:00.0","kind":"accelerator","id":"19e5:d802","name":"Ascend","vendor":"Huawei","memory_total":{"value":1024.0,"unit":"B"}},)"
      R"({"address":"0000:3b:00.0","kind":"gpu","id":"10de:2330","name":"PCI device 10de:2330"}])");
}

Machine disks() {
  Machine machine;
  const auto disk = [&](const std::string& name, const std::string& device,
                        std::initializer_list<std::pair<const char*, const char*>> files) {
    machine.folder("/sys/devices/" + device);
    for (const auto& [file, bytes] : files)
      machine.file("/sys/devices/" + device + "/block/" + name + "/" + file, bytes);
    machine.link("/sys/block/" + name, "../devices/" + device + "/block/" + name);
    machine.link("/sys/devices/" + device + "/block/" + name + "/device", "../..");
  };
  const std::string sata = "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0";
  disk("sda", sata,
       {{"size", "1000"},
        {"dev", "8:0"},
        {"queue/rotational", "1"},
        {"queue/scheduler", "none [mq-deadline]"},
        {"queue/logical_block_size", "512"},
        {"queue/physical_block_size", "4096"},
        {"removable", "0"},
        {"ro", "0"},
        {"sda1/partition", "1"},
        {"sda1/dev", "8:1"},
        {"sda2/partition", "2"},
        {"sda2/dev", "8:2"}});
  machine.file("/sys/devices/" + sata + "/model", "ST9250610NS     ")
      .file("/sys/devices/" + sata + "/vendor", "ATA     ");
  machine.file("/sys/devices/" + sata + "/rev", "AA01");
  machine.file("/run/udev/data/b8:0", "E:ID_SERIAL_SHORT=9XE0ABCD\nE:ID_MODEL=other\nS:disk/by-id/x\n");
  const std::string nvme = "pci0000:00/0000:00:02.0/0000:01:00.0/nvme/nvme0";
  disk("nvme0n1", nvme,
       {{"size", "2000"}, {"dev", "259:0"}, {"queue/rotational", "0"}, {"wwid", "eui.1"}, {"holders/md0/dev", "9:0"}});
  machine.file("/sys/devices/" + nvme + "/model", "Example NVMe").file("/sys/devices/" + nvme + "/serial", "N1");
  machine.file("/sys/devices/" + nvme + "/firmware_rev", "1.2").file("/sys/devices/" + nvme + "/numa_node", "0");
  disk("sdb", "pci0000:00/0000:03:00.0/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0",
       {{"size", "8"}, {"queue/rotational", "0"}, {"queue/scheduler", "[none]"}});
  machine.file("/sys/devices/pci0000:00/0000:03:00.0/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0/vpd_pg80",
               std::string_view("\0\x80\0\x04SAS1", 8));
  disk("sdc", "pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host2/target2:0:0/2:0:0:0",
       {{"size", "8"}, {"removable", "1"}});
  disk("sdd", "pci0000:00/0000:00:05.0/host3/target3:0:0/3:0:0:0", {{"size", "8"}, {"queue/rotational", "1"}});
  machine.file("/sys/devices/pci0000:00/0000:00:05.0/host3/target3:0:0/3:0:0:0/vendor", "QEMU    ");
  for (const char* other : {"loop0", "ram0", "sr0", "zram0", "dm-0", "nvme0c0n1"})
    machine.file(std::string("/sys/block/") + other + "/size", "8");
  machine.file("/sys/block/md0/md/level", "raid1")
      .file("/sys/block/md0/md/array_state", "clean")
      .file("/sys/block/md0/md/raid_disks", "2");
  machine.file("/sys/block/md0/md/degraded", "1").file("/sys/block/md0/size", "16");
  machine.file("/sys/class/block/md0/dev", "9:0");
  machine.link("/sys/class/block/sda2", "../../block/sda/sda2");
  machine.file("/proc/self/mountinfo", "22 1 9:0 / / rw - ext4 /dev/md0 rw\n23 22 0:5 / /dev rw - devtmpfs udev rw\n");
  machine.file("/proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n");
  return machine;
}

TEST(DiskProbe, TellsWhatEachDiskIs) {
  const Machine machine = disks();
  const Json json = run_probe(&probe_disks, machine.context());
  const Json& list = at(json, "facts.disks");
  EXPECT_EQ(
      item(list, "name", "sda").dump(),
      R"({"name":"sda","type":"hdd","transport":"sata","size":{"value":512000.0,"unit":"B"},"model":"ST9250610NS","vendor":"ATA",)"
      R"("serial":"9XE0ABCD","firmware":"AA01","pci":"0000:00:1f.2","logical_block_size":{"value":512.0,"unit":"B"},)"
      R"("physical_block_size":{"value":4096.0,"unit":"B"},"scheduler":"mq-deadline","removable":false,"read_only":false,"partitions":2,)"
      R"("mounted":true,"in_use":true})");
  EXPECT_EQ(
      item(list, "name", "nvme0n1").dump(),
      R"({"name":"nvme0n1","type":"nvme","transport":"nvme","size":{"value":1024000.0,"unit":"B"},"model":"Example NVMe","serial":"N1",)"
      R"("firmware":"1.2","wwn":"eui.1","pci":"0000:01:00.0","numa_node":0,"partitions":0,"mounted":true,"in_use":true})");
  EXPECT_EQ(
      item(list, "name", "sdb").dump(),
      R"({"name":"sdb","type":"ssd","transport":"sas","size":{"value":4096.0,"unit":"B"},"serial":"SAS1","pci":"0000:03:00.0",)"
      R"("scheduler":"none","partitions":0,"mounted":false,"in_use":false})");
  EXPECT_EQ(item(list, "name", "sdc")["transport"], "usb");
  EXPECT_FALSE(item(list, "name", "sdc").contains("type"));
  EXPECT_EQ(item(list, "name", "sdd")["type"], "virtual");
  EXPECT_EQ(list.size(), 5U);
  EXPECT_EQ(
      at(json, "facts.raid").dump(),
      R"([{"name":"md0","level":"raid1","state":"clean","disks":2,"degraded":1,"size":{"value":8192.0,"unit":"B"}}])");
}

TEST(DiskProbe, FindsTheControllerOfAMultipathNamespace) {
  const Machine machine{{"/sys/block/nvme1n1/size", "8"},
                        {"/sys/class/nvme/nvme1/serial", "MP1"},
                        {"/sys/class/nvme/nvme1/model", "Example"},
                        {"/sys/class/nvme/nvme1/address", "0000:a1:00.0"}};
  const Json json = run_probe(&probe_disks, machine.context());
  EXPECT_EQ(
      at(json, "facts.disks").dump(),
      R"([{"name":"nvme1n1","type":"nvme","transport":"nvme","size":{"value":4096.0,"unit":"B"},"model":"Example","serial":"MP1",)"
      R"("pci":"0000:a1:00.0","partitions":0}])");
  EXPECT_EQ(json["missing"]["disks[].mounted"], "/proc/self/mountinfo: not readable");
}

TEST(NetworkProbe, TellsPhysicalInterfacesFromOthers) {
  Machine machine{{"/sys/devices/pci0000:00/0000:02:00.0/net/eth0/address", "84:8f:69:fe:cc:40"},
                  {"/sys/devices/pci0000:00/0000:02:00.0/net/eth0/mtu", "9000"},
                  {"/sys/devices/pci0000:00/0000:02:00.0/net/eth0/operstate", "up"},
                  {"/sys/devices/pci0000:00/0000:02:00.0/net/eth0/carrier", "1"},
                  {"/sys/devices/pci0000:00/0000:02:00.0/net/eth0/speed", "25000"},
                  {"/sys/devices/pci0000:00/0000:02:00.0/net/eth0/duplex", "full"},
                  {"/sys/devices/pci0000:00/0000:02:00.0/net/eth0/addr_assign_type", "0"},
                  {"/sys/devices/pci0000:00/0000:02:00.0/net/eth0/type", "1"},
                  {"/sys/devices/pci0000:00/0000:02:00.0/numa_node", "1"},
                  {"/sys/class/net/lo/type", "772"},
                  {"/sys/class/net/lo/mtu", "65536"},
                  {"/sys/class/net/bond0/bonding/mode", "802.3ad 4"},
                  {"/sys/class/net/br0/bridge/stp_state", "0"},
                  {"/sys/class/net/tap0/tun_flags", "0x1002"},
                  {"/sys/class/net/eth10/speed", "4294967295"},
                  {"/sys/class/net/eth10/duplex", "unknown"},
                  {"/sys/class/net/bonding_masters", "bond0"}};
  machine.link("/sys/class/net/eth0", "../../devices/pci0000:00/0000:02:00.0/net/eth0");
  machine.link("/sys/devices/pci0000:00/0000:02:00.0/net/eth0/device", "../..");
  machine.link("/sys/devices/pci0000:00/0000:02:00.0/driver", "../../../bus/pci/drivers/ice");
  EXPECT_EQ(
      at(run_probe(&probe_network, machine.context()), "facts.network").dump(),
      R"([{"name":"bond0","kind":"bond","physical":false},{"name":"br0","kind":"bridge","physical":false},)"
      R"({"name":"eth0","kind":"ethernet","physical":true,"driver":"ice","mac":"84:8f:69:fe:cc:40","mtu":9000,"mac_permanent":true,)"
      R"("state":"up","carrier":true,"speed":{"value":25000000000.0,"unit":"bit/s"},"duplex":"full","pci":"0000:02:00.0","numa_node":1},)"
      R"({"name":"eth10","kind":"virtual","physical":false},{"name":"lo","kind":"loopback","physical":false,"mtu":65536},)"
      R"({"name":"tap0","kind":"tunnel","physical":false}])");
}

TEST(InfinibandProbe, ReadsEveryPort) {
  const Machine machine{{"/sys/class/infiniband/mlx5_0/hca_type", "MT4123"},
                        {"/sys/class/infiniband/mlx5_0/fw_ver", "20.31"},
                        {"/sys/class/infiniband/mlx5_0/board_id", "MT_0000000223"},
                        {"/sys/class/infiniband/mlx5_0/node_guid", "0c42:a103"},
                        {"/sys/class/infiniband/mlx5_0/ports/1/state", "4: ACTIVE"},
                        {"/sys/class/infiniband/mlx5_0/ports/1/phys_state", "5: LinkUp"},
                        {"/sys/class/infiniband/mlx5_0/ports/1/rate", "200 Gb/sec (4X HDR)"},
                        {"/sys/class/infiniband/mlx5_0/ports/1/link_layer", "InfiniBand"},
                        {"/sys/class/infiniband/mlx5_0/ports/2/rate", "nothing"}};
  EXPECT_EQ(
      at(run_probe(&probe_infiniband, machine.context()), "facts.infiniband").dump(),
      R"([{"name":"mlx5_0","type":"MT4123","board":"MT_0000000223","firmware":"20.31","guid":"0c42:a103","ports":[{"number":1,)"
      R"("state":"active","link":"linkup","speed":{"value":200000000000.0,"unit":"bit/s"},"link_layer":"InfiniBand"},{"number":2}]}])");
}

class Fixtures : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path archive = assay::hardware::test::data_folder() / "sysfs-fixtures.tar.xz";
    if (!fs::exists(archive)) GTEST_SKIP() << "no recorded files of /proc and /sys beside the project";
    facts_ = to_json(
        collect_facts({.root = assay::hardware::test::unpack(archive, folder_), .deadline = std::chrono::seconds(60)}));
  }
  assay::test::TempFolder folder_;
  Json facts_;
};

TEST_F(Fixtures, AreReadLikeAMachine) {
  EXPECT_EQ(at(facts_, "facts.disks").size(), 5U);
  EXPECT_EQ(at(facts_, "facts.disks")[0]["type"], "hdd");
  EXPECT_EQ(at(facts_, "facts.disks")[0]["size"]["value"], 3750748848.0 * 512);
  EXPECT_EQ(at(facts_, "facts.raid").size(), 8U);
  EXPECT_EQ(item(at(facts_, "facts.raid"), "name", "md6")["level"], "raid6");
  const Json& eth0 = at(facts_, "facts.network")[0];
  EXPECT_EQ(eth0["speed"]["value"], 1e9);
  EXPECT_EQ(eth0["mac"], "01:01:01:01:01:01");
  EXPECT_EQ(at(facts_, "facts.infiniband").size(), 3U);
  EXPECT_EQ(item(at(facts_, "facts.infiniband"), "name", "mlx4_0")["ports"][0]["speed"]["value"], 40e9);
  EXPECT_EQ(item(at(facts_, "facts.pci"), "address", "0000:a2:00.0")["driver"], "ice");
  EXPECT_EQ(at(facts_, "facts.system.product"), "PowerEdge R6515");
  EXPECT_EQ(at(facts_, "facts.platform.watchdogs").size(), 2U);
  EXPECT_EQ(at(facts_, "facts.platform.clocksource"), "tsc");
}

}  // namespace
}  // namespace assay::hardware
