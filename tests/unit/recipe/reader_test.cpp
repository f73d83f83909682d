// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/reader.h"

#include <gmock/gmock.h>

#include "support/cases.h"

namespace assay::recipe {
namespace {

constexpr const char* kHead = "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\n";

ReadResult<Recipe> read(const std::string& rest) { return read_recipe(kHead + rest, "r.yaml", "r.yaml"); }

TEST(RecipeReader, ReadsEveryKeyOfAStep) {
  const auto result = read(R"(order: graph
params:
  n: { type: int, default: 3, help: How many }
steps:
  - id: first
    name: The first
    run: [echo, "${{ params.n }}", plain]
    env: { A: b }
    cwd: /tmp
    timeout: 90s
    ok_exit: [0, 3]
    skip_exit: [77]
    artifacts: ["*.txt"]
    outputs: { lines: size(stdout) }
    ensure: outputs.lines > 0
  - id: second
    needs: [first]
    if: success()
    run: |
      echo hello
)");
  ASSERT_TRUE(result.value) << render(result.problems);
  const Recipe& recipe = *result.value;
  EXPECT_EQ(recipe.order, Order::kGraph);
  ASSERT_EQ(recipe.params.size(), 1U);
  EXPECT_EQ(recipe.params[0].fallback->as_int(), 3);
  ASSERT_EQ(recipe.steps.size(), 2U);
  const Step& first = recipe.steps[0];
  EXPECT_EQ(first.name, "The first");
  EXPECT_EQ(first.run.argv.size(), 3U);
  EXPECT_EQ(first.timeout, std::chrono::seconds(90));
  EXPECT_THAT(first.ok_exit, testing::ElementsAre(0, 3));
  EXPECT_THAT(first.skip_exit, testing::ElementsAre(77));
  EXPECT_EQ(first.outputs.size(), 1U);
  EXPECT_EQ(first.ensure.size(), 1U);
  EXPECT_FALSE(first.needs);
  const Step& second = recipe.steps[1];
  EXPECT_EQ(second.name, "second");
  EXPECT_EQ(second.needs->at(0).text, "first");
  ASSERT_TRUE(second.run.script);
  EXPECT_EQ(second.run.script->text, "echo hello\n");
}

struct BadCase {
  const char* name;
  const char* text;
  const char* expected;  // the whole message
};
class BadRecipe : public testing::TestWithParam<BadCase> {};

TEST_P(BadRecipe, IsExplained) {
  const auto result = read(GetParam().text);
  EXPECT_FALSE(result.value);
  EXPECT_EQ(render(result.problems), GetParam().expected);
}

const BadCase kBad[] = {
    {"no_steps", "",
     "r.yaml:1:1: error[R011]: a Recipe lacks the key 'steps'\n    1 | apiVersion: assay/v1\n      | ^\n"
     "  help: add 'steps': what is done\n"},
    {"unknown_key", "stesp: []\nsteps: [{ id: a, run: [x] }]\n",
     "r.yaml:4:1: error[R010]: unknown key 'stesp' in a Recipe\n"
     "    3 | metadata: { name: r, version: 1.0.0 }\n"
     "    4 | stesp: []\n"
     "      | ^~~~~\n"
     "  expected one of: apiVersion, kind, metadata, params, profiles, pools, order, strategy, deadline, "
     "retry_budget, rollout, steps, "
     "handlers, outputs\n"
     "  help: did you mean 'steps'?\n"},
    {"slip_in_the_action", "steps:\n  - id: a\n    rnu: [x]\n",
     "r.yaml:6:5: error[R010]: unknown key 'rnu' in a step\n"
     "    5 |   - id: a\n"
     "    6 |     rnu: [x]\n"
     "      |     ^~~\n"
     "  expected one of: id, name, needs, if, run, facts, shell, env, cwd, timeout, outputs, artifacts, ok_exit, "
     "skip_exit, ensure, suite, …\n"
     "  help: did you mean 'run'?\n"},
    {"no_action", "steps:\n  - id: a\n",
     "r.yaml:5:5: error[R012]: step 'a' has no action\n"
     "    4 | steps:\n"
     "    5 |   - id: a\n"
     "      |     ^\n"
     "  expected one action key: run, facts, suite, use, block, approve, reboot\n"},
    {"two_actions", "steps:\n  - { id: a, run: [x], facts: true }\n",
     "r.yaml:5:5: error[R012]: step 'a' has more than one action: run, facts\n"
     "    4 | steps:\n"
     "    5 |   - { id: a, run: [x], facts: true }\n"
     "      |     ^\n"
     "  expected one action key: run, facts, suite, use, block, approve, reboot\n"},
    {"bad_duration", "steps:\n  - { id: a, run: [x], timeout: 5x }\n",
     "r.yaml:5:33: error[R020]: 'timeout' must be a duration above zero, got '5x'\n"
     "    4 | steps:\n"
     "    5 |   - { id: a, run: [x], timeout: 5x }\n"
     "      |                                 ^~\n"
     "  expected a number and a unit (ms, s, m, h, d), for example 90s or 1h30m\n"},
    {"norway", "steps:\n  - { id: a, facts: yes }\n",
     "r.yaml:5:21: error[R013]: 'facts' must be true or false, got 'yes'\n"
     "    4 | steps:\n"
     "    5 |   - { id: a, facts: yes }\n"
     "      |                     ^~~\n"
     "  help: write true\n"},
    {"duplicate_id", "steps:\n  - { id: a, run: [x] }\n  - { id: a, run: [y] }\n",
     "r.yaml:6:11: error[R015]: the id 'a' is used twice\n"
     "    5 |   - { id: a, run: [x] }\n"
     "    6 |   - { id: a, run: [y] }\n"
     "      |           ^\n"
     "  note: r.yaml:5:11: it is used first here\n"
     "  help: give one of them another id\n"},
    {"bad_name", "steps:\n  - { id: 1a, run: [x] }\n",
     "r.yaml:5:11: error[R014]: '1a' is not a valid name for a step\n"
     "    4 | steps:\n"
     "    5 |   - { id: 1a, run: [x] }\n"
     "      |           ^~\n"
     "  expected a letter, then letters, digits, '-' and '_'\n"},
    {"run_is_a_mapping", "steps:\n  - { id: a, run: { x: y } }\n",
     "r.yaml:5:19: error[R013]: 'run' must be a list (program and arguments) or a script, got a mapping\n"
     "    4 | steps:\n"
     "    5 |   - { id: a, run: { x: y } }\n"
     "      |                   ^\n"
     "  expected for example `run: [echo, hello]`\n"},
    {"parameter_type", "params:\n  d: { type: duratoin }\nsteps: [{ id: a, run: [x] }]\n",
     "r.yaml:5:14: error[R020]: unknown type 'duratoin'\n"
     "    4 | params:\n"
     "    5 |   d: { type: duratoin }\n"
     "      |              ^~~~~~~~\n"
     "  expected one of: string, int, number, bool, duration, size, enum, secret, list\n"
     "  help: did you mean 'duration'?\n"},
    {"default_does_not_fit", "params:\n  n: { type: int, default: many }\nsteps: [{ id: a, run: [x] }]\n",
     "r.yaml:5:28: error[R040]: parameter 'n' cannot be 'many'\n"
     "    4 | params:\n"
     "    5 |   n: { type: int, default: many }\n"
     "      |                            ^~~~\n"
     "  expected a whole number\n"},
};
INSTANTIATE_TEST_SUITE_P(Reader, BadRecipe, testing::ValuesIn(kBad), test::case_name);

// What is missing at the head of a file is one mistake; a misspelt key is told where it stands.
TEST(RecipeReader, AMissingHeaderIsToldOnce) {
  const auto told = [](const std::string& head) {
    const auto result = read_recipe(head + "steps: [{ id: a, run: [x] }]\n", "r.yaml", "r.yaml");
    EXPECT_EQ(result.problems.items().size(), 1U) << render(result.problems);
    return render(result.problems);
  };
  const std::string metadata = "metadata: { name: r, version: 1.0.0 }\n";
  EXPECT_THAT(told(metadata), testing::HasSubstr("error[R001]: the keys 'apiVersion' and 'kind' are missing"));
  EXPECT_THAT(told("kind: Recipe\n" + metadata), testing::HasSubstr("the key 'apiVersion' is missing"));
  EXPECT_THAT(told("apiVersion: assay/v1\n" + metadata), testing::HasSubstr("expected kind: Recipe"));
  EXPECT_THAT(told("apiversion: assay/v1\nkind: Recipe\n" + metadata),
              testing::HasSubstr("did you mean 'apiVersion'?"));
}

TEST(RecipeReader, AnotherKindIsNamed) {
  const auto result = read_recipe("apiVersion: assay/v1\nkind: Suite\n", "s.yaml", "s.yaml");
  EXPECT_THAT(render(result.problems), testing::HasSubstr("error[R001]: this is a Suite, not a Recipe"));
}

TEST(RecipeReader, AnotherVersionIsNamed) {
  const auto result = read_recipe(
      "apiVersion: assay/v2\nkind: Recipe\nmetadata: { name: r, version: '1' }\nsteps: [{ id: a, run: [x] }]\n",
      "r.yaml", "r.yaml");
  EXPECT_THAT(render(result.problems), testing::HasSubstr("error[R001]: unknown apiVersion 'assay/v2'"));
}

TEST(RecipeReader, KeepsWhatItUnderstoodOfABrokenRecipe) {
  const auto result = read("steps:\n  - { id: a, run: [x], timeout: never }\n");
  EXPECT_FALSE(result.value);
  ASSERT_TRUE(result.partial);
  EXPECT_EQ(result.partial->steps.size(), 1U);
}

constexpr const char* kSuite = R"(apiVersion: assay/v1
kind: Suite
metadata: { name: s, version: 1.0.0 }
tests:
  - id: speed
    name: Speed
    name_zh: 速度
    class: performance
    hardware: cpu
    requires: [{ if: "facts.cpu.threads > 0", reason: no CPU, kind: not_possible }]
    tools: [sysbench]
    run: [sysbench]
    cpu_share: { threads: facts.cpu.threads }
    metrics: [{ name: events, unit: "{event}/s", better: higher, value: "1.0" }]
    fault: Slow the CPU
    proves: It is fast
)";

TEST(SuiteReader, PerformanceTestsSampleByDefault) {
  const auto result = read_suite(kSuite, "s.yaml", "s.yaml");
  ASSERT_TRUE(result.value) << render(result.problems);
  const TestPart& test = *result.value->tests.at(0).test;
  EXPECT_EQ(test.samples.min, 6U);
  EXPECT_EQ(test.samples.max, 15U);
  EXPECT_EQ(test.samples.warmup, 1U);
  EXPECT_EQ(test.requires_.at(0).kind, SkipKind::kNotPossible);
  EXPECT_EQ(test.name_zh, "速度");
  EXPECT_TRUE(test.counters);
}

TEST(SuiteReader, ATestThatCannotFailIsRefused) {
  const std::string head = "apiVersion: assay/v1\nkind: Suite\nmetadata: { name: s, version: 1.0.0 }\ntests:\n";
  const auto functional = read_suite(
      head + "  - { id: t, class: functional, hardware: cpu, run: [x], fault: f, proves: p }\n", "s.yaml", "s.yaml");
  EXPECT_THAT(render(functional.problems), testing::HasSubstr("test 't' has no criteria: it could not fail"));
  const auto performance = read_suite(
      head + "  - { id: t, class: performance, hardware: cpu, run: [x], fault: f, proves: p }\n", "s.yaml", "s.yaml");
  EXPECT_THAT(render(performance.problems),
              testing::HasSubstr("performance test 't' has no metrics: it would measure nothing"));
}

TEST(ProgrammeReader, BoundsAreQuantitiesOrExpressions) {
  const auto result = read_programme(R"(apiVersion: assay/v1
kind: Programme
metadata: { name: p, version: 1.0.0 }
suites: [{ suite: s.yaml }]
expected: [speed]
limits:
  - test: speed
    metric: events
    entries:
      - { when: "facts.cpu.threads > 1", min: "=quantity('10 {event}/s') * 2.0", source: ours }
      - { max: 5 GB/s, source: ours }
)",
                                     "p.yaml", "p.yaml");
  ASSERT_TRUE(result.value) << render(result.problems);
  const auto& entries = result.value->limits.at(0).entries;
  EXPECT_EQ(entries.at(0).min->expression.text(), "quantity('10 {event}/s') * 2.0");
  EXPECT_EQ(entries.at(1).max->expression.text(), "quantity(\"5 GB/s\")");
}

TEST(ProgrammeReader, ALimitWithoutBoundsIsRefused) {
  const auto result = read_programme(
      "apiVersion: assay/v1\nkind: Programme\nmetadata: { name: p, version: 1.0.0 }\nsuites: []\nexpected: []\nlimits: "
      "[{ test: t, metric: m, entries: [{ source: x }] }]\n",
      "p.yaml", "p.yaml");
  EXPECT_THAT(render(result.problems), testing::HasSubstr("a limit has neither 'min' nor 'max'"));
}

TEST(Kind, IsReadWithoutTheRest) {
  EXPECT_EQ(kind_of("kind: Programme\nwhatever: [\n"), "Programme") << "it looks no further than the key";
  EXPECT_EQ(kind_of("metadata: { kind: Suite }\nkind: Recipe\n"), "Recipe");
  EXPECT_EQ(kind_of("metadata: { kind: Suite }\n"), "");
  EXPECT_EQ(kind_of(std::string(3000, '[')), "");
  EXPECT_EQ(kind_of("kind: Programme\nwhatever: []\n"), "Programme");
  EXPECT_EQ(kind_of("- a\n"), "");
}

}  // namespace
}  // namespace assay::recipe
