// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/smart.h"

#include <nlohmann/json.hpp>

#include "recorded.h"
#include "support/cases.h"

namespace assay::hardware {
namespace {

using assay::hardware::test::at;
using assay::hardware::test::damage;
using assay::hardware::test::item;
using assay::hardware::test::Machine;
using assay::hardware::test::recordings;
using assay::hardware::test::run_probe;

constexpr std::string_view kAta =
    R"({"smartctl": {"exit_status": 0}, "device": {"protocol": "ATA"}, "model_name": "Example SSD",
  "serial_number": "S1", "firmware_version": "F1", "user_capacity": {"bytes": 480103981056}, "logical_block_size": 512,
  "smart_status": {"passed": true}, "temperature": {"current": 31}, "power_on_time": {"hours": 796}, "power_cycle_count": 29,
  "ata_smart_attributes": {"table": [{"id": 5, "name": "Reallocated_Sector_Ct", "raw": {"value": 2}},
    {"id": 197, "name": "Current_Pending_Sector", "raw": {"value": 1}}, {"id": 198, "name": "Offline_Uncorrectable", "raw": {"value": 3}},
    {"id": 199, "name": "CRC_Error_Count", "raw": {"value": 4}}, {"id": 241, "name": "Total_LBAs_Written", "raw": {"value": 1000}}]}})";
constexpr std::string_view kNvme =
    R"({"smartctl": {"exit_status": 0}, "device": {"protocol": "NVMe"}, "model_name": "Example NVMe",
  "smart_status": {"passed": false}, "nvme_total_capacity": 2000398934016, "nvme_smart_health_information_log": {"critical_warning": 4,
  "media_errors": 7, "available_spare": 5, "percentage_used": 103, "unsafe_shutdowns": 98, "data_units_written": 10}})";
constexpr std::string_view kScsi =
    R"({"smartctl": {"exit_status": 4}, "device": {"protocol": "SCSI"}, "scsi_model_name": "HITACHI X",
  "scsi_revision": "A31A", "scsi_grown_defect_list": 3, "scsi_error_counter_log": {"read": {"total_uncorrected_errors": 1},
  "write": {"total_uncorrected_errors": 2}, "verify": {"total_uncorrected_errors": 9223372036854775807}}})";

std::string health(std::string_view json) {
  const auto report = parse_smart(json);
  return report ? expr::to_json(health_record(*report).build()).dump() : report.error().message;
}

TEST(Smart, ReadsTheThreeKindsOfDisks) {
  EXPECT_EQ(
      health(kAta),
      R"({"passed":true,"temperature":{"value":31.0,"unit":"Cel"},"power_on_hours":796,"power_cycles":29,"reallocated_sectors":2,)"
      R"("pending_sectors":1,"uncorrectable_sectors":3,"interface_crc_errors":4,"written":{"value":512000.0,"unit":"B"}})");
  EXPECT_EQ(
      health(kNvme),
      R"({"passed":false,"critical_warning":4,"media_errors":7,"available_spare":5,"percentage_used":103,"unsafe_shutdowns":98,)"
      R"("written":{"value":5120000.0,"unit":"B"}})");
  EXPECT_EQ(health(kScsi), R"({"grown_defects":3,"uncorrected_errors":3})");
  const auto report = parse_smart(kScsi);
  EXPECT_EQ(report->protocol, "SCSI");
  EXPECT_EQ(report->model, "HITACHI X");
  EXPECT_EQ(report->firmware, "A31A");
  EXPECT_EQ(parse_smart(kNvme)->capacity, 2000398934016);
}

struct SmartErrorCase {
  const char* name;
  const char* json;
  const char* message;
  const char* help;
};
class SmartErrors : public ::testing::TestWithParam<SmartErrorCase> {};
TEST_P(SmartErrors, NameTheCause) {
  const auto report = parse_smart(GetParam().json);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message.substr(0, std::string_view(GetParam().message).size()), GetParam().message);
  EXPECT_EQ(report.error().help, GetParam().help);
}
INSTANTIATE_TEST_SUITE_P(
    Smart, SmartErrors,
    ::testing::Values(
        SmartErrorCase{"no_json", "smartctl 7.3", "smartctl: not valid JSON", ""},
        SmartErrorCase{"other_json", "[]", "smartctl: no member 'smartctl'", ""},
        SmartErrorCase{"denied",
                       R"({"smartctl": {"exit_status": 2, "messages": [{"string": "/dev/sda: Permission denied"}]}})",
                       "smartctl: exit status 2: /dev/sda: Permission denied", "run as root"},
        SmartErrorCase{"no_words", R"({"smartctl": {"exit_status": 1, "messages": [1, {}]}})",
                       "smartctl: exit status 1", ""}),
    assay::test::case_name);

