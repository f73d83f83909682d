// SPDX-License-Identifier: Apache-2.0
// Suites and programmes: every key, and what is wrong with those that are.
#include <gmock/gmock.h>

#include "engine/recipe/reader.h"
#include "support/cases.h"

namespace assay::recipe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSuiteHead = "apiVersion: assay/v1\nkind: Suite\nmetadata: { name: s, version: 1.0.0 }\ntests:\n";
constexpr const char* kProgrammeHead = "apiVersion: assay/v1\nkind: Programme\nmetadata: { name: p, version: 1.0.0 }\n";

Step good_test(const std::string& keys) {
  auto result = read_suite(kSuiteHead + ("  - id: t\n" + keys), "s.yaml", "s.yaml");
  if (!result.value) throw std::runtime_error(render(result.problems));
  return result.value->tests.at(0);
}

TEST(SuiteKeys, AllOfThem) {
  const Step step = good_test(R"yaml(    name: Title
    name_zh: 标题
    class: performance
    hardware: memory
    blocker: false
    requires:
      - { if: facts.cpu.threads > 1, reason: one thread }
      - { if: "true", reason: no right, kind: not_possible }
    tools: [mbw, numactl]
    packages: { mbw: mbw-package }
    run: [mbw, "${{ params.n }}"]
    service: { run: [server], ready: none }
    samples: { min: 3, max: 9, warmup: 0, half_width: 0.05 }
    cpu_share: { threads: "2" }
    metrics:
      - { name: rate, unit: MB/s, better: higher, value: "1.0", help: Speed, precision: 0.1 }
      - { name: delay, unit: us, better: lower, value: "[1.0, 2.0]" }
    criteria: [exit_code == 0, "true"]
    counters: false
    fault: Take a module out
    proves: It is fast
    proves_zh: 快
    description: For readers
    timeout: 5m
    skip_exit: [77]
)yaml");
  const TestPart& test = *step.test;
  EXPECT_EQ(step.name, "Title");
  EXPECT_EQ(test.name_zh, "标题");
  EXPECT_EQ(test.test_class, TestClass::kPerformance);
  EXPECT_EQ(test.hardware, "memory");
  EXPECT_FALSE(test.blocker);
  ASSERT_EQ(test.requires_.size(), 2U);
  EXPECT_EQ(test.requires_[0].reason, "one thread");
  EXPECT_EQ(test.requires_[0].kind, SkipKind::kNotApplicable);
  EXPECT_EQ(test.requires_[1].kind, SkipKind::kNotPossible);
  EXPECT_THAT(test.tools, ElementsAre("mbw", "numactl"));
  ASSERT_EQ(test.packages.size(), 1U);
  EXPECT_EQ(test.packages[0].second, "mbw-package");
  ASSERT_TRUE(test.service);
  EXPECT_EQ(test.service->argv.size(), 1U);
  EXPECT_FALSE(test.service->wait_for_port);
  EXPECT_EQ(test.samples.min, 3U);
  EXPECT_EQ(test.samples.max, 9U);
  EXPECT_EQ(test.samples.warmup, 0U);
  EXPECT_EQ(test.samples.half_width, 0.05);
  ASSERT_TRUE(test.cpu_threads);
  ASSERT_EQ(test.metrics.size(), 2U);
  EXPECT_EQ(test.metrics[0].name.text, "rate");
  EXPECT_EQ(test.metrics[0].precision, 0.1);
  EXPECT_EQ(test.metrics[1].better, "lower");
  EXPECT_EQ(test.metrics[1].value->expression.text(), "[1.0, 2.0]");
  EXPECT_EQ(test.criteria.size(), 2U);
  EXPECT_FALSE(test.counters);
  EXPECT_EQ(test.fault, "Take a module out");
  EXPECT_EQ(test.proves_zh, "快");
  EXPECT_EQ(step.timeout, std::chrono::minutes(5));
  EXPECT_THAT(step.skip_exit, ElementsAre(77));
}

TEST(SuiteKeys, ProbesHaveArgumentsOfTheirOwn) {
  const Step step = good_test(
      "    class: functional\n    hardware: cpu\n    probe: clock\n    args: [\"--seconds\", 5]\n    criteria: "
      "exit_code == 0\n    fault: f\n    proves: p\n");
  EXPECT_EQ(step.action, ActionKind::kRun);
  EXPECT_EQ(step.run.probe, "clock");
  EXPECT_EQ(step.run.argv.size(), 2U);
}

TEST(SuiteKeys, CriteriaOverFactsNeedNoAction) {
  const Step step = good_test(
      "    class: functional\n    hardware: identity\n    criteria: facts.cpu.threads > 0\n    fault: f\n    proves: "
      "p\n");
  EXPECT_EQ(step.action, ActionKind::kNone);
}

