// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/show.h"

#include "plan_fixture.h"
#include "support/cases.h"

namespace assay::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kRecipe = R"(params: { n: { type: int, default: 2 } }
pools: { slot: 2 }
steps:
  - id: a
    matrix: { m: [x, y] }
    pool: slot
    run: [echo, "${{ matrix.m }}", "${{ params.n }}", "${{ facts.cpu.threads }}"]
    outputs: { n: size(stdout) }
  - id: b
    if: steps.a.verdict == 'pass'
    run: |
      echo hello
  - { id: look, facts: true }
  - { id: z, if: params.n > 2, run: [rm], effect: destroys }
handlers: [{ id: h, run: [x] }]
)";

TEST_F(Planning, TextForPeople) {
  EXPECT_EQ(to_text(planned(kRecipe), {}), R"(r 1.0.0
  a[m=x]  run, changes
      echo x 2 ${{ facts.cpu.threads }}
      holds slot 1
  a[m=y]  run, changes
      echo y 2 ${{ facts.cpu.threads }}
      holds slot 1
  b       run, changes
      sh (script)
      if steps.a.verdict == 'pass'
      after a
      known later: steps.a.verdict
  look    facts, reads
      after b
  z       run, destroys
      skipped: condition: params.n > 2
  h       run, changes, handler
      x
      after a, b, look, z
6 steps
)");
}

TEST_F(Planning, JsonForPrograms) {
  const Json json = to_json(planned(kRecipe), {{"b", 2.5}});
  EXPECT_EQ(json["format"], "assay.plan/1");
  EXPECT_EQ(json["kind"], "Recipe");
  EXPECT_EQ(json["name"], "r");
  EXPECT_EQ(to_json_line(json["params"]), R"({"n":2})");
  ASSERT_EQ(json["steps"].size(), 6U);
  EXPECT_EQ(
      to_json_line(json["steps"][1]),
      R"({"id":"a[m=y]","step":"a","action":"run","effect":"changes","target":"local","needs":[],"matrix":{"m":"y"},)"
      R"("command":["echo","y","2","${{ facts.cpu.threads }}"],"pools":{"slot":1}})");
  EXPECT_EQ(to_json_line(json["steps"][2]),
            R"({"id":"b","step":"b","action":"run","effect":"changes","target":"local","needs":["a"],)"
            R"json("command":["sh","(script)"],"if":"steps.a.verdict == 'pass'","known_later":["steps.a.verdict"],)json"
            R"("expected_s":2.5})");
  EXPECT_EQ(to_json_line(json["steps"][4]["skip"]), R"({"reason":"condition: params.n > 2","kind":"condition"})");
  EXPECT_EQ(json["steps"][5]["role"], "handler");
  EXPECT_EQ(to_json_line(json["estimate"]), R"({"seconds":2.5,"critical_path":["a","b"],"known":1,"of":5})");
}

TEST_F(Planning, FactsAreShownAsFarAsTheyStay) {
  const hardware::Facts facts = facts_of(R"({"cpu": {"threads": 4}, "memory": {"total": 9, "available": 5}})");
  const Plan plan = planned(
      "steps: [{ id: a, foreach: { m: '[facts.memory]' }, run: [echo, '${{ facts.cpu.threads }}', "
      "'${{ facts.memory.available }}', '${{ matrix.m.total }}', '${{ matrix.m.available }}'] }]\n",
      {.facts = &facts});
  const Json json = to_json(plan, {});
  EXPECT_EQ(to_json_line(json["steps"][0]["command"]),
            R"(["echo","4","${{ facts.memory.available }}","9","${{ matrix.m.available }}"])");
  EXPECT_EQ(to_json_line(json["steps"][0]["matrix"]), R"({"m":{"total":9}})");
  EXPECT_EQ(to_json_line(json["steps"][0]["known_later"]), R"(["facts.memory.available"])");
  EXPECT_EQ(plan.steps[0].matrix.member("m")->member("available")->as_int(), 5) << "the run has it";
}

