// SPDX-License-Identifier: Apache-2.0
// The machine's part of the page, over facts of any shape.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/page_parts.h"
#include "support/cases.h"
#include "support/sample_record.h"

namespace assay::reports {
namespace {

// The groups as short text: "Processor: model=X; [Caches: table level|size / 1|32 KiB]".
std::string list_text(const Json& list) {
  std::string text = " [" + list["name"].get<std::string>() + ":";
  for (const Json& column : list["has_table"].get<bool>() ? list["columns"] : Json::array())
    text += " " + column["label"].get<std::string>();
  for (const Json& row : list["rows"]) {
    text += " /";
    for (const Json& cell : row["cells"]) text += " " + cell["value"].get<std::string>();
  }
  for (const Json& item : list["items"]) {
    text += " - " + item["title"].get<std::string>();
    for (const Json& pair : item["pairs"])
      text += " " + pair["label"].get<std::string>() + "=" + pair["value"].get<std::string>();
  }
  return text + "]" + list["more"].get<std::string>();
}

std::string machine_text(const Json& document, Language language = Language::kEnglish) {
  record::RunRecord run;
  run.machines["local"] = document;
  Json model = Json::object();
  add_machines(Page(run, language), model);
  const Json& machine = model["machines"][0];
  std::string text = machine["unreadable"].get<std::string>();
  for (const Json& group : machine["groups"]) {
    text += group["name"].get<std::string>() + (group["fold"].get<bool>() ? " (folded)" : "") + ":";
    for (const Json& pair : group["pairs"]) {
      text += " " + pair["label"].get<std::string>() + "=" + pair["value"].get<std::string>();
      if (const auto source = pair["source"].get<std::string>(); !source.empty()) text += "<" + source + ">";
    }
    for (const Json& list : group["lists"]) text += list_text(list);
    text += "\n";
  }
  for (const Json& one : machine["missing"])
    text += "missing " + one["label"].get<std::string>() + ": " + one["value"].get<std::string>() + "\n";
  return text;
}

struct MachineCase {
  const char* name;
  const char* document;
  const char* text;
};

constexpr MachineCase kMachineCases[] = {
    {"Scalars",
     R"({"facts": {"cpu": {"model": " X ", "cores": 4, "smt": true, "load": 0.25, "serial": null, "empty": ""}}})",
     "Processor: model=X cores=4 multithreading (SMT)=yes load=0.25\n"},
    {"GroupsInTheirOrder",
     R"({"facts": {"zeta": {"a": 1}, "os": {"name": "D"}, "cpu": {"cores": 1}, "system": {"vendor": "V"}}})",
     "System: vendor=V\nProcessor: cores=1\nOperating system: name=D\nzeta: a=1\n"},
    {"MemoryCountsInPowersOfTwo", R"({"facts": {"memory": {"total": {"value": 68719476736, "unit": "B"}}}})",
     "Memory: total=64 GiB\n"},
    {"DisksCountInPowersOfTen",
     R"({"facts": {"disks": [{"name": "sda", "size": {"value": 480000000000, "unit": "B"}}]}})",
     "Disks: [: name size / sda 480 GB]\n"},
    {"NestedObjects", R"({"facts": {"cpu": {"link": {"speed": {"value": 8, "unit": "GHz"}, "spare": 16}}}})",
     "Processor: link speed=8 GHz link spare=16\n"},
    {"ListsOfScalars", R"({"facts": {"cpu": {"flags": ["a", "b", "c"]}}})", "Processor: flags=a, b, c\n"},
    {"TablesWithGaps", R"({"facts": {"cpu": {"cores": 2, "caches": [{"level": 1, "type": "data"}, {"level": 2}]}}})",
     "Processor: cores=2 [Caches: level type / 1 data / 2 –]\n"},
    {"WideListsAreLines",
     R"({"facts": {"pci": [{"address": "0:1", "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8}]}})",
     "PCI devices: [: - 0:1 a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8]\n"},
    {"ListsOfLongTextsAreLines",
     R"({"facts": {"pci": [{"address": "0:1", "a": "01234567890123456789012345678901234567890123456789012345678901234567890123456789"}]}})",
     "PCI devices: [: - 0:1 a=01234567890123456789012345678901234567890123456789012345678901234567890123456789]\n"},
    {"BlocksCountInPowersOfTwo", R"({"facts": {"disks": [{"name": "sda", "block": {"value": 4096, "unit": "B"}}]}})",
     "Disks: [: name block / sda 4 KiB]\n"},
    {"ListsInLists", R"({"facts": {"numa": [{"node": 0, "distances": [10, 21], "cores": [{"id": 1}, {"id": 2}]}]}})",
     "NUMA: [: node distances cores / 0 10, 21 2]\n"},
    {"LooseScalars", R"({"facts": {"cpu": {"cores": 1}, "hostname": "h"}})",
     "Processor: cores=1\nOther: host name=h\n"},
    {"EmptyGroupsAreLeftOut", R"({"facts": {"cpu": {}, "disks": [], "accelerators": []}})",
     "The record holds no readable facts of this machine."},
    {"Sources",
     R"({"facts": {"cpu": {"model": "X", "cores": 2}}, "sources": {"cpu": "/proc/cpuinfo", "cpu.cores": "hwloc"}})",
     "Processor: model=X</proc/cpuinfo> cores=2<hwloc>\n"},
    {"Missing", R"({"facts": {"cpu": {"cores": 1}}, "missing": {"cpu.model": "no rights"}})",
     "Processor: cores=1\nmissing cpu.model: no rights\n"},
    {"WithoutWrapping", R"({"cpu": {"cores": 1}})", "Processor: cores=1\n"},
    {"Null", "null", "The record holds no readable facts of this machine."},
    {"ATextInstead", R"("facts")", "The record holds no readable facts of this machine."},
    {"WrongKinds", R"({"facts": {"cpu": 3}, "sources": 4, "missing": []})", "Other: Processor=3\n"},
};

