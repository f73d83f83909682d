// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/steady.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "support/cases.h"

namespace assay::hardware {
namespace {

std::string text_of(const expr::Value& value) { return to_json_line(expr::to_json(value)); }

SteadyFacts some_facts() {
  return SteadyFacts(expr::from_json(Json::parse(
      R"({"cpu": {"threads": 4}, "memory": {"total": 9, "available": 5},
          "disks": [{"name": "sda", "health": {"passed": true, "written": 7}}, {"name": "sdb"}]})")));
}

TEST(SteadyFacts, LackWhatChangesByItself) {
  const SteadyFacts facts = some_facts();
  EXPECT_EQ(
      text_of(facts.steady()),
      R"({"cpu":{"threads":4},"memory":{"total":9},"disks":[{"name":"sda","health":{"passed":true}},{"name":"sdb"}]})");
  EXPECT_EQ(text_of(*facts.now().member("memory")), R"({"total":9,"available":5})");
}

TEST(SteadyFacts, FindTheirPartsInOtherValues) {
  const SteadyFacts facts = some_facts();
  const expr::Value& disk = facts.now().member("disks")->as_list()[0];
  expr::Map row;
  row.set("n", expr::Value::integer(1));
  row.set("disk", disk);
  const auto steady = facts.without_changing(expr::Value::list({expr::Value::map(std::move(row))}));
  ASSERT_TRUE(steady);
  EXPECT_EQ(text_of(*steady), R"([{"n":1,"disk":{"name":"sda","health":{"passed":true}}}])");
}

TEST(SteadyFacts, LeaveOthersAsTheyAre) {
  const SteadyFacts facts = some_facts();
  EXPECT_FALSE(facts.without_changing(expr::Value::integer(5)));
  EXPECT_FALSE(facts.without_changing(*facts.now().member("cpu")));
  EXPECT_FALSE(facts.without_changing(expr::from_json(Json::parse(R"({"total": 9, "available": 5})"))))
      << "it only looks like one";
}

struct PathCase {
  const char* name;
  const char* path;
  bool changes;
};
class ChangingPaths : public testing::TestWithParam<PathCase> {};
TEST_P(ChangingPaths, AreThoseOfTheRows) { EXPECT_EQ(SteadyFacts::may_change(GetParam().path), GetParam().changes); }
const PathCase kPaths[] = {
    {"itself", "memory.available", true},  {"above", "memory", true},
    {"beside", "memory.total", false},     {"a_list", "disks", true},
    {"another_list", "raid", false},       {"begins_alike", "memory.avail", false},
    {"below", "accelerators.power", true}, {"limit", "accelerators.power_limit", false},
};
INSTANTIATE_TEST_SUITE_P(Rows, ChangingPaths, testing::ValuesIn(kPaths), assay::test::case_name);

TEST(SteadyFacts, MarkNothingThatNamesADevice) {
  for (const FactRow& row : fact_rows()) {
    for (const char* end : {".name", ".address", ".serial", ".uuid", ".model"})
      EXPECT_FALSE(row.changes && row.path.ends_with(end)) << row.path;
  }
}

}  // namespace
}  // namespace assay::hardware