struct WrongFile {
  const char* name;
  const char* text;
  std::vector<const char*> parts;
};
class WrongTest : public testing::TestWithParam<WrongFile> {};
TEST_P(WrongTest, IsExplained) {
  const auto result = read_suite(
      std::string(kSuiteHead) + "  - { id: t, " + GetParam().text + ", fault: f, proves: p }\n", "s.yaml", "s.yaml");
  EXPECT_FALSE(result.value);
  const std::string text = render(result.problems);
  for (const char* part : GetParam().parts) EXPECT_THAT(text, HasSubstr(part));
  EXPECT_EQ(result.problems.items().size(), 1U) << text;
}
#define FUNCTIONAL "class: functional, hardware: cpu, run: [x], criteria: exit_code == 0"
#define MEASURES(METRIC) "class: performance, hardware: cpu, run: [x], metrics: [" METRIC "]"
const WrongFile kWrongTests[] = {
    {"class",
     "class: fast, hardware: cpu, run: [x], criteria: exit_code == 0",
     {"error[R020]: unknown class 'fast'", "one of: functional, performance, stability"}},
    {"hardware",
     "class: functional, hardware: cup, run: [x], criteria: exit_code == 0",
     {"error[R020]: unknown hardware 'cup'", "did you mean 'cpu'?"}},
    {"no_class", "hardware: cpu, run: [x], criteria: exit_code == 0", {"error[R011]: a test lacks the key 'class'"}},
    {"blocker",
     FUNCTIONAL ", blocker: no",
     {"error[R013]: 'blocker' must be true or false, got 'no'", "help: write false"}},
    {"requirement_without_reason",
     FUNCTIONAL ", requires: [{ if: \"true\" }]",
     {"error[R011]: a requirement lacks the key 'reason'"}},
    {"requirement_kind",
     FUNCTIONAL ", requires: [{ if: \"true\", reason: r, kind: maybe }]",
     {"error[R020]: unknown kind 'maybe'"}},
    {"samples_of_one_execution",
     FUNCTIONAL ", samples: { min: 3, max: 5 }",
     {"error[R020]: 'samples' means nothing here", "a test of class performance"}},
    {"condition_of_a_step",
     FUNCTIONAL ", if: \"true\"",
     {"error[R010]: unknown key 'if' in a test", "`requires: [{ if: …"}},
    {"better_of_another_word",
     MEASURES("{ name: m, unit: s, better: low, value: '1.0' }"),
     {"error[R020]: unknown better 'low'", "did you mean 'lower'?"}},
    {"skips_when_it_passes", FUNCTIONAL ", skip_exit: [0]", {"error[R020]: exit code 0 both passes and skips"}},
    {"artifact_above", FUNCTIONAL ", artifacts: [../x]", {"error[R020]: '../x' is outside the step's folder"}},
    {"requires_is_a_text", FUNCTIONAL ", requires: root", {"error[R013]: 'requires' must be a list, got text"}},
    {"needs_are_for_recipes", FUNCTIONAL ", needs: [a]", {"error[R010]: unknown key 'needs' in a test"}},
    {"matrix_is_for_recipes", FUNCTIONAL ", matrix: { a: [1] }", {"error[R010]: unknown key 'matrix' in a test"}},
    {"use_is_for_recipes", FUNCTIONAL ", use: x.yaml", {"error[R010]: unknown key 'use' in a test"}},
    {"two_actions", FUNCTIONAL ", probe: clock", {"error[R012]: step 't' has more than one action: run, probe"}},
    {"service_without_run", FUNCTIONAL ", service: { ready: port }", {"error[R011]: service lacks the key 'run'"}},
    {"unit", MEASURES("{ name: m, unit: MB/z, better: higher, value: '1.0' }"), {"error[R020]"}},
    {"better",
     MEASURES("{ name: m, unit: s, better: more, value: '1.0' }"),
     {"error[R020]: unknown better 'more'", "one of: higher, lower"}},
    {"metric_without_value",
     MEASURES("{ name: m, unit: s, better: lower }"),
     {"error[R011]: a metric lacks the key 'value'"}},
    {"precision",
     MEASURES("{ name: m, unit: s, better: lower, value: '1.0', precision: 0 }"),
     {"error[R020]: 'precision'"}},
    {"samples",
     MEASURES("{ name: m, unit: s, better: lower, value: '1.0' }") ", samples: { min: 9, max: 3 }",
     {"error[R020]: test 't': samples.min, 9, is above samples.max, 3"}},
    {"no_samples",
     MEASURES("{ name: m, unit: s, better: lower, value: '1.0' }") ", samples: { min: 0 }",
     {"error[R020]: 'min' must be from 1 to 100000, got '0'"}},
    {"cpu_share", FUNCTIONAL ", cpu_share: {}", {"error[R011]: cpu_share lacks the key 'threads'"}},
    {"counters", FUNCTIONAL ", counters: 1", {"error[R013]: 'counters' must be true or false, got '1'"}},
    {"probe",
     "class: functional, hardware: cpu, probe: [x], criteria: exit_code == 0",
     {"error[R013]: 'a probe' must be a name, got a list"}},
};
INSTANTIATE_TEST_SUITE_P(Suites, WrongTest, testing::ValuesIn(kWrongTests), test::case_name);

