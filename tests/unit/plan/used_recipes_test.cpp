// SPDX-License-Identifier: Apache-2.0
// What a step stands for: blocks, other recipes, suites; and the parameters they get.
#include "engine/plan/instance_needs.h"
#include "engine/plan/show.h"
#include "plan_fixture.h"

namespace assay::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(Planning, ABlockIsMadeOfItsSteps) {
  const Plan plan = planned(R"(steps:
  - id: k
    block: { steps: [{ id: b, matrix: { m: [1, 2] }, run: [x] }], always: [{ id: w, run: [x] }] }
)");
  EXPECT_THAT(ids(plan), ElementsAre("b[m=1]", "b[m=2]", "w", "k"));
  EXPECT_THAT(plan.steps[3].members, ElementsAre(0, 1, 2));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(plan.steps[i].container, 3U);
  EXPECT_EQ(plan.groups[1].role, Role::kAlways);
}

constexpr const char* kInner = R"(params:
  word: { type: string, default: inner }
  n: { type: int, default: 1 }
steps:
  - { id: first, run: [echo, "${{ params.word }}"], outputs: { text: stdout } }
  - { id: second, run: [echo, "${{ steps.first.outputs.text }}"] }
outputs: { text: steps.first.outputs.text, n: params.n }
)";

TEST_F(Planning, ARecipeInUseStandsUnderTheNameOfItsStep) {
  beside("inner.yaml", kInner);
  const Plan plan = planned(R"(steps:
  - { id: a, run: [x] }
  - { id: u, use: inner.yaml }
  - { id: z, run: [echo, "${{ steps.u.outputs.text }}"] }
)");
  EXPECT_THAT(graph(plan), ElementsAre("a: ", "u/first: a", "u/second: u/first", "u: a, u/first, u/second", "z: u"));
  const PlannedStep& use = plan.steps[3];
  EXPECT_THAT(use.members, ElementsAre(1, 2));
  EXPECT_EQ(plan.steps[1].container, 3U);
  EXPECT_EQ(plan.steps[1].origin->scope, "u/");
  EXPECT_EQ(use.origin->scope, "");
  ASSERT_TRUE(use.inside);
  ASSERT_TRUE(use.inside->recipe);
  EXPECT_EQ(use.inside->recipe->outputs.size(), 2U);
  EXPECT_EQ(json_of(use.inside->params), R"({"word":"inner","n":1})");
}

TEST_F(Planning, WhatTheUserGivesComesFirst) {
  beside("inner.yaml", kInner);
  const Plan plan = planned(R"(params: { word: { type: string, default: outer }, k: { type: int, default: 20 } }
steps:
  - { id: given, use: inner.yaml, with: { word: "from ${{ params.word }}", n: "${{ params.k + 1 }}" } }
  - { id: same_name, use: inner.yaml }
)",
                            {.params = {{"word", std::string("told"), std::nullopt, "-p"}}});
  EXPECT_EQ(json_of(plan.steps[2].inside->params), R"({"word":"from told","n":21})");
  EXPECT_EQ(json_of(plan.steps[5].inside->params), R"({"word":"told","n":1})");
  EXPECT_EQ(json_of(plan.steps[0].origin->params), R"({"word":"from told","n":21})");
}

TEST_F(Planning, AnArgumentThatDoesNotFitIsFoundWhenPlanned) {
  beside("inner.yaml", kInner);
  const PlanResult result = plan_of(
      "params: { t: { type: list, default: [many] } }\nsteps: [{ id: u, use: inner.yaml, with: { n: \"${{ params.t[0] "
      "}}\" } }]\n");
  EXPECT_FALSE(result.plan);
  EXPECT_THAT(render(result.problems), HasSubstr("parameter 'n' cannot be 'many'"));
}

