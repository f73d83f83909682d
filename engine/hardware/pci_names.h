// SPDX-License-Identifier: Apache-2.0
// Names of PCI devices from a pci.ids file.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace assay::hardware {

class PciNames {
 public:
  using Number = std::uint16_t;
  // What is going to be asked for; only that is kept by load().
  void want_device(Number vendor, Number device) { devices_[{vendor, device}]; }
  void want_vendor(Number vendor) { vendors_[vendor]; }
  // `number`: class in the high byte, subclass in the low one.
  void want_class(Number number) { classes_[number]; }
  // One pass over the file. Lines of another form are passed over.
  void load(std::string_view text);

  // Empty when the file did not tell.
  [[nodiscard]] std::string vendor(Number vendor) const;
  [[nodiscard]] std::string device(Number vendor, Number device) const;
  // Falls back to a small table of our own, so that the main classes have names without any file.
  [[nodiscard]] std::string class_name(Number number) const;

 private:
  std::map<Number, std::string> vendors_;
  std::map<std::pair<Number, Number>, std::string> devices_;
  std::map<Number, std::string> classes_;
};

}  // namespace assay::hardware