class Machine : public ::testing::TestWithParam<MachineCase> {};

TEST_P(Machine, IsShown) { EXPECT_EQ(machine_text(Json::parse(GetParam().document)), GetParam().text); }

INSTANTIATE_TEST_SUITE_P(Facts, Machine, ::testing::ValuesIn(kMachineCases), test::case_name);

TEST(MachinePart, SpeaksChinese) {
  EXPECT_EQ(machine_text(Json::parse(R"({"facts": {"memory": {"total": {"value": 1024, "unit": "B"}, "ecc": false}}})"),
                         Language::kChinese),
            "内存: 总量=1 KiB ECC=否\n");
}

TEST(MachinePart, FoldsLongLists) {
  Json devices = Json::array();
  for (int i = 0; i < 300; ++i) devices.push_back({{"name", std::to_string(i)}});
  const std::string text = machine_text({{"facts", {{"pci", devices}}}});
  EXPECT_EQ(text.substr(0, 21), "PCI devices (folded):");
  EXPECT_NE(text.find("and 100 more, all in report.json"), std::string::npos);
}

TEST(MachinePart, DeepFactsAreCutOff) {
  Json deep = 1;
  for (int i = 0; i < 60; ++i) deep = {{"a", deep}};
  EXPECT_EQ(machine_text({{"facts", {{"cpu", deep}}}}), "The record holds no readable facts of this machine.");
}

TEST(MachinePart, LongFactsAreShortened) {
  const std::string text = machine_text({{"facts", {{"cpu", {{"model", std::string(100'000, 'x')}}}}}});
  EXPECT_LT(text.size(), 300U);
}

TEST(FactText, FollowsAPath) {
  const record::RunRecord run = test::sample_run();
  const Page page(run, Language::kEnglish);
  const Json& facts = run.machines.at("local");
  EXPECT_EQ(fact_text(page, facts, "cpu.cores"), "32");
  EXPECT_EQ(fact_text(page, facts, "memory.total"), "252 GiB");
  EXPECT_EQ(fact_text(page, facts, "cpu.nothing"), "");
  EXPECT_EQ(fact_text(page, facts, "cpu.cores.more"), "");
  EXPECT_EQ(fact_text(page, nullptr, "cpu"), "");
}

}  // namespace
}  // namespace assay::reports
