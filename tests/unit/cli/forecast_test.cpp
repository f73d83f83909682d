// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/forecast.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "support/cases.h"

namespace assay::cli {
namespace {

using record::StepRecord;

StepRecord step_of(const std::string& id, std::vector<std::string> needs = {}, const std::string& test_class = "") {
  StepRecord step;
  step.id = id;
  step.needs = std::move(needs);
  step.test_class = test_class;
  return step;
}

struct AheadCase {
  const char* name;
  std::vector<StepRecord> steps;
  PastDurations past;
  std::size_t jobs;
  double left_s;
  std::size_t unknown;
  std::vector<std::string> next;
};
class Ahead : public testing::TestWithParam<AheadCase> {};
TEST_P(Ahead, FollowsThePlan) {
  const AheadCase& row = GetParam();
  const Forecast forecast(row.steps, row.past, row.jobs);
  const Outlook outlook = forecast.look_ahead(0);
  EXPECT_DOUBLE_EQ(outlook.left_s, row.left_s);
  EXPECT_EQ(outlook.unknown, row.unknown);
  std::vector<std::string> next;
  for (const std::size_t step : outlook.next) next.push_back(row.steps[step].id);
  EXPECT_EQ(next, row.next);
}
const AheadCase kAhead[] = {
    {"nothing", {}, {}, 4, 0, 0, {}},
    {"no_history", {step_of("a"), step_of("b", {"a"})}, {}, 4, 0, 2, {"a", "b"}},
    {"one_after_the_other", {step_of("a"), step_of("b", {"a"})}, {{"a", 10}, {"b", 5}}, 4, 15, 0, {"a", "b"}},
    {"side_by_side", {step_of("a"), step_of("b")}, {{"a", 10}, {"b", 5}}, 4, 10, 0, {"a", "b"}},
    {"one_place", {step_of("a"), step_of("b")}, {{"a", 10}, {"b", 5}}, 1, 15, 0, {"a", "b"}},
    {"no_place_counts_as_one", {step_of("a"), step_of("b")}, {{"a", 10}, {"b", 5}}, 0, 15, 0, {"a", "b"}},
    // Two places: 8 beside 5 and then 4.
    {"two_places",
     {step_of("a"), step_of("b"), step_of("c")},
     {{"a", 8}, {"b", 5}, {"c", 4}},
     2,
     9,
     0,
     {"a", "b", "c"}},
    {"the_longer_branch_decides",
     {step_of("a"), step_of("b", {"a"}), step_of("c", {"a"}), step_of("d", {"b", "c"})},
     {{"a", 1}, {"b", 2}, {"c", 30}, {"d", 4}},
     4,
     35,
     0,
     {"a", "b", "c"}},
    {"measuring_is_done_alone",
     {step_of("a", {}, "performance"), step_of("b", {}, "performance"), step_of("c")},
     {{"a", 10}, {"b", 10}, {"c", 10}},
     8,
     30,
     0,
     {"a", "b", "c"}},
    {"rows_wait_for_all_rows",
     {step_of("a[n=1]"), step_of("a[n=2]"), step_of("b", {"a"})},
     {{"a[n=1]", 3}, {"a[n=2]", 7}, {"b", 1}},
     4,
     8,
     0,
     {"a[n=1]", "a[n=2]", "b"}},
    {"a_row_is_like_its_fellows",
     {step_of("a[n=1]"), step_of("a[n=2]"), step_of("a[n=3]")},
     {{"a[n=1]", 3}, {"a[n=2]", 7}},
     1,
     15,
     0,
     {"a[n=1]", "a[n=2]", "a[n=3]"}},
    {"a_container_takes_nothing_itself",
     {step_of("u"), step_of("u/a"), step_of("u/b", {"u/a"}), step_of("c", {"u"})},
     {{"u", 99}, {"u/a", 3}, {"u/b", 4}, {"c", 5}},
     4,
     12,
     0,
     {"u/a", "u/b", "c"}},
    {"needs_that_are_not_there", {step_of("a", {"zz"})}, {{"a", 2}}, 1, 2, 0, {"a"}},
    // A record that waits for itself is no reason to hang.
    {"a_circle", {step_of("a", {"b"}), step_of("b", {"a"})}, {{"a", 2}}, 1, 0, 0, {}},
};
INSTANTIATE_TEST_SUITE_P(Forecast, Ahead, testing::ValuesIn(kAhead), test::case_name);

TEST(Forecast, CountsWhatRunsAndWhatIsThrough) {
  Forecast forecast({step_of("a"), step_of("b", {"a"}), step_of("c", {"b"})}, {{"a", 10}, {"b", 20}, {"c", 5}}, 2);
  forecast.started(0, 0);
  EXPECT_DOUBLE_EQ(forecast.look_ahead(4).left_s, 31);
  EXPECT_EQ(forecast.look_ahead(4).next, (std::vector<std::size_t>{1, 2}));
  forecast.ran(0, 12);
  forecast.settled(0);
  EXPECT_DOUBLE_EQ(forecast.look_ahead(12).left_s, 25);
  forecast.started(1, 12);
  // It takes longer than it did: it is taken to end any moment.
  EXPECT_DOUBLE_EQ(forecast.look_ahead(100).left_s, 5);
  forecast.settled(1);
  forecast.settled(2);
  EXPECT_DOUBLE_EQ(forecast.look_ahead(100).left_s, 0);
}

TEST(Forecast, LearnsFromTheRowsOfThisRun) {
  Forecast forecast({step_of("a[n=1]"), step_of("a[n=2]"), step_of("a[n=3]")}, {}, 1);
  EXPECT_EQ(forecast.expected_s(1), std::nullopt);
  EXPECT_EQ(forecast.look_ahead(0).unknown, 3U);
  forecast.started(0, 0);
  forecast.ran(0, 6);
  forecast.settled(0);
  EXPECT_EQ(forecast.expected_s(1), 6);
  EXPECT_DOUBLE_EQ(forecast.look_ahead(6).left_s, 12);
  EXPECT_EQ(forecast.look_ahead(6).unknown, 0U);
}

TEST(Forecast, WhatIsSettledInTheRecordStaysSo) {
  std::vector<StepRecord> steps = {step_of("a"), step_of("b", {"a"})};
  steps[0].status = record::Status::kFinished;
  EXPECT_DOUBLE_EQ(Forecast(steps, {{"a", 10}, {"b", 4}}, 1).look_ahead(0).left_s, 4);
}

TEST(Forecast, KnowsItsStepsByTheirIds) {
  const Forecast forecast({step_of("a"), step_of("b[n=1]@t")}, {}, 1);
  EXPECT_EQ(forecast.index_of("b[n=1]@t"), 1U);
  EXPECT_EQ(forecast.index_of("b"), std::nullopt);
}

TEST(Forecast, CopesWithManySteps) {
  std::vector<StepRecord> steps;
  PastDurations past;
  for (int i = 0; i < 20'000; ++i) {
    steps.push_back(step_of("a[n=" + std::to_string(i) + "]", {"first"}));
    past[steps.back().id] = 1;
  }
  steps.push_back(step_of("first"));
  past["first"] = 10;
  EXPECT_DOUBLE_EQ(Forecast(steps, past, 8).look_ahead(0).left_s, 2'510);
}

TEST(Forecast, KnowsFromThePlanWhatStepsHold) {
  const auto planned = [](const char* id, std::vector<plan::HeldPool> pools, bool noisy, bool skipped) {
    plan::PlannedStep step;
    step.id = id;
    step.pools = std::move(pools);
    step.noisy = noisy;
    if (skipped) step.skip = plan::PlannedSkip{"why", "condition"};
    return step;
  };
  plan::Plan plan;
  plan.pools = {{"heavy", 1}};
  plan.steps = {planned("a", {{"heavy", 1}}, false, false), planned("b", {{"heavy", 1}}, false, false),
                planned("c", {}, true, false), planned("d", {}, false, true)};
  const std::vector<StepRecord> steps = {step_of("a"), step_of("b"), step_of("c"), step_of("d")};
  const PastDurations past = {{"a", 1}, {"b", 1}, {"c", 2}, {"d", 50}};
  EXPECT_DOUBLE_EQ(Forecast(steps, past, 8, &plan).look_ahead(0).left_s, 4);
  EXPECT_EQ(Forecast(steps, {{"a", 1}}, 8, &plan).look_ahead(0).unknown, 2U) << "what is skipped takes nothing";
}

}  // namespace
}  // namespace assay::cli
