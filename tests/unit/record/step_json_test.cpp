// SPDX-License-Identifier: Apache-2.0
// Records to JSON and back: nothing is lost, nothing is made up.
#include "engine/record/step_json.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support/cases.h"
#include "support/numbers.h"

namespace assay::record {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
using test::kInfinity;

StepRecord full_step() {
  return {.id = "outer/b[m=flip]",
          .name = "Speed",
          .action = "run",
          .test_class = "performance",
          .hardware = "cpu",
          .target = "local",
          .blocker = false,
          .needs = {"a", "c"},
          .status = Status::kFinished,
          .verdict = Verdict::kFail,
          .reason = "too slow",
          .skip_kind = "needs",
          .started = WallTime(std::chrono::microseconds(1'769'848'200'000'001)),
          .finished = WallTime(std::chrono::microseconds(1'769'848'201'500'000)),
          .duration_s = 1.5,
          .attempts = 3,
          .exit_code = 4,
          .command = {},
          .metrics = {{.name = "rate",
                       .unit = "MB/s",
                       .better = "higher",
                       .help = "bytes a second",
                       .samples = {1.5, kNan, kInfinity, -kInfinity},
                       .cpu_share = {0.99, 0.5, 1.0, 0.25},
                       .used = {true, false, true, false},
                       .median = 1.5,
                       .interval_low = 1.25,
                       .interval_high = 1.75,
                       .confidence = 0.96875,
                       .limit_min = 2,
                       .limit_max = 3,
                       .limit_source = "ours",
                       .verdict = Verdict::kInconclusive,
                       .reason = "wide"}},
          .criteria = {{"outputs.x > 1", false, "outputs.x = 0"}, {"exit_code == 0", true, "exit_code = 0"}},
          .evidence = {{.name = "stdout", .sha256 = std::string(64, 'a'), .size = 1ULL << 40U}},
          .outputs = {{"x", 0}, {"list", {1, "y"}}},
          .extra = StepExtra{.name_zh = "速度",
                             .proves = "it is fast",
                             .proves_zh = "很快",
                             .condition = "always()",
                             .params = {{"n", 7}},
                             .params_from = {{"n", "-p"}},
                             .set_by = {{"timeout", "site.yaml:4"}},
                             .outputs_from = {{"x", "int(stdout)"}},
                             .rescues = {"a", "c"},
                             .counters = {{"edac.mc0.ce", 2}, {"net.eth0.rx_errors", 7}},
                             .typed_outputs = {{"x", {{"int", "0"}}}}}};
}

StepRecord there_and_back(const StepRecord& step) {
  StepRecord out;
  plan_from_json(Json::parse(plan_to_json(step).dump()), out);
  result_from_json(Json::parse(result_to_json(step).dump()), out);
  return out;
}

TEST(StepJson, GivesTheWholePlanBack) {
  const StepRecord step = full_step();
  const StepRecord back = there_and_back(step);
  EXPECT_EQ(back.id, step.id);
  EXPECT_EQ(back.name, step.name);
  EXPECT_EQ(back.extra->name_zh, step.extra->name_zh);
  EXPECT_EQ(back.action, step.action);
  EXPECT_EQ(back.test_class, step.test_class);
  EXPECT_EQ(back.hardware, step.hardware);
  EXPECT_EQ(back.target, step.target);
  EXPECT_EQ(back.extra->proves, step.extra->proves);
  EXPECT_EQ(back.extra->proves_zh, step.extra->proves_zh);
  EXPECT_EQ(back.blocker, step.blocker);
  EXPECT_EQ(back.needs, step.needs);
  EXPECT_EQ(back.extra->condition, step.extra->condition);
  EXPECT_EQ(back.extra->params, step.extra->params);
  EXPECT_EQ(back.extra->params_from, step.extra->params_from);
  EXPECT_EQ(back.extra->set_by, step.extra->set_by);
  EXPECT_EQ(back.extra->outputs_from, step.extra->outputs_from);
  EXPECT_EQ(plan_to_json(back), plan_to_json(step));
}

TEST(StepJson, GivesTheWholeResultBack) {
  const StepRecord step = full_step();
  const StepRecord back = there_and_back(step);
  EXPECT_EQ(back.status, step.status);
  EXPECT_EQ(back.verdict, step.verdict);
  EXPECT_EQ(back.reason, step.reason);
  EXPECT_EQ(back.skip_kind, step.skip_kind);
  EXPECT_EQ(back.started, step.started);
  EXPECT_EQ(back.finished, step.finished);
  EXPECT_EQ(back.duration_s, step.duration_s);
  EXPECT_EQ(back.attempts, step.attempts);
  EXPECT_EQ(back.exit_code, step.exit_code);
  EXPECT_EQ(back.extra->counters, step.extra->counters);
  EXPECT_EQ(back.extra->rescues, step.extra->rescues);
  EXPECT_EQ(back.extra->typed_outputs, step.extra->typed_outputs);
  EXPECT_EQ(back.outputs, step.outputs);
  ASSERT_EQ(back.criteria.size(), 2U);
  EXPECT_EQ(back.criteria[0].expression, "outputs.x > 1");
  EXPECT_FALSE(back.criteria[0].holds);
  EXPECT_TRUE(back.criteria[1].holds);
  EXPECT_EQ(back.criteria[1].observed, "exit_code = 0");
  ASSERT_EQ(back.evidence.size(), 1U);
  EXPECT_EQ(back.evidence[0].size, 1ULL << 40U);
  EXPECT_EQ(result_to_json(back), result_to_json(step));
}

TEST(StepJson, GivesTheWholeMetricBack) {
  const MetricRecord metric = full_step().metrics[0];
  const MetricRecord back = there_and_back(full_step()).metrics.at(0);
  EXPECT_EQ(back.name, metric.name);
  EXPECT_EQ(back.unit, metric.unit);
  EXPECT_EQ(back.better, metric.better);
  EXPECT_EQ(back.help, metric.help);
  ASSERT_EQ(back.samples.size(), 4U);
  EXPECT_EQ(back.samples[0], 1.5);
  EXPECT_TRUE(std::isnan(back.samples[1]));
  EXPECT_EQ(back.samples[2], kInfinity);
  EXPECT_EQ(back.samples[3], -kInfinity);
  EXPECT_EQ(back.cpu_share, metric.cpu_share);
  EXPECT_EQ(back.used, metric.used);
  EXPECT_EQ(back.median, metric.median);
  EXPECT_EQ(back.interval_low, metric.interval_low);
  EXPECT_EQ(back.interval_high, metric.interval_high);
  EXPECT_EQ(back.confidence, metric.confidence);
  EXPECT_EQ(back.limit_min, metric.limit_min);
  EXPECT_EQ(back.limit_max, metric.limit_max);
  EXPECT_EQ(back.limit_source, metric.limit_source);
  EXPECT_EQ(back.verdict, metric.verdict);
  EXPECT_EQ(back.reason, metric.reason);
}

TEST(StepJson, WhatIsNotKnownIsNotWritten) {
  StepRecord step;
  step.id = "a";
  step.outputs = Json::object();
  EXPECT_EQ(plan_to_json(step).dump(), R"({"id":"a"})");
  EXPECT_EQ(result_to_json(step).dump(),
            R"({"step":"a","status":"pending","verdict":"skipped","duration_s":0.0,"attempts":0})");
  step.metrics = {{.name = "m", .unit = "1", .better = "lower"}};
  EXPECT_EQ(result_to_json(step)["metrics"].dump(),
            R"([{"name":"m","unit":"1","better":"lower","samples":[],"verdict":"skipped"}])");
  const StepRecord back = there_and_back(step);
  EXPECT_TRUE(back.blocker) << "the default is a blocker";
  EXPECT_FALSE(back.started);
  EXPECT_FALSE(back.exit_code);
  EXPECT_FALSE(back.metrics.at(0).median);
  EXPECT_FALSE(back.metrics.at(0).limit_min);
}

TEST(StepJson, BoundsThatAreNoNumbersAreLeftOut) {
  StepRecord step;
  step.outputs = Json::object();
  step.metrics = {{.name = "m", .median = kNan, .interval_low = -kInfinity, .limit_max = kInfinity}};
  const Json metric = result_to_json(step)["metrics"][0];
  EXPECT_FALSE(metric.contains("median"));
  EXPECT_FALSE(metric.contains("low"));
  EXPECT_FALSE(metric.contains("limit_max"));
}

TEST(StepJson, EveryStatusAndVerdictHasItsWord) {
  const std::vector<std::pair<Status, const char*>> statuses = {
      {Status::kPending, "pending"},    {Status::kRunning, "running"}, {Status::kWaiting, "waiting"},
      {Status::kFinished, "finished"},  {Status::kError, "error"},     {Status::kSkipped, "skipped"},
      {Status::kCancelled, "cancelled"}};
  for (const auto& [status, word] : statuses) {
    EXPECT_EQ(to_string(status), word);
    EXPECT_EQ(status_from(word), status);
  }
  const std::vector<std::pair<Verdict, const char*>> verdicts = {
      {Verdict::kPass, "pass"},     {Verdict::kFail, "fail"},       {Verdict::kInconclusive, "inconclusive"},
      {Verdict::kWaived, "waived"}, {Verdict::kSkipped, "skipped"}, {Verdict::kError, "error"}};
  for (const auto& [verdict, word] : verdicts) {
    EXPECT_EQ(to_string(verdict), word);
    EXPECT_EQ(verdict_from(word), verdict);
  }
  EXPECT_FALSE(status_from("done"));
  EXPECT_FALSE(status_from(""));
  EXPECT_FALSE(verdict_from("Pass"));
}

struct HostileStepCase {
  const char* name;
  const char* json;
};
class Hostile : public testing::TestWithParam<HostileStepCase> {};
TEST_P(Hostile, IsNeverAPass) {
  StepRecord step;
  result_from_json(Json::parse(GetParam().json), step);
  EXPECT_EQ(step.status, Status::kError);
  EXPECT_EQ(step.verdict, Verdict::kError);
  for (const MetricRecord& metric : step.metrics) EXPECT_EQ(metric.verdict, Verdict::kError);
  for (const CriterionRecord& criterion : step.criteria) EXPECT_FALSE(criterion.holds);
}
const HostileStepCase kHostileSteps[] = {
    {"nothing", "{}"},
    {"unknown_words", R"({"status":"done","verdict":"PASS"})"},
    {"numbers", R"({"status":3,"verdict":0})"},
    {"metrics_of_other_types", R"({"metrics":[1,"x",[],{"samples":3,"used":"x","verdict":7},{"verdict":"good"}]})"},
    {"criteria_of_other_types", R"({"criteria":[1,"x",[],{"holds":"true"},{"holds":1}]})"},
    {"arrays", R"(["status","pass"])"},
    {"text", R"("pass")"},
};
INSTANTIATE_TEST_SUITE_P(StepJson, Hostile, testing::ValuesIn(kHostileSteps), test::case_name);

TEST(StepJson, SamplesOfOtherTypesAreNoNumbers) {
  StepRecord step;
  result_from_json(Json::parse(R"({"metrics":[{"samples":[1,"Infinity","-Infinity","NaN","x",null,[]],
                                  "used":[true,1,"true"]}]})"),
                   step);
  const MetricRecord& metric = step.metrics.at(0);
  ASSERT_EQ(metric.samples.size(), 7U);
  EXPECT_EQ(metric.samples[0], 1);
  EXPECT_EQ(metric.samples[1], kInfinity);
  EXPECT_EQ(metric.samples[2], -kInfinity);
  for (std::size_t i = 3; i < 7; ++i) EXPECT_TRUE(std::isnan(metric.samples[i])) << i;
  EXPECT_THAT(metric.used, testing::ElementsAre(true, false, false));
}

// A run may have 100,000 of them: most have nothing that is seldom there, and then it costs a pointer.
TEST(StepJson, AStepWithoutExtrasMakesNone) {
  StepRecord plain{.id = "a", .action = "run", .target = "local", .effect = "changes", .needs = {"b"}};
  plain.outputs = {{"x", 1}};
  EXPECT_TRUE(there_and_back(plain).extra.is_fresh());
  EXPECT_FALSE(there_and_back(full_step()).extra.is_fresh());
  EXPECT_LE(sizeof(StepRecord), 600U);
}

TEST(StepJson, AnEndReplacesWhatAnEarlierOneSaid) {
  StepRecord step;
  result_from_json(result_to_json(full_step()), step);
  ASSERT_FALSE(step.outputs.empty());
  result_from_json(Json::parse(R"({"status":"finished","verdict":"pass"})"), step);
  EXPECT_EQ(step.outputs, Json::object());
  EXPECT_TRUE(step.extra->typed_outputs.is_null());
  EXPECT_TRUE(step.extra->rescues.empty() && step.extra->counters.empty());
  EXPECT_TRUE(step.metrics.empty() && step.criteria.empty() && step.evidence.empty());
  EXPECT_EQ(step.reason, "");
}

TEST(StepJson, CountersOfOtherTypesAreLeftOut) {
  StepRecord step;
  result_from_json(Json::parse(R"({"counters":{"a":1,"b":"2","c":1.5,"d":-4,"e":null}})"), step);
  EXPECT_THAT(step.extra->counters, testing::ElementsAre(testing::Pair("a", 1), testing::Pair("d", -4)));
}

TEST(PreconditionJson, ThereAndBack) {
  const PreconditionRecord full{
      .name = "governor", .observed = "powersave", .wanted = "performance", .good = false, .note = "slow"};
  EXPECT_EQ(to_json(full).dump(),
            R"({"name":"governor","observed":"powersave","good":false,"wanted":"performance","note":"slow"})");
  EXPECT_EQ(to_json(precondition_from_json(to_json(full))), to_json(full));
  const PreconditionRecord few{.name = "smt", .observed = "on"};
  EXPECT_EQ(to_json(few).dump(), R"({"name":"smt","observed":"on","good":true})");
  EXPECT_EQ(to_json(precondition_from_json(Json::parse(R"({"name":1,"good":"no"})"))).dump(),
            R"({"name":"","observed":"","good":true})");
}

TEST(ToolJson, ThereAndBack) {
  const ToolRecord tool{.name = "fio", .path = "/usr/bin/fio", .version = "fio-3.33", .sha256 = "00"};
  EXPECT_EQ(to_json(tool).dump(), R"({"name":"fio","path":"/usr/bin/fio","version":"fio-3.33","sha256":"00"})");
  EXPECT_EQ(to_json(tool_from_json(to_json(tool))), to_json(tool));
  EXPECT_EQ(tool_from_json(Json::parse(R"([1])")).name, "");
}

TEST(CountVerdicts, CountsTestsOfAProgrammeAndStepsOfARecipe) {
  RunRecord run;
  run.steps = {{.id = "a", .status = Status::kFinished, .verdict = Verdict::kPass, .outputs = {}},
               {.id = "b", .status = Status::kFinished, .verdict = Verdict::kFail, .outputs = {}}};
  auto counts = count_verdicts(run);
  EXPECT_EQ(counts.size(), 6U) << "every verdict is there, also with 0";
  EXPECT_EQ(counts["pass"], 1);
  EXPECT_EQ(counts["fail"], 1);
  EXPECT_EQ(counts["waived"], 0);
  run.steps.push_back({.id = "t",
                       .test_class = "functional",
                       .status = Status::kFinished,
                       .verdict = Verdict::kInconclusive,
                       .outputs = {}});
  counts = count_verdicts(run);
  EXPECT_EQ(counts["pass"], 1) << "a recipe with tests is no programme";
  EXPECT_EQ(counts["inconclusive"], 1);
  run.programme = "quick";
  counts = count_verdicts(run);
  EXPECT_EQ(counts["pass"], 0) << "steps that are no tests are not counted beside tests";
  EXPECT_EQ(counts["inconclusive"], 1);
}

TEST(CountVerdicts, WhatIsNotSettledIsOpen) {
  RunRecord run;
  for (const Status status :
       {Status::kFinished, Status::kPending, Status::kRunning, Status::kWaiting, Status::kSkipped}) {
    run.steps.push_back({.id = "s", .status = status, .outputs = {}});
  }
  auto counts = count_verdicts(run);
  EXPECT_EQ(counts["open"], 3);
  EXPECT_EQ(counts["skipped"], 2);
}

}  // namespace
}  // namespace assay::record
