// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/pci.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/base/text.h"
#include "engine/hardware/pci_names.h"
#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

constexpr std::string_view kDevices = "/sys/bus/pci/devices";
constexpr std::size_t kPciIdsLimit = 8U << 20U;

// Screens of BMCs and of virtual machines; no one computes on them.
constexpr std::array<std::uint16_t, 9> kScreenVendors = {0x1a03, 0x102b, 0x1013, 0x1234, 0x1af4,
                                                         0x15ad, 0x80ee, 0x1414, 0x1b36};

std::optional<std::uint16_t> id(const Root& root, const std::string& path) {
  const auto value = root.integer(path);
  if (!value || *value < 0 || *value > 0xffff) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

std::string four_digits(std::uint16_t number) {
  std::string text(4, '0');
  for (std::size_t i = 0; i < 4; ++i) text[3 - i] = "0123456789abcdef"[(number >> (4U * i)) & 0xfU];
  return text;
}

// "8.0 GT/s PCIe", "2.5 GT/s"; "Unknown" when the link is down or there is none.
std::optional<double> transfer_rate(const std::optional<std::string>& text) {
  if (!text || text->find("GT/s") == std::string::npos) return std::nullopt;
  return parse_number(text->substr(0, text->find(' ')));
}

std::optional<std::int64_t> width(const Root& root, const std::string& path) {
  const auto lanes = root.integer(path);
  // 0 and 255 stand for "no link".
  if (!lanes || *lanes <= 0 || *lanes > 64) return std::nullopt;
  return lanes;
}

void add_link(const Root& root, const std::string& folder, Record& record) {
  record.number("link_speed_gt_s", transfer_rate(root.text(folder + "/current_link_speed")));
  record.number("link_speed_max_gt_s", transfer_rate(root.text(folder + "/max_link_speed")));
  record.integer("link_width", width(root, folder + "/current_link_width"));
  record.integer("link_width_max", width(root, folder + "/max_link_width"));
}

Record describe(const Root& root, const PciDevice& device, const PciNames& names) {
  const std::string folder = std::string(kDevices) + "/" + device.address;
  Record record;
  record.text("address", device.address).text("id", quadruple(device));
  record.text("vendor_id", four_digits(device.vendor)).text("device_id", four_digits(device.device));
  if (device.subsystem_vendor) record.text("subsystem_vendor_id", four_digits(*device.subsystem_vendor));
  if (device.subsystem_device) record.text("subsystem_device_id", four_digits(*device.subsystem_device));
  record.text("class", four_digits(device.kind())).text("class_name", names.class_name(device.kind()));
  record.text("vendor", names.vendor(device.vendor)).text("device", names.device(device.vendor, device.device));
  if (device.subsystem_vendor) record.text("subsystem_vendor", names.vendor(*device.subsystem_vendor));
  record.text("revision", root.text(folder + "/revision")).text("driver", device.driver);
  record.text("driver_version", root.text(folder + "/driver/module/version"));
  add_link(root, folder, record);
  if (const auto node = root.integer(folder + "/numa_node"); node && *node >= 0) record.integer("numa_node", node);
  record.text("iommu_group", root.link_name(folder + "/iommu_group"));
  return record;
}

// What the kernel tells of a card without its vendor's tool.
Record describe_card(const Root& root, const PciDevice& device, const Record& pci) {
  const std::string folder = std::string(kDevices) + "/" + device.address;
  Record card;
  card.text("address", device.address).text("kind", accelerator_kind(device)).text("id", quadruple(device));
  for (const auto& [from, to] : {std::pair{"device", "name"},
                                 {"vendor", "vendor"},
                                 {"driver", "driver"},
                                 {"driver_version", "driver_version"},
                                 {"link_speed_gt_s", "link_speed_gt_s"},
                                 {"link_speed_max_gt_s", "link_speed_max_gt_s"},
                                 {"link_width", "link_width"},
                                 {"link_width_max", "link_width_max"},
                                 {"numa_node", "numa_node"}}) {
    if (const expr::Value* value = pci.find(from)) card.value(to, *value);
  }
  if (card.find("name") == nullptr) card.text("name", "PCI device " + quadruple(device));
  if (const auto memory = root.integer(folder + "/mem_info_vram_total"); memory && *memory > 0) {
    card.quantity("memory_total", static_cast<double>(*memory), "B");
  }
  card.text("vbios", root.text(folder + "/vbios_version")).text("uuid", root.text(folder + "/unique_id"));
  return card;
}

}  // namespace

