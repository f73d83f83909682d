// SPDX-License-Identifier: Apache-2.0
// Tests as a suite states them, carried out: samples, criteria, CPU share, how they end.
#include <cmath>

#include "action_fixture.h"
#include "engine/base/text.h"
#include "support/cases.h"

namespace assay::action {
namespace {

using record::Status;
using record::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// "status verdict: reason [skip kind]", then each metric with its samples and verdict, then each criterion.
std::string told(const record::StepRecord& step) {
  std::string out = std::string(record::to_string(step.status)) + " " + std::string(record::to_string(step.verdict));
  if (!step.reason.empty()) out += ": " + step.reason;
  if (!step.skip_kind.empty()) out += " [" + step.skip_kind + "]";
  for (const record::MetricRecord& metric : step.metrics) {
    out += " <" + metric.name + " " + std::string(record::to_string(metric.verdict));
    for (const double sample : metric.samples) out += " " + shortest(sample);
    out += ">";
  }
  for (const record::CriterionRecord& criterion : step.criteria)
    out += " {" + criterion.expression + (criterion.holds ? " holds}" : " misses}");
  return out;
}

struct TestCase {
  const char* name;
  const char* test;
  const char* told;
};
class PerformTest : public ActionTest, public testing::WithParamInterface<TestCase> {};
TEST_P(PerformTest, EndsAsItShould) {
  use_test(GetParam().test);
  planned_.limits = {{"rate", 5.0, {}, "ours"}, {"time", {}, 10.0, "ours"}};
  EXPECT_EQ(told(performed()), GetParam().told);
  EXPECT_TRUE(work_is_clean());
}
const TestCase kTests[] = {
    {"criteria_hold",
     "class: functional\ncounters: false\nrun: [echo, '0']\noutputs: { n: int(stdout.trim()) }\n"
     "criteria: [outputs.n == 0, exit_code == 0]",
     "finished pass {outputs.n == 0 holds} {exit_code == 0 holds}"},
    {"criterion_misses",
     "class: functional\ncounters: false\nrun: [echo, '3']\noutputs: { n: int(stdout.trim()) }\n"
     "criteria: [outputs.n == 0, exit_code == 0]",
     "finished fail: does not hold: outputs.n == 0 (outputs.n = 3) {outputs.n == 0 misses} {exit_code == 0 holds}"},
    {"criterion_without_a_value", "class: functional\ncounters: false\nrun: ['true']\ncriteria: [outputs.none == 0]",
     "error error: no key 'none' in outputs; while judging the criterion 'outputs.none == 0' (t.yaml:12)"},
    {"criterion_is_no_bool", "class: functional\ncounters: false\nrun: ['true']\ncriteria: [exit_code + 1]",
     "error error: the criterion 'exit_code + 1' gives a int"},
    {"failure",
     "class: functional\ncounters: false\nrun: [sh, -c, 'echo broken >&2; exit 4']\n"
     "criteria: [exit_code == 0]",
     "finished fail: exit code 4: broken"},
    {"cannot_run_here",
     "class: functional\ncounters: false\nrun: [sh, -c, 'echo no card; exit 77']\n"
     "skip_exit: [77]\ncriteria: [exit_code == 0]",
     "skipped skipped: the tool says that it cannot run here (exit code 77): no card [not_possible]"},
    {"missing_program", "class: functional\ncounters: false\nrun: [no-such-tool]\ncriteria: [exit_code == 0]",
     "error error: cannot start 'no-such-tool': not found on PATH"},
    {"timeout", "class: stability\ncounters: false\nrun: [sleep, '60']\ntimeout: 50ms\ncriteria: [exit_code == 0]",
     "error error: timeout: it ran longer than 50ms"},
    {"unreadable_output",
     "class: functional\ncounters: false\nrun: ['true']\noutputs: { n: outputs.x }\n"
     "criteria: [outputs.n == 0]",
     "error error: no key 'x' in outputs; while reading the output 'n' from what the program printed (t.yaml:12)"},
    {"facts_only", "class: functional\ncounters: false\ncriteria: [facts.cpu.threads == 4]",
     "finished pass {facts.cpu.threads == 4 holds}"},
    {"metric_passes",
     "class: performance\ncounters: false\nrun: [echo, '7']\nsamples: { min: 6, max: 8 }\n"
     "metrics: [{ name: rate, unit: MB/s, better: higher, value: double(stdout.trim()) }]",
     "finished pass <rate pass 7 7 7 7 7 7>"},
    {"metric_fails",
     "class: performance\ncounters: false\nrun: [echo, '2']\nsamples: { min: 6, max: 8 }\n"
     "metrics: [{ name: rate, unit: MB/s, better: higher, value: double(stdout.trim()) }]",
     "finished fail: rate: median 2.000 MB/s (2.000 to 2.000, confidence 96.88%) is below the minimum 5.000 MB/s "
     "<rate fail 2 2 2 2 2 2>"},
    {"metric_as_list",
     "class: performance\ncounters: false\nrun: [echo, '6 7 8 6 7 8']\n"
     "samples: { min: 1, max: 1, warmup: 0 }\n"
     "metrics: [{ name: rate, unit: MB/s, better: higher, value: \"stdout.trim().split(' ').map(x, "
     "double(x))\" }]",
     "finished pass <rate pass 6 7 8 6 7 8>"},
    {"metric_as_quantity",
     "class: performance\ncounters: false\nrun: ['true']\nsamples: { min: 6, max: 6 }\n"
     "metrics: [{ name: rate, unit: MB/s, better: higher, value: quantity('7 GB/s') }]",
     "finished pass <rate pass 7000 7000 7000 7000 7000 7000>"},
    {"metric_of_another_dimension",
     "class: performance\ncounters: false\nrun: ['true']\n"
     "metrics: [{ name: rate, unit: MB/s, better: higher, value: quantity('7 s') }]",
     "error error: metric 'rate' is a quantity, not a number in MB/s <rate skipped>"},
    {"metric_is_text",
     "class: performance\ncounters: false\nrun: [echo, fast]\n"
     "metrics: [{ name: rate, unit: MB/s, better: higher, value: stdout }]",
     "error error: metric 'rate' is a string, not a number in MB/s <rate skipped>"},
    {"metric_without_a_value",
     "class: performance\ncounters: false\nrun: ['true']\n"
     "metrics: [{ name: rate, unit: MB/s, better: higher, value: outputs.none }]",
     "error error: no key 'none' in outputs; while reading the metric 'rate' (t.yaml:12) <rate skipped>"},
    {"nothing_measured",
     "class: performance\ncounters: false\nrun: ['true']\n"
     "metrics: [{ name: rate, unit: MB/s, better: higher, value: \"[]\" }]",
     "finished inconclusive: rate: nothing was measured <rate inconclusive>"},
    {"not_a_number",
     "class: performance\ncounters: false\nrun: ['true']\nsamples: { min: 1, max: 1 }\n"
     "metrics: [{ name: rate, unit: MB/s, better: higher, value: 0.0 / 0.0 }]",
     "finished inconclusive: rate: sample 1 of 1 is not a finite number <rate inconclusive NaN>"},
    {"number_of_a_functional_test_is_only_shown",
     "class: functional\ncounters: false\nrun: ['true']\ncriteria: [exit_code == 0]\n"
     "metrics: [{ name: seen, unit: MB/s, better: higher, value: 3 }]",
     "finished pass <seen skipped 3> {exit_code == 0 holds}"},
    {"criteria_see_the_samples",
     "class: stability\ncounters: false\nrun: ['true']\ncriteria: ['metrics.seen == [3.0, "
     "4.0]']\nmetrics: [{ name: seen, unit: MB/s, better: higher, value: '[3, 4u]' }]",
     "finished pass <seen skipped 3 4> {metrics.seen == [3.0, 4.0] holds}"},
    {"threads_must_be_positive",
     "class: functional\ncounters: false\nrun: ['true']\ncpu_share: { threads: '0' }\n"
     "criteria: [exit_code == 0]",
     "error error: cpu_share.threads must be at least 1"},
    {"threads_must_be_a_number",
     "class: functional\ncounters: false\nrun: ['true']\ncpu_share: { threads: '\"x\"' }\n"
     "criteria: [exit_code == 0]",
     "error error: cpu_share.threads must be at least 1"},
    {"threads_without_a_value",
     "class: functional\ncounters: false\nrun: ['true']\n"
     "cpu_share: { threads: facts.gpu.n }\ncriteria: [exit_code == 0]",
     "error error: no key 'gpu' in facts (t.yaml:12)"},
};
INSTANTIATE_TEST_SUITE_P(Tests, PerformTest, testing::ValuesIn(kTests), test::case_name);

class TestActionTest : public ActionTest {
 protected:
  static constexpr const char* kRate =
      "metrics: [{ name: rate, unit: MB/s, better: higher, value: double(stdout.trim()) }]";
};

TEST_F(TestActionTest, WarmUpIsCarriedOutKeptAndNotCounted) {
  use_test(
      "class: performance\ncounters: false\nrun: [sh, -c, 'echo x >&2; echo 7']\n"
      "samples: { min: 2, max: 2, warmup: 2 }\n" +
      std::string(kRate));
  const record::StepRecord step = performed();
  EXPECT_EQ(step.metrics.at(0).samples, (std::vector<double>{7, 7}));
  EXPECT_THAT(names_of(step.evidence),
              ElementsAre("warm-up-1/stdout", "warm-up-1/stderr", "warm-up-2/stdout", "warm-up-2/stderr",
                          "sample-1/stdout", "sample-1/stderr", "sample-2/stdout", "sample-2/stderr"));
  EXPECT_THAT(progress_, ElementsAre("warming up", "warming up", "sample 1 of 2 to 2", "sample 2 of 2 to 2"));
  std::vector<std::string> parts;
  for (const Json& line : journal("started")) parts.push_back(line["attempt"].dump() + " " + line.value("part", ""));
  EXPECT_THAT(parts, ElementsAre("1 ", "1 warm-up-2", "1 sample-1", "1 sample-2")) << "one attempt";
  const auto samples = journal("sample");
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0]["number"], 1);
  EXPECT_EQ(samples[0]["values"].dump(), R"({"rate":[7.0]})");
  EXPECT_FALSE(samples[0].contains("used")) << "it was";
  EXPECT_FALSE(samples[0].contains("cpu_share"));
}

