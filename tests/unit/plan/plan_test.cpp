// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/plan.h"

#include <gmock/gmock.h>

#include "engine/plan/check.h"
#include "support/cases.h"
#include "support/temp_folder.h"

namespace assay::plan {
namespace {

constexpr const char* kHead = "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\n";

class PlanTest : public testing::Test {
 protected:
  LoadResult<LoadedRecipe> load(const std::string& rest) { return load_recipe(folder_.write("r.yaml", kHead + rest)); }
  std::string problems(const std::string& rest) {
    const auto loaded = load(rest);
    std::string text = render(loaded.problems);
    const std::string folder = folder_.path().string() + "/";
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) text.erase(at, folder.size());
    return text;
  }
  test::TempFolder folder_;
};

TEST_F(PlanTest, SequenceNeedsTheStepBefore) {
  const auto loaded = load("steps: [{ id: a, run: [x] }, { id: b, run: [x] }, { id: c, needs: [a], run: [x] }]\n");
  ASSERT_TRUE(loaded.value) << render(loaded.problems);
  const auto result = plan_recipe(*loaded.value, {});
  ASSERT_TRUE(result.plan);
  EXPECT_THAT(result.plan->groups[0].needs, testing::IsEmpty());
  EXPECT_THAT(result.plan->groups[1].needs, testing::ElementsAre(0));
  EXPECT_THAT(result.plan->groups[2].needs, testing::ElementsAre(0));
}

TEST_F(PlanTest, GraphNeedsOnlyWhatIsSaid) {
  const auto loaded = load("order: graph\nsteps: [{ id: a, run: [x] }, { id: b, run: [x] }]\n");
  ASSERT_TRUE(loaded.value);
  EXPECT_THAT(plan_recipe(*loaded.value, {}).plan->groups[1].needs, testing::IsEmpty());
}

TEST_F(PlanTest, FactsAreWantedOnlyWhenRead) {
  EXPECT_FALSE(needs_facts(*load("steps: [{ id: a, run: [x] }]\n").value));
  EXPECT_TRUE(needs_facts(*load("steps: [{ id: a, run: [echo, \"${{ facts.cpu.threads }}\"] }]\n").value));
  EXPECT_TRUE(needs_facts(*load("steps: [{ id: a, if: facts.cpu.threads > 1, run: [x] }]\n").value));
}

TEST_F(PlanTest, OnlyAndSkipSelectAndKnowTheNames) {
  const auto loaded = load("steps: [{ id: alpha, run: [x] }, { id: beta, run: [x] }]\n");
  auto result = plan_recipe(*loaded.value, {.params = {}, .only = {"al*"}, .skip = {}});
  ASSERT_TRUE(result.plan);
  EXPECT_FALSE(result.plan->steps[0].skip);
  EXPECT_EQ(result.plan->steps[1].skip->reason, "not selected by --only");
  result = plan_recipe(*loaded.value, {.params = {}, .only = {}, .skip = {"btea"}});
  EXPECT_FALSE(result.plan);
  EXPECT_EQ(render(result.problems), "error[P001]: no step is called 'btea'\n  help: did you mean 'beta'?\n");
}

TEST_F(PlanTest, SamePlanForTheSameInput) {
  const auto loaded = load("params: { n: { type: int, default: 1 } }\nsteps: [{ id: a, run: [x] }]\n");
  const auto first = plan_recipe(*loaded.value, {.params = {{"n", std::string("2"), {}}}});
  EXPECT_EQ(first.plan->params.member("n")->as_int(), 2);
}

struct BadCase {
  const char* name;
  const char* recipe;
  const char* expected;
};
class BadPlan : public PlanTest, public testing::WithParamInterface<BadCase> {};
TEST_P(BadPlan, IsExplained) { EXPECT_EQ(problems(GetParam().recipe), GetParam().expected); }

const BadCase kBad[] = {
    {"unknown_need", "steps:\n  - { id: load, run: [x] }\n  - { id: b, needs: [laod], run: [x] }\n",
     "r.yaml:6:22: error[P001]: step 'b' needs 'laod', which does not exist\n"
     "    5 |   - { id: load, run: [x] }\n"
     "    6 |   - { id: b, needs: [laod], run: [x] }\n"
     "      |                      ^~~~\n"
     "  help: did you mean 'load'?\n"},
    {"circle", "order: graph\nsteps:\n  - { id: a, needs: [b], run: [x] }\n  - { id: b, needs: [a], run: [x] }\n",
     "r.yaml:6:22: error[P002]: steps need each other in a circle: a -> b -> a\n"
     "    5 | steps:\n"
     "    6 |   - { id: a, needs: [b], run: [x] }\n"
     "      |                      ^\n"
     "  note: r.yaml:7:22: 'b' needs 'a'\n"
     "  help: remove one of these needs\n"},
    {"itself", "order: graph\nsteps: [{ id: a, needs: [a], run: [x] }]\n",
     "r.yaml:5:26: error[P002]: steps need each other in a circle: a -> a\n"
     "    4 | order: graph\n"
     "    5 | steps: [{ id: a, needs: [a], run: [x] }]\n"
     "      |                          ^\n"
     "  help: remove one of these needs\n"},
    {"used_before_it_ran",
     "order: graph\nsteps:\n  - { id: a, run: [x], outputs: { n: \"1\" } }\n  - id: b\n    run: [echo, \"${{ "
     "steps.a.outputs.n }}\"]\n",
     "r.yaml:8:22: error[P003]: step 'b' uses 'a', which may not have run yet\n"
     "    7 |   - id: b\n"
     "    8 |     run: [echo, \"${{ steps.a.outputs.n }}\"]\n"
     "      |                      ^~~~~~~~~~~~~~~~~\n"
     "  help: add 'a' to its needs\n"},
};
INSTANTIATE_TEST_SUITE_P(Check, BadPlan, testing::ValuesIn(kBad), test::case_name);

TEST_F(PlanTest, WrongNamesAndTypesInExpressionsAreFoundBeforeAnythingRuns) {
  const std::string text = problems(R"yaml(params: { duration: { type: duration, default: 5s } }
steps:
  - id: load
    run: [x, "${{ params.durration }}"]
    outputs: { speed: "double(stdout)" }
  - id: use
    if: steps.lode.verdict == "pass"
    run: [x]
    ensure: outputs.x == 1
  - id: third
    if: facts.memory.total > 5
    run: [x]
  - id: fourth
    if: params.duration
    run: [x]
)yaml");
  for (const char* part : {"r.yaml:7:", "did you mean 'duration'?", "r.yaml:10:", "did you mean 'load'?",
                           "r.yaml:12:", "r.yaml:14:", "r.yaml:17:9: error[R013]: 'if' must give bool"}) {
    EXPECT_THAT(text, testing::HasSubstr(part));
  }
}

TEST_F(PlanTest, AllMistakesOfReadingAndCheckingComeTogetherInOrder) {
  const std::string text = problems(R"yaml(params:
  duration: { type: duratoin, default: 60s }
steps:
  - id: a
    run: [touch, x]
    timeout: 5x
  - id: b
    needs: [aa]
    if: params.durration > duration("1s")
    rnu: [true]
)yaml");
  std::vector<std::size_t> at;
  for (const char* place : {"r.yaml:5:", "r.yaml:9:", "r.yaml:11:", "r.yaml:12:", "r.yaml:13:"})
    at.push_back(text.find(place));
  EXPECT_THAT(at, testing::Each(testing::Ne(std::string::npos))) << text;
  EXPECT_TRUE(std::is_sorted(at.begin(), at.end())) << text;
  EXPECT_THAT(text, testing::HasSubstr("5 errors"));
}

constexpr const char* kSuite = R"(apiVersion: assay/v1
kind: Suite
metadata: { name: s, version: 1.0.0 }
params: { seconds: { type: int, default: 1 } }
tests:
  - id: speed
    class: performance
    hardware: cpu
    requires: [{ if: facts.cpu.threads > 1, reason: one thread only, kind: not_applicable }]
    tools: [fast-tool]
    packages: { fast-tool: fast-package }
    run: [fast-tool, "${{ params.seconds }}"]
    metrics: [{ name: rate, unit: MB/s, better: higher, value: "1.0" }]
    fault: f
    proves: p
  - id: same
    class: stability
    hardware: identity
    facts: true
    criteria: ["outputs.identity_changed.size() == 0"]
    fault: f
    proves: p
)";

