// SPDX-License-Identifier: Apache-2.0
#include "reports/coverage.h"

#include <gtest/gtest.h>

#include "support/sample_record.h"

namespace assay::reports {
namespace {

using record::RunRecord;
using record::Status;
using record::StepRecord;
using record::Verdict;

std::string summary(const Coverage& coverage) {
  std::string text = std::to_string(coverage.ran) + "/" + std::to_string(coverage.tests) + "\n";
  for (const CoverageArea& area : coverage.areas) {
    text += area.hardware + " " + area.test_class + " " + std::to_string(area.steps.size()) + ":";
    for (const StepRecord* step : area.skipped) text += " " + step->id + "=" + kind_of_skip(*step);
    text += "\n";
  }
  return text;
}

TEST(Coverage, CountsByAreaAndClass) {
  EXPECT_EQ(summary(coverage_of(test::sample_run())),
            "15/18\n"
            "identity functional 1:\n"
            "cpu functional 1:\n"
            "cpu performance 2:\n"
            "cpu stability 1:\n"
            "memory functional 2:\n"
            "memory performance 2:\n"
            "memory stability 2:\n"
            "disk functional 1: disk-health=not_possible\n"
            "disk performance 1:\n"
            "disk stability 1:\n"
            "network functional 1:\n"
            "network performance 1: network-peer=not_possible\n"
            "platform functional 1:\n"
            "accelerator functional 1: accelerator-compute=not_applicable\n");
}

TEST(Coverage, OfARecipeCountsItsSteps) {
  EXPECT_EQ(summary(coverage_of(test::recipe_run())), "1/3\n  3: fetch@n2=unfinished install@n1=unfinished\n");
}

TEST(Coverage, OfNothingIsNothing) { EXPECT_EQ(summary(coverage_of(RunRecord{})), "0/0\n"); }

TEST(Coverage, ATestThatCouldNotBeCarriedOutWasTried) {
  StepRecord step = test::sample_test("a", "functional", "cpu");
  step.status = Status::kError;
  step.verdict = Verdict::kError;
  EXPECT_TRUE(was_tried(step));
  step.status = Status::kCancelled;
  EXPECT_FALSE(was_tried(step));
  EXPECT_TRUE(is_unfinished(step));
}

TEST(Coverage, AnUnknownKindOfSkipIsOther) {
  StepRecord step = test::sample_test("a", "functional", "cpu");
  step.status = Status::kSkipped;
  step.skip_kind = "later";
  EXPECT_EQ(kind_of_skip(step), "other");
  for (const char* kind : {"not_applicable", "not_possible", "not_selected", "condition", "needs"}) {
    step.skip_kind = kind;
    EXPECT_EQ(kind_of_skip(step), kind);
  }
}

TEST(Classes, StandInTheOrderThatPeopleExpect) {
  RunRecord run;
  for (const char* name : {"stability", "zeta", "performance", "", "functional"}) {
    run.steps.push_back(test::sample_test("a", name, "cpu"));
  }
  StepList all;
  for (const StepRecord& step : run.steps) all.push_back(&step);
  EXPECT_EQ(classes_of(all), (std::vector<std::string>{"functional", "performance", "stability", "zeta", ""}));
  EXPECT_EQ(judged_steps(run).size(), 4U);
  EXPECT_EQ(other_steps(run).size(), 1U);
}

}  // namespace
}  // namespace assay::reports