TEST(Smart, TakesNumbersOnlyWhereTheyAreNumbers) {
  EXPECT_EQ(
      health(R"({"smartctl": {}, "smart_status": {"passed": "yes"}, "temperature": 4, "power_on_time": {"hours": "x"},
                      "ata_smart_attributes": {"table": [7, {"id": 5}, {"id": 5, "raw": {"value": 18446744073709551615}}]}})"),
      "{}");
}

TEST(RecordedSmart, IsReadFromEveryFile) {
  const auto files = recordings("smartctl", ".json");
  if (files.empty()) GTEST_SKIP() << "no recorded smartctl reports beside the project";
  EXPECT_GE(files.size(), 84U);
  for (const auto& path : files) {
    const auto report = parse_smart(assay::test::slurp(path));
    ASSERT_TRUE(report) << path << ": " << reason_of(report.error());
    EXPECT_TRUE(report->has_health()) << path;
    EXPECT_TRUE(report->passed.has_value()) << path;
    EXPECT_FALSE(report->model.empty()) << path;
    EXPECT_TRUE(report->protocol == "ATA" || report->protocol == "SCSI" || report->protocol == "NVMe") << path;
    if (report->protocol == "NVMe") {
      EXPECT_TRUE(report->media_errors.has_value()) << path;
    }
    if (report->protocol == "SCSI") {
      EXPECT_TRUE(report->grown_defects.has_value() || report->uncorrected_errors.has_value()) << path;
    }
  }
}

TEST(DamagedSmart, GivesAReasonAndNeverACrash) {
  std::vector<std::string> reports = {std::string(kAta), std::string(kNvme), std::string(kScsi)};
  for (const auto& path : recordings("smartctl", ".json")) reports.push_back(assay::test::slurp(path));
  for (const std::string& whole : reports) {
    // The last bytes of a file are white space; without them the report is whole.
    const std::size_t last = whole.find_last_of('}');
    damage(whole, [&](const std::string& bytes) {
      const auto report = parse_smart(bytes);
      if (bytes.size() <= last) {
        EXPECT_FALSE(report);
      }
      if (!report) {
        EXPECT_FALSE(report.error().message.empty());
      }
      if (report) {
        EXPECT_NO_THROW((void)expr::to_json(health_record(*report).build()).dump());
      }
    });
  }
}

Machine two_disks() {
  return Machine{{"/sys/block/sda/queue/rotational", "1"},
                 {"/sys/block/sda/device/model", "CUT AT 16 LETTER"},
                 {"/sys/block/vda/size", "8"},
                 {"/sys/block/sdb/queue/rotational", "0"}};
}

TEST(SmartProbe, AsksRealDisksOnly) {
  std::vector<std::string> asked;
  const ToolRunner tools = [&](const std::vector<std::string>& argv, std::chrono::milliseconds) -> Result<ToolResult> {
    asked.push_back(argv.front() + " " + argv.back());
    if (argv.back() == "/dev/sda") return ToolResult{.exit_code = 0, .out = std::string(kAta), .err = ""};
    return failure(Code::kNotStartable, "smartctl: not found", "install smartmontools");
  };
  const Json json = run_probe(&probe_smart, two_disks().context(tools));
  EXPECT_EQ(asked, (std::vector<std::string>{"smartctl /dev/sda", "smartctl /dev/sdb"}));
  EXPECT_EQ(at(json, "facts.disks")[0]["model"], "Example SSD");
  EXPECT_EQ(at(json, "facts.disks")[0]["health"]["passed"], true);
  EXPECT_EQ(json["missing"].dump(), R"({"disks[sdb].health":"smartctl: not found; install smartmontools"})");
  EXPECT_EQ(json["sources"]["disks[sda].health"], "smartctl --json /dev/sda");
}

TEST(SmartProbe, SaysThatADiskReportsNothing) {
  const ToolRunner tools = [](const auto&, auto) -> Result<ToolResult> {
    return ToolResult{
        .exit_code = 4, .out = R"({"smartctl": {"exit_status": 4}, "model_name": "USB stick"})", .err = ""};
  };
  const Json json = run_probe(&probe_smart, two_disks().context(tools));
  EXPECT_EQ(json["missing"]["disks[sda].health"], "smartctl: the disk reports no health");
  EXPECT_EQ(run_probe(&probe_smart, two_disks().context())["missing"]["disks[].health"],
            "smartctl: no tools are run over a recorded machine");
}

}  // namespace
}  // namespace assay::hardware
