// SPDX-License-Identifier: Apache-2.0
// What the samples, criteria and counters of a test come to.
#include "engine/action/judge_test.h"

#include <gmock/gmock.h>

#include <limits>

namespace assay::action {
namespace {

using record::StepRecord;
using record::Verdict;

const StepRecord kPassed = {
    .id = "s", .status = record::Status::kFinished, .verdict = Verdict::kPass, .outputs = Json::object()};

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
  void judge(const std::string& interference = {}) { judge_metric(metric_, declared_, planned_, 6, interference); }
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

TEST(JudgeWhole, CountersThatRoseFailWhatOtherwisePassed) {
  StepRecord test = kPassed;
  test.criteria = {{"true", true, ""}};
  test.extra.edit().counters = counter_changes({{"edac.mc0.ce", 1}, {"net.eth0.rx_errors", 5}},
                                               {{"edac.mc0.ce", 3}, {"net.eth0.rx_errors", 5}, {"kernel.taint", 0}});
  EXPECT_THAT(test.extra->counters, testing::ElementsAre(testing::Pair("edac.mc0.ce", 2)));
  judge_test(test);
  EXPECT_EQ(test.verdict, Verdict::kFail);
  EXPECT_EQ(test.reason, "the error counter edac.mc0.ce rose by 2 during the test");
}

TEST(JudgeWhole, CountersGoOnFromTheFirstStart) {
  using testing::ElementsAre;
  using testing::Pair;
  EXPECT_THAT(without_zeros({{"a", 0}, {"b", 2}}), ElementsAre(Pair("b", 2)));
  // b was reset by a reboot, c is not there any more.
  const auto before = counters_to_go_on_from({{"a", 3}, {"b", 5}, {"c", 1}}, {{"a", 4}, {"b", 1}, {"d", 1}});
  EXPECT_THAT(before, ElementsAre(Pair("a", 3)));
  EXPECT_THAT(counter_changes(before, {{"a", 4}, {"b", 1}, {"d", 1}}),
              ElementsAre(Pair("a", 1), Pair("b", 1), Pair("d", 1)));
}

TEST(JudgeWhole, NothingJudgedIsInconclusive) {
  StepRecord test = kPassed;
  judge_test(test);
  EXPECT_EQ(test.verdict, Verdict::kInconclusive);
  EXPECT_EQ(test.reason, "nothing was judged");
}

TEST(JudgeWhole, TheWorstPartDecidesAndAllReasonsAreKept) {
  StepRecord test = kPassed;
  test.metrics = {{.name = "m", .verdict = Verdict::kInconclusive, .reason = "wide"}};
  test.criteria = {{"outputs.n == 0", false, "outputs.n = 3"}};
  judge_test(test);
  EXPECT_EQ(test.verdict, Verdict::kFail);
  EXPECT_EQ(test.reason, "m: wide; does not hold: outputs.n == 0 (outputs.n = 3)");
}

}  // namespace
}  // namespace assay::action
