// SPDX-License-Identifier: Apache-2.0
// From a loaded recipe to its plan: groups, rows, conditions, parameters, recipes in use.
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
    {"a_missing_fact_waits_for_the_run", "facts.memory.total > quantity(\"1 GiB\")", ""},
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

TEST_F(Planning, PoolsOfTheRecipeStandInThePlan) {
  const Plan plan = planned("pools: { slot: 2, bus: 1 }\nsteps: [{ id: a, pool: { slot: 2 }, run: [echo] }]\n");
  EXPECT_THAT(plan.pools, ElementsAre(testing::Pair("bus", 1), testing::Pair("slot", 2)));
  EXPECT_THAT(plan.steps[0].pools, ElementsAre(HeldPool{"slot", 2}));
}

class HardwarePools : public Planning {
 protected:
  HardwarePools() {
    facts_.tree = expr::from_json(Json::parse(
        R"({"cpu": {"threads": 8}, "disks": [{"name": "sda"}, {"name": "nvme0n1"}], "accelerators": [{"name": "A"}]})"));
    input_.facts = &facts_;
  }
  // Everything that planning has to say.
  [[nodiscard]] std::string complaints(const std::string& rest) const {
    return without_folder(plan_of(rest, input_).problems);
  }
  hardware::Facts facts_;
  PlanInput input_;
};

TEST_F(HardwarePools, HaveTheSizesOfTheFacts) {
  const Plan plan = planned(
      "steps:\n"
      "  - { id: a, pool: { cpu: 8 }, run: [x] }\n"
      "  - { id: b, matrix: { disk: \"facts.disks\" }, pool: \"disk:${{ matrix.disk.name }}\", run: [x] }\n"
      "  - { id: c, pool: [noisy, \"accelerator:0\"], run: [x] }\n",
      input_);
  using testing::Pair;
  EXPECT_THAT(plan.pools,
              ElementsAre(Pair("accelerator:0", 1), Pair("cpu", 8), Pair("disk:nvme0n1", 1), Pair("disk:sda", 1)));
  ASSERT_EQ(plan.steps.size(), 4U);
  EXPECT_THAT(plan.steps[0].pools, ElementsAre(HeldPool{"cpu", 8}));
  EXPECT_THAT(plan.steps[1].pools, ElementsAre(HeldPool{"disk:sda", 1}));
  EXPECT_THAT(plan.steps[2].pools, ElementsAre(HeldPool{"disk:nvme0n1", 1}));
  EXPECT_THAT(plan.steps[3].pools, ElementsAre(HeldPool{"noisy", 1}, HeldPool{"accelerator:0", 1}));
  EXPECT_FALSE(plan.steps[2].noisy);
  EXPECT_TRUE(plan.steps[3].noisy);
}

TEST_F(HardwarePools, WhatIsNotThereIsAnErrorWithASuggestion) {
  EXPECT_EQ(complaints("steps: [{ id: a, pool: \"disk:sdb\", run: [x] }]\n"),
            "r.yaml:4:24: error[P005]: this machine has no 'disk:sdb'\n"
            "    3 | metadata: { name: r, version: 1.0.0 }\n"
            "    4 | steps: [{ id: a, pool: \"disk:sdb\", run: [x] }]\n"
            "      |                        ^~~~~~~~~~\n"
            "  expected one of: disk:sda, disk:nvme0n1\n"
            "  note: while planning 'a'\n"
            "  help: did you mean 'disk:sda'?\n");
  EXPECT_THAT(complaints("steps: [{ id: a, pool: \"accelerator:1\", run: [x] }]\n"),
              testing::HasSubstr("this machine has no 'accelerator:1'"));
}

TEST_F(HardwarePools, MoreThanThereIsIsAnError) {
  EXPECT_THAT(complaints("steps: [{ id: a, pool: { cpu: 9 }, run: [x] }]\n"),
              testing::HasSubstr("error[P005]: 'a' takes 9 of the pool 'cpu', which has 8: it would never start"));
}

TEST_F(HardwarePools, ADeclaredPoolOfThatNameCounts) {
  const Plan plan = planned("pools: { cpu: 2 }\nsteps: [{ id: a, pool: cpu, run: [x] }]\n", input_);
  EXPECT_THAT(plan.pools, ElementsAre(testing::Pair("cpu", 2)));
}

TEST_F(HardwarePools, AStepThatIsSkippedNeedsNoHardware) {
  const Plan plan =
      planned("steps: [{ id: a, if: \"facts.disks.size() > 2\", pool: \"disk:sdc\", run: [x] }]\n", input_);
  EXPECT_TRUE(plan.steps[0].skip);
  EXPECT_TRUE(plan.pools.empty());
}

