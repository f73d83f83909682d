// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/references.h"

#include "engine/plan/arguments.h"
#include "engine/recipe/reader.h"
#include "plan_fixture.h"
#include "support/cases.h"

namespace assay::plan {
namespace {

using testing::ElementsAre;

struct KnownCase {
  const char* name;
  const char* expression;
  bool known;
  bool facts;
};
class Known : public testing::TestWithParam<KnownCase> {};
TEST_P(Known, WhenPlanned) {
  const auto expression = expr::Expression::parse(GetParam().expression);
  ASSERT_TRUE(expression);
  EXPECT_EQ(known_when_planned(*expression), GetParam().known);
  EXPECT_EQ(reads_facts(*expression), GetParam().facts);
}
const KnownCase kKnown[] = {
    {"constant", "1 + 1", true, false},
    {"params", "params.a > params.b.c", true, false},
    {"facts", "facts.cpu.threads", true, true},
    {"whole_facts", "size(facts)", true, true},
    {"target_and_matrix", "target.name + matrix.m", true, false},
    {"own_variables", "params.l.all(facts, facts > 1)", true, false},
    {"steps", "steps.a.verdict", false, false},
    {"mixed", "facts.cpu.threads > 1 && steps.a.verdict == ''", false, true},
    {"env", "env.HOME", false, false},
    {"run", "run.id", false, false},
    {"stdout", "stdout == ''", false, false},
    {"a_name_that_only_begins_so", "parameters.x", false, false},
    {"facts_in_the_middle", "params.facts", true, false},
    {"success", "success()", false, false},
    {"failure", "params.a || failure()", false, false},
    {"always", "always()", false, false},
};
INSTANTIATE_TEST_SUITE_P(Expressions, Known, testing::ValuesIn(kKnown), test::case_name);

TEST(ForEachExpression, VisitsEveryFieldOnce) {
  const auto read = recipe::read_recipe(std::string(kRecipeHead) + R"(steps:
  - id: a
    if: e.condition
    matrix: { x: e.axis, y: [1] }
    foreach: { z: e.loop }
    run: [echo, "a ${{ e.word }} b ${{ e.again }}", plain]
    env: { A: "${{ e.env }}" }
    cwd: "${{ e.cwd }}"
    stdin: "${{ e.stdin }}"
    check: { run: [x, "${{ e.look }}"], expect: e.expect }
    undo: { run: [x, "${{ e.undo }}"] }
    outputs: { o: e.output }
    ensure: [e.ensure, e.other]
  - id: b
    run: |
      echo ${{ e.script }}
  - { id: c, use: x.yaml, with: { p: "${{ e.with }}", q: plain, r: 3 } }
)",
                                        "r.yaml", "r.yaml");
  ASSERT_TRUE(read.value) << render(read.problems);
  std::vector<std::string> seen;
  for (const recipe::Step& step : read.value->steps) {
    for_each_expression(step, [&](const expr::Expression& expression, const SourceSpan& where) {
      seen.emplace_back(trim(expression.text()));
      EXPECT_GT(where.line, 3U);
    });
  }
  EXPECT_THAT(seen, ElementsAre("e.condition", "e.axis", "e.loop", "e.word", "e.again", "e.look", "e.expect", "e.undo",
                                "e.env", "e.cwd", "e.stdin", "e.output", "e.ensure", "e.other", "e.script", "e.with"));
}

struct FactsCase {
  const char* name;
  const char* recipe;
  bool wanted;
};
class WantsFacts : public Planning, public testing::WithParamInterface<FactsCase> {};
TEST_P(WantsFacts, OnlyWhenSomethingReadsThem) {
  beside("inner.yaml", "steps: [{ id: x, if: facts.cpu.threads > 1, run: [echo] }]\n");
  const auto loaded = load(GetParam().recipe);
  ASSERT_TRUE(loaded.value) << render(loaded.problems);
  EXPECT_EQ(needs_facts(*loaded.value), GetParam().wanted);
}
const FactsCase kFacts[] = {
    {"nothing", "steps: [{ id: a, run: [x] }]\n", false},
    {"foreach", "steps: [{ id: a, foreach: { d: facts.disks }, run: [x] }]\n", true},
    {"reboot", "steps: [{ id: a, reboot: true }]\n", true},
    {"recipe_in_use", "steps: [{ id: a, use: inner.yaml }]\n", true},
    {"outputs_of_the_recipe", "steps: [{ id: a, run: [x] }]\noutputs: { n: facts.cpu.threads }\n", true},
    {"inside_a_block",
     "steps: [{ id: k, block: { steps: [{ id: a, run: [x], env: { N: \"${{ facts.cpu.threads }}\" } }] } }]\n", true},
    {"handler", "steps: [{ id: a, run: [x] }]\nhandlers: [{ id: h, if: facts.cpu.threads > 1, run: [x] }]\n", true},
    {"collecting_them_reads_none", "steps: [{ id: a, facts: true }]\n", false},
};
INSTANTIATE_TEST_SUITE_P(Recipes, WantsFacts, testing::ValuesIn(kFacts), test::case_name);

recipe::Param int_param(const char* name) {
  recipe::Param param;
  param.name.text = name;
  param.type = recipe::ParamType::kInt;
  return param;
}

struct ArgumentCase {
  const char* name;
  const char* param;
  const char* json;  // nullptr: known only later
  const char* problem;
};
class Argument : public testing::TestWithParam<ArgumentCase> {};
TEST_P(Argument, IsCheckedAgainstWhatIsDeclared) {
  Diagnostics problems;
  const std::optional<expr::Value> value =
      GetParam().json == nullptr ? std::nullopt : std::optional(expr::from_json(Json::parse(GetParam().json)));
  check_argument({int_param("seconds"), int_param("count")}, {GetParam().param, {}}, value ? &*value : nullptr,
                 problems);
  std::string all;
  for (const Diagnostic& problem : problems.items())
    all +=
        problem.message + "; " + problem.expected + "; " + problem.help + "; where " + (problem.where ? "yes" : "no");
  EXPECT_EQ(all, GetParam().problem);
}
const ArgumentCase kArguments[] = {
    {"fits", "count", "5", ""},
    {"known_later", "count", nullptr, ""},
    {"does_not_fit", "count", "\"x\"", "parameter 'count' cannot be 'x'; a whole number; ; where yes"},
    {"unknown", "secnods", "5",
     "unknown parameter 'secnods'; one of: seconds, count; did you mean 'seconds'?; where yes"},
    {"unknown_and_known_later", "xyz", nullptr, "unknown parameter 'xyz'; one of: seconds, count; ; where yes"},
};
INSTANTIATE_TEST_SUITE_P(Arguments, Argument, testing::ValuesIn(kArguments), test::case_name);

TEST(Arguments, NoneCanBeGivenWhereNoneAreDeclared) {
  Diagnostics problems;
  check_arguments({}, {{{"a", {}}, expr::Value::integer(1)}, {{"b", {}}, expr::Value::integer(2)}}, problems);
  ASSERT_EQ(problems.items().size(), 2U);
  EXPECT_EQ(problems.items()[0].expected, "no parameters: none are declared");
}

}  // namespace
}  // namespace assay::plan
