// SPDX-License-Identifier: Apache-2.0
// The health of a disk, from `smartctl --json`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/hardware/record.h"

namespace assay::hardware {

// What smartctl told; what it did not is absent. ATA, SCSI and NVMe disks have different parts of it.
struct SmartReport {
  std::string protocol;  // "ATA", "SCSI", "NVMe"; empty: not told
  std::string model;
  std::string serial;
  std::string firmware;
  std::optional<std::int64_t> capacity;     // bytes
  std::optional<bool> passed;               // the disk's own judgement of itself
  std::optional<std::int64_t> temperature;  // degrees Celsius
  std::optional<std::int64_t> power_on_hours;
  std::optional<std::int64_t> power_cycles;
  // ATA
  std::optional<std::int64_t> reallocated_sectors;
  std::optional<std::int64_t> pending_sectors;
  std::optional<std::int64_t> uncorrectable_sectors;
  std::optional<std::int64_t> interface_crc_errors;
  // SCSI
  std::optional<std::int64_t> grown_defects;
  std::optional<std::int64_t> uncorrected_errors;  // of read, write and verify together
  // NVMe
  std::optional<std::int64_t> critical_warning;  // bits
  std::optional<std::int64_t> media_errors;
  std::optional<std::int64_t> available_spare;  // percent
  std::optional<std::int64_t> percentage_used;  // of the rated endurance; may pass 100
  std::optional<std::int64_t> unsafe_shutdowns;
  std::optional<double> written;  // bytes, over the disk's life

  // A report without a judgement or a number says nothing about health.
  [[nodiscard]] bool has_health() const;
};

// Fails when the text is no smartctl report, or when smartctl could not open the disk (its own words are in the error).
Result<SmartReport> parse_smart(std::string_view json);
struct ProbeContext;
// Runs smartctl on a disk ("sda").
Result<SmartReport> ask_smartctl(const ProbeContext& context, const std::string& disk);
// The members of disks[].health.
Record health_record(const SmartReport& report);

}  // namespace assay::hardware
