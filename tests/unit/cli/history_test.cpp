// SPDX-License-Identifier: Apache-2.0
#include "cli/history.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/record/run_writer.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::cli {
namespace {

using Durations = std::map<std::string, double>;

class History : public testing::Test {
 protected:
  void run(const std::string& id, const std::string& name, const Durations& took, bool sealed = true) {
    auto writer = record::RunWriter::create(
        folder_.path(), id, {{"assay", "0.1.0"}, {"source", {{"kind", "Recipe"}, {"name", name}}}}, clock_);
    ASSERT_TRUE(writer) << render(writer.error());
    std::vector<record::StepRecord> steps;
    for (const auto& [step, seconds] : took) {
      record::StepRecord one;
      one.id = step;
      one.outputs = Json::object();
      steps.push_back(one);
    }
    ASSERT_TRUE(writer->planned(steps));
    for (record::StepRecord& one : steps) {
      one.status = record::Status::kFinished;
      one.verdict = record::Verdict::kPass;
      one.duration_s = took.at(one.id);
      one.attempts = one.duration_s > 0 ? 1 : 0;
      ASSERT_TRUE(writer->finished(one));
    }
    ASSERT_TRUE(sealed ? writer->sealed(record::Verdict::kPass, 0, "") : writer->close());
  }

  test::TempFolder folder_;
  test::FakeClock clock_;
};

TEST_F(History, OfAnEmptyStoreIsEmpty) { EXPECT_EQ(past_durations(folder_.path(), "r"), Durations()); }

TEST_F(History, IsTheMedianOfTheNewestFive) {
  run("20260101T000000Z-000000", "r", {{"a", 1000}});  // too old
  for (int i = 1; i <= 5; ++i) run("20260102T00000" + std::to_string(i) + "Z-000000", "r", {{"a", i * i}});
  EXPECT_EQ(past_durations(folder_.path(), "r"), (Durations{{"a", 9}}));
}

TEST_F(History, TakesFinishedRunsOfTheSameNameOnly) {
  run("20260101T000001Z-000000", "r", {{"a", 2}, {"b", 5}});
  run("20260101T000002Z-000000", "r", {{"a", 4}, {"skipped", 0}});
  run("20260101T000003Z-000000", "r", {{"a", 100}}, false);
  run("20260101T000004Z-000000", "other", {{"a", 200}});
  EXPECT_EQ(past_durations(folder_.path(), "r"), (Durations{{"a", 3}, {"b", 5}}));
}

TEST_F(History, PassesOverWhatCannotBeRead) {
  run("20260101T000001Z-000000", "r", {{"a", 2}});
  folder_.write("runs/20260101T000009Z-000000/run.json", "{\"name\": \"r\"");
  EXPECT_EQ(past_durations(folder_.path(), "r"), (Durations{{"a", 2}}));
}

}  // namespace
}  // namespace assay::cli
