// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/block.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "engine/base/text.h"
#include "engine/hardware/pci.h"
#include "engine/hardware/probe.h"
#include "engine/hardware/smbios.h"

namespace assay::hardware {
namespace {

constexpr double kSector = 512;  // of the file `size`, whatever the disk's own blocks are

constexpr std::array<std::string_view, 9> kNotDisks = {"loop", "ram", "zram", "sr", "fd", "md", "dm-", "nbd", "pmem"};

struct Transport {
  std::string_view mark;  // in the device's path
  std::string_view name;
};
// The first match wins: a SATA disk behind a SAS controller has both marks and hangs on SAS.
constexpr std::array kTransports = {
    Transport{"/nvme", "nvme"},       Transport{"/virtio", "virtio"}, Transport{"/usb", "usb"},
    Transport{"/end_device-", "sas"}, Transport{"/sas_", "sas"},      Transport{"/session", "iscsi"},
    Transport{"/rport-", "fc"},       Transport{"/ata", "sata"},      Transport{"/mmc", "mmc"},
    Transport{"/vbd-", "xen"},        Transport{"/vmbus", "vmbus"},   Transport{"/host", "scsi"},
};

std::string transport_of(const Root& root, const Disk& disk) {
  if (disk.name.starts_with("nvme")) return "nvme";
  if (disk.name.starts_with("vd")) return "virtio";
  if (disk.name.starts_with("mmcblk")) return "mmc";
  if (disk.name.starts_with("xvd")) return "xen";
  const std::string path = root.resolved(disk.folder + "/device").value_or("") + "/";
  for (const Transport& transport : kTransports) {
    if (path.find(transport.mark) != std::string::npos) return std::string(transport.name);
  }
  return {};
}

bool is_virtual(const Root& root, const Disk& disk) {
  if (disk.transport == "virtio" || disk.transport == "xen" || disk.transport == "vmbus") return true;
  const std::string vendor = root.text(disk.folder + "/device/vendor").value_or("");
  const std::string model = root.text(disk.folder + "/device/model").value_or("");
  return vendor == "QEMU" || vendor == "VMware" || vendor == "Msft" || model.starts_with("QEMU ") ||
         model.starts_with("VBOX ") || model.starts_with("VMware Virtual") || model.starts_with("Virtual Disk");
}

std::string type_of(const Root& root, const Disk& disk) {
  if (is_virtual(root, disk)) return "virtual";
  if (disk.transport == "nvme") return "nvme";
  const auto rotational = root.integer(disk.folder + "/queue/rotational");
  if (!rotational) return {};
  return *rotational != 0 ? "hdd" : "ssd";
}

// The properties that udev keeps of a device ("E:ID_SERIAL_SHORT=…"), readable without being root.
std::map<std::string, std::string, std::less<>> udev_properties(const Root& root, const std::string& folder) {
  std::map<std::string, std::string, std::less<>> properties;
  const auto number = root.text(folder + "/dev");
  if (!number) return properties;
  const auto database = root.read("/run/udev/data/b" + *number);
  if (!database) return properties;
  for (const std::string_view line : lines(*database)) {
    const std::size_t equals = line.find('=');
    if (!line.starts_with("E:") || equals == std::string_view::npos) continue;
    properties.emplace(line.substr(2, equals - 2), line.substr(equals + 1));
  }
  return properties;
}

// Unit Serial Number page: four bytes of header with the length, then the text.
std::optional<std::string> vital_page_serial(const Root& root, const std::string& folder) {
  const auto page = root.read(folder + "/device/vpd_pg80");
  if (!page || page->size() < 5 || static_cast<unsigned char>((*page)[1]) != 0x80) return std::nullopt;
  return page->substr(4);
}

// The controller of an NVMe namespace, where `device` is a subsystem (multipath): "nvme0n1" -> "/sys/class/nvme/nvme0".
std::string nvme_controller(const std::string& name) {
  const std::size_t end = name.find_first_not_of("0123456789", 4);
  return "/sys/class/nvme/" + name.substr(0, end);
}

std::optional<std::string> first_of(const std::vector<std::optional<std::string>>& candidates) {
  for (const auto& candidate : candidates) {
    if (candidate && !is_filler(*candidate)) return candidate;
  }
  return std::nullopt;
}

void add_identity(const Root& root, const Disk& disk, Record& record) {
  const auto udev = udev_properties(root, disk.folder);
  const auto property = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = udev.find(name);
    return found == udev.end() ? std::nullopt : std::optional(found->second);
  };
  const std::string device = disk.folder + "/device";
  const std::string controller = disk.transport == "nvme" ? nvme_controller(disk.name) : device;
  record.text("model", first_of({root.text(device + "/model"), root.text(controller + "/model"), property("ID_MODEL"),
                                 root.text(device + "/name")}));
  // For virtio the file holds a number of the bus, not the maker of a disk.
  if (disk.transport != "virtio" && disk.transport != "nvme") record.text("vendor", root.text(device + "/vendor"));
  record.text("serial", first_of({root.text(device + "/serial"), root.text(controller + "/serial"),
                                  root.text(disk.folder + "/serial"), property("ID_SERIAL_SHORT"),
                                  property("SERIAL_NUMBER"), vital_page_serial(root, disk.folder)}));
  record.text("firmware",
              first_of({root.text(device + "/firmware_rev"), root.text(controller + "/firmware_rev"),
                        root.text(device + "/rev"), property("ID_REVISION"), root.text(device + "/fwrev")}));
  record.text("wwn", first_of({root.text(disk.folder + "/wwid"), root.text(device + "/wwid"), property("ID_WWN")}));
  const auto path = root.resolved(device);
  auto address = path ? pci_address_in(*path) : std::nullopt;
  if (!address && disk.transport == "nvme") address = root.text(controller + "/address");
  if (!address) {
    const auto own = root.resolved(disk.folder);
    if (own) address = pci_address_in(*own);
  }
  record.text("pci", address);
  auto node = root.integer(device + "/numa_node");
  if (!node && address) node = root.integer("/sys/bus/pci/devices/" + *address + "/numa_node");
  if (node && *node >= 0) record.integer("numa_node", node);
}

// "none [mq-deadline] kyber" -> "mq-deadline"; one word without brackets stands for itself.
std::optional<std::string> scheduler(const Root& root, const std::string& folder) {
  auto text = root.text(folder + "/queue/scheduler");
  if (!text) return std::nullopt;
  const std::size_t open = text->find('[');
  const std::size_t close = text->find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return text;
  return text->substr(open + 1, close - open - 1);
}

// The device numbers that are mounted or are swap space; nullopt when the system does not tell.
std::optional<std::set<std::string>> mounted_numbers(const Root& root) {
  const auto mounts = root.read("/proc/self/mountinfo", Root::kTableLimit);
  if (!mounts) return std::nullopt;
  std::set<std::string> numbers;
  for (const std::string_view line : lines(*mounts)) {
    const auto fields = split(line, ' ');
    if (fields.size() > 4) numbers.emplace(fields[2]);
  }
  if (const auto swaps = root.read("/proc/swaps")) {
    for (const std::string_view line : lines(*swaps)) {
      if (!line.starts_with("/dev/")) continue;
      const std::string name(line.substr(5, line.find_first_of(" \t") - 5));
      if (const auto number = root.text("/sys/class/block/" + name + "/dev")) numbers.insert(*number);
    }
  }
  return numbers;
}

struct Use {
  bool mounted = false;
  bool held = false;  // part of a RAID, a volume group or an encrypted device
};

// A disk is in use when it, a partition of it, or what is built on either is mounted.
void look_for_use(const Root& root, const std::string& folder, const std::set<std::string>& numbers, int depth,
                  Use& use) {
  constexpr int kDeepest = 6;
  if (depth > kDeepest) return;
  if (const auto number = root.text(folder + "/dev"); number && numbers.contains(*number)) use.mounted = true;
  for (const std::string& holder : root.list(folder + "/holders")) {
    use.held = true;
    look_for_use(root, "/sys/class/block/" + holder, numbers, depth + 1, use);
  }
}

Record describe(const Root& root, const Disk& disk, const std::optional<std::set<std::string>>& numbers) {
  Record record;
  record.text("name", disk.name).text("type", disk.type).text("transport", disk.transport);
  if (const auto sectors = root.integer(disk.folder + "/size"); sectors && *sectors >= 0) {
    record.quantity("size", static_cast<double>(*sectors) * kSector, "B");
  }
  add_identity(root, disk, record);
  const auto block = [&](const char* name, const char* file) {
    if (const auto size = root.integer(disk.folder + file)) record.quantity(name, static_cast<double>(*size), "B");
  };
  block("logical_block_size", "/queue/logical_block_size");
  block("physical_block_size", "/queue/physical_block_size");
  record.text("scheduler", scheduler(root, disk.folder))
      .text("write_cache", root.text(disk.folder + "/queue/write_cache"));
  const auto flag = [&](const char* name, const char* file) {
    if (const auto value = root.integer(disk.folder + file)) record.flag(name, *value != 0);
  };
  flag("removable", "/removable");
  flag("read_only", "/ro");
  std::int64_t partitions = 0;
  Use use;
  if (numbers) look_for_use(root, disk.folder, *numbers, 0, use);
  for (const std::string& child : root.list(disk.folder)) {
    if (!child.starts_with(disk.name) || !root.exists(disk.folder + "/" + child + "/partition")) continue;
    ++partitions;
    if (numbers) look_for_use(root, disk.folder + "/" + child, *numbers, 0, use);
  }
  record.integer("partitions", partitions);
  if (numbers) record.flag("mounted", use.mounted).flag("in_use", use.mounted || use.held);
  return record;
}

void read_raid(const Root& root, FactsBuilder& facts) {
  facts.add_list("raid", "/sys/block/md*");
  for (const auto& [name, folder] : block_devices(root)) {
    const std::string array = folder + "/md";
    if (!name.starts_with("md") || !root.is_directory(array)) continue;
    Record record;
    record.text("name", name)
        .text("level", root.text(array + "/level"))
        .text("state", root.text(array + "/array_state"));
    record.integer("disks", root.integer(array + "/raid_disks")).integer("degraded", root.integer(array + "/degraded"));
    if (const auto sectors = root.integer(folder + "/size"); sectors && *sectors >= 0) {
      record.quantity("size", static_cast<double>(*sectors) * kSector, "B");
    }
    facts.add_item("raid", name, record);
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> block_devices(const Root& root) {
  std::vector<std::pair<std::string, std::string>> devices;
  std::set<std::string, std::less<>> known;
  // Recorded machines may have either; the second has partitions too.
  for (const std::string folder : {"/sys/block", "/sys/class/block"}) {
    for (const std::string& name : root.list(folder)) {
      std::string place = folder + "/" + name;
      if (known.contains(name) || root.exists(place + "/partition")) continue;
      known.insert(name);
      devices.emplace_back(name, std::move(place));
    }
  }
  std::sort(devices.begin(), devices.end(),
            [](const auto& a, const auto& b) { return natural_less(a.first, b.first); });
  return devices;
}

std::vector<Disk> list_disks(const Root& root) {
  std::vector<Disk> disks;
  for (const auto& [name, folder] : block_devices(root)) {
    const bool other =
        std::any_of(kNotDisks.begin(), kNotDisks.end(), [&, &n = name](auto prefix) { return n.starts_with(prefix); });
    Disk disk{.name = printable(name), .folder = folder};
    // "nvme0c0n1" is one path to a namespace that is listed by itself.
    const bool path = name.starts_with("nvme") && name.find('c') != std::string::npos;
    if (other || path || root.integer(disk.folder + "/hidden") == 1) continue;
    disk.transport = transport_of(root, disk);
    disk.type = type_of(root, disk);
    disks.push_back(std::move(disk));
  }
  return disks;
}

void probe_disks(const ProbeContext& context, FactsBuilder& facts) {
  const Root& root = context.root;
  if (!root.is_directory("/sys/block") && !root.is_directory("/sys/class/block")) {
    facts.missing("disks", "/sys/block: No such file or directory");
    return;
  }
  const auto numbers = mounted_numbers(root);
  if (!numbers) facts.missing("disks[].mounted", "/proc/self/mountinfo: not readable");
  facts.add_list("disks", "/sys/block");
  for (const Disk& disk : list_disks(root)) facts.add_item("disks", disk.name, describe(root, disk, numbers));
  read_raid(root, facts);
}

}  // namespace assay::hardware
