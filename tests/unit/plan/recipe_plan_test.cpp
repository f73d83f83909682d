// SPDX-License-Identifier: Apache-2.0
// From a loaded recipe to its plan: groups, rows, conditions, parameters.
#include "plan_fixture.h"
#include "support/cases.h"

namespace assay::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Planning, InstancesOfAStepAreOneGroup) {
  const Plan plan = planned(R"(steps:
  - { id: a, matrix: { m: [x, y], n: [1, 2] }, run: [echo] }
  - { id: b, matrix: { m: [x, y] }, run: [echo] }
  - { id: c, run: [echo] }
)");
  EXPECT_THAT(ids(plan), ElementsAre("a[m=x,n=1]", "a[m=x,n=2]", "a[m=y,n=1]", "a[m=y,n=2]", "b[m=x]", "b[m=y]", "c"));
  EXPECT_THAT(graph(plan), ElementsAre("a: ", "b: a", "c: b"));
  EXPECT_EQ(plan.groups[1].first, 4U);
  EXPECT_EQ(plan.groups[1].count, 2U);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Group& group = plan.groups[plan.steps[i].group];
    EXPECT_GE(i, group.first);
    EXPECT_LT(i, group.first + group.count);
  }
  EXPECT_EQ(json_of(plan.steps[2].matrix), R"({"m":"y","n":1})");
  EXPECT_TRUE(plan.steps[6].matrix.is(expr::Kind::kNull));
}

TEST_F(Planning, NothingRunsBesideAReboot) {
  const Plan plan = planned("steps: [{ id: a, reboot: { times: 3 } }, { id: b, run: [echo] }]\n");
  EXPECT_TRUE(plan.steps[0].noisy);
  EXPECT_FALSE(plan.steps[1].noisy);
}

TEST_F(Planning, NeedsOfALargeMatrixAreFew) {
  const Plan plan = planned(R"yaml(steps:
  - { id: a, matrix: { m: "lists.range(2000)" }, run: [echo] }
  - { id: b, matrix: { m: "lists.range(2000)" }, run: [echo] }
)yaml");
  ASSERT_EQ(plan.steps.size(), 4000U);
  EXPECT_THAT(graph(plan), ElementsAre("a: ", "b: a"));
}

struct ConditionCase {
  const char* name;
  const char* condition;
  const char* skip;  // empty: not skipped when planned
};
class ConditionWhenPlanned : public Planning, public testing::WithParamInterface<ConditionCase> {};
TEST_P(ConditionWhenPlanned, IsDecidedAsFarAsItIsKnown) {
  const hardware::Facts facts = facts_of(R"({"cpu": {"threads": 4}})");
  const Plan plan = planned(
      "params: { n: { type: int, default: 3 } }\nsteps:\n  - { id: z, run: [echo] }\n  - { id: a, matrix: { m: [5] }, "
      "if: '" +
          std::string(GetParam().condition) + "', run: [echo] }\n",
      {.facts = &facts});
  ASSERT_EQ(plan.steps.size(), 2U);
  EXPECT_EQ(skip_of(plan.steps[1]), GetParam().skip);
}
const ConditionCase kConditions[] = {
    {"params_true", "params.n == 3", ""},
    {"params_false", "params.n > 3", "condition: condition: params.n > 3"},
    {"facts_true", "facts.cpu.threads > 3", ""},
    {"facts_false", "facts.cpu.threads > 4", "condition: condition: facts.cpu.threads > 4"},
    {"matrix", "matrix.m == 6", "condition: condition: matrix.m == 6"},
    {"target", "target.name != \"local\"", "condition: condition: target.name != \"local\""},
    {"constant", "1 > 2", "condition: condition: 1 > 2"},
    {"steps_are_known_later", "steps.z.verdict == \"fail\"", ""},
    {"the_environment_is_known_later", "env.HOME == \"\"", ""},
    {"success", "success() && false", ""},
    {"failure", "failure()", ""},
    {"always", "always() && 1 > 2", ""},
};
INSTANTIATE_TEST_SUITE_P(Conditions, ConditionWhenPlanned, testing::ValuesIn(kConditions), test::case_name);