TEST_F(HardwarePools, FactsThatDoNotSayAreAnError) {
  facts_.tree = expr::from_json(Json::parse(R"({"cpu": {}})"));
  EXPECT_THAT(complaints("steps: [{ id: a, pool: cpu, run: [x] }]\n"),
              testing::HasSubstr("the pool 'cpu' has no size: the facts do not say how many processors there are"));
  EXPECT_THAT(complaints("steps: [{ id: a, pool: \"disk:sda\", run: [x] }]\n"),
              testing::HasSubstr("expected no such hardware was found"));
}

TEST_F(HardwarePools, NamesThatRowsMakeAreChecked) {
  const std::string head = "pools: { slot: 1 }\nsteps: [{ id: a, matrix: { p: [\"";
  const std::string rest = "\"] }, pool: [slot, \"${{ matrix.p }}\"], run: [x] }]\n";
  EXPECT_EQ(complaints(head + "disk:sda" + rest), "");
  EXPECT_THAT(complaints(head + "a b" + rest), testing::HasSubstr("error[R014]: 'a b' is not a valid name for a pool"));
  EXPECT_THAT(complaints(head + "slto" + rest), testing::HasSubstr("the pool 'slto' does not exist"));
  EXPECT_THAT(complaints(head + "slot" + rest), testing::HasSubstr("names the pool 'slot' twice"));
}

TEST_F(HardwarePools, PlanningNeedsFactsForThem) {
  EXPECT_TRUE(needs_facts(*load("steps: [{ id: a, pool: cpu, run: [x] }]\n").value));
  EXPECT_FALSE(needs_facts(*load("pools: { slot: 1 }\nsteps: [{ id: a, pool: slot, run: [x] }]\n").value));
}

TEST_F(Planning, PoolsOfARecipeInUseCount) {
  beside("inner.yaml", "pools: { slot: 2 }\nsteps: [{ id: b, pool: { slot: 2 }, run: [x] }]\n");
  EXPECT_THAT(planned("steps: [{ id: u, use: inner.yaml }]\n").pools, ElementsAre(testing::Pair("slot", 2)));
  const auto smaller = plan_of("pools: { slot: 1 }\nsteps: [{ id: u, use: inner.yaml }]\n");
  EXPECT_FALSE(smaller.plan);
  EXPECT_THAT(render(smaller.problems), testing::HasSubstr("'u/b' takes 2 of the pool 'slot', which has 1"));
}

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

struct WaitCase {
  const char* name;
  const char* recipe;
  const char* what;
};
class NotCarriedOut : public Planning, public testing::WithParamInterface<WaitCase> {};
TEST_P(NotCarriedOut, IsPlannedAndSaid) {
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
    {"rollout", "rollout: { serial: 1 }\nsteps: [{ id: a, run: [x] }]\n", "the recipe's 'rollout'"},
};
INSTANTIATE_TEST_SUITE_P(Keys, NotCarriedOut, testing::ValuesIn(kWaits), test::case_name);

