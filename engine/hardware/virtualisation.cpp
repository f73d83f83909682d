// SPDX-License-Identifier: Apache-2.0
// Whether this is a virtual machine or a container, and of which kind.
#include <array>

#include "engine/base/text.h"
#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

struct Mark {
  std::string_view text;
  std::string_view kind;
};

// What hypervisors write into the DMI strings; the first match wins.
constexpr std::array kDmiMarks = {
    Mark{"KVM", "kvm"},
    Mark{"OpenStack", "kvm"},
    Mark{"Amazon EC2", "amazon"},
    Mark{"Google", "google"},
    Mark{"VMware", "vmware"},
    Mark{"VMW", "vmware"},
    Mark{"innotek", "virtualbox"},
    Mark{"VirtualBox", "virtualbox"},
    Mark{"Xen", "xen"},
    Mark{"Bochs", "bochs"},
    Mark{"Parallels", "parallels"},
    Mark{"BHYVE", "bhyve"},
    Mark{"Alibaba Cloud", "kvm"},
    Mark{"Huawei Cloud", "kvm"},
    Mark{"QEMU", "qemu"},
};

std::string kind_by_dmi(const Root& root) {
  for (const char* name : {"product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"}) {
    const auto text = root.text(std::string("/sys/class/dmi/id/") + name);
    if (!text) continue;
    if (*text == "Virtual Machine" && root.text("/sys/class/dmi/id/sys_vendor") == "Microsoft Corporation")
      return "hyperv";
    // Bare-metal instances carry the same vendor as virtual ones.
    if (text->find("metal") != std::string::npos) return {};
    for (const Mark& mark : kDmiMarks) {
      if (text->find(mark.text) != std::string::npos) return std::string(mark.kind);
    }
  }
  return {};
}

bool has_hypervisor_flag(const Root& root) {
  const auto cpuinfo = root.read("/proc/cpuinfo", Root::kTableLimit);
  if (!cpuinfo) return false;
  for (const std::string_view line : lines(*cpuinfo)) {
    if (!line.starts_with("flags")) continue;
    return (std::string(line) + " ").find(" hypervisor ") != std::string::npos;
  }
  return false;
}

bool has_device_of(const Root& root, std::string_view bus) {
  return !root.list("/sys/bus/" + std::string(bus) + "/devices").empty();
}

// A guest without DMI shows its hypervisor by the devices it gives.
std::string kind_of_guest(const Root& root) {
  if (const auto type = root.text("/sys/hypervisor/type")) return *type;
  if (root.is_directory("/proc/xen")) return "xen";
  if (std::string kind = kind_by_dmi(root); !kind.empty()) return kind;
  if (!has_hypervisor_flag(root)) return has_device_of(root, "virtio") ? "kvm" : "none";
  if (has_device_of(root, "vmbus")) return "hyperv";
  const auto clocks = root.text("/sys/devices/system/clocksource/clocksource0/available_clocksource");
  if (has_device_of(root, "virtio") || (clocks && clocks->find("kvm-clock") != std::string::npos)) return "kvm";
  return "unknown";
}

std::string container(const Root& root) {
  if (const auto kind = root.text("/run/systemd/container")) return *kind;
  if (root.exists("/run/.containerenv")) return "podman";
  if (root.exists("/.dockerenv")) return "docker";
  if (root.is_directory("/run/secrets/kubernetes.io")) return "kubernetes";
  if (const auto environment = root.read("/proc/1/environ")) {
    for (const std::string_view variable : split(*environment, '\0')) {
      if (variable.starts_with("container=")) return printable(variable.substr(10));
    }
  }
  if (const auto groups = root.read("/proc/1/cgroup")) {
    for (const Mark& mark : {Mark{"/docker", "docker"}, Mark{"/kubepods", "kubernetes"}, Mark{"/lxc", "lxc"}}) {
      if (groups->find(mark.text) != std::string::npos) return std::string(mark.kind);
    }
  }
  return "none";
}

}  // namespace

void probe_virtualisation(const ProbeContext& context, FactsBuilder& facts) {
  const Root& root = context.root;
  if (!root.exists("/proc/cpuinfo") && !root.is_directory("/sys/class/dmi/id")) {
    facts.missing("virtualisation", "/proc/cpuinfo: No such file or directory");
    return;
  }
  const std::string kind = kind_of_guest(root);
  Record record;
  record.text("type", kind).flag("guest", kind != "none").text("container", container(root));
  record.flag("kvm", root.exists("/dev/kvm"));
  facts.add("virtualisation", record, "/proc/cpuinfo, /sys/class/dmi/id, /sys/bus");
}

}  // namespace assay::hardware
