// SPDX-License-Identifier: Apache-2.0
// Expressions without a value, told before anything runs.
#include "engine/plan/check_values.h"

#include "plan_fixture.h"
#include "support/cases.h"

namespace assay::plan {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

hardware::Facts some_facts() {
  hardware::Facts facts;
  facts.tree = expr::from_json(Json::parse(R"({"cpu": {"threads": 4}, "board": {}, "disks": [{"name": "sda"}]})"));
  facts.missing = {{"board", "this machine has no DMI"}, {"memory.ecc", "no driver"}};
  return facts;
}

struct PlannedValueCase {
  const char* name;
  const char* recipe;
  const char* problem;  // empty: there is none
};
class Values : public Planning, public testing::WithParamInterface<PlannedValueCase> {};
TEST_P(Values, AreToldWhenTheyCannotBe) {
  const hardware::Facts facts = some_facts();
  const PlanResult result = plan_of(GetParam().recipe, {.facts = &facts});
  const std::string text = without_folder(result.problems);
  if (*GetParam().problem == '\0') {
    EXPECT_TRUE(result.plan) << text;
    EXPECT_THAT(text, IsEmpty());
    return;
  }
  EXPECT_FALSE(result.plan);
  EXPECT_EQ(result.problems.items().size(), 1U) << text;
  EXPECT_THAT(text, HasSubstr(GetParam().problem));
}
constexpr const char* kZero = "params: { n: { type: int, default: 0 }, l: { type: list, default: [] } }\n";
const std::string& with_params(const char* steps) {
  static std::vector<std::unique_ptr<std::string>> kept;
  return *kept.emplace_back(std::make_unique<std::string>(kZero + std::string(steps)));
}
const PlannedValueCase kValues[] = {
    {"division", with_params("steps: [{ id: a, run: [x] }, { id: b, run: [echo, '${{ 10 / params.n }}'] }]\n").c_str(),
     "r.yaml:5:59: error[E006]: division by zero\n"},
    {"index", with_params("steps: [{ id: a, run: [echo, '${{ params.l[3] }}'] }]\n").c_str(),
     "error[E006]: index 3 is outside a list of 0"},
    {"inside_text", with_params("steps: [{ id: a, run: [echo, 'x${{ params.l[3] }}y'] }]\n").c_str(), "index 3"},
    {"env", with_params("steps: [{ id: a, run: [x], env: { A: '${{ 10 / params.n }}' } }]\n").c_str(),
     "error[E006]: division by zero"},
    {"standard_input", with_params("steps: [{ id: a, run: [x], stdin: '${{ 10 / params.n }}' }]\n").c_str(),
     "error[E006]: division by zero"},
    {"folder", with_params("steps: [{ id: a, run: [x], cwd: '${{ 10 / params.n }}' }]\n").c_str(),
     "error[E006]: division by zero"},
    {"script", with_params("steps:\n  - id: a\n    run: |\n      echo ${{ 10 / params.n }}\n").c_str(),
     "error[E006]: division by zero"},
    {"check", with_params("steps: [{ id: a, run: [x], check: { run: [y, '${{ 10 / params.n }}'] } }]\n").c_str(),
     "error[E006]: division by zero"},
    {"undo", with_params("steps: [{ id: a, run: [x], undo: { run: [y, '${{ 10 / params.n }}'] } }]\n").c_str(),
     "error[E006]: division by zero"},
    {"ensure", with_params("steps: [{ id: a, run: [x], ensure: 10 / params.n == 1 }]\n").c_str(),
     "error[E006]: division by zero"},
    {"output", with_params("steps: [{ id: a, run: [x], outputs: { o: 'params.l[0]' } }]\n").c_str(), "index 0"},
    {"question", with_params("steps: [{ id: a, approve: { question: '${{ 10 / params.n }}?' } }]\n").c_str(),
     "error[E006]: division by zero"},
    {"member_of_a_row",
     "steps: [{ id: a, matrix: { disk: [{ name: sda, size: 1 }] }, run: [x, '${{ matrix.disk.sise }}'] }]\n",
     "error[E006]: no key 'sise' in matrix.disk"},
    {"what_include_gives_to_some",
     "steps: [{ id: a, matrix: { a: [1, 2], include: [{ a: 1, extra: x }] }, run: [x, '${{ matrix.extra }}'] }]\n",
     "error[E006]: no key 'extra' in matrix"},
    {"once_for_many_rows", "steps: [{ id: a, matrix: { a: [1, 0, 2], b: [3, 4] }, run: [x, '${{ 1 / matrix.a }}'] }]\n",
     "note: while planning 'a[a=0,b=3]'"},
    {"no_text", "steps: [{ id: a, matrix: { d: [{ name: sda }, 5] }, run: [x, '${{ matrix.d }}'] }]\n",
     "a value of type map cannot stand in text"},
    {"a_fact", "steps: [{ id: a, run: [x, '${{ facts.board.vendor }}'] }]\n",
     "error[E006]: no key 'vendor' in facts.board\n"},
    {"why_a_fact_is_missing", "steps: [{ id: a, run: [x, '${{ facts.board.vendor }}'] }]\n",
     "  note: facts.board: this machine has no DMI\n"
     "  note: while planning 'a'\n"
     "  help: for machines without it: `facts.?board.?vendor.orValue(…)`\n"},
    {"a_fact_in_a_condition", "steps: [{ id: a, if: facts.board.vendor == 'x', run: [x] }]\n",
     "  note: facts.board: this machine has no DMI\n"
     "  note: while planning 'a'\n"
     "  help: for machines without it: `has(facts.board.vendor) && …`\n"},
    {"a_group_of_facts", "steps: [{ id: a, if: facts.memory.ecc, run: [x] }]\n",
     "help: for machines without it: `facts.?memory.?ecc.orValue(…)`\n"},
    {"in_a_rescue",
     with_params("steps: [{ id: k, block: { steps: [{ id: a, run: [x] }], rescue: [{ id: b, run: [x, '${{ 1 / params.n "
                 "}}'] }] } }]\n")
         .c_str(),
     "error[E006]: division by zero"},
    {"after_always", with_params("steps: [{ id: a, if: always(), run: [x, '${{ 1 / params.n }}'] }]\n").c_str(),
     "error[E006]: division by zero"},
    {"a_skipped_step", with_params("steps: [{ id: a, if: params.n > 0, run: [x, '${{ 1 / params.n }}'] }]\n").c_str(),
     ""},
    {"known_later_if",
     with_params(
         "steps: [{ id: z, run: [x] }, { id: a, if: steps.z.verdict == 'pass', run: [x, '${{ 1 / params.n }}'] }]\n")
         .c_str(),
     ""},
    {"known_later_if_around",
     with_params(
         "steps: [{ id: z, run: [x] }, { id: k, if: steps.z.verdict == 'pass', block: { steps: [{ id: a, run: [x, "
         "'${{ 1 / params.n }}'] }] } }]\n")
         .c_str(),
     ""},
    {"a_default", "steps: [{ id: a, run: [x, \"${{ facts.?board.?vendor.orValue('none') }}\"] }]\n", ""},
    {"a_guard", "steps: [{ id: a, if: \"has(facts.board.vendor) && facts.board.vendor == 'x'\", run: [x] }]\n", ""},
    {"secrets_are_not_read",
     "params: { s: { type: secret, default: env:NOT_SET_ANYWHERE } }\nsteps: [{ id: a, run: [x], env: { A: '${{ "
     "params.s "
     "}}' }, stdin: \"${{ secret('env:NOT_SET_EITHER') }}\" }]\n",
     ""},
    {"facts_collected_by_the_step", "steps: [{ id: a, facts: true, outputs: { v: facts.board.vendor } }]\n", ""},
};
INSTANTIATE_TEST_SUITE_P(Steps, Values, testing::ValuesIn(kValues), test::case_name);

TEST_F(Planning, AllThatCannotBeIsToldTogether) {
  const hardware::Facts facts = some_facts();
  const PlanResult result = plan_of(
      "steps:\n  - { id: a, run: [x, '${{ facts.board.vendor }}'] }\n  - { id: b, if: facts.board.vendor == 'x', run: "
      "[x, '${{ facts.board.product }}'] }\n",
      {.facts = &facts});
  EXPECT_EQ(result.problems.items().size(), 2U) << "what stands behind an `if` without a value is not reached";
  const std::string text = without_folder(result.problems);
  EXPECT_THAT(text, HasSubstr("while planning 'a'"));
  EXPECT_THAT(text, HasSubstr("while planning 'b'"));
}

TEST_F(Planning, WithoutFactsNothingIsSaidOfThem) {
  EXPECT_TRUE(plan_of("steps: [{ id: a, if: facts.board.vendor == 'x', run: [x, '${{ facts.cpu.model }}'] }]\n").plan);
}

struct SkippedReadCase {
  const char* name;
  const char* steps;
  const char* problem;  // empty: there is none
};
class SkippedReads : public Planning, public testing::WithParamInterface<SkippedReadCase> {};
TEST_P(SkippedReads, AreTold) {
  const PlanResult result = plan_of(
      "params: { f: { type: bool, default: false } }\nsteps:\n  - { id: a, if: params.f, run: [x], outputs: { n: "
      "size(stdout) } }\n  - { id: z, run: [x], outputs: { n: size(stdout) } }\n" +
      std::string(GetParam().steps));
  const std::string text = without_folder(result.problems);
  EXPECT_EQ(result.plan.has_value(), *GetParam().problem == '\0') << text;
  EXPECT_THAT(text, HasSubstr(GetParam().problem));
}
const SkippedReadCase kSkippedReads[] = {
    {"an_output", "  - { id: b, run: [x, '${{ steps.a.outputs.n }}'] }\n",
     "error[P003]: step 'b' reads what a skipped step does not have: no key 'outputs' in steps.a\n"},
    {"why", "  - { id: b, run: [x, '${{ steps.a.outputs.n }}'] }\n",
     "  note: 'a' is skipped: condition: params.f\n  note: while planning 'b'\n"},
    {"in_an_if", "  - { id: b, if: steps.a.outputs.n > 1, run: [x] }\n", "error[P003]: step 'b' reads what a skipped"},
    {"a_script", "  - id: b\n    run: |\n      echo ${{ steps.a.outputs.n }}\n", "error[P003]"},
    {"an_optional", "  - { id: b, run: [x, '${{ steps.a.?outputs.?n.orValue(3) }}'] }\n", ""},
    {"a_guard", "  - { id: b, run: [x, '${{ has(steps.a.outputs) ? steps.a.outputs.n : 1 }}'] }\n", ""},
    {"a_guarding_if", "  - { id: b, if: has(steps.a.outputs), run: [x, '${{ steps.a.outputs.n }}'] }\n", ""},
    {"its_status", "  - { id: b, run: [x, '${{ steps.a.status }}'] }\n", ""},
    {"a_reader_that_is_skipped", "  - { id: b, if: params.f, run: [x, '${{ steps.a.outputs.n }}'] }\n", ""},
    {"an_if_that_is_not_known_yet", "  - { id: b, if: steps.z.outputs.n > 1, run: [x, '${{ steps.a.outputs.n }}'] }\n",
     ""},
    {"what_also_reads_another", "  - { id: b, run: [x, '${{ steps.z.outputs.n > 1 ? 1 : steps.a.outputs.n }}'] }\n",
     ""},
    {"a_handler", "  - { id: b, needs: [a], run: [x] }\nhandlers: [{ id: h, run: [x, '${{ steps.a.outputs.n }}'] }]\n",
     ""},
};
INSTANTIATE_TEST_SUITE_P(Steps, SkippedReads, testing::ValuesIn(kSkippedReads), test::case_name);

TEST_F(Planning, WhatOnlyLeavesOutHasNoOutputs) {
  const char* recipe =
      "steps: [{ id: a, run: [x], outputs: { n: size(stdout) } }, { id: b, run: [x, '${{ steps.a.outputs.n }}'] }]\n";
  EXPECT_TRUE(plan_of(recipe).plan);
  EXPECT_THAT(without_folder(plan_of(recipe, {.only = {"b"}}).problems),
              HasSubstr("note: 'a' is skipped: not selected by --only"));
}

TEST_F(Planning, TheSkippedRowOfTheSameValuesHasNoOutputs) {
  const char* recipe =
      "steps: [{ id: a, matrix: { m: [1, 2] }, if: matrix.m == 1, run: [x], outputs: { n: size(stdout) } }, "
      "{ id: b, matrix: { m: [1, 2] }, run: [x, '${{ steps.a.outputs.n }}'] }]\n";
  const PlanResult result = plan_of(recipe);
  ASSERT_EQ(result.problems.items().size(), 1U);
  EXPECT_THAT(without_folder(result.problems), HasSubstr("note: while planning 'b[m=2]'"));
}

}  // namespace
}  // namespace assay::plan