class ProgrammeTest : public testing::Test {
 protected:
  ProgrammeTest() { folder_.write("s.yaml", kSuite); }
  LoadResult<LoadedProgramme> load(const std::string& rest, const std::string& expected = "speed, same") {
    return load_programme(folder_.write(
        "p.yaml", "apiVersion: assay/v1\nkind: Programme\nmetadata: { name: p, version: 1.0.0 }\nexpected: [" +
                      expected + "]\n" + rest));
  }
  PlanResult plan(const LoadResult<LoadedProgramme>& loaded, int threads, bool tool = true) {
    expr::Map cpu;
    cpu.set("threads", expr::Value::integer(threads));
    expr::Map tree;
    tree.set("cpu", expr::Value::map(std::move(cpu)));
    facts_.tree = expr::Value::map(std::move(tree));
    return plan_programme(*loaded.value,
                          {.params = {}, .facts = &facts_, .has_tool = [tool](const std::string&) { return tool; }});
  }
  test::TempFolder folder_;
  hardware::Facts facts_;
};

TEST_F(ProgrammeTest, TheFirstTrueLimitCounts) {
  const auto loaded = load(R"(suites: [{ suite: s.yaml }]
limits:
  - test: speed
    metric: rate
    entries:
      - { when: facts.cpu.threads > 100, min: 9 GB/s, source: big }
      - { when: facts.cpu.threads > 1, min: 2 GB/s, source: small }
      - { min: 1 GB/s, source: rest }
)");
  ASSERT_TRUE(loaded.value) << render(loaded.problems);
  const auto result = plan(loaded, 4);
  ASSERT_TRUE(result.plan) << render(result.problems);
  const auto& limits = result.plan->steps[0].limits;
  ASSERT_EQ(limits.size(), 1U);
  EXPECT_EQ(limits[0].min, 2000.0) << "GB/s in the metric's MB/s";
  EXPECT_EQ(limits[0].source, "small");
}

