// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/smart.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/hardware/block.h"
#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

constexpr std::size_t kMaxReport = 8U << 20U;

// The member at the end of a path, or nullptr where a part is missing or is no object.
const Json* at(const Json& json, std::initializer_list<const char*> path) {
  const Json* place = &json;
  for (const char* name : path) {
    if (!place->is_object()) return nullptr;
    const auto member = place->find(name);
    if (member == place->end()) return nullptr;
    place = &*member;
  }
  return place;
}

std::optional<std::int64_t> as_integer(const Json* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value->is_number_integer()) return value->get<std::int64_t>();
  return std::nullopt;
}

std::optional<std::int64_t> integer(const Json& json, std::initializer_list<const char*> path) {
  return as_integer(at(json, path));
}

std::string text(const Json& json, std::initializer_list<const char*> path) {
  const Json* value = at(json, path);
  return value != nullptr && value->is_string() ? printable(trim(value->get_ref<const std::string&>())) : std::string();
}

std::string first_text(const Json& json, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string found = text(json, {name}); !found.empty()) return found;
  }
  return {};
}

void read_ata(const Json& json, SmartReport& report) {
  const Json* table = at(json, {"ata_smart_attributes", "table"});
  if (table == nullptr || !table->is_array()) return;
  for (const Json& row : *table) {
    const auto id = integer(row, {"id"});
    const auto raw = integer(row, {"raw", "value"});
    if (!id || !raw) continue;
    if (*id == 5) report.reallocated_sectors = raw;
    if (*id == 197) report.pending_sectors = raw;
    if (*id == 198) report.uncorrectable_sectors = raw;
    if (*id == 199) report.interface_crc_errors = raw;
    // Total LBAs written, of 512 bytes on the disks that name it so.
    if (*id == 241 && text(row, {"name"}) == "Total_LBAs_Written") {
      report.written =
          static_cast<double>(*raw) * static_cast<double>(integer(json, {"logical_block_size"}).value_or(512));
    }
  }
}

void read_scsi(const Json& json, SmartReport& report) {
  report.grown_defects = integer(json, {"scsi_grown_defect_list"});
  std::int64_t total = 0;
  bool told = false;
  for (const char* kind : {"read", "write", "verify"}) {
    const auto errors = integer(json, {"scsi_error_counter_log", kind, "total_uncorrected_errors"});
    if (!errors || *errors < 0 || *errors > INT64_MAX - total) continue;
    total += *errors;
    told = true;
  }
  if (told) report.uncorrected_errors = total;
}

void read_nvme(const Json& json, SmartReport& report) {
  const Json* log = at(json, {"nvme_smart_health_information_log"});
  if (log == nullptr || !log->is_object()) return;
  report.critical_warning = integer(*log, {"critical_warning"});
  report.media_errors = integer(*log, {"media_errors"});
  report.available_spare = integer(*log, {"available_spare"});
  report.percentage_used = integer(*log, {"percentage_used"});
  report.unsafe_shutdowns = integer(*log, {"unsafe_shutdowns"});
  constexpr double kDataUnit = 512000;  // a thousand blocks of 512 bytes
  if (const auto units = integer(*log, {"data_units_written"}))
    report.written = static_cast<double>(*units) * kDataUnit;
}

// What smartctl itself says went wrong: the first two bits of its exit status.
std::string own_error(const Json& json) {
  constexpr std::int64_t kNotDone = 0x03;
  const std::int64_t status = integer(json, {"smartctl", "exit_status"}).value_or(0);
  if ((status & kNotDone) == 0) return {};
  std::string words = "exit status " + std::to_string(status);
  if (const Json* messages = at(json, {"smartctl", "messages"}); messages != nullptr && messages->is_array()) {
    for (const Json& message : *messages) {
      if (const std::string said = text(message, {"string"}); !said.empty()) return words + ": " + shorten(said, 200);
    }
  }
  return words;
}

}  // namespace

bool SmartReport::has_health() const {
  return passed || temperature || power_on_hours || reallocated_sectors || grown_defects || uncorrected_errors ||
         media_errors;
}