TEST_F(Planning, WhatIsCarriedOutIsNotHeldBack) {
  beside("inner.yaml", kInner);
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

TEST_F(Planning, SecretsOfARunAreKnownOnceEachWithTheirPlace) {
  folder_.write("inner.yaml", std::string(kRecipeHead) + R"(params: { token: { type: secret, default: "vault:inner" } }
steps: [{ id: x, run: [y], env: { T: "${{ params.token }}" } }]
)");
  const Plan plan = planned(R"(params:
  a: { type: secret, default: "env:A" }
  b: { type: secret }
steps:
  - { id: one, run: [x], env: { T: "${{ params.a }}", S: "${{ secret('file:s') }}" }, stdin: "${{ secret('env:A') }}" }
  - { id: two, use: inner.yaml }
  - { id: three, use: inner.yaml, with: { token: "${{ params.a + ':' + params.b }}" } }
)",
                            {.params = {{"b", std::string("env:B"), std::nullopt, "-p"}}});
  std::vector<std::string> secrets;
  for (const PlannedSecret& one : plan.secrets)
    secrets.push_back(one.reference + " " + one.name + " " + std::to_string(one.where ? one.where->line : 0));
  EXPECT_THAT(secrets, testing::ElementsAre("env:A a 5", "env:B b 6", "file:s  8", "vault:inner token 4"));
  EXPECT_EQ(plan.not_carried_out.has_errors(), false);
  EXPECT_EQ(json_of(plan.params), R"({"a":"env:A","b":"env:B"})");
  EXPECT_EQ(json_of(plan.steps[3].origin->params),
            R"js({"token":"${{ secret(\"env:A\") }}:${{ secret(\"env:B\") }}"})js");
}

TEST_F(Planning, SecretsOfWhatWillNotRunAreNotAskedFor) {
  beside("inner.yaml", R"(params: { inside: { type: secret, default: "env:INSIDE" } }
steps: [{ id: x, run: [y], env: { T: "${{ params.inside }}" } }]
)");
  const std::string rest = R"(params:
  use: { type: bool, default: false }
  a: { type: secret, default: "env:A" }
  b: { type: secret, default: "env:B" }
  unused: { type: secret, default: "env:UNUSED" }
steps:
  - { id: one, if: params.use, run: [x], env: { T: "${{ params.a }}", S: "${{ secret('env:S') }}" } }
  - { id: two, if: params.use, use: inner.yaml }
  - id: three
    if: params.use
    block: { steps: [{ id: four, run: [x], stdin: "${{ params.b }}" }] }
  - { id: later, if: steps.one.status == 'finished', run: [x], stdin: "${{ params.b }}" }
)";
  const auto secrets = [&](const PlanInput& input) {
    std::vector<std::string> out;
    for (const PlannedSecret& one : planned(rest, input).secrets) out.push_back(one.reference);
    return out;
  };
  EXPECT_THAT(secrets({}), ElementsAre("env:B")) << "what is decided later may still run";
  EXPECT_THAT(secrets({.skip = {"later"}}), ElementsAre());
  EXPECT_THAT(secrets({.params = {{"use", std::string("true"), std::nullopt, "-p"}}, .skip = {"later"}}),
              ElementsAre("env:A", "env:B", "env:S", "env:INSIDE"));
}

TEST_F(Planning, WhatIsNeededComesFirstWhereverItStands) {
  const Plan plan = planned("order: graph\nsteps: [{ id: a, needs: [b], run: [x] }, { id: b, run: [x] }]\n");
  EXPECT_THAT(ids(plan), ElementsAre("b", "a"));
  EXPECT_THAT(graph(plan), ElementsAre("b: ", "a: b"));
}

TEST_F(Planning, TheNoisyPoolIsTheWholeMachine) {
  const Plan plan = planned("steps: [{ id: a, pool: noisy, run: [x] }, { id: b, run: [x] }]\n");
  EXPECT_TRUE(plan.steps[0].noisy);
  EXPECT_FALSE(plan.steps[1].noisy);
  EXPECT_THAT(problems("pools: { noisy: 3 }\nsteps: [{ id: a, run: [x] }]\n"),
              HasSubstr("error[P005]: the pool 'noisy' is the whole machine: its size is 1, not 3"));
}

TEST_F(Planning, AStepThatIsLeftOutTakesItsRowsAndPartsAlong) {
  beside("inner.yaml", "steps: [{ id: x, run: [y] }]\n");
  const std::string rest =
      "steps: [{ id: u, use: inner.yaml }, { id: m, matrix: { v: [1, 2] }, run: [x] }, { id: mm, run: [x] }]\n";
  const auto skipped = [&](const PlanInput& input) {
    std::vector<std::string> out;
    for (const PlannedStep& step : planned(rest, input).steps) {
      if (step.skip) out.push_back(step.id);
    }
    return out;
  };
  EXPECT_THAT(skipped({.skip = {"u"}}), ElementsAre("u/x", "u"));
  EXPECT_THAT(skipped({.only = {"m"}}), ElementsAre("u/x", "u", "mm"));
}

struct SelectCase {
  const char* name;
  std::vector<std::string> only;
  std::vector<std::string> skip;
  std::vector<std::string> skipped;  // with the kind
};
class Selected : public Planning, public testing::WithParamInterface<SelectCase> {};
TEST_P(Selected, ABlockMeansItsSteps) {
  beside("inner.yaml", "steps: [{ id: x, run: [y] }]\n");
  const Plan plan = planned(R"(params: { go: { type: bool, default: false } }
steps:
  - { id: first, run: [x] }
  - id: k
    block:
      steps:
        - { id: p, matrix: { m: [1, 2] }, run: [x] }
        - { id: i, block: { steps: [{ id: q, run: [x] }, { id: u, use: inner.yaml }] } }
      rescue: [{ id: r, run: [x] }]
      always: [{ id: z, run: [x] }]
  - { id: no, if: params.go, block: { steps: [{ id: n, run: [x] }] } }
)",
                            {.only = GetParam().only, .skip = GetParam().skip});
  std::vector<std::string> skipped;
  for (const PlannedStep& step : plan.steps) {
    if (step.skip) skipped.push_back(step.id + " " + step.skip->kind);
  }
  EXPECT_EQ(skipped, GetParam().skipped);
}
const SelectCase kSelected[] = {
    {"nothing_said", {}, {}, {"n condition", "no condition"}},
    {"a_block_left_out",
     {},
     {"k"},
     {"p[m=1] not_selected", "p[m=2] not_selected", "q not_selected", "u/x not_selected", "u not_selected",
      "i not_selected", "r not_selected", "z not_selected", "k not_selected", "n condition", "no condition"}},
    {"a_block_in_a_block_left_out",
     {},
     {"i"},
     {"q not_selected", "u/x not_selected", "u not_selected", "i not_selected", "n condition", "no condition"}},
    {"a_block_alone", {"k"}, {}, {"first not_selected", "n not_selected", "no not_selected"}},
    {"by_the_beginning_of_its_name",
     {"i*"},
     {},
     {"first not_selected", "p[m=1] not_selected", "p[m=2] not_selected", "r not_selected", "z not_selected",
      "k not_selected", "n not_selected", "no not_selected"}},
    {"all_of_a_block_but_one",
     {"k"},
     {"u"},
     {"first not_selected", "u/x not_selected", "u not_selected", "n not_selected", "no not_selected"}},
    {"what_its_condition_leaves_out_stays_so",
     {"no"},
     {"first"},
     {"first not_selected", "p[m=1] not_selected", "p[m=2] not_selected", "q not_selected", "u/x not_selected",
      "u not_selected", "i not_selected", "r not_selected", "z not_selected", "k not_selected", "n condition",
      "no condition"}},
};
INSTANTIATE_TEST_SUITE_P(Blocks, Selected, testing::ValuesIn(kSelected), test::case_name);

