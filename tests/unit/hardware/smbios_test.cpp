// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/smbios.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "recorded.h"
#include "support/cases.h"

namespace assay::hardware {
namespace {

using assay::hardware::test::at;
using assay::hardware::test::damage;
using assay::hardware::test::Machine;
using assay::hardware::test::recordings;
using assay::hardware::test::run_probe;

// Writes structures as the specification lays them out.
class Table {
 public:
  // `body` is what follows the four bytes of header; `strings` are numbered from 1.
  Table& add(std::uint8_t type, const std::string& body, std::initializer_list<std::string_view> strings = {}) {
    bytes_ += static_cast<char>(type);
    bytes_ += static_cast<char>(body.size() + 4);
    bytes_ += static_cast<char>(handle_++);
    bytes_ += '\0';
    bytes_ += body;
    for (const std::string_view text : strings) bytes_.append(text).append(1, '\0');
    if (strings.size() == 0) bytes_ += '\0';
    bytes_ += '\0';
    return *this;
  }
  [[nodiscard]] std::string end() const { return Table(*this).add(127, "").bytes_; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  unsigned handle_ = 0;
};

// Bytes from numbers; text literals with NULs are hard to read.
std::string bytes(std::initializer_list<int> numbers) {
  std::string text;
  for (const int number : numbers) text += static_cast<char>(number);
  return text;
}

std::string system_body() {
  return bytes({1,    2,    3,    4,    0x44, 0x45, 0x4c, 0x4c, 0x42, 0x00, 0x10, 0x35,
                0x80, 0x57, 0xb9, 0xc0, 0x4f, 0x46, 0x5a, 0x32, 6,    5,    6});
}

// 16 GiB of DDR5 at 4800 of 5600 MT/s with ECC.
std::string dimm_body() {
  std::string body = bytes(
      {0, 0, 0xfe, 0xff, 80, 0, 64, 0, 0x00, 0x40, 9, 0, 1, 2, 0x22, 0, 0, 0xe0, 0x15, 3, 4, 0, 5, 2, 0, 0, 0, 0});
  return body + bytes({0xc0, 0x12});
}

std::string whole_table() {
  Table table;
  table.add(0, bytes({1, 2, 0, 0xe8, 3, 0}) + std::string(10, '\0') + bytes({2, 7, 0xff, 0xff}),
            {"Maker BIOS", "2.7.1", "03/04/2025"});
  table.add(1, system_body(), {"Example Systems", "ES-2200", "To be filled by O.E.M.", "SN-0042", "Family", "SKU-1"});
  table.add(2, bytes({1, 2, 3, 4, 5}), {"Example Boards", "EB-1", "C1", "BN-7", "Default string"});
  table.add(3, bytes({1, 0x97, 2, 3, 4}), {"Example Chassis", "v1", "CN-9", "None"});
  table.add(4,
            bytes({1, 3, 2, 3}) + std::string(8, '\0') + bytes({4}) + std::string(7, '\0') + bytes({0x41}) +
                std::string(7, '\0') + bytes({5, 0, 6, 0xff}) + std::string(6, '\0') + bytes({0x00, 0x01}),
            {"CPU0", "unused", "Example Silicon", "Example 9332", "P-SN", "P-PN"});
  table.add(16, bytes({3, 3, 6, 0, 0, 0, 0, 0xfe, 0xff, 2, 0}));
  table.add(17, dimm_body(), {"DIMM_A1", "BANK 0", "Example Memory", "M-SN", "EM-PN  "});
  table.add(17, bytes({0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 9, 0, 1, 2, 2}), {"DIMM_A2", "BANK 1"});
  table.add(38, bytes({1, 0x20, 0x20, 0}));
  table.add(39, bytes({1, 1, 2, 3, 4, 0, 5, 0, 0x20, 0x03, 0x02, 0}), {"Bay 1", "PSU1", "Example Power", "PSN", "PPN"});
  return table.end();
}

Json facts_of(const std::string& table) {
  const auto parsed = parse_smbios(table);
  FactsBuilder builder;
  if (parsed) add_smbios_facts(*parsed, "dump", builder);
  return to_json(builder.build());
}

TEST(Smbios, TellsWhatIsInTheMachine) {
  const Json json = facts_of(whole_table());
  EXPECT_EQ(at(json, "facts.bios").dump(),
            R"({"vendor":"Maker BIOS","version":"2.7.1","date":"03/04/2025","release":"2.7"})");
  EXPECT_EQ(
      at(json, "facts.system").dump(),
      R"({"vendor":"Example Systems","product":"ES-2200","serial":"SN-0042","uuid":"4c4c4544-0042-3510-8057-b9c04f465a32",)"
      R"("sku":"Family","family":"SKU-1"})");
  EXPECT_EQ(at(json, "facts.board").dump(),
            R"({"vendor":"Example Boards","product":"EB-1","version":"C1","serial":"BN-7"})");
  EXPECT_EQ(at(json, "facts.chassis").dump(), R"({"vendor":"Example Chassis","serial":"CN-9","type":"rack mount"})");
  EXPECT_EQ(
      at(json, "facts.cpu.sockets").dump(),
      R"([{"socket":"CPU0","model":"Example 9332","vendor":"Example Silicon","populated":true,"serial":"P-SN","part":"P-PN","cores":256}])");
  EXPECT_EQ(
      at(json, "facts.memory").dump(),
      R"({"ecc_type":"multi-bit ECC","ecc":true,"installed":{"value":17179869184.0,"unit":"B"},"slots":2,"dimms":[{"slot":"DIMM_A1",)"
      R"("bank":"BANK 0","size":{"value":17179869184.0,"unit":"B"},"type":"DDR5","form":"DIMM","speed_mt_s":4800,"speed_max_mt_s":5600,)"
      R"("manufacturer":"Example Memory","part":"EM-PN","serial":"M-SN","ranks":2,"ecc":true}]})");
  EXPECT_EQ(at(json, "facts.bmc").dump(), R"({"present":true,"interface":"KCS","ipmi_version":"2.0"})");
  EXPECT_EQ(at(json, "facts.platform.power_supplies").dump(),
            R"([{"location":"Bay 1","name":"PSU1","manufacturer":"Example Power","serial":"PSN","part":"PPN",)"
            R"("power_max":{"value":800.0,"unit":"W"},"present":true}])");
  EXPECT_EQ(json["missing"].dump(), "{}");
}

struct SizeCase {
  const char* name;
  std::string size;      // the two bytes at 0Ch
  std::string extended;  // the four bytes at 1Ch
  double bytes;          // -1: not known
};
class DimmSize : public ::testing::TestWithParam<SizeCase> {};
TEST_P(DimmSize, IsInBytes) {
  std::string body = dimm_body();
  body.replace(8, 2, GetParam().size).replace(24, 4, GetParam().extended);
  const Json memory = at(facts_of(Table().add(17, body).end()), "facts.memory");
  EXPECT_EQ(at(memory, "slots"), 1);
  EXPECT_EQ(at(memory, "installed.value"), std::max(0.0, GetParam().bytes));
  EXPECT_EQ(at(memory, "dimms").size(), GetParam().bytes > 0 ? 1U : 0U);
}
constexpr double kMebi = 1024.0 * 1024;
INSTANTIATE_TEST_SUITE_P(
    Smbios, DimmSize,
    ::testing::Values(SizeCase{"empty_slot", bytes({0, 0}), bytes({0, 0, 0, 0}), 0},
                      SizeCase{"not_known", bytes({0xff, 0xff}), bytes({0, 0, 0, 0}), -1},
                      SizeCase{"kilobytes", bytes({0x00, 0x82}), bytes({0, 0, 0, 0}), 512 * 1024},
                      SizeCase{"megabytes", bytes({0x00, 0x08}), bytes({0, 0, 0, 0}), 2048 * kMebi},
                      SizeCase{"extended", bytes({0xff, 0x7f}), bytes({0, 0, 2, 0}), 131072 * kMebi}),
    assay::test::case_name);

// A 32-bit entry point with the table behind it, as `dmidecode --dump-bin` writes it.
std::string dump(const std::string& table, std::string_view anchor = "_SM_") {
  const bool wide = anchor == "_SM3_";
  std::string entry(anchor);
  entry += wide ? bytes({0, 0x18, 3, 2, 0, 1, 0}) : bytes({0, 0x1f, 2, 8, 0xff, 0, 0, 0, 0, 0, 0, 0});
  if (wide) {
    entry += bytes({0, 0x10, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0});
  } else {
    entry += std::string("_DMI_") + bytes({0, 0, 0, 32, 0, 0, 0, 9, 0, 0x28});
  }
  unsigned sum = 0;
  for (const char c : entry) sum += static_cast<unsigned char>(c);
  entry[wide ? 5 : 4] = static_cast<char>(256 - sum % 256);
  entry.resize(32);
  return entry + table;
}

TEST(SmbiosDump, HasItsTableWhereTheEntryPointSays) {
  for (const std::string_view anchor : {"_SM_", "_SM3_"}) {
    const auto table = parse_smbios(dump(whole_table(), anchor));
    ASSERT_TRUE(table) << reason_of(table.error());
    EXPECT_EQ(table->version, anchor == "_SM_" ? "2.8" : "3.2");
    EXPECT_EQ(table->problem, "");
    EXPECT_EQ(table->structures.size(), 11U);
    EXPECT_EQ(parse_smbios_entry_point(dump("", anchor)).value(), *table->version);
  }
}

struct BrokenCase {
  const char* name;
  std::string bytes;
  const char* message;  // of the error, or of the table's problem
  bool usable;
};
class BrokenSmbios : public ::testing::TestWithParam<BrokenCase> {};
TEST_P(BrokenSmbios, SaysWhatIsWrong) {
  const auto table = parse_smbios(GetParam().bytes);
  EXPECT_EQ(table.has_value(), GetParam().usable);
  EXPECT_EQ(table ? table->problem : table.error().message, GetParam().message);
}
std::string one() { return Table().add(2, bytes({1}), {"Board"}).bytes(); }
std::string with_byte(std::string text, std::size_t position, int value) {
  text[position] = static_cast<char>(value);
  return text;
}
INSTANTIATE_TEST_SUITE_P(
    Smbios, BrokenSmbios,
    ::testing::Values(
        BrokenCase{"empty", "", "SMBIOS table: no end-of-table structure, the table is cut", false},
        BrokenCase{"only_the_end", Table().end(), "SMBIOS table: empty", false},
        BrokenCase{"no_end", one(), "SMBIOS table: no end-of-table structure, the table is cut", true},
        BrokenCase{"short_length", bytes({2, 3, 0, 0, 0, 0}),
                   "SMBIOS table: structure at byte 0 states a length of 3, expected at least 4", false},
        BrokenCase{"cut_header", one() + bytes({4, 9}), "SMBIOS table: structure at byte 12 is cut", true},
        BrokenCase{"cut_body", one() + bytes({4, 9, 0, 0, 1}),
                   "SMBIOS table: structure at byte 12 is cut: 9 bytes stated, 5 there", true},
        BrokenCase{"open_string", one() + bytes({4, 4, 0, 0, 'a', 'b'}),
                   "SMBIOS table: structure at byte 12 has a string without an end", true},
        BrokenCase{"open_strings", one() + bytes({4, 4, 0, 0, 'a', 0}),
                   "SMBIOS table: structure at byte 12 has strings without an end", true},
        BrokenCase{"checksum", with_byte(dump(whole_table()), 4, 1), "SMBIOS entry point: wrong checksum", false},
        BrokenCase{"short_entry_point", "_SM3_", "SMBIOS entry point: 5 bytes, expected at least 24", false},
        BrokenCase{"other_anchor", "_SMX_", "SMBIOS entry point: no anchor _SM_ or _SM3_", false},
        BrokenCase{"no_table", dump(""), "SMBIOS dump: the entry point states a table at byte 32, the file has 32",
                   false}),
    assay::test::case_name);

TEST(Smbios, KnowsFiller) {
  for (const char* text :
       {"", " ", "0000000", "To Be Filled By O.E.M.", "default string", "NONE", " Not Specified ", "-"}) {
    EXPECT_TRUE(is_filler(text)) << text;
  }
  for (const char* text : {"S3Z8NB0K", "0NR282", "1", "None of these"}) EXPECT_FALSE(is_filler(text)) << text;
}

TEST(SmbiosProbe, ReadsTheRawTable) {
  const Machine machine{{"/sys/firmware/dmi/tables/DMI", whole_table()},
                        {"/sys/firmware/dmi/tables/smbios_entry_point", dump("", "_SM3_")}};
  const Json json = run_probe(&probe_smbios, machine.context());
  EXPECT_EQ(at(json, "facts.system.serial"), "SN-0042");
  EXPECT_EQ(at(json, "facts.firmware.smbios_version"), "3.2");
  EXPECT_EQ(json["sources"]["memory.dimms"], "/sys/firmware/dmi/tables/DMI");
}

TEST(SmbiosProbe, TakesSingleEntriesWhereThereIsNoTable) {
  const Machine machine{
      {"/sys/firmware/dmi/entries/17-0/raw", Table().add(17, dimm_body(), {"A1", "B", "M", "S", "P"}).bytes()}};
  const Json json = run_probe(&probe_smbios, machine.context());
  EXPECT_EQ(at(json, "facts.memory.slots"), 1);
  EXPECT_EQ(json["sources"]["memory.dimms"], "/sys/firmware/dmi/entries");
  EXPECT_EQ(json["missing"].dump(), "{}");
}

TEST(SmbiosProbe, SaysWhyThereIsNothing) {
  const Json none = run_probe(&probe_smbios, Machine().context());
  EXPECT_EQ(none["missing"]["memory.dimms"], "/sys/firmware/dmi/tables/DMI: No such file or directory");
  const Json broken = run_probe(&probe_smbios, Machine{{"/sys/firmware/dmi/tables/DMI", "\x02\x03"}}.context());
  EXPECT_EQ(broken["missing"]["memory.dimms"],
            "/sys/firmware/dmi/tables/DMI: SMBIOS table: structure at byte 0 is cut");
}

TEST(FirmwareProbe, ReadsWhatEveryoneMayRead) {
  const Machine machine{
      {"/sys/class/dmi/id/sys_vendor", "Dell Inc.\n"},         {"/sys/class/dmi/id/product_name", "PowerEdge R630\n"},
      {"/sys/class/dmi/id/product_serial", "7N62AI2\n"},       {"/sys/class/dmi/id/board_serial", "None\n"},
      {"/sys/class/dmi/id/bios_version", "2.12.1\n"},          {"/sys/class/dmi/id/chassis_type", "23\n"},
      {"/sys/class/dmi/id/product_version", "Not Specified\n"}};
  const Json json = run_probe(&probe_firmware, machine.context());
  EXPECT_EQ(at(json, "facts.system").dump(), R"({"vendor":"Dell Inc.","product":"PowerEdge R630","serial":"7N62AI2"})");
  EXPECT_EQ(at(json, "facts.bios").dump(), R"({"version":"2.12.1"})");
  EXPECT_EQ(at(json, "facts.chassis").dump(), R"({"type":"rack mount"})");
  EXPECT_EQ(json["missing"]["board.serial"], "/sys/class/dmi/id/board_serial: not filled in by the maker");
  EXPECT_EQ(json["missing"]["system.uuid"], "/sys/class/dmi/id/product_uuid: No such file or directory");
}

TEST(FirmwareProbe, TakesTheDeviceTreeWhereThereIsNoDmi) {
  const Machine machine{{"/proc/device-tree/model", std::string_view("Example Arm Board\0", 18)},
                        {"/proc/device-tree/serial-number", std::string_view("1234\0", 5)}};
  EXPECT_EQ(at(run_probe(&probe_firmware, machine.context()), "facts.system").dump(),
            R"({"product":"Example Arm Board","serial":"1234"})");
  const Json none = run_probe(&probe_firmware, Machine().context());
  EXPECT_EQ(none["missing"].size(), 4U);
  EXPECT_EQ(none["missing"]["board"], "/sys/class/dmi/id: No such file or directory (this machine has no DMI)");
}

TEST(RecordedSmbios, OfALaptopAndAVirtualMachine) {
  const auto files = recordings("dmi", ".DMI");
  if (files.empty()) GTEST_SKIP() << "no recorded SMBIOS tables beside the project";
  ASSERT_EQ(files.size(), 2U);
  const Json laptop = facts_of(assay::test::slurp(files[0]));
  EXPECT_EQ(at(laptop, "facts.system.product"), "XPS 13 9340");
  EXPECT_EQ(at(laptop, "facts.chassis.type"), "notebook");
  EXPECT_EQ(at(laptop, "facts.memory.slots"), 8);
  EXPECT_EQ(at(laptop, "facts.memory.installed.value"), 64.0 * 1024 * kMebi);
  EXPECT_EQ(at(laptop, "facts.memory.ecc"), false);
  EXPECT_EQ(at(laptop, "facts.memory.dimms")[0]["type"], "LPDDR5");
  EXPECT_EQ(at(laptop, "facts.memory.dimms")[0]["speed_mt_s"], 7467);
  EXPECT_EQ(laptop["missing"].dump(), "{}");
  const Json guest = facts_of(assay::test::slurp(files[1]));
  EXPECT_EQ(at(guest, "facts.system.product"), "Standard PC (Q35 + ICH9, 2009)");
  EXPECT_EQ(at(guest, "facts.memory.installed.value"), 1024 * kMebi);
  EXPECT_EQ(at(guest, "facts.memory.ecc"), true);
  EXPECT_EQ(at(guest, "facts.bios.vendor"), "EDK II");
}

TEST(DamagedSmbios, GivesAReasonAndNeverACrash) {
  std::vector<std::string> tables = {whole_table(), dump(whole_table(), "_SM3_")};
  for (const auto& path : recordings("dmi", ".DMI")) tables.push_back(assay::test::slurp(path));
  for (const std::string& whole : tables) {
    damage(whole, [&](const std::string& bytes) {
      const auto table = parse_smbios(bytes);
      // What is cut always shows; a changed byte may still be a table.
      if (bytes.size() < whole.size()) {
        EXPECT_FALSE((table ? table->problem : table.error().message).empty());
      }
      facts_of(bytes);
    });
  }
}

}  // namespace
}  // namespace assay::hardware
