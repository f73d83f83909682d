// SPDX-License-Identifier: Apache-2.0
// Error counters of the machine.
#include <limits>

#include "engine/base/text.h"
#include "engine/hardware/accelerator.h"
#include "engine/hardware/block.h"
#include "engine/hardware/facts.h"
#include "engine/hardware/probe.h"
#include "engine/hardware/root.h"
#include "engine/hardware/smart.h"

namespace assay::hardware {
namespace {

using Counters = std::map<std::string, std::int64_t>;

void add(Counters& counters, const std::string& name, std::optional<std::int64_t> value) {
  if (value) counters[name] = *value;
}

// Wraps at the top instead of overflowing: hostile files may hold any number.
void accumulate(std::optional<std::int64_t>& total, std::optional<std::int64_t> value) {
  if (!value || *value < 0) return;
  const std::int64_t sum = total.value_or(0);
  total =
      *value > std::numeric_limits<std::int64_t>::max() - sum ? std::numeric_limits<std::int64_t>::max() : sum + *value;
}

void read_edac(const Root& root, Counters& counters) {
  const std::string folder = "/sys/devices/system/edac/mc";
  for (const std::string& name : root.list(folder)) {
    if (!name.starts_with("mc")) continue;
    add(counters, "edac." + name + ".ce", root.integer(folder + "/" + name + "/ce_count"));
    add(counters, "edac." + name + ".ue", root.integer(folder + "/" + name + "/ue_count"));
  }
}

// The line "TOTAL_ERR_COR 3" at the end of a file of advanced error reporting.
std::optional<std::int64_t> aer_total(const Root& root, const std::string& path) {
  const auto bytes = root.read(path);
  if (!bytes) return std::nullopt;
  for (const std::string_view line : lines(*bytes)) {
    const std::size_t space = line.find(' ');
    if (line.starts_with("TOTAL_ERR_") && space != std::string_view::npos) return parse_integer(line.substr(space + 1));
  }
  return std::nullopt;
}

void read_pci(const Root& root, Counters& counters) {
  const std::string folder = "/sys/bus/pci/devices";
  for (const std::string& address : root.list(folder)) {
    const std::string device = folder + "/" + address;
    const std::string name = "pcie." + address;
    for (const char* kind : {"correctable", "nonfatal", "fatal"}) {
      add(counters, name + ".aer_" + kind, aer_total(root, device + "/aer_dev_" + kind));
    }
    // A link that loses lanes under load goes on working, only slower.
    const auto lanes = root.integer(device + "/current_link_width");
    const auto most = root.integer(device + "/max_link_width");
    if (lanes && most && *lanes > 0 && *lanes <= *most && *most <= 64) counters[name + ".lanes_lost"] = *most - *lanes;
  }
}

void read_network(const Root& root, Counters& counters) {
  const std::string folder = "/sys/class/net";
  for (const std::string& name : root.list(folder)) {
    if (!root.exists(folder + "/" + name + "/device")) continue;
    for (const char* counter : {"rx_errors", "tx_errors", "rx_crc_errors"}) {
      add(counters, "net." + name + "." + counter, root.integer(folder + "/" + name + "/statistics/" + counter));
    }
  }
  const std::string fabric = "/sys/class/infiniband";
  for (const std::string& name : root.list(fabric)) {
    for (const std::string& port : root.list(fabric + "/" + name + "/ports")) {
      const std::string place = fabric + "/" + name + "/ports/" + port + "/counters/";
      for (const char* counter :
           {"symbol_error", "link_downed", "link_error_recovery", "port_rcv_errors", "local_link_integrity_errors"}) {
        add(counters, "infiniband." + name + "." + port + "." + counter, root.integer(place + counter));
      }
    }
  }
}

void read_throttling(const Root& root, Counters& counters) {
  const std::string folder = "/sys/devices/system/cpu";
  std::optional<std::int64_t> core;
  std::optional<std::int64_t> package;
  for (const std::string& name : root.list(folder)) {
    if (!name.starts_with("cpu") || !parse_integer(name.substr(3))) continue;
    const std::string place = folder + "/" + name + "/thermal_throttle/";
    accumulate(core, root.integer(place + "core_throttle_count"));
    accumulate(package, root.integer(place + "package_throttle_count"));
  }
  add(counters, "cpu.thermal_throttle", core);
  add(counters, "cpu.thermal_throttle_package", package);
}

// The row "MCE:   0   0   Machine check exceptions", one number for each processor.
void read_machine_checks(const Root& root, Counters& counters) {
  const auto interrupts = root.read("/proc/interrupts", Root::kTableLimit);
  if (!interrupts) return;
  for (std::string_view line : lines(*interrupts)) {
    line = trim(line);
    if (!line.starts_with("MCE:")) continue;
    std::optional<std::int64_t> total;
    for (const std::string_view field : split(line.substr(4), ' ')) accumulate(total, parse_integer(field));
    add(counters, "cpu.machine_checks", total);
  }
}

void read_kernel(const Root& root, Counters& counters) {
  add(counters, "kernel.taint", root.integer("/proc/sys/kernel/tainted"));
  const auto vmstat = root.read("/proc/vmstat");
  if (!vmstat) return;
  constexpr std::string_view kName = "oom_kill ";
  for (const std::string_view line : lines(*vmstat)) {
    if (line.starts_with(kName)) add(counters, "kernel.oom_kills", parse_integer(line.substr(kName.size())));
  }
}

void read_smart(const ProbeContext& context, Counters& counters) {
  for (const Disk& disk : list_disks(context.root)) {
    if (disk.type == "virtual") continue;
    const auto report = ask_smartctl(context, disk.name);
    if (!report) continue;
    const std::string name = "disk." + disk.name + ".";
    add(counters, name + "media_errors", report->media_errors);
    add(counters, name + "reallocated_sectors", report->reallocated_sectors);
    add(counters, name + "pending_sectors", report->pending_sectors);
    add(counters, name + "uncorrectable_sectors", report->uncorrectable_sectors);
    add(counters, name + "interface_crc_errors", report->interface_crc_errors);
    add(counters, name + "grown_defects", report->grown_defects);
    add(counters, name + "uncorrected_errors", report->uncorrected_errors);
  }
}

void read_cards(const ProbeContext& context, Counters& counters) {
  if (!has_nvidia(context.root)) return;
  const auto cards = ask_nvidia_smi(context);
  if (!cards) return;
  for (const Card& card : *cards) {
    for (const char* counter : {"ecc_corrected", "ecc_uncorrected", "retired_pages", "remapped_rows", "link_replays"}) {
      if (const expr::Value* value = card.record.find(counter)) {
        counters["accelerator." + card.address + "." + counter] = value->as_int();
      }
    }
  }
}

}  // namespace

std::map<std::string, std::int64_t> read_counters_with_tools(const ProbeOptions& options) {
  Counters counters = read_counters(options.root);
  if (!options.tools) return counters;
  ProbeContext context{
      .root = Root(options.root), .tools = options.tools, .accelerators = options.accelerators, .deadline = {}};
  const auto fresh_deadline = [&] { context.deadline = std::chrono::steady_clock::now() + options.deadline; };
  fresh_deadline();
  read_smart(context, counters);
  fresh_deadline();
  if (options.accelerators) read_cards(context, counters);
  return counters;
}

std::map<std::string, std::int64_t> read_counters(const std::filesystem::path& folder) {
  const Root root(folder);
  Counters counters;
  read_edac(root, counters);
  read_pci(root, counters);
  read_network(root, counters);
  read_throttling(root, counters);
  read_machine_checks(root, counters);
  read_kernel(root, counters);
  for (const Disk& disk : list_disks(root)) {
    add(counters, "disk." + disk.name + ".io_errors", root.integer(disk.folder + "/device/ioerr_cnt"));
  }
  return counters;
}

}  // namespace assay::hardware
