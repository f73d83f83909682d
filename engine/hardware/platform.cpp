// SPDX-License-Identifier: Apache-2.0
// The operating system, its kernel, and what the platform offers beside processors and memory.
#include <sys/timex.h>

#include <map>

#include "engine/base/text.h"
#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

// os-release: NAME=value lines, the value bare or in quotes with backslash escapes.
std::string unquoted(std::string_view value) {
  value = trim(value);
  if (value.size() < 2 || (value.front() != '"' && value.front() != '\'') || value.back() != value.front())
    return std::string(value);
  const bool escapes = value.front() == '"';
  value = value.substr(1, value.size() - 2);
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (escapes && value[i] == '\\' && i + 1 < value.size()) ++i;
    text += value[i];
  }
  return text;
}

void read_os(const Root& root, FactsBuilder& facts) {
  std::string path = "/etc/os-release";
  auto bytes = root.read(path);
  if (!bytes) {
    path = "/usr/lib/os-release";
    auto fallback = root.read(path);
    if (!fallback) {
      facts.missing("os", reason_of(bytes.error()));
      return;
    }
    bytes = std::move(fallback);
  }
  std::map<std::string, std::string, std::less<>> values;
  for (const std::string_view line : lines(*bytes)) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || line.starts_with("#")) continue;
    values[std::string(trim(line.substr(0, equals)))] = unquoted(line.substr(equals + 1));
  }
  Record os;
  os.text("id", values["ID"]).text("version", values["VERSION_ID"]).text("name", values["PRETTY_NAME"]);
  os.text("codename", values["VERSION_CODENAME"]).text("like", values["ID_LIKE"]).text("build", values["BUILD_ID"]);
  facts.add("os", os, path);
}

void read_kernel(const Root& root, FactsBuilder& facts) {
  Record kernel;
  kernel.text("release", root.text("/proc/sys/kernel/osrelease"));
  kernel.text("version", root.text("/proc/sys/kernel/version"));
  std::string source = "/proc/sys/kernel";
  if (kernel.empty()) {
    // "Linux version 6.1.0-13-amd64 (builder@host) (gcc …) #1 SMP …"
    const auto line = root.text("/proc/version");
    const auto words = line ? split(*line, ' ') : std::vector<std::string_view>{};
    if (words.size() > 2) {
      source = "/proc/version";
      kernel.text("release", std::string(words[2]));
      if (const std::size_t build = line->find(" #"); build != std::string::npos)
        kernel.text("version", line->substr(build + 1));
    } else {
      facts.missing("kernel.release", "/proc/sys/kernel/osrelease: No such file or directory");
    }
  }
  facts.add("kernel", kernel, source);
  facts.add("kernel", Record().text("command_line", root.text("/proc/cmdline")), "/proc/cmdline");
  facts.add("kernel", Record().integer("tainted", root.integer("/proc/sys/kernel/tainted")),
            "/proc/sys/kernel/tainted");
  facts.add("os", Record().text("hostname", root.text("/proc/sys/kernel/hostname")), "/proc/sys/kernel/hostname");
}

void read_boot(const Root& root, FactsBuilder& facts) {
  Record firmware;
  if (root.is_directory("/sys/firmware/efi")) {
    firmware.text("type", "uefi");
  } else if (root.is_directory("/sys/firmware/acpi") || root.is_directory("/sys/class/dmi/id")) {
    firmware.text("type", "bios");
  } else if (root.is_directory("/sys/firmware/devicetree")) {
    firmware.text("type", "devicetree");
  } else {
    facts.missing("firmware.type", "/sys/firmware: neither efi, acpi nor devicetree");
  }
  facts.add("firmware", firmware, "/sys/firmware");

  const std::string path = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
  if (!root.is_directory("/sys/firmware/efi")) return;
  const auto variable = root.read(path);
  // Four bytes of attributes, then the value.
  if (variable && variable->size() == 5) {
    facts.add("firmware", Record().flag("secure_boot", (*variable)[4] == 1), path);
  } else {
    facts.missing("firmware.secure_boot", variable ? path + ": expected 5 bytes" : reason_of(variable.error()));
  }
}

std::vector<std::string> acpi_tables(const Root& root) {
  std::vector<std::string> tables;
  for (const std::string& name : root.list("/sys/firmware/acpi/tables")) {
    if (name != "data" && name != "dynamic") tables.push_back(name);
  }
  return tables;
}

std::vector<Record> watchdogs(const Root& root) {
  std::vector<Record> found;
  for (const std::string& name : root.list("/sys/class/watchdog")) {
    const std::string folder = "/sys/class/watchdog/" + name;
    Record watchdog;
    watchdog.text("name", name)
        .text("identity", root.text(folder + "/identity"))
        .text("state", root.text(folder + "/state"));
    watchdog.integer("timeout_s", root.integer(folder + "/timeout"));
    found.push_back(std::move(watchdog));
  }
  return found;
}

void read_tpm(const Root& root, FactsBuilder& facts) {
  const auto chips = root.list("/sys/class/tpm");
  Record tpm;
  tpm.flag("tpm", !chips.empty());
  if (!chips.empty()) {
    const std::string folder = "/sys/class/tpm/" + chips.front();
    auto version = root.text(folder + "/tpm_version_major");
    if (!version && root.exists(folder + "/device/caps")) version = "1";
    tpm.text("tpm_version", version);
  }
  facts.add("platform", tpm, "/sys/class/tpm");
}

void read_clock(const Root& root, FactsBuilder& facts) {
  const std::string folder = "/sys/devices/system/clocksource/clocksource0";
  facts.add("platform", Record().text("clocksource", root.text(folder + "/current_clocksource")), folder);
  if (!root.is_live()) return;
  timex state{};  // modes 0: read only
  const int result = ::adjtimex(&state);
  if (result >= 0)
    facts.add("platform", Record().flag("time_synchronised", (state.status & STA_UNSYNC) == 0), "adjtimex(2)");
}

}  // namespace

void probe_platform(const ProbeContext& context, FactsBuilder& facts) {
  const Root& root = context.root;
  read_os(root, facts);
  read_kernel(root, facts);
  read_boot(root, facts);
  read_tpm(root, facts);
  read_clock(root, facts);
  if (root.is_directory("/sys")) {
    Record platform;
    platform.texts("acpi_tables", acpi_tables(root)).value("watchdogs", list_of(watchdogs(root)));
    platform.flag("iommu", !root.list("/sys/class/iommu").empty());
    facts.add("platform", platform, "/sys");
    const bool ipmi = root.exists("/dev/ipmi0") || root.exists("/dev/ipmi/0") || root.exists("/dev/ipmidev/0") ||
                      !root.list("/sys/class/ipmi").empty();
    facts.add("bmc", Record().flag("present", ipmi).flag("device", ipmi), "/dev/ipmi*, /sys/class/ipmi");
  } else {
    facts.missing("platform", "/sys: No such file or directory");
    facts.missing("bmc", "/sys: No such file or directory");
  }
}

}  // namespace assay::hardware
