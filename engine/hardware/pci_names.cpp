// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/pci_names.h"

#include <array>
#include <charconv>
#include <optional>

#include "engine/base/text.h"

namespace assay::hardware {
namespace {

struct ClassName {
  std::uint16_t number;
  std::string_view name;
};
constexpr std::array kClasses = {
    ClassName{0x0100, "SCSI storage controller"},
    ClassName{0x0101, "IDE interface"},
    ClassName{0x0104, "RAID bus controller"},
    ClassName{0x0106, "SATA controller"},
    ClassName{0x0107, "Serial Attached SCSI controller"},
    ClassName{0x0108, "Non-Volatile memory controller"},
    ClassName{0x0180, "Mass storage controller"},
    ClassName{0x0200, "Ethernet controller"},
    ClassName{0x0207, "Infiniband controller"},
    ClassName{0x0280, "Network controller"},
    ClassName{0x0300, "VGA compatible controller"},
    ClassName{0x0302, "3D controller"},
    ClassName{0x0380, "Display controller"},
    ClassName{0x0500, "RAM memory"},
    ClassName{0x0600, "Host bridge"},
    ClassName{0x0601, "ISA bridge"},
    ClassName{0x0604, "PCI bridge"},
    ClassName{0x0680, "Bridge"},
    ClassName{0x0880, "System peripheral"},
    ClassName{0x0b40, "Co-processor"},
    ClassName{0x0c03, "USB controller"},
    ClassName{0x0c05, "SMBus"},
    ClassName{0x1200, "Processing accelerators"},
};

// `digits` hexadecimal digits at the start of `text`.
std::optional<std::uint16_t> leading_hex(std::string_view text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value, 16);
  if (error != std::errc() || end != text.data() + digits) return std::nullopt;
  return value;
}

template <class Names, class Key>
void keep(Names& names, const Key& key, std::string_view name) {
  if (const auto wanted = names.find(key); wanted != names.end() && wanted->second.empty())
    wanted->second = printable(trim(name));
}

template <class Names, class Key>
std::string look_up(const Names& names, const Key& key) {
  const auto found = names.find(key);
  return found == names.end() ? std::string() : found->second;
}

}  // namespace

// "8086  Intel Corporation", "\t1533  I210 …", "\t\t<subsystem>"; then classes: "C 02  Network controller", "\t00
// Ethernet controller".
void PciNames::load(std::string_view text) {
  std::optional<std::uint16_t> vendor;
  std::optional<std::uint16_t> base_class;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.size() < 4 || line.front() == '#') continue;
    if (line.front() == '\t') {
      if (line[1] == '\t') continue;
      if (base_class) {
        if (const auto sub = leading_hex(line.substr(1), 2)) {
          keep(classes_, static_cast<std::uint16_t>(*base_class << 8U | *sub), line.substr(3));
        }
      } else if (vendor) {
        if (const auto device = leading_hex(line.substr(1), 4))
          keep(devices_, std::pair{*vendor, *device}, line.substr(5));
      }
      continue;
    }
    base_class = line.starts_with("C ") ? leading_hex(line.substr(2), 2) : std::nullopt;
    vendor = base_class ? std::nullopt : leading_hex(line, 4);
    if (!vendor) continue;
    keep(vendors_, *vendor, line.substr(4));
    // Most vendors have no device here: pass over theirs at once.
    const auto first = devices_.lower_bound({*vendor, 0});
    if (first == devices_.end() || first->first.first != *vendor) vendor.reset();
  }
}

std::string PciNames::vendor(Number vendor) const { return look_up(vendors_, vendor); }
std::string PciNames::device(Number vendor, Number device) const {
  return look_up(devices_, std::pair{vendor, device});
}

std::string PciNames::class_name(Number number) const {
  if (std::string name = look_up(classes_, number); !name.empty()) return name;
  for (const ClassName& row : kClasses) {
    if (row.number == number) return std::string(row.name);
  }
  return {};
}

}  // namespace assay::hardware