std::string quadruple(const PciDevice& device) {
  std::string text = four_digits(device.vendor) + ":" + four_digits(device.device);
  if (device.subsystem_vendor && device.subsystem_device) {
    text += ":" + four_digits(*device.subsystem_vendor) + ":" + four_digits(*device.subsystem_device);
  }
  return text;
}

std::optional<std::string> normal_pci_address(std::string_view text) {
  text = trim(text);
  const auto is_hex = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
  };
  const auto parts = split(text, ':');
  if (parts.size() != 3 || parts[1].size() != 2 || parts[2].size() != 4 || parts[2][2] != '.') return std::nullopt;
  std::string_view domain = parts[0];
  while (domain.size() > 4 && domain.front() == '0') domain.remove_prefix(1);
  if (domain.size() < 4 || domain.size() > 8) return std::nullopt;
  if (!is_hex(domain) || !is_hex(parts[1]) || !is_hex(parts[2].substr(0, 2)) || !is_hex(parts[2].substr(3)))
    return std::nullopt;
  std::string address = std::string(domain) + ":" + std::string(parts[1]) + ":" + std::string(parts[2]);
  std::transform(address.begin(), address.end(), address.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return address;
}

std::optional<std::string> pci_address_in(std::string_view device_path) {
  std::optional<std::string> last;
  for (const std::string_view part : split(device_path, '/')) {
    if (auto address = normal_pci_address(part)) last = std::move(address);
  }
  return last;
}

std::string accelerator_kind(const PciDevice& device) {
  if (device.kind() >> 8U == 0x12) return "accelerator";
  const bool screen = std::find(kScreenVendors.begin(), kScreenVendors.end(), device.vendor) != kScreenVendors.end();
  return screen ? "display" : "gpu";
}

std::vector<PciDevice> list_pci_devices(const Root& root) {
  std::vector<PciDevice> devices;
  for (const std::string& name : root.list(kDevices)) {
    const auto address = normal_pci_address(name);
    const std::string folder = std::string(kDevices) + "/" + name;
    const auto vendor = id(root, folder + "/vendor");
    const auto device = id(root, folder + "/device");
    const auto code = root.integer(folder + "/class");
    if (!address || !vendor || !device || !code || *code < 0 || *code > 0xffffff) continue;
    devices.push_back({.address = *address,
                       .vendor = *vendor,
                       .device = *device,
                       .subsystem_vendor = id(root, folder + "/subsystem_vendor"),
                       .subsystem_device = id(root, folder + "/subsystem_device"),
                       .class_code = static_cast<std::uint32_t>(*code),
                       .driver = root.link_name(folder + "/driver")});
  }
  std::sort(devices.begin(), devices.end(), [](const auto& a, const auto& b) { return a.address < b.address; });
  return devices;
}

void probe_pci(const ProbeContext& context, FactsBuilder& facts) {
  const Root& root = context.root;
  if (!root.is_directory("/sys/bus")) {
    facts.missing("pci", "/sys/bus: No such file or directory");
    return;
  }
  const auto devices = list_pci_devices(root);
  PciNames names;
  for (const PciDevice& device : devices) {
    names.want_vendor(device.vendor);
    if (device.subsystem_vendor) names.want_vendor(*device.subsystem_vendor);
    names.want_device(device.vendor, device.device);
    names.want_class(device.kind());
  }
  std::string source(kDevices);
  for (const char* path : {"/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"}) {
    if (devices.empty()) break;
    const auto ids = root.read(path, kPciIdsLimit);
    if (!ids) continue;
    names.load(*ids);
    source += std::string(", ") + path;
    break;
  }
  facts.add_list("pci", source);
  facts.add_list("accelerators", std::string(kDevices));
  for (const PciDevice& device : devices) {
    const Record record = describe(root, device, names);
    facts.add_item("pci", device.address, record);
    if (device.is_accelerator()) facts.add_item("accelerators", device.address, describe_card(root, device, record));
  }
}

}  // namespace assay::hardware
