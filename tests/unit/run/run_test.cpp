// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "engine/action/judge_test.h"
#include "engine/run/events.h"
#include "engine/run/outcome.h"
#include "engine/run/scheduler.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Status;
using record::StepRecord;
using record::Verdict;

StepRecord result(Verdict verdict, bool blocker = true, std::string skip_kind = {}) {
  return {.id = "s",
          .blocker = blocker,
          .status = Status::kFinished,
          .verdict = verdict,
          .skip_kind = std::move(skip_kind),
          .outputs = Json::object()};
}

struct OutcomeCase {
  const char* name;
  std::vector<StepRecord> steps;
  Interruption interruption;
  bool broken;
  Verdict verdict;
  int exit_code;
};
class RunOutcome : public testing::TestWithParam<OutcomeCase> {};
TEST_P(RunOutcome, FollowsTheOrderOfVerdicts) {
  const Outcome outcome = judge_run(GetParam().steps, GetParam().interruption, GetParam().broken);
  EXPECT_EQ(outcome.verdict, GetParam().verdict);
  EXPECT_EQ(outcome.exit_code, GetParam().exit_code);
}
const OutcomeCase kOutcomes[] = {
    {"pass", {result(Verdict::kPass)}, Interruption::kNone, false, Verdict::kPass, 0},
    {"waived_before_pass",
     {result(Verdict::kPass), result(Verdict::kWaived)},
     Interruption::kNone,
     false,
     Verdict::kWaived,
     0},
    {"inconclusive_before_waived",
     {result(Verdict::kWaived), result(Verdict::kInconclusive)},
     Interruption::kNone,
     false,
     Verdict::kInconclusive,
     1},
    {"error_before_inconclusive",
     {result(Verdict::kInconclusive), result(Verdict::kError)},
     Interruption::kNone,
     false,
     Verdict::kError,
     3},
    {"fail_before_error",
     {result(Verdict::kError), result(Verdict::kFail)},
     Interruption::kNone,
     false,
     Verdict::kFail,
     1},
    {"nothing_judged", {result(Verdict::kSkipped)}, Interruption::kNone, false, Verdict::kInconclusive, 1},
    {"no_steps", {}, Interruption::kNone, false, Verdict::kInconclusive, 1},
    {"nonblocker_changes_nothing",
     {result(Verdict::kPass), result(Verdict::kFail, false)},
     Interruption::kNone,
     false,
     Verdict::kPass,
     0},
    {"skips_are_neutral",
     {result(Verdict::kPass), result(Verdict::kSkipped)},
     Interruption::kNone,
     false,
     Verdict::kPass,
     0},
    {"interrupted", {result(Verdict::kPass)}, Interruption::kInterrupt, false, Verdict::kPass, 130},
    {"terminated", {result(Verdict::kFail)}, Interruption::kTerminate, false, Verdict::kFail, 143},
    {"record_lost", {result(Verdict::kPass)}, Interruption::kNone, true, Verdict::kError, 3},
};
INSTANTIATE_TEST_SUITE_P(Outcomes, RunOutcome, testing::ValuesIn(kOutcomes), test::case_name);

// A plan of steps with the given needs.
plan::Plan plan_of(const std::vector<std::vector<std::size_t>>& needs, const std::vector<bool>& noisy = {}) {
  plan::Plan plan;
  for (std::size_t i = 0; i < needs.size(); ++i) {
    plan::PlannedStep step;
    step.id = std::string(1, static_cast<char>('a' + i));
    step.group = i;
    step.noisy = i < noisy.size() && noisy[i];
    plan.groups.push_back({.id = step.id, .first = i, .count = 1, .needs = needs[i]});
    plan.steps.push_back(std::move(step));
  }
  return plan;
}

TEST(Scheduler, StartsInPlanOrderAsFarAsThereIsRoom) {
  const plan::Plan plan = plan_of({{}, {}, {}});
  Scheduler scheduler(plan, 2);
  EXPECT_EQ(scheduler.next(), 0U);
  scheduler.start(0);
  EXPECT_EQ(scheduler.next(), 1U);
  scheduler.start(1);
  EXPECT_EQ(scheduler.next(), std::nullopt);
  scheduler.settle(1, result(Verdict::kPass));
  EXPECT_EQ(scheduler.next(), 2U);
}