TEST_F(Planning, AConditionIsAskedForEachRow) {
  const Plan plan = planned("steps: [{ id: a, matrix: { m: [1, 2, 3] }, if: matrix.m != 2, run: [echo] }]\n");
  EXPECT_FALSE(plan.steps[0].skip);
  EXPECT_TRUE(plan.steps[1].skip);
  EXPECT_FALSE(plan.steps[2].skip);
}

TEST_F(Planning, AnEmptyListIsSeen) {
  const hardware::Facts facts = facts_of(R"({"disks": []})");
  const Plan plan = planned("steps: [{ id: a, foreach: { disk: facts.disks }, run: [echo] }, { id: b, run: [echo] }]\n",
                            {.facts = &facts});
  EXPECT_THAT(ids(plan), ElementsAre("a", "b"));
  EXPECT_EQ(skip_of(plan.steps[0]), "not_applicable: its matrix has no rows on this machine");
  EXPECT_FALSE(plan.steps[1].skip);
}

TEST_F(Planning, AListThatHasNoValueNamesTheStep) {
  const hardware::Facts facts = facts_of("{}");
  const PlanResult result =
      plan_of("steps: [{ id: a, foreach: { disk: facts.disks }, run: [echo] }]\n", {.facts = &facts});
  EXPECT_FALSE(result.plan);
  EXPECT_THAT(render(result.problems), HasSubstr("while planning step 'a'"));
}

constexpr const char* kProfiles = R"(params:
  n: { type: int, default: 1 }
  text: { type: string, default: plain }
  free: { type: bool, default: false }
profiles:
  fast: { n: 2, text: quick }
  slow: { n: 9 }
steps: [{ id: a, run: [echo] }]
)";

struct OriginCase {
  const char* name;
  const char* profile;
  std::vector<recipe::GivenParam> given;
  const char* params;
  const char* origins;
};
class Origins : public Planning, public testing::WithParamInterface<OriginCase> {};
TEST_P(Origins, FollowThePrecedence) {
  const Plan plan = planned(kProfiles, {.params = GetParam().given, .profile = GetParam().profile});
  EXPECT_EQ(json_of(plan.params), GetParam().params);
  std::vector<std::string> origins;
  for (const auto& [name, origin] : plan.param_origins) origins.push_back(name + ": " + origin);
  EXPECT_EQ(join(origins, "; "), GetParam().origins);
}
const OriginCase kOrigins[] = {
    {"defaults", "", {}, R"({"n":1,"text":"plain","free":false})", "free: default; n: default; text: default"},
    {"profile",
     "fast",
     {},
     R"({"n":2,"text":"quick","free":false})",
     "free: default; n: profile fast; text: profile fast"},
    {"a_part_of_the_params",
     "slow",
     {},
     R"({"n":9,"text":"plain","free":false})",
     "free: default; n: profile slow; text: default"},
    {"given_after_the_profile",
     "fast",
     {{"n", std::string("7"), std::nullopt, "-p"}},
     R"({"n":7,"text":"quick","free":false})",
     "free: default; n: -p; text: profile fast"},
    {"the_last_given_counts",
     "",
     {{"n", std::string("7"), std::nullopt, "values.yaml"}, {"n", std::string("8"), std::nullopt, "-p"}},
     R"({"n":8,"text":"plain","free":false})",
     "free: default; n: -p; text: default"},
};
INSTANTIATE_TEST_SUITE_P(Params, Origins, testing::ValuesIn(kOrigins), test::case_name);

TEST_F(Planning, AnUnknownProfileIsNamedWithThoseThatAre) {
  const PlanResult result = plan_of(kProfiles, {.profile = "fats"});
  EXPECT_FALSE(result.plan);
  EXPECT_EQ(
      render(result.problems),
      "error[R040]: the recipe has no profile 'fats'\n  expected one of: fast, slow\n  help: did you mean 'fast'?\n");
  EXPECT_EQ(render(plan_of("steps: [{ id: a, run: [echo] }]\n", {.profile = "x"}).problems),
            "error[R040]: the recipe has no profile 'x'\n  expected no profile: none is declared\n");
}