TEST_F(Planning, ARecipeInAMatrixIsThereForEachRow) {
  beside("inner.yaml", kInner);
  const Plan plan =
      planned("steps: [{ id: u, matrix: { w: [a, b] }, use: inner.yaml, with: { word: \"${{ matrix.w }}\" } }]\n");
  EXPECT_THAT(ids(plan),
              ElementsAre("u[w=a]/first", "u[w=a]/second", "u[w=b]/first", "u[w=b]/second", "u[w=a]", "u[w=b]"));
  EXPECT_THAT(plan.steps[4].members, ElementsAre(0, 1));
  EXPECT_THAT(plan.steps[5].members, ElementsAre(2, 3));
  EXPECT_EQ(plan.steps[2].container, 5U);
  EXPECT_EQ(json_of(plan.steps[3].origin->params), R"({"word":"b","n":1})");
}

TEST_F(Planning, RecipesInUseMayUseOthers) {
  beside("deep.yaml", "steps: [{ id: x, run: [echo] }]\n");
  beside("middle.yaml", "steps: [{ id: m, use: deep.yaml }]\n");
  const Plan plan = planned("steps: [{ id: o, use: middle.yaml }]\n");
  EXPECT_THAT(ids(plan), ElementsAre("o/m/x", "o/m", "o"));
  EXPECT_EQ(plan.steps[0].origin->scope, "o/m/");
  EXPECT_EQ(plan.steps[0].container, 1U);
  EXPECT_EQ(plan.steps[1].container, 2U);
  EXPECT_THAT(plan.steps[2].members, ElementsAre(1));
}

TEST_F(Planning, ASkippedUseHasNothingInside) {
  beside("inner.yaml", kInner);
  const Plan plan = planned("steps: [{ id: u, if: 1 > 2, use: inner.yaml }]\n");
  EXPECT_THAT(ids(plan), ElementsAre("u"));
  EXPECT_EQ(skip_of(plan.steps[0]), "condition: condition: 1 > 2");
}

constexpr const char* kSuiteOfParts = R"(apiVersion: assay/v1
kind: Suite
metadata: { name: s, version: 1.0.0 }
params: { word: { type: string, default: w } }
tests:
  - { id: t, class: functional, hardware: cpu, run: [echo], criteria: ["exit_code == 0"], fault: f, proves: p }
  - { id: v, class: functional, hardware: cpu, run: [echo], criteria: ["exit_code == 0"], fault: f, proves: p }
)";

TEST_F(Planning, ASuiteInAMatrixIsThereForEachRow) {
  folder_.write("s.yaml", kSuiteOfParts);
  const Plan plan =
      planned("steps: [{ id: u, matrix: { w: [a, b] }, suite: s.yaml, with: { word: \"${{ matrix.w }}\" } }]\n");
  EXPECT_THAT(ids(plan), ElementsAre("u[w=a]/t", "u[w=a]/v", "u[w=b]/t", "u[w=b]/v", "u[w=a]", "u[w=b]"));
  EXPECT_EQ(json_of(plan.steps[0].origin->params), R"({"word":"a"})");
  EXPECT_EQ(json_of(plan.steps[2].origin->params), R"({"word":"b"})");
  EXPECT_TRUE(plan.steps[0].noisy);
  EXPECT_THAT(plan.steps[5].members, ElementsAre(2, 3));
}

TEST_F(Planning, AParameterOfTheSameNameButAnotherKindIsAnother) {
  beside("inner.yaml", "params: { seconds: { type: duration, default: 5s } }\nsteps: [{ id: x, run: [y] }]\n");
  const Plan plan = planned("params: { seconds: { type: int, default: 3 } }\nsteps: [{ id: u, use: inner.yaml }]\n");
  EXPECT_EQ(json_of(plan.steps[0].origin->params), R"({"seconds":"5s"})");
}

TEST_F(Planning, AParameterOfTheSameNameThatDoesNotFitIsToldAtTheStep) {
  beside("inner.yaml", "params: { n: { type: int, max: 5 } }\nsteps: [{ id: x, run: [y] }]\n");
  const PlanResult result = plan_of("params: { n: { type: int, default: 9 } }\nsteps: [{ id: u, use: inner.yaml }]\n");
  EXPECT_FALSE(result.plan);
  EXPECT_EQ(without_folder(result.problems),
            "r.yaml:5:15: error[R040]: step 'u' gives no value for the parameter 'n', which has no default\n"
            "    4 | params: { n: { type: int, default: 9 } }\n"
            "    5 | steps: [{ id: u, use: inner.yaml }]\n"
            "      |               ^\n"
            "  note: that of the same name here does not fit: parameter 'n' cannot be '9', expected at most 5\n"
            "  help: add `with: { n: … }`\n");
}