TEST(Scheduler, WaitsForNeeds) {
  const plan::Plan plan = plan_of({{}, {0}, {1}});
  Scheduler scheduler(plan, 4);
  scheduler.start(0);
  EXPECT_EQ(scheduler.next(), std::nullopt);
  scheduler.settle(0, result(Verdict::kPass));
  EXPECT_EQ(scheduler.next(), 1U);
  scheduler.start(1);
  scheduler.settle(1, result(Verdict::kPass));
  scheduler.settle(2, result(Verdict::kPass));
  EXPECT_TRUE(scheduler.done());
}

TEST(Scheduler, ANoisyStepRunsAlone) {
  const plan::Plan plan = plan_of({{}, {}, {}}, {false, true, false});
  Scheduler scheduler(plan, 4);
  scheduler.start(0);
  EXPECT_EQ(scheduler.next(), std::nullopt) << "it waits for the others, and nothing overtakes it";
  scheduler.settle(0, result(Verdict::kPass));
  EXPECT_EQ(scheduler.next(), 1U);
  scheduler.start(1);
  EXPECT_EQ(scheduler.next(), std::nullopt);
  scheduler.settle(1, result(Verdict::kPass));
  EXPECT_EQ(scheduler.next(), 2U);
}

TEST(Scheduler, SuccessLooksAtAllNeedsTransitively) {
  const plan::Plan plan = plan_of({{}, {0}, {1}});
  Scheduler scheduler(plan, 1);
  scheduler.settle(0, result(Verdict::kFail));
  EXPECT_FALSE(scheduler.success(1));
  EXPECT_TRUE(scheduler.failure(1));
  EXPECT_EQ(scheduler.culprit(1), 0U);
  scheduler.settle(1, result(Verdict::kPass));  // it ran because of always()
  EXPECT_FALSE(scheduler.success(2)) << "the failure before it still counts";
  EXPECT_TRUE(scheduler.failure(2));
}

TEST(Scheduler, AStepSkippedByItsOwnConditionIsNoFailure) {
  const plan::Plan plan = plan_of({{}, {0}});
  Scheduler scheduler(plan, 1);
  scheduler.settle(0, result(Verdict::kSkipped, true, "condition"));
  EXPECT_TRUE(scheduler.success(1));
  EXPECT_FALSE(scheduler.failure(1));
}

TEST(Scheduler, AStepSkippedBecauseOfANeedBreaksTheChain) {
  const plan::Plan plan = plan_of({{}, {0}, {1}});
  Scheduler scheduler(plan, 1);
  scheduler.settle(0, result(Verdict::kError));
  scheduler.settle(1, result(Verdict::kSkipped, true, "needs"));
  EXPECT_FALSE(scheduler.success(2));
  EXPECT_TRUE(scheduler.failure(2));
}

TEST(Events, AreOneLineOfJsonEach) {
  const WallTime time{};
  EXPECT_EQ(to_json_line(Event(StepStarted{"a"}), time, 1),
            "{\"seq\":1,\"time\":\"1970-01-01T00:00:00.000000Z\",\"event\":\"step_started\",\"step\":\"a\"}\n");
  EXPECT_EQ(to_json_line(Event(StepProgress{"a", {"sample 1", 0.5}}), time, 1),
            "{\"seq\":1,\"time\":\"1970-01-01T00:00:00.000000Z\",\"event\":\"step_progress\",\"step\":\"a\",\"what\":"
            "\"sample "
            "1\",\"done\":0.5}\n");
  EXPECT_EQ(to_json_line(Event(RunFinished{Verdict::kPass, 0, ""}), time, 1),
            "{\"seq\":1,\"time\":\"1970-01-01T00:00:00.000000Z\",\"event\":\"run_finished\",\"verdict\":\"pass\","
            "\"exit_code\":0,"
            "\"problem\":\"\"}\n");
}

// judge_test lives in engine/action; its table stands here because both decide what a run comes to.
class JudgeMetric : public testing::Test {
 protected:
  JudgeMetric() {
    auto step = std::make_shared<recipe::Step>();
    step->test.emplace();
    step->test->test_class = recipe::TestClass::kPerformance;
    planned_.step = step;
    declared_.name.text = "rate";
    metric_.name = "rate";
    metric_.unit = "MB/s";
  }
  void judge(const std::string& interference = {}) {
    action::judge_metric(metric_, declared_, planned_, 6, interference);
  }
  plan::PlannedStep planned_;
  recipe::Metric declared_;
  record::MetricRecord metric_;
};

TEST_F(JudgeMetric, AboveTheLimitPasses) {
  metric_.samples = {10, 10.1, 10.2, 9.9, 10, 10.1};
  planned_.limits = {{"rate", 5.0, {}, "ours"}};
  judge();
  EXPECT_EQ(metric_.verdict, Verdict::kPass);
  EXPECT_EQ(metric_.limit_source, "ours");
  EXPECT_DOUBLE_EQ(*metric_.median, 10.05);
}