TEST_F(TestActionTest, SamplesThatDifferAreTakenToTheMost) {
  const std::string count = (folder_ / "count").string();
  use_test("class: performance\ncounters: false\nrun: [sh, -c, 'echo x >>" + count + "; wc -l <" + count +
           "']\nsamples: { min: 6, max: 9, warmup: 0 }\n" + kRate);
  EXPECT_EQ(performed().metrics.at(0).samples, (std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(TestActionTest, FewerThanSixNeverStopEarly) {
  use_test("class: performance\ncounters: false\nrun: [echo, '7']\nsamples: { min: 1, max: 4 }\n" + std::string(kRate));
  EXPECT_EQ(performed().metrics.at(0).samples.size(), 4U);
}

TEST_F(TestActionTest, AFailureInTheMiddleEndsIt) {
  const std::string mark = (folder_ / "mark").string();
  use_test("class: performance\ncounters: false\nrun: [sh, -c, 'echo 7; test ! -e " + mark + " && : >" + mark +
           "']\nsamples: { min: 6, max: 9, warmup: 0 }\n" + kRate);
  const record::StepRecord step = performed();
  EXPECT_EQ(told(step), "finished fail: exit code 1: 7 <rate skipped 7>");
  EXPECT_EQ(step.exit_code, 1);
}

TEST_F(TestActionTest, TestsThatMeasureNothingRunOnce) {
  use_test(
      "class: stability\ncounters: false\nrun: [echo, x]\n"
      "criteria: [exit_code == 0]");
  const record::StepRecord step = performed();
  EXPECT_EQ(step.verdict, Verdict::kPass);
  EXPECT_THAT(names_of(step.evidence), ElementsAre("stdout"));
  EXPECT_THAT(progress_, IsEmpty());
}

TEST_F(TestActionTest, SamplesWithoutTheirCpuTimeDoNotCountAndEndEarly) {
  use_test(
      "class: performance\ncounters: false\nrun: [sh, -c, 'sleep 0.05; echo 7']\n"
      "samples: { min: 3, max: 4 }\ncpu_share: { threads: params.threads }\n" +
      std::string(kRate));
  origin_->params = expr::from_json(Json::parse(R"({"threads": 2})"));
  planned_.limits = {{"rate", 5.0, {}, "ours"}};
  const record::StepRecord step = performed();
  const record::MetricRecord& metric = step.metrics.at(0);
  EXPECT_EQ(metric.samples, (std::vector<double>{7, 7})) << "after two refused of four, three cannot be reached";
  EXPECT_THAT(metric.used, ElementsAre(false, false));
  ASSERT_EQ(metric.cpu_share.size(), 2U);
  EXPECT_LT(metric.cpu_share[0], 0.5);
  EXPECT_EQ(step.verdict, Verdict::kInconclusive);
  EXPECT_THAT(step.reason, StartsWith("rate: the CPU was not ours: 2 of 2 samples had less than 95 % of the CPU time "
                                      "they asked for (typically "));
  EXPECT_EQ(journal("sample").at(0)["used"], false);
  EXPECT_TRUE(journal("sample").at(0).contains("cpu_share"));
}

TEST_F(TestActionTest, AStabilityTestWithoutItsCpuTimeProvesNothing) {
  for (const char* criterion : {"exit_code == 0", "exit_code == 1"}) {
    use_test("class: stability\ncounters: false\nrun: [sleep, '0.05']\ncpu_share: { threads: '1' }\ncriteria: [" +
             std::string(criterion) + "]");
    const record::StepRecord step = performed();
    EXPECT_EQ(step.verdict, Verdict::kInconclusive) << criterion;
    EXPECT_THAT(step.reason, StartsWith("the CPU was not ours: it had ")) << criterion;
    EXPECT_THAT(step.reason, HasSubstr(" % of the CPU time it asked for")) << criterion;
  }
}

TEST_F(TestActionTest, AStopIsACancellation) {
  use_test("class: performance\ncounters: false\nrun: [sleep, '60']\nsamples: { min: 2, max: 4 }\n" +
           std::string(kRate));
  stop_.count = 1;
  const record::StepRecord step = performed();
  EXPECT_EQ(told(step), "cancelled error: stopped on request <rate skipped>");
  EXPECT_EQ(journal("started").size(), 1U) << "no other sample is begun";
}

TEST_F(TestActionTest, TheCountersOfThisMachineDoNotMove) {
  use_test("class: functional\nrun: ['true']\ncriteria: [exit_code == 0]");
  const record::StepRecord step = performed();
  EXPECT_EQ(step.verdict, step.extra->counters.empty() ? Verdict::kPass : Verdict::kFail) << step.reason;
}

TEST_F(TestActionTest, FactsAreComparedWithThoseOfTheStart) {
  use_test(
      "class: functional\ncounters: false\nfacts: true\noutputs: { changes: outputs.identity_changed.size() }\n"
      "criteria: ['outputs.changes == 0']");
  facts_ = target_.collect_facts();
  record::StepRecord step = performed();
  EXPECT_EQ(step.verdict, Verdict::kPass) << step.reason;
  EXPECT_EQ(step.outputs["identity_changed"], Json::array());
  EXPECT_THAT(names_of(step.evidence), ElementsAre("facts.json"));
  facts_.tree = expr::from_json(Json::parse(R"({"board": {"vendor": "Other", "serial": "0815"}})"));
  step = performed();
  EXPECT_EQ(step.verdict, Verdict::kFail);
  EXPECT_THAT(step.outputs["identity_changed"].dump(), HasSubstr("gone: board."));
}

TEST_F(TestActionTest, AJournalThatCannotBeWrittenEndsTheRun) {
  use_test("class: functional\ncounters: false\ncriteria: [1 == 1]");
  StepContext context = this->context();
  const auto done = [&] {
    const FullDisk full(20);
    return finish(perform(context));
  }();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kJournal);
}

}  // namespace
}  // namespace assay::action
