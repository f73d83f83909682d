// SPDX-License-Identifier: Apache-2.0
// PCI devices as the kernel lists them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hardware/root.h"

namespace assay::hardware {

struct PciDevice {
  std::string address;  // "0000:01:00.0"
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
  std::optional<std::uint16_t> subsystem_vendor;
  std::optional<std::uint16_t> subsystem_device;
  std::uint32_t class_code = 0;  // class, subclass, programming interface
  std::optional<std::string> driver;

  // Class in the high byte, subclass in the low one.
  [[nodiscard]] std::uint16_t kind() const { return static_cast<std::uint16_t>(class_code >> 8U); }
  // Display controllers and processing accelerators: what may be an accelerator card.
  [[nodiscard]] bool is_accelerator() const { return kind() >> 8U == 0x03 || kind() >> 8U == 0x12; }
};

// Sorted by address. Devices whose vendor or class cannot be read are left out.
std::vector<PciDevice> list_pci_devices(const Root& root);
// "gpu", "accelerator", or "display" for the screens of BMCs and virtual machines.
std::string accelerator_kind(const PciDevice& device);
// "8086:1533:8086:0002" or, without a subsystem, "8086:1533".
std::string quadruple(const PciDevice& device);
// Domain of four digits, lower case: "00000000:3B:00.0" -> "0000:3b:00.0"; nullopt when it is no PCI address.
std::optional<std::string> normal_pci_address(std::string_view text);
// The last component of a device's resolved sysfs path that is a PCI address.
std::optional<std::string> pci_address_in(std::string_view device_path);

}  // namespace assay::hardware
