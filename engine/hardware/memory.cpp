// SPDX-License-Identifier: Apache-2.0
// Memory as the kernel sees it: sizes, huge pages, and the error detection (EDAC). What is plugged in is told by
// SMBIOS.
#include "engine/base/text.h"
#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

// "MemTotal:       24563712 kB"
std::optional<double> meminfo_bytes(std::string_view text, std::string_view key) {
  for (std::string_view line : lines(text)) {
    // Old kernels and recorded single nodes: "Node 0 MemTotal: …"
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ':') continue;
    line = trim(line.substr(key.size() + 1));
    const bool kilo = line.ends_with("kB");
    const auto value = parse_integer(kilo ? line.substr(0, line.size() - 2) : line);
    if (!value || *value < 0) return std::nullopt;
    return static_cast<double>(*value) * (kilo ? kKibi : 1);
  }
  return std::nullopt;
}

std::vector<Record> huge_pages(const Root& root) {
  std::vector<Record> pools;
  const std::string folder = "/sys/kernel/mm/hugepages";
  for (const std::string& name : root.list(folder)) {
    std::string_view size(name);
    if (!size.starts_with("hugepages-") || !size.ends_with("kB")) continue;
    size = size.substr(10, size.size() - 12);
    const auto kilobytes = parse_integer(size);
    if (!kilobytes || *kilobytes <= 0) continue;
    Record pool;
    pool.quantity("size", static_cast<double>(*kilobytes) * kKibi, "B");
    pool.integer("total", root.integer(folder + "/" + name + "/nr_hugepages"));
    pool.integer("free", root.integer(folder + "/" + name + "/free_hugepages"));
    pools.push_back(std::move(pool));
  }
  return pools;
}

// "always [madvise] never" -> "madvise"
std::optional<std::string> chosen(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const std::size_t open = text->find('[');
  const std::size_t close = text->find(']', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  return text->substr(open + 1, close - open - 1);
}

void read_edac(const Root& root, FactsBuilder& facts) {
  const std::string folder = "/sys/devices/system/edac/mc";
  std::vector<Record> controllers;
  std::vector<Record> dimms;
  bool corrects = false;
  for (const std::string& name : root.list(folder)) {
    if (!name.starts_with("mc")) continue;
    const std::string controller = folder + "/" + name;
    Record record;
    record.text("name", name).text("type", root.text(controller + "/mc_name"));
    if (const auto size = root.integer(controller + "/size_mb")) {
      record.quantity("size", static_cast<double>(*size) * kKibi * kKibi, "B");
    }
    controllers.push_back(std::move(record));
    for (const std::string& dimm : root.list(controller)) {
      if (!dimm.starts_with("dimm") && !dimm.starts_with("rank")) continue;
      const std::string place = controller + "/" + dimm;
      const auto mode = root.text(place + "/dimm_edac_mode");
      if (!mode) continue;
      corrects = corrects || mode->find("SECDED") != std::string::npos || mode->find("ED") != std::string::npos;
      Record found;
      found.text("label", root.text(place + "/dimm_label"))
          .text("type", root.text(place + "/dimm_mem_type"))
          .text("mode", mode);
      if (const auto size = root.integer(place + "/size"))
        found.quantity("size", static_cast<double>(*size) * kKibi * kKibi, "B");
      dimms.push_back(std::move(found));
    }
  }
  Record record;
  record.value("edac_controllers", list_of(controllers)).value("edac_dimms", list_of(dimms));
  // Without a driver for the memory controller the kernel cannot tell; SMBIOS may.
  if (corrects) record.flag("ecc", true);
  facts.add("memory", record, folder);
}

}  // namespace

void probe_memory(const ProbeContext& context, FactsBuilder& facts) {
  const Root& root = context.root;
  if (const auto meminfo = root.read("/proc/meminfo")) {
    Record record;
    record.quantity("total", meminfo_bytes(*meminfo, "MemTotal"), "B");
    record.quantity("available", meminfo_bytes(*meminfo, "MemAvailable"), "B");
    record.quantity("swap", meminfo_bytes(*meminfo, "SwapTotal"), "B");
    if (record.find("total") == nullptr) facts.missing("memory.total", "/proc/meminfo: no line MemTotal");
    facts.add("memory", record, "/proc/meminfo");
  } else {
    facts.missing("memory.total", reason_of(meminfo.error()));
  }
  if (root.is_directory("/sys/kernel/mm/hugepages")) {
    facts.add("memory", Record().value("hugepages", list_of(huge_pages(root))), "/sys/kernel/mm/hugepages");
  }
  const std::string policy = "/sys/kernel/mm/transparent_hugepage/enabled";
  facts.add("memory", Record().text("transparent_hugepages", chosen(root.text(policy))), policy);
  if (root.is_directory("/sys/devices/system/edac/mc")) {
    read_edac(root, facts);
  } else {
    facts.missing("memory.edac_controllers",
                  "/sys/devices/system/edac/mc: no driver for the memory controller is loaded");
  }
}

}  // namespace assay::hardware