TEST_F(Planning, TheGraphForGraphviz) {
  EXPECT_EQ(to_dot(planned("steps: [{ id: a, matrix: { m: [x, y] }, run: [x] }, { id: b, run: [x] }]\n")),
            R"dot(digraph "r" {
  rankdir=LR;
  node [shape=box];
  "a" [label="a (2)"];
  "b" [label="b"];
  "a" -> "b";
}
)dot");
}

TEST_F(Planning, TheSameInputGivesTheSameBytes) {
  const Plan first = planned(kRecipe);
  const Plan second = planned(kRecipe);
  EXPECT_EQ(to_text(first, {}), to_text(second, {}));
  EXPECT_EQ(to_json_line(to_json(first, {})), to_json_line(to_json(second, {})));
  EXPECT_EQ(to_dot(first), to_dot(second));
}

TEST_F(Planning, OneStepIsNotManySteps) {
  EXPECT_THAT(to_text(planned("steps: [{ id: a, run: [x] }]\n"), {}), testing::EndsWith("\n1 step\n"));
}

TEST_F(Planning, ControlCharactersOfARecipeStayOutOfTheTerminal) {
  const std::string text =
      to_text(planned("steps: [{ id: a, run: [echo, \"\\e[31mred\"], if: \"'\\e' == env.X\" }]\n"), {});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("[31mred"));
}

TEST_F(Planning, LongCommandsAreCut) {
  const std::string text = to_text(planned("steps: [{ id: a, run: [echo, " + std::string(5000, 'x') + "] }]\n"), {});
  EXPECT_LT(text.size(), 300U);
  EXPECT_THAT(text, HasSubstr("…"));
}

struct EffectCase {
  const char* name;
  const char* step;
  recipe::Effect effect;
};
class Effects : public Planning, public testing::WithParamInterface<EffectCase> {};
TEST_P(Effects, AreChangesUnlessSaid) {
  EXPECT_EQ(effect_of(planned("steps: [{ id: a, " + std::string(GetParam().step) + " }]\n").steps.at(0)),
            GetParam().effect);
}
const EffectCase kEffects[] = {
    {"run", "run: [x]", recipe::Effect::kChanges},
    {"run_that_reads", "run: [x], effect: reads", recipe::Effect::kReads},
    {"run_that_destroys", "run: [x], effect: destroys", recipe::Effect::kDestroys},
    {"facts", "facts: true", recipe::Effect::kReads},
};
INSTANTIATE_TEST_SUITE_P(Steps, Effects, testing::ValuesIn(kEffects), test::case_name);