TEST_F(JudgeMetric, BelowTheLimitFails) {
  metric_.samples = {1, 1, 1, 1, 1, 1};
  planned_.limits = {{"rate", 5.0, {}, "ours"}};
  judge();
  EXPECT_EQ(metric_.verdict, Verdict::kFail);
}

TEST_F(JudgeMetric, AcrossTheLimitIsInconclusive) {
  metric_.samples = {4, 4, 4, 6, 6, 6};
  planned_.limits = {{"rate", 5.0, {}, "ours"}};
  judge();
  EXPECT_EQ(metric_.verdict, Verdict::kInconclusive);
}

TEST_F(JudgeMetric, WithoutALimitIsInconclusive) {
  metric_.samples = {10, 10, 10, 10, 10, 10};
  judge();
  EXPECT_EQ(metric_.verdict, Verdict::kInconclusive);
  EXPECT_EQ(metric_.reason, "no limit for this hardware");
}

TEST_F(JudgeMetric, SamplesThatWereNotOursDoNotCount) {
  metric_.samples = {10, 10, 10, 10, 10, 10, 10};
  metric_.cpu_share = {0.3, 0.3, 0.3, 0.99, 0.99, 0.99, 0.3};
  metric_.used = {false, false, false, true, true, true, false};
  planned_.limits = {{"rate", 5.0, {}, "ours"}};
  judge("held back by the control group 40 times");
  EXPECT_EQ(metric_.verdict, Verdict::kInconclusive);
  EXPECT_EQ(metric_.reason,
            "the CPU was not ours: 4 of 7 samples had less than 95 % of the CPU time they asked for (typically 30 %); "
            "held back by the control group 40 times");
}

TEST_F(JudgeMetric, EnoughGoodSamplesAreJudgedWithoutTheOthers) {
  metric_.samples = {10, 10, 10, 10, 10, 10, 1};
  metric_.cpu_share = {1, 1, 1, 1, 1, 1, 0.2};
  metric_.used = {true, true, true, true, true, true, false};
  planned_.limits = {{"rate", 5.0, {}, "ours"}};
  judge();
  EXPECT_EQ(metric_.verdict, Verdict::kPass);
  EXPECT_EQ(metric_.interval_low, 10);
}

TEST_F(JudgeMetric, NoSamplesNeverPass) {
  planned_.limits = {{"rate", {}, 5.0, "ours"}};
  judge();
  EXPECT_NE(metric_.verdict, Verdict::kPass);
  metric_.samples = {std::numeric_limits<double>::quiet_NaN(), 1, 1, 1, 1, 1, 1};
  judge();
  EXPECT_NE(metric_.verdict, Verdict::kPass);
}

TEST(JudgeTest, CountersThatRoseFailWhatOtherwisePassed) {
  StepRecord test = result(Verdict::kPass);
  test.criteria = {{"true", true, ""}};
  test.extra.edit().counters =
      action::counter_changes({{"edac.mc0.ce", 1}, {"net.eth0.rx_errors", 5}},
                              {{"edac.mc0.ce", 3}, {"net.eth0.rx_errors", 5}, {"kernel.taint", 0}});
  EXPECT_THAT(test.extra->counters, testing::ElementsAre(testing::Pair("edac.mc0.ce", 2)));
  action::judge_test(test);
  EXPECT_EQ(test.verdict, Verdict::kFail);
  EXPECT_EQ(test.reason, "the error counter edac.mc0.ce rose by 2 during the test");
}

TEST(JudgeTest, NothingJudgedIsInconclusive) {
  StepRecord test = result(Verdict::kPass);
  action::judge_test(test);
  EXPECT_EQ(test.verdict, Verdict::kInconclusive);
  EXPECT_EQ(test.reason, "nothing was judged");
}

TEST(JudgeTest, TheWorstPartDecidesAndAllReasonsAreKept) {
  StepRecord test = result(Verdict::kPass);
  test.metrics = {{.name = "m", .verdict = Verdict::kInconclusive, .reason = "wide"}};
  test.criteria = {{"outputs.n == 0", false, "outputs.n = 3"}};
  action::judge_test(test);
  EXPECT_EQ(test.verdict, Verdict::kFail);
  EXPECT_EQ(test.reason, "m: wide; does not hold: outputs.n == 0 (outputs.n = 3)");
}

}  // namespace
}  // namespace assay::run