TEST_F(Planning, ABlockThatIsNotEnteredHasNoStepsToBeDone) {
  beside("inner.yaml", "params: { n: { type: int } }\nsteps: [{ id: x, run: [y] }]\n");
  const hardware::Facts facts = facts_of(R"({"disks": []})");
  const Plan plan = planned(R"(params: { go: { type: bool, default: false } }
steps:
  - id: wipe
    if: params.go
    block:
      steps:
        - { id: p, pool: "disk:sda", effect: destroys, run: [x] }
        - { id: own, if: 1 > 2, run: [x] }
        - { id: u, use: inner.yaml, with: { n: "${{ 1 / 0 }}" } }
        - { id: i, block: { steps: [{ id: q, run: [x] }] } }
      rescue: [{ id: r, run: [x] }]
      always: [{ id: z, run: [x] }]
  - { id: last, needs: [p], run: [x] }
)",
                            {.facts = &facts});
  std::vector<std::string> seen;
  for (const PlannedStep& step : plan.steps) seen.push_back(step.id + ": " + skip_of(step));
  const std::string why = ": condition: condition of wipe";
  EXPECT_THAT(seen, testing::UnorderedElementsAre("p" + why, "own" + why, "u" + why, "q" + why, "i" + why, "r" + why,
                                                  "z" + why, "wipe: condition: condition: params.go", "last: "));
}

TEST_F(Planning, SecretsOfWhatIsSelectedInsideAreAskedFor) {
  beside("inner.yaml", R"(params: { inside: { type: secret, default: "env:INSIDE" } }
steps: [{ id: x, run: [y], env: { T: "${{ params.inside }}" } }]
)");
  const std::string rest = R"(params: { a: { type: secret, default: "env:A" } }
steps:
  - { id: k, block: { steps: [{ id: p, run: [x], stdin: "${{ params.a }}" }] } }
  - { id: u, use: inner.yaml }
)";
  const auto secrets = [&](const PlanInput& input) {
    std::vector<std::string> out;
    for (const PlannedSecret& one : planned(rest, input).secrets) out.push_back(one.reference);
    return out;
  };
  EXPECT_THAT(secrets({.only = {"p"}}), ElementsAre("env:A"));
  EXPECT_THAT(secrets({.only = {"k"}}), ElementsAre("env:A"));
  EXPECT_THAT(secrets({.only = {"u/x"}}), ElementsAre("env:INSIDE"));
  EXPECT_THAT(secrets({.skip = {"k"}}), ElementsAre("env:INSIDE"));
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

}  // namespace
}  // namespace assay::plan