struct EstimateCase {
  const char* name;
  const char* recipe;
  PastDurations past;
  double seconds;
  std::vector<std::string> path;
  std::size_t known;
  std::size_t of;
};
class Estimates : public Planning, public testing::WithParamInterface<EstimateCase> {};
TEST_P(Estimates, FollowTheLongestWay) {
  const Plan plan = planned(GetParam().recipe);
  const Estimate time = estimate(plan, GetParam().past);
  std::vector<std::string> path;
  for (const std::size_t group : time.critical) path.push_back(plan.groups[group].id);
  EXPECT_DOUBLE_EQ(time.seconds, GetParam().seconds);
  EXPECT_THAT(path, testing::ElementsAreArray(GetParam().path));
  EXPECT_EQ(time.known, GetParam().known);
  EXPECT_EQ(time.of, GetParam().of);
}
constexpr const char* kDiamond = R"(order: graph
steps:
  - { id: a, run: [x] }
  - { id: b, needs: a, run: [x] }
  - { id: c, needs: a, run: [x] }
  - { id: d, needs: [b, c], run: [x] }
)";
const EstimateCase kEstimates[] = {
    {"diamond", kDiamond, {{"a", 1}, {"b", 5}, {"c", 2}, {"d", 1}}, 7, {"a", "b", "d"}, 4, 4},
    {"the_other_way", kDiamond, {{"a", 1}, {"b", 2}, {"c", 5}, {"d", 1}}, 7, {"a", "c", "d"}, 4, 4},
    {"some_never_ran", kDiamond, {{"a", 1}, {"c", 5}}, 6, {"a", "c"}, 2, 4},
    {"rows_run_beside_each_other",
     "steps: [{ id: a, matrix: { m: [1, 2] }, run: [x] }]\n",
     {{"a[m=1]", 3}, {"a[m=2]", 4}},
     4,
     {"a"},
     2,
     2},
    {"skipped_steps_take_no_time",
     "steps: [{ id: a, if: 1 > 2, run: [x] }, { id: b, run: [x] }]\n",
     {{"a", 100}, {"b", 2}},
     2,
     {"b"},
     1,
     1},
    {"rows_share_a_pool",
     "pools: { heavy: 1 }\nsteps: [{ id: a, matrix: { m: [1, 2, 3, 4] }, pool: heavy, run: [x] }]\n",
     {{"a[m=1]", 1}, {"a[m=2]", 1}, {"a[m=3]", 1}, {"a[m=4]", 1}},
     4,
     {"a"},
     4,
     4},
    {"noisy_steps_run_alone",
     "order: graph\nsteps: [{ id: a, pool: noisy, run: [x] }, { id: b, pool: noisy, run: [x] }, { id: c, run: [x] }]\n",
     {{"a", 1}, {"b", 2}, {"c", 3}},
     6,
     {"a", "b", "c"},
     3,
     3},
    {"a_row_that_never_ran_is_like_its_fellows",
     "pools: { heavy: 1 }\nsteps: [{ id: a, matrix: { m: [1, 2, 3] }, pool: heavy, run: [x] }]\n",
     {{"a[m=1]", 1}, {"a[m=2]", 3}},
     6,
     {"a"},
     2,
     3},
    {"containers_take_no_time_of_their_own",
     "steps: [{ id: k, block: { steps: [{ id: a, run: [x] }] } }]\n",
     {{"a", 2}, {"k", 50}},
     2,
     {"a"},
     1,
     1},
};
INSTANTIATE_TEST_SUITE_P(Plans, Estimates, testing::ValuesIn(kEstimates), test::case_name);

TEST_F(Planning, AnEstimateKnowsHowManyStepsRunAtOnce) {
  const Plan plan = planned("steps: [{ id: a, matrix: { m: [1, 2, 3] }, run: [x] }]\n");
  const PastDurations past = {{"a[m=1]", 3}, {"a[m=2]", 4}, {"a[m=3]", 5}};
  EXPECT_DOUBLE_EQ(estimate(plan, past).seconds, 5);
  EXPECT_DOUBLE_EQ(estimate(plan, past, 1).seconds, 12);
  EXPECT_DOUBLE_EQ(estimate(plan, past, 2).seconds, 8);
}

TEST(EstimateOf, NoisyStepsRunOneAfterTheOther) {
  Plan plan;
  plan.groups.push_back({.id = "t", .first = 0, .count = 2});
  for (const char* id : {"t1", "t2"}) {
    PlannedStep step;
    step.id = id;
    step.noisy = true;
    plan.steps.push_back(std::move(step));
  }
  EXPECT_DOUBLE_EQ(estimate(plan, {{"t1", 3}, {"t2", 4}}).seconds, 7);
}

TEST(EstimateOf, AnEmptyPlanIsNothing) {
  const Estimate time = estimate({}, {});
  EXPECT_EQ(time.seconds, 0);
  EXPECT_THAT(time.critical, IsEmpty());
}

TEST_F(Planning, TheEstimateStandsInTheLastLine) {
  EXPECT_THAT(to_text(planned(kDiamond), {{"a", 1}, {"b", 5}}),
              HasSubstr("4 steps; about 6.0 s by the last run, along a -> b (2 never ran before)\n"));
}

}  // namespace
}  // namespace assay::plan
