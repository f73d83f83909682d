// SPDX-License-Identifier: Apache-2.0
// Disks: what the kernel shows as whole block devices with hardware behind them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/hardware/root.h"

namespace assay::hardware {

struct Disk {
  std::string name;    // "nvme0n1"
  std::string folder;  // its folder in sysfs
  std::string transport =
      {};  // "nvme", "sata", "sas", "usb", "virtio", "iscsi", "fc", "mmc", "xen", "scsi"; empty: not known
  std::string type = {};  // "hdd", "ssd", "nvme", "virtual"; empty: not known
};

// Without loop devices, RAM disks, optical drives and what is made of other disks (md, dm).
std::vector<Disk> list_disks(const Root& root);
// /sys/block, and what only /sys/class/block has; folders by the name of the device, in natural order.
std::vector<std::pair<std::string, std::string>> block_devices(const Root& root);

}  // namespace assay::hardware