TEST_F(ProgrammeTest, WithoutALimitTheMetricIsNamed) {
  const auto result = plan(load("suites: [{ suite: s.yaml }]\n"), 4);
  ASSERT_TRUE(result.plan);
  EXPECT_THAT(result.plan->steps[0].unlimited, testing::ElementsAre("rate"));
}

TEST_F(ProgrammeTest, AMissingToolIsASkipThatNamesThePackage) {
  const auto result = plan(load("suites: [{ suite: s.yaml }]\n"), 4, false);
  ASSERT_TRUE(result.plan->steps[0].skip);
  EXPECT_EQ(result.plan->steps[0].skip->reason, "the tool 'fast-tool' is not installed: apt-get install fast-package");
  EXPECT_EQ(result.plan->steps[0].skip->kind, "not_possible");
}

TEST_F(ProgrammeTest, AnUnmetRequirementIsASkipWithItsReason) {
  const auto result = plan(load("suites: [{ suite: s.yaml }]\n"), 1);
  EXPECT_EQ(result.plan->steps[0].skip->reason, "one thread only");
  EXPECT_EQ(result.plan->steps[0].skip->kind, "not_applicable");
}

TEST_F(ProgrammeTest, LookingAgainComesLast) {
  const auto result = plan(load("suites: [{ suite: s.yaml }]\n"), 4);
  EXPECT_THAT(result.plan->groups[1].needs, testing::ElementsAre(0));
  EXPECT_TRUE(result.plan->steps[0].noisy);
  EXPECT_FALSE(result.plan->steps[1].noisy);
}

TEST_F(ProgrammeTest, ExpectedAndPresentTestsMustAgree) {
  EXPECT_THAT(render(load("suites: [{ suite: s.yaml }]\n", "speed, same, gone").problems),
              testing::HasSubstr("error[P011]: the expected test 'gone' is in no suite"));
  EXPECT_THAT(render(load("suites: [{ suite: s.yaml }]\n", "speed").problems),
              testing::HasSubstr("error[P011]: test 'same' is not among the programme's expected tests"));
}

TEST_F(ProgrammeTest, LimitsOfUnknownTestsAndMetricsAreErrors) {
  EXPECT_THAT(render(load("suites: [{ suite: s.yaml }]\nlimits: [{ test: sped, metric: rate, entries: [{ min: 1 MB/s, "
                          "source: x }] }]\n")
                         .problems),
              testing::HasSubstr("did you mean 'speed'?"));
  EXPECT_THAT(render(load("suites: [{ suite: s.yaml }]\nlimits: [{ test: speed, metric: rat, entries: [{ min: 1 MB/s, "
                          "source: x }] }]\n")
                         .problems),
              testing::HasSubstr("did you mean 'rate'?"));
}