TEST(ProgrammeKeys, AllOfThem) {
  const auto result =
      read_programme(std::string(kProgrammeHead) + R"yaml(params: { seconds: { type: duration, default: 5s } }
validity: 90d
suites:
  - { suite: a.yaml, params: { n: 3, text: x } }
  - { suite: b/b.yaml }
expected: [speed, same]
nonblockers: [same]
limits:
  - test: speed
    metric: rate
    entries: [{ min: 5 GB/s, max: "= quantity('9 GB/s')", source: ours }]
)yaml",
                     "p.yaml", "p.yaml");
  ASSERT_TRUE(result.value) << render(result.problems);
  const Programme& programme = *result.value;
  EXPECT_EQ(programme.validity, std::chrono::hours(90 * 24));
  ASSERT_EQ(programme.suites.size(), 2U);
  EXPECT_EQ(programme.suites[0].path, "a.yaml");
  EXPECT_EQ(programme.suites[0].params.at(0).second.as_int(), 3);
  EXPECT_EQ(programme.suites[1].where.line, 8U);
  ASSERT_EQ(programme.expected.size(), 2U);
  EXPECT_EQ(programme.nonblockers.at(0).text, "same");
  const LimitRule& rule = programme.limits.at(0);
  EXPECT_EQ(rule.test.text, "speed");
  EXPECT_EQ(rule.metric.text, "rate");
  EXPECT_EQ(rule.entries.at(0).source, "ours");
  EXPECT_FALSE(rule.entries.at(0).when);
}

class WrongProgramme : public testing::TestWithParam<WrongFile> {};
TEST_P(WrongProgramme, IsExplained) {
  const auto result = read_programme(std::string(kProgrammeHead) + GetParam().text, "p.yaml", "p.yaml");
  EXPECT_FALSE(result.value);
  const std::string text = render(result.problems);
  for (const char* part : GetParam().parts) EXPECT_THAT(text, HasSubstr(part));
  EXPECT_EQ(result.problems.items().size(), 1U) << text;
}
#define SUITES "suites: [{ suite: s.yaml }]\nexpected: [a]\n"
#define LIMIT(ENTRY) SUITES "limits: [{ test: t, metric: m, entries: [" ENTRY "] }]\n"
const WrongFile kWrongProgrammes[] = {
    {"no_expected", "suites: [{ suite: s.yaml }]\n", {"error[R011]: a Programme lacks the key 'expected'"}},
    {"suites_are_a_mapping",
     "suites: { suite: s.yaml }\nexpected: [a]\n",
     {"error[R013]: 'suites' must be a list, got a mapping"}},
    {"suite_is_a_text", "suites: [s.yaml]\nexpected: [a]\n", {"error[R013]: 'a suite' must be a mapping, got text"}},
    {"suite_without_file", "suites: [{ params: {} }]\nexpected: [a]\n", {"error[R011]: a suite lacks the key 'suite'"}},
    {"validity",
     SUITES "validity: forever\n",
     {"error[R020]: 'validity' must be a duration above zero, got 'forever'"}},
    {"steps_are_for_recipes", SUITES "steps: []\n", {"error[R010]: unknown key 'steps' in a Programme"}},
    {"limit_without_source", LIMIT("{ min: 5 GB/s }"), {"error[R011]: a limit lacks the key 'source'"}},
    {"limit_without_bounds",
     LIMIT("{ source: x }"),
     {"error[R011]: a limit has neither 'min' nor 'max': it could not fail"}},
    {"bound_that_is_no_quantity", LIMIT("{ min: fast, source: x }"), {"p.yaml:6:"}},
    {"bound_with_a_wrong_unit", LIMIT("{ min: 5 GB/z, source: x }"), {"p.yaml:6:"}},
    {"bound_that_is_no_expression",
     LIMIT("{ min: '=1 +', source: x }"),
     {"error[E001]", "p.yaml:6:54: error[E001]: the expression ends too early"}},
    {"when_that_is_no_expression", LIMIT("{ when: '1 +', min: 5 GB/s, source: x }"), {"error[E001]"}},
    {"entries",
     SUITES "limits: [{ test: t, metric: m, entries: { min: 1 s } }]\n",
     {"error[R013]: 'entries' must be a list, got a mapping"}},
    {"limits", SUITES "limits: { test: t }\n", {"error[R013]: 'limits' must be a list, got a mapping"}},
};
INSTANTIATE_TEST_SUITE_P(Programmes, WrongProgramme, testing::ValuesIn(kWrongProgrammes), test::case_name);

TEST(Words, OfClassesAndSkips) {
  EXPECT_EQ(to_string(TestClass::kFunctional), "functional");
  EXPECT_EQ(to_string(TestClass::kPerformance), "performance");
  EXPECT_EQ(to_string(TestClass::kStability), "stability");
  EXPECT_EQ(to_string(SkipKind::kNotApplicable), "not_applicable");
  EXPECT_EQ(to_string(SkipKind::kNotPossible), "not_possible");
}

}  // namespace
}  // namespace assay::recipe
