// SPDX-License-Identifier: Apache-2.0
// Pools of a recipe and of the hardware: which there are, and whether what steps hold fits into them.
#include "plan_fixture.h"

namespace assay::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
  EXPECT_THAT(render(smaller.problems),
              testing::HasSubstr("step 'b' takes 2 of the pool 'slot', which the recipe around it makes 1"));
}

TEST_F(Planning, TheNoisyPoolIsTheWholeMachine) {
  const Plan plan = planned("steps: [{ id: a, pool: noisy, run: [x] }, { id: b, run: [x] }]\n");
  EXPECT_TRUE(plan.steps[0].noisy);
  EXPECT_FALSE(plan.steps[1].noisy);
  EXPECT_THAT(problems("pools: { noisy: 3 }\nsteps: [{ id: a, run: [x] }]\n"),
              HasSubstr("error[P005]: the pool 'noisy' is the whole machine: its size is 1, not 3"));
}

}  // namespace
}  // namespace assay::plan