TEST_F(ProgrammeTest, ALimitInAnotherUnitIsAnError) {
  const auto loaded = load(
      "suites: [{ suite: s.yaml }]\nlimits: [{ test: speed, metric: rate, entries: [{ min: 5 s, source: x }] }]\n");
  EXPECT_FALSE(loaded.value);
  EXPECT_THAT(render(loaded.problems), testing::HasSubstr("the limit is in 's', the metric 'rate' in 'MB/s'"));
  const auto computed = load(
      "suites: [{ suite: s.yaml }]\nlimits: [{ test: speed, metric: rate, entries: [{ min: \"= quantity('5 ' + 's')\", "
      "source: x }] }]\n");
  ASSERT_TRUE(computed.value) << render(computed.problems);
  EXPECT_THAT(render(plan(computed, 4).problems),
              testing::HasSubstr("the limit is in 's', the metric 'rate' in 'MB/s'"));
}

struct BoundCase {
  const char* name;
  const char* bound;
  const char* problem;  // of the message; empty: it is good
};
class Bounds : public ProgrammeTest, public testing::WithParamInterface<BoundCase> {};
TEST_P(Bounds, HaveTheUnitOfTheMetric) {
  const auto loaded =
      load(std::string("suites: [{ suite: s.yaml }]\nlimits: [{ test: speed, metric: rate, entries: [{ min: ") +
           GetParam().bound + ", source: x }] }]\n");
  const std::string text = render(loaded.problems);
  EXPECT_EQ(loaded.value.has_value(), *GetParam().problem == '\0') << text;
  EXPECT_THAT(text, testing::HasSubstr(GetParam().problem));
  EXPECT_EQ(text.find("expected a quantity in MB/s") == std::string::npos, loaded.value.has_value()) << text;
}
const BoundCase kBounds[] = {
    {"another_prefix", "1 GB/s", ""},
    {"bits", "8 Gbit/s", ""},
    {"no_unit", "100", "the limit of 'rate' has no unit"},
    {"another_unit", "5 GHz", "the limit is in 'GHz', the metric 'rate' in 'MB/s'"},
    {"computed", "\"= facts.memory.total / quantity('1 s')\"", ""},
    {"computed_in_another_unit", "\"= facts.memory.total\"", "the limit is in 'B', the metric 'rate' in 'MB/s'"},
    {"computed_number", "\"= 5 * 20\"", "the limit of 'rate' has no unit"},
    {"computed_text", "\"= facts.cpu.model\"", "the limit of 'rate' is of type string"},
};
INSTANTIATE_TEST_SUITE_P(Programmes, Bounds, testing::ValuesIn(kBounds),
                         [](const auto& one) { return std::string(one.param.name); });

struct ValueCase {
  const char* name;
  const char* value;
  const char* problem;  // of the message; empty: it is good
};
class MetricValues : public testing::TestWithParam<ValueCase> {};
TEST_P(MetricValues, AreNumbers) {
  test::TempFolder folder;
  std::string suite = kSuite;
  suite.replace(suite.find("\"1.0\""), 5, GetParam().value);
  const std::string text = render(validate_file(folder.write("s.yaml", suite)));
  EXPECT_EQ(text.empty(), *GetParam().problem == '\0') << text;
  EXPECT_THAT(text, testing::HasSubstr(GetParam().problem));
}
const ValueCase kMetricValues[] = {
    {"number", "\"1\"", ""},
    {"list_of_numbers", "\"[1.5, 2.5]\"", ""},
    {"known_later", "json(stdout).rate", ""},
    {"quantity", "quantity(\"5 GB/s\")", ""},
    {"quantity_of_another_unit", "quantity(\"5 s\")", "error[E005]: the metric 'rate' is in 'MB/s', this gives 's'"},
    {"text", "stdout", "error[R013]: the metric 'rate' must be a number, this gives string"},
    {"list_of_texts", "stdout.lines()", "must be a number, this gives list(string)"},
    {"truth", "exit_code == 0", "must be a number, this gives bool"},
    {"duration", "duration(\"5s\")", "help: convert it: quantity(…)"},
};
INSTANTIATE_TEST_SUITE_P(Suites, MetricValues, testing::ValuesIn(kMetricValues),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_F(ProgrammeTest, ParametersOfSuitesAreChecked) {
  EXPECT_THAT(render(load("suites: [{ suite: s.yaml, params: { secnods: 3 } }]\n").problems),
              testing::HasSubstr("unknown parameter 'secnods'"));
  EXPECT_THAT(render(load("suites: [{ suite: none.yaml }]\n").problems), testing::HasSubstr("cannot read"));
}

}  // namespace
}  // namespace assay::plan
