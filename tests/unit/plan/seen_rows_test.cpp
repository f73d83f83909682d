// SPDX-License-Identifier: Apache-2.0
// Which row of another matrix a step looks at.
#include "engine/plan/seen_rows.h"

#include "plan_fixture.h"
#include "support/cases.h"

namespace assay::plan {
namespace {

using testing::HasSubstr;

struct RowSeenCase {
  const char* name;
  const char* viewer;   // the step that looks
  const char* problem;  // of the message; empty: it can be planned
};
class RowsSeen : public Planning, public testing::WithParamInterface<RowSeenCase> {};
TEST_P(RowsSeen, AreThereWhenPlanned) {
  const std::string steps =
      "steps:\n  - { id: load, matrix: { a: [1, 2, 3], exclude: [{ a: 3 }] }, run: [x], outputs: { v: stdout } }\n"
      "  - { id: twins, matrix: { a: [1], include: [{ a: 2, b: x }, { a: 2, b: y }] }, run: [x], outputs: { v: stdout "
      "} "
      "}\n";
  const PlanResult result = plan_of(steps + "  - { id: rep, " + GetParam().viewer + " }\n");
  if (*GetParam().problem == '\0') {
    EXPECT_TRUE(result.plan) << render(result.problems);
    return;
  }
  EXPECT_FALSE(result.plan);
  ASSERT_EQ(result.problems.items().size(), 1U) << render(result.problems);
  const Diagnostic& problem = result.problems.items()[0];
  EXPECT_EQ(problem.code, Code::kAggregate);
  EXPECT_EQ(problem.message, GetParam().problem);
  ASSERT_TRUE(problem.where);
  EXPECT_EQ(problem.where->line, 7U);
}
#define LOOKS "run: [x, \"${{ steps.load.outputs.v }}\"]"
const RowSeenCase kRowsSeen[] = {
    {"all_there", "matrix: { a: [1, 2] }, " LOOKS, ""},
    {"one_left_out", "matrix: { a: [1, 2, 3] }, " LOOKS,
     "'rep[a=3]' looks at the same row of 'load', which has no such row"},
    {"by_its_exit_code", "matrix: { a: [1, 4] }, if: steps.load.exit_code == 0, run: [x]",
     "'rep[a=4]' looks at the same row of 'load', which has no such row"},
    {"verdicts_are_those_of_all_then", "matrix: { a: [1, 3] }, if: steps.load.verdict == 'pass', run: [x]", ""},
    {"left_out_here_too", "matrix: { a: [1, 3] }, if: matrix.a != 3, " LOOKS, ""},
    {"left_out_by_the_same_condition",
     "matrix: { a: [1, 3] }, if: \"matrix.a != 3 && steps.load.outputs.v != ''\", run: [x]", ""},
    {"the_same_in_everything",
     "matrix: { a: [1], include: [{ a: 2, b: x }, { a: 2, b: y }] }, run: [x, \"${{ "
     "steps.twins.outputs.v }}\"]",
     ""},
    {"which_of_two", "matrix: { a: [1, 2] }, run: [x, \"${{ steps.twins.outputs.v }}\"]",
     "'rep[a=2]' looks at the same row of 'twins', which has no such row"},
};
INSTANTIATE_TEST_SUITE_P(Matrix, RowsSeen, testing::ValuesIn(kRowsSeen), test::case_name);

TEST_F(Planning, AMatrixWithAMistakeIsNotLookedAt) {
  const std::string matrix = "matrix: { a: \"params.l.map(x, x / 0)\" }, run: [x]";
  const PlanResult result =
      plan_of("params: { l: { type: list, items: int, default: [1] } }\nsteps: [{ id: load, " + matrix +
              ", outputs: { v: stdout } }, { id: rep, " + matrix + ", stdin: \"${{ steps.load.outputs.v }}\" }]\n");
  EXPECT_FALSE(result.plan);
  EXPECT_EQ(result.problems.items().size(), 2U) << render(result.problems);
  EXPECT_THAT(render(result.problems), testing::Not(HasSubstr("P004")));
}

TEST_F(Planning, RowsOfStepsThatAreLeftOutLookAtNothing) {
  const std::string steps =
      "steps:\n  - { id: load, matrix: { a: [1] }, run: [x], outputs: { v: stdout } }\n"
      "  - { id: rep, matrix: { a: [1, 3] }, " LOOKS " }\n";
  EXPECT_FALSE(plan_of(steps).plan);
  EXPECT_TRUE(plan_of(steps, {.skip = {"rep[a=3]"}}).plan);
}

TEST_F(Planning, EqualCardsAreToldApart) {
  const hardware::Facts facts = facts_of(
      R"({"accelerators": [{"name": "H", "address": "1", "power": 5}, {"name": "H", "address": "2", "power": 5}]})");
  const Plan plan = planned(
      "steps: [{ id: a, foreach: { card: facts.accelerators }, run: [x], outputs: { v: stdout } }, "
      "{ id: b, foreach: { card: facts.accelerators, n: '[1]' }, run: [x, '${{ steps.a.outputs.v }}'] }]\n",
      {.facts = &facts});
  EXPECT_THAT(ids(plan), testing::ElementsAre("a[card=1]", "a[card=2]", "b[card=1,n=1]", "b[card=2,n=1]"));
  const SeenRows rows(plan);
  EXPECT_EQ(rows.find(plan.groups[0], plan.steps[2]), 0U);
  EXPECT_EQ(rows.find(plan.groups[0], plan.steps[3]), 1U);
}

}  // namespace
}  // namespace assay::plan