struct WaitCase {
  const char* name;
  const char* recipe;
  const char* what;
};
class NotCarriedOut : public Planning, public testing::WithParamInterface<WaitCase> {};
TEST_P(NotCarriedOut, IsPlannedAndSaid) {
  beside("inner.yaml", "steps: [{ id: x, run: [y] }]\n");
  const Plan plan = planned(GetParam().recipe);
  ASSERT_EQ(plan.not_carried_out.items().size(), 1U) << render(plan.not_carried_out);
  const Diagnostic& problem = plan.not_carried_out.items()[0];
  EXPECT_EQ(problem.code, Code::kNotCarriedOut);
  EXPECT_EQ(problem.message,
            std::string(GetParam().what) + " is checked and planned, but not carried out by this version");
  EXPECT_TRUE(problem.where);
}
const WaitCase kWaits[] = {
    {"target", "steps: [{ id: a, on: lab, run: [x] }]\n", "'on' with another target"},
    {"refresh", "steps: [{ id: a, refresh: facts, use: inner.yaml }]\n", "'refresh: facts'"},
    {"rollout", "rollout: { serial: 1 }\nsteps: [{ id: a, run: [x] }]\n", "the recipe's 'rollout'"},
};
INSTANTIATE_TEST_SUITE_P(Keys, NotCarriedOut, testing::ValuesIn(kWaits), test::case_name);

TEST_F(Planning, WhatIsCarriedOutIsNotHeldBack) {
  beside("inner.yaml", "steps: [{ id: x, run: [y] }]\n");
  const Plan plan = planned(R"(pools: { p: 1 }
profiles: { f: {} }
steps:
  - { id: a, on: local, matrix: { m: [1] }, pool: p, timeout: 5s, run: [x] }
  - { id: b, on: all, use: inner.yaml }
)");
  EXPECT_TRUE(plan.not_carried_out.empty()) << render(plan.not_carried_out);
}

TEST_F(Planning, ARecipeInUseSaysWhatItWaitsFor) {
  beside("inner.yaml", "deadline: 1h\nretry_budget: 9\nsteps: [{ id: a, run: [x], retry: { attempts: 2 } }]\n");
  EXPECT_THAT(without_folder(planned("steps: [{ id: u, use: inner.yaml }]\n").not_carried_out),
              AllOf(HasSubstr("inner.yaml:4:1: error[P006]: the 'deadline' of a recipe in use"),
                    HasSubstr("inner.yaml:5:1: error[P006]: the 'retry_budget' of a recipe in use")));
}

TEST_F(Planning, WhatIsNeededComesFirstWhereverItStands) {
  const Plan plan = planned("order: graph\nsteps: [{ id: a, needs: [b], run: [x] }, { id: b, run: [x] }]\n");
  EXPECT_THAT(ids(plan), ElementsAre("b", "a"));
  EXPECT_THAT(graph(plan), ElementsAre("b: ", "a: b"));
}

TEST_F(Planning, AConditionWithoutAValueIsToldWhenPlanned) {
  const std::string steps =
      "params: { n: { type: int, default: 0 } }\nsteps:\n  - { id: a, matrix: { m: [1, 2] }, if: matrix.m / params.n "
      "== "
      "2, run: [x] }\n  - { id: b, run: [x] }\n";
  const PlanResult result = plan_of(steps);
  EXPECT_FALSE(result.plan);
  ASSERT_EQ(result.problems.items().size(), 1U) << render(result.problems);
  EXPECT_THAT(without_folder(result.problems), HasSubstr("r.yaml:6:50: error[E006]: division by zero"));
  EXPECT_THAT(render(result.problems), HasSubstr("note: while planning 'a[m=1]'"));
  EXPECT_TRUE(plan_of(steps, {.params = {{"n", std::string("1"), std::nullopt, "-p"}}}).plan);
  EXPECT_TRUE(plan_of(steps, {.skip = {"a"}}).plan) << "nobody asks then";
  EXPECT_TRUE(plan_of("params: { n: { type: int, default: 0 } }\nsteps: [{ id: k, if: params.n > 0, block: { steps: [{ "
                      "id: a, if: 10 / params.n == 2, run: [x] }] } }]\n")
                  .plan);
}

}  // namespace
}  // namespace assay::plan
