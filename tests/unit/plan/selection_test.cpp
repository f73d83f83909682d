// SPDX-License-Identifier: Apache-2.0
// What --only and --skip leave, and whose secrets are asked for.
#include "plan_fixture.h"
#include "support/cases.h"

namespace assay::plan {
namespace {

using testing::ElementsAre;

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

TEST_F(Planning, AContainerOfWhichAllStepsAreSkippedIsSkipped) {
  beside("nothing.yaml", "steps: [{ id: x, if: 1 > 2, run: [y] }]\n");
  const hardware::Facts facts = facts_of(R"({"disks": []})");
  const std::string rest = R"(steps:
  - { id: all, block: { steps: [{ id: a1, if: 1 > 2, run: [x] }, { id: a2, if: 1 > 2, run: [x] }] } }
  - { id: rows, block: { steps: [{ id: b1, foreach: { d: facts.disks }, run: [x] }], rescue: [{ id: b2, run: [x] }] } }
  - { id: mixed, block: { steps: [{ id: c1, foreach: { d: facts.disks }, run: [x] }, { id: c2, if: 1 > 2, run: [x] }] } }
  - { id: outer, block: { steps: [{ id: inner, block: { steps: [{ id: d1, if: 1 > 2, run: [x] }] } }] } }
  - { id: used, use: nothing.yaml }
  - { id: one, block: { steps: [{ id: e1, if: 1 > 2, run: [x] }, { id: e2, run: [x] }] } }
  - { id: ends, block: { steps: [{ id: f1, if: 1 > 2, run: [x] }], always: [{ id: f2, run: [x] }] } }
  - { id: later, block: { steps: [{ id: g1, if: failure(), run: [x] }] } }
)";
  const auto skips = [&](const PlanInput& input) {
    std::map<std::string, std::string> out;
    for (const PlannedStep& step : planned(rest, input).steps) out[step.id] = skip_of(step);
    return out;
  };
  auto skip = skips({.facts = &facts});
  EXPECT_EQ(skip["all"], "condition: its steps are skipped: condition: 1 > 2");
  EXPECT_EQ(skip["rows"], "not_applicable: its steps are skipped: its matrix has no rows on this machine");
  EXPECT_EQ(skip["mixed"], "condition: its steps are skipped");
  EXPECT_EQ(skip["outer"], skip["all"]);
  EXPECT_EQ(skip["used"], skip["all"]);
  for (const char* open : {"one", "ends", "later", "b2", "f2"}) EXPECT_EQ(skip[open], "") << open;
  skip = skips({.facts = &facts, .skip = {"e2", "f2", "g1"}});
  EXPECT_EQ(skip["one"], "condition: its steps are skipped");
  EXPECT_EQ(skip["ends"], "condition: its steps are skipped");
  EXPECT_EQ(skip["later"], "not_selected: its steps are skipped: left out by --skip");
}

TEST(SkipOfContainer, OnlyWhereNothingWasToBeDone) {
  EXPECT_FALSE(skip_of_container({}));
  for (const char* kind : {"not_possible", "needs", "cancelled", ""})
    EXPECT_FALSE(skip_of_container({{"a", "condition"}, {"b", kind}})) << kind;
  EXPECT_EQ(skip_of_container({{"a", "not_applicable"}, {"b", "not_applicable"}})->kind, "not_applicable");
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

}  // namespace
}  // namespace assay::plan