TEST_F(Planning, APoolOfARecipeAroundCountsInside) {
  beside("leaf.yaml",
         "pools: { p: 3, q: 1 }\nsteps:\n  - id: k\n    block: { steps: [{ id: s, pool: { p: 3 }, run: [x] }] }\n");
  beside("inner.yaml", "steps: [{ id: u, use: leaf.yaml }, { id: v, use: leaf.yaml }]\n");
  EXPECT_TRUE(plan_of("pools: { p: 3, q: 9 }\nsteps: [{ id: a, use: inner.yaml }]\n").plan);
  const PlanResult result = plan_of("pools: { p: 2 }\nsteps: [{ id: a, use: inner.yaml }]\n");
  EXPECT_FALSE(result.plan);
  ASSERT_EQ(result.problems.items().size(), 1U);
  const Diagnostic& problem = result.problems.items().front();
  EXPECT_EQ(problem.message,
            "step 's' takes 3 of the pool 'p', which the recipe around it makes 2: it would never start");
  EXPECT_THAT(problem.where->source->name, HasSubstr("leaf.yaml"));
  ASSERT_EQ(problem.notes.size(), 1U);
  EXPECT_EQ(problem.notes.front().where->line, 4U);
}

TEST_F(Planning, AFileUsedByManyIsReadOnce) {
  beside("r0.yaml", "steps: [{ id: x, run: [y] }]\n");
  for (int i = 1; i < 24; ++i) {
    const std::string next = "r" + std::to_string(i - 1) + ".yaml";
    beside("r" + std::to_string(i) + ".yaml", "steps: [{ id: a, use: " + next + " }, { id: b, use: " + next + " }]\n");
  }
  // Not planned in full, which would be 2^24 steps.
  const auto loaded = load("steps: [{ id: a, use: r23.yaml, if: 1 == 2 }]\n");
  ASSERT_TRUE(loaded.value) << render(loaded.problems);
  const PlanResult result = plan_recipe(*loaded.value, {});
  ASSERT_TRUE(result.plan) << render(result.problems);
  EXPECT_EQ(result.plan->steps.size(), 1U);
}

TEST_F(Planning, AnInstanceThatHoldsOthersNeedsItsOwn) {
  beside("inner.yaml", "steps: [{ id: i, run: [x] }, { id: k, block: { steps: [{ id: j, run: [x] }] } }]\n");
  const Plan plan = planned("steps: [{ id: z, run: [x] }, { id: u, matrix: { n: [1, 2] }, use: inner.yaml }]\n");
  const InstanceNeeds needs(plan);
  std::map<std::string, std::string> found;
  for (const PlannedStep& step : plan.steps) found[step.id] = join(needs.of(step), ", ");
  EXPECT_EQ(found["u[n=1]"], "z, u[n=1]/i, u[n=1]/k");
  EXPECT_EQ(found["u[n=2]"], "z, u[n=2]/i, u[n=2]/k");
  EXPECT_EQ(found["u[n=2]/i"], "z");
  EXPECT_EQ(found["u[n=2]/k"], "u[n=2]/j");
}

TEST_F(Planning, AMatrixOfRecipesIsShownInItsOwnSize) {
  beside("inner.yaml", "steps: [{ id: i, run: [x] }]\n");
  const auto size = [&](int rows) {
    const std::string steps =
        "steps: [{ id: u, matrix: { n: \"lists.range(" + std::to_string(rows) + ")\" }, use: inner.yaml }]\n";
    return to_json_line(to_json(planned(steps), {})).size();
  };
  EXPECT_LT(size(800), size(200) * 5);
}

}  // namespace
}  // namespace assay::plan