Result<SmartReport> parse_smart(std::string_view bytes) {
  auto parsed = parse_json(bytes, "smartctl output", JsonLimits{.bytes = kMaxReport});
  if (!parsed) return failure(Code::kToolOutput, "smartctl: not valid JSON: " + parsed.error().message);
  const Json& json = *parsed;
  if (at(json, {"smartctl"}) == nullptr)
    return failure(Code::kToolOutput, "smartctl: no member 'smartctl' in its output");
  const std::string error = own_error(json);
  const bool described = at(json, {"model_name"}) != nullptr || at(json, {"scsi_model_name"}) != nullptr;
  if (!error.empty() && !described) {
    const bool denied = error.find("Permission denied") != std::string::npos;
    return failure(Code::kToolFailed, "smartctl: " + error, denied ? "run as root" : "");
  }
  SmartReport report;
  report.protocol = text(json, {"device", "protocol"});
  report.model = first_text(json, {"model_name", "scsi_model_name", "scsi_product"});
  report.serial = text(json, {"serial_number"});
  report.firmware = first_text(json, {"firmware_version", "scsi_revision"});
  report.capacity = integer(json, {"user_capacity", "bytes"});
  if (!report.capacity) report.capacity = integer(json, {"nvme_total_capacity"});
  const Json* passed = at(json, {"smart_status", "passed"});
  if (passed != nullptr && passed->is_boolean()) report.passed = passed->get<bool>();
  report.temperature = integer(json, {"temperature", "current"});
  report.power_on_hours = integer(json, {"power_on_time", "hours"});
  report.power_cycles = integer(json, {"power_cycle_count"});
  read_ata(json, report);
  read_scsi(json, report);
  read_nvme(json, report);
  return report;
}

Record health_record(const SmartReport& report) {
  Record record;
  record.flag("passed", report.passed);
  if (report.temperature) record.quantity("temperature", static_cast<double>(*report.temperature), "Cel");
  record.integer("power_on_hours", report.power_on_hours).integer("power_cycles", report.power_cycles);
  record.integer("reallocated_sectors", report.reallocated_sectors).integer("pending_sectors", report.pending_sectors);
  record.integer("uncorrectable_sectors", report.uncorrectable_sectors);
  record.integer("interface_crc_errors", report.interface_crc_errors);
  record.integer("grown_defects", report.grown_defects).integer("uncorrected_errors", report.uncorrected_errors);
  record.integer("critical_warning", report.critical_warning).integer("media_errors", report.media_errors);
  record.integer("available_spare", report.available_spare).integer("percentage_used", report.percentage_used);
  record.integer("unsafe_shutdowns", report.unsafe_shutdowns).quantity("written", report.written, "B");
  return record;
}

Result<SmartReport> ask_smartctl(const ProbeContext& context, const std::string& disk) {
  // Its exit code is bits about the disk's health; whether it did its work stands in the output.
  ASSAY_TRY(const ToolResult ran, context.run_any({"smartctl", "--json", "--info", "--health", "--attributes",
                                                   "--nocheck=standby", "--tolerance=verypermissive", "/dev/" + disk}));
  return parse_smart(ran.out);
}

void probe_smart(const ProbeContext& context, FactsBuilder& facts) {
  if (!context.tools) {
    facts.missing("disks[].health", "smartctl: no tools are run over a recorded machine");
    return;
  }
  for (const Disk& disk : list_disks(context.root)) {
    if (disk.type == "virtual") continue;  // the host's to watch
    const std::string path = "disks[" + disk.name + "].health";
    const auto report = ask_smartctl(context, disk.name);
    if (!report) {
      facts.missing(path, reason_of(report.error()));
      continue;
    }
    // Only what the kernel did not tell: it cuts SATA models at 16 letters.
    Record record;
    record.text("model", report->model).text("serial", report->serial).text("firmware", report->firmware);
    if (report->has_health()) {
      record.value("health", health_record(*report).build());
      facts.source(path, "smartctl --json /dev/" + disk.name);
    } else {
      facts.missing(path, "smartctl: the disk reports no health");
    }
    facts.add_item("disks", disk.name, record);
  }
}

}  // namespace assay::hardware
