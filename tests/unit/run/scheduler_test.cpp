// SPDX-License-Identifier: Apache-2.0
// Groups of instances and counted pools.
#include "engine/run/scheduler.h"

#include <gmock/gmock.h>

#include <random>

#include "engine/base/text.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Status;
using record::StepRecord;
using record::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;

StepRecord result(Verdict verdict = Verdict::kPass, std::string skip_kind = {}) {
  return {.id = "s",
          .status = Status::kFinished,
          .verdict = verdict,
          .skip_kind = std::move(skip_kind),
          .outputs = Json::object()};
}

struct GroupSpec {
  std::size_t count = 1;
  std::vector<std::size_t> needs = {};
  std::vector<std::pair<std::string, std::size_t>> pools = {};
  bool noisy = false;
};

plan::Plan plan_of(const std::vector<GroupSpec>& groups, std::map<std::string, std::size_t> pools = {}) {
  plan::Plan plan;
  plan.pools = std::move(pools);
  for (const GroupSpec& spec : groups) {
    auto step = std::make_shared<recipe::Step>();
    plan.groups.push_back({.id = std::to_string(plan.groups.size()),
                           .first = plan.steps.size(),
                           .count = spec.count,
                           .needs = spec.needs});
    for (std::size_t i = 0; i < spec.count; ++i) {
      plan::PlannedStep one;
      one.id = std::to_string(plan.steps.size());
      one.group = plan.groups.size() - 1;
      one.step = step;
      for (const auto& [pool, amount] : spec.pools) one.pools.push_back({pool, amount});
      one.noisy = spec.noisy;
      plan.steps.push_back(std::move(one));
    }
  }
  return plan;
}

// Starts what can start now.
std::vector<std::size_t> start_all(Scheduler& scheduler) {
  std::vector<std::size_t> out;
  while (const auto next = scheduler.next()) {
    out.push_back(*next);
    scheduler.start(*next);
  }
  return out;
}

TEST(Scheduler, StartsInPlanOrderAsFarAsThereIsRoom) {
  const plan::Plan plan = plan_of({{}, {}, {}});
  Scheduler scheduler(plan, 2);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0, 1));
  scheduler.settle(1, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(2));
}

TEST(Scheduler, ANoisyStepRunsAlone) {
  const plan::Plan plan = plan_of({{}, {.noisy = true}, {}});
  Scheduler scheduler(plan, 4);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0)) << "it waits for the others, and nothing overtakes it";
  scheduler.settle(0, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(1));
  scheduler.settle(1, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(2));
}

TEST(Scheduler, WhatWasDoneBeforeItsNeedIsPassedOnAfterIt) {
  const plan::Plan plan = plan_of({{}, {.needs = {0}}, {.count = 2, .needs = {1}}, {.needs = {2}}});
  Scheduler scheduler(plan, 4);
  scheduler.settle(1, result());
  scheduler.settle(3, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(0));
  scheduler.settle(0, result(Verdict::kFail));
  EXPECT_THAT(start_all(scheduler), ElementsAre(2)) << "what is done does not start";
  EXPECT_FALSE(scheduler.success(2));
  EXPECT_EQ(scheduler.culprit(2), 0U);
  scheduler.settle(2, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(4));
}

TEST(Scheduler, ALongChainOfWhatWasDoneBeforeEndsToo) {
  std::vector<GroupSpec> groups(100'000);
  for (std::size_t i = 1; i < groups.size(); ++i) groups[i].needs = {i - 1};
  const plan::Plan plan = plan_of(groups);
  Scheduler scheduler(plan, 1);
  for (std::size_t i = 1; i < groups.size(); ++i) scheduler.settle(i, result());
  scheduler.settle(0, result());
  EXPECT_TRUE(scheduler.done());
}

TEST(Scheduler, WhatGoesOnAfterAnAnswerWaitsForItsTurn) {
  const plan::Plan plan = plan_of({{.pools = {{"p", 1}}}, {.pools = {{"p", 1}}}, {.pools = {{"p", 1}}}}, {{"p", 1}});
  Scheduler scheduler(plan, 4);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0));
  scheduler.lend_job(0);
  EXPECT_THAT(start_all(scheduler), ElementsAre(1));
  scheduler.take_back(0);
  EXPECT_FALSE(scheduler.has_job(0));
  EXPECT_THAT(start_all(scheduler), IsEmpty());
  scheduler.settle(1, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(2)) << "it has waited longer";
  scheduler.withdraw(0);
  scheduler.settle(2, result());
  EXPECT_THAT(start_all(scheduler), IsEmpty());
  scheduler.take_back(0);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0));
  EXPECT_TRUE(scheduler.has_job(0));
}

TEST(Scheduler, AStepSkippedBecauseOfANeedThatFailedIsAFailure) {
  const plan::Plan plan = plan_of({{}, {.needs = {0}}, {.needs = {1}}});
  Scheduler scheduler(plan, 1);
  scheduler.settle(0, result(Verdict::kError));
  scheduler.settle(1, result(Verdict::kSkipped, "needs"));
  EXPECT_FALSE(scheduler.success(2));
  EXPECT_TRUE(scheduler.failure(2));
}

TEST(Scheduler, AFailureBeforeAStepThatRanAllTheSameCounts) {
  const plan::Plan plan = plan_of({{}, {.needs = {0}}, {.needs = {1}}});
  Scheduler scheduler(plan, 1);
  scheduler.settle(0, result(Verdict::kFail));
  EXPECT_EQ(scheduler.culprit(1), 0U);
  scheduler.settle(1, result());  // because of always()
  EXPECT_FALSE(scheduler.success(2));
  EXPECT_TRUE(scheduler.failure(2));
}

TEST(Scheduler, WhoIsToBlameIsFoundThroughTheChain) {
  // 0 fails; 1 is skipped for it; 2 runs all the same; 3 was skipped by its own `if`; 4 needs 3 and 1; 5 needs 2.
  const plan::Plan plan =
      plan_of({{}, {.needs = {0}}, {.needs = {1}}, {}, {.needs = {3, 1}}, {.needs = {2}}, {.needs = {5}}});
  Scheduler scheduler(plan, 1);
  scheduler.settle(0, result(Verdict::kFail));
  scheduler.settle(1, result(Verdict::kSkipped, "needs"));
  scheduler.settle(2, result());
  scheduler.settle(3, result(Verdict::kSkipped, "condition"));
  EXPECT_EQ(scheduler.culprit(4), 0U);
  EXPECT_EQ(scheduler.culprit(5), 0U);
  scheduler.settle(5, result(Verdict::kError));
  EXPECT_EQ(scheduler.culprit(6), 5U) << "the nearest that failed";
  EXPECT_EQ(scheduler.culprit(3), std::nullopt);
}

TEST(Scheduler, AnInstanceThatFailedIsToBlameBeforeOneThatWasSkipped) {
  const plan::Plan plan = plan_of({{}, {.count = 2, .needs = {0}}, {.needs = {1}}});
  Scheduler scheduler(plan, 1);
  scheduler.settle(0, result(Verdict::kFail));
  scheduler.settle(1, result(Verdict::kSkipped, "needs"));
  scheduler.settle(2, result(Verdict::kFail));
  EXPECT_EQ(scheduler.culprit(3), 2U);
}

TEST(SchedulerGroups, EveryInstanceOfANeedMustBeSettled) {
  const plan::Plan plan = plan_of({{.count = 3}, {.count = 2, .needs = {0}}});
  Scheduler scheduler(plan, 8);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0, 1, 2));
  scheduler.settle(2, result());
  scheduler.settle(0, result());
  EXPECT_EQ(scheduler.next(), std::nullopt);
  scheduler.settle(1, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(3, 4));
  EXPECT_FALSE(scheduler.done());
  scheduler.settle(3, result());
  scheduler.settle(4, result());
  EXPECT_TRUE(scheduler.done());
  EXPECT_EQ(scheduler.running(), 0U);
}

TEST(SchedulerGroups, AnEmptyGroupIsPassedThrough) {
  const plan::Plan plan = plan_of({{.count = 0}, {.count = 0, .needs = {0}}, {.count = 1, .needs = {1}}});
  Scheduler scheduler(plan, 1);
  EXPECT_EQ(scheduler.next(), 0U);
  EXPECT_TRUE(scheduler.success(0));
}

TEST(SchedulerGroups, APlanOfNothingIsDone) {
  const plan::Plan plan = plan_of({});
  Scheduler scheduler(plan, 1);
  EXPECT_EQ(scheduler.next(), std::nullopt);
  EXPECT_TRUE(scheduler.done());
}

TEST(SchedulerGroups, NoJobsAreOneJob) {
  const plan::Plan plan = plan_of({{.count = 2}});
  Scheduler scheduler(plan, 0);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0));
}

struct ChainCase {
  const char* name;
  std::vector<StepRecord> results;  // of the instances of the group before
  bool success;
  bool failure;
  std::optional<std::size_t> culprit;
};
class Chain : public testing::TestWithParam<ChainCase> {};
TEST_P(Chain, LooksAtAllInstances) {
  const plan::Plan plan = plan_of({{.count = GetParam().results.size()}, {.needs = {0}}, {.needs = {1}}});
  Scheduler scheduler(plan, 8);
  for (std::size_t i = 0; i < GetParam().results.size(); ++i) scheduler.settle(i, GetParam().results[i]);
  const std::size_t after = GetParam().results.size();
  EXPECT_EQ(scheduler.success(after), GetParam().success);
  EXPECT_EQ(scheduler.failure(after), GetParam().failure);
  EXPECT_EQ(scheduler.culprit(after), GetParam().culprit);
  scheduler.settle(after, result());
  EXPECT_EQ(scheduler.success(after + 1), GetParam().success) << "also through a step that passed";
  EXPECT_EQ(scheduler.failure(after + 1), GetParam().failure);
}
const ChainCase kChains[] = {
    {"all_pass", {result(), result()}, true, false, std::nullopt},
    {"one_fails", {result(), result(Verdict::kFail), result(Verdict::kFail)}, false, true, 1},
    {"one_errs", {result(Verdict::kError), result()}, false, true, 0},
    {"waived", {result(Verdict::kWaived), result()}, true, false, std::nullopt},
    {"inconclusive_is_no_failure", {result(), result(Verdict::kInconclusive)}, false, false, 1},
    {"skipped_by_its_condition", {result(Verdict::kSkipped, "condition"), result()}, true, false, std::nullopt},
    {"no_such_hardware", {result(Verdict::kSkipped, "not_applicable"), result()}, true, false, std::nullopt},
    {"left_out", {result(Verdict::kSkipped, "not_selected"), result()}, true, false, std::nullopt},
    {"an_undo_that_nobody_stated", {result(Verdict::kSkipped, "no_undo"), result()}, true, false, std::nullopt},
    {"cannot_run_here", {result(), result(Verdict::kSkipped, "not_possible")}, false, false, 1},
    {"not_started_for_a_stop", {result(), result(Verdict::kSkipped, "cancelled")}, false, false, 1},
    {"skipped_for_a_need", {result(), result(Verdict::kSkipped, "needs")}, false, false, 1},
};
INSTANTIATE_TEST_SUITE_P(Verdicts, Chain, testing::ValuesIn(kChains), test::case_name);

TEST(SchedulerPools, HoldAsManyAsThereIsRoom) {
  const plan::Plan plan = plan_of({{.count = 5, .pools = {{"slot", 1}}}}, {{"slot", 2}});
  Scheduler scheduler(plan, 8);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0, 1));
  scheduler.settle(1, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(2));
  scheduler.settle(0, result());
  scheduler.settle(2, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(3, 4));
}

TEST(SchedulerPools, AStepWithoutThePoolGoesPast) {
  const plan::Plan plan = plan_of({{.count = 2, .pools = {{"slot", 1}}}, {.count = 2}}, {{"slot", 1}});
  Scheduler scheduler(plan, 8);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0, 2, 3));
  scheduler.settle(0, result(Verdict::kError));
  EXPECT_THAT(start_all(scheduler), ElementsAre(1)) << "room comes back whatever came of the step";
}

TEST(SchedulerPools, AmountsAreCounted) {
  const plan::Plan plan =
      plan_of({{.pools = {{"slot", 2}}}, {.pools = {{"slot", 2}}}, {.pools = {{"slot", 1}}}}, {{"slot", 3}});
  Scheduler scheduler(plan, 8);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0))
      << "one of three is left, two are wanted, and the third waits behind";
  scheduler.settle(0, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(1, 2));
}

TEST(SchedulerPools, AllPoolsOfAStepMustHaveRoom) {
  const plan::Plan plan =
      plan_of({{.pools = {{"a", 1}}}, {.pools = {{"b", 1}}}, {.pools = {{"a", 1}, {"b", 1}}}}, {{"a", 1}, {"b", 1}});
  Scheduler scheduler(plan, 8);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0, 1));
  scheduler.settle(0, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre());
  scheduler.settle(1, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(2));
}

TEST(SchedulerPools, JobsLimitWhatThePoolsAllow) {
  const plan::Plan plan = plan_of({{.count = 4, .pools = {{"slot", 1}}}}, {{"slot", 3}});
  Scheduler scheduler(plan, 2);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0, 1));
  scheduler.settle(0, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(2));
}

TEST(SchedulerPools, ANoisyStepWaitsForThePoolsOfOthersToo) {
  const plan::Plan plan = plan_of({{.pools = {{"slot", 1}}}, {.noisy = true}, {.pools = {{"slot", 1}}}}, {{"slot", 1}});
  Scheduler scheduler(plan, 8);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0));
  scheduler.settle(0, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(1));
  scheduler.settle(1, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(2));
}

// Small steps could take turns for ever, so that there is never all of it at once.
TEST(SchedulerPools, AStepThatNeedsMuchIsNotStarved) {
  const plan::Plan plan =
      plan_of({{.count = 3, .pools = {{"cpu", 1}}}, {.pools = {{"cpu", 4}}}, {.count = 50, .pools = {{"cpu", 1}}}},
              {{"cpu", 4}});
  Scheduler scheduler(plan, 8);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0, 1, 2)) << "what is left is claimed by the large one";
  for (const std::size_t done : {0, 1}) {
    scheduler.settle(done, result());
    EXPECT_THAT(start_all(scheduler), ElementsAre());
  }
  scheduler.settle(2, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(3));
  scheduler.settle(3, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(4, 5, 6, 7));
}

TEST(SchedulerPools, AStepThatNeedsTwoIsNotStarvedByThoseThatNeedOne) {
  const plan::Plan plan = plan_of({{.pools = {{"a", 1}}},
                                   {.pools = {{"b", 1}}},
                                   {.pools = {{"a", 1}, {"b", 1}}},
                                   {.count = 10, .pools = {{"a", 1}}},
                                   {.count = 10, .pools = {{"b", 1}}}},
                                  {{"a", 1}, {"b", 1}});
  Scheduler scheduler(plan, 8);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0, 1));
  scheduler.settle(0, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre()) << "a is free, and claimed";
  scheduler.settle(1, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(2));
  scheduler.settle(2, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(3, 13));
}

TEST(SchedulerPools, AClaimIsOnlyOnWhatIsNeeded) {
  const plan::Plan plan = plan_of({{.pools = {{"a", 1}}},
                                   {.pools = {{"a", 1}, {"b", 1}}},
                                   {.count = 3, .pools = {{"b", 1}}},
                                   {.pools = {{"c", 1}}}},
                                  {{"a", 1}, {"b", 3}, {"c", 1}});
  Scheduler scheduler(plan, 8);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0, 2, 3, 5)) << "one of b is claimed, two are not";
  scheduler.settle(0, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(1));
  scheduler.settle(1, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(4));
}

TEST(SchedulerPools, AClaimEndsWithAStepThatIsNotCarriedOut) {
  const plan::Plan plan =
      plan_of({{.pools = {{"a", 1}}}, {.pools = {{"a", 2}, {"b", 1}}}, {.pools = {{"b", 1}}}}, {{"a", 2}, {"b", 1}});
  Scheduler scheduler(plan, 8);
  EXPECT_THAT(start_all(scheduler), ElementsAre(0));
  scheduler.settle(1, result(Verdict::kSkipped, "cancelled"));
  EXPECT_THAT(start_all(scheduler), ElementsAre(2));
}

// Any plan ends, whatever its steps need and in whatever order they end: all pools at once or none.
TEST(SchedulerPools, NoPlanWaitsForItself) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    std::map<std::string, std::size_t> pools;
    for (const char* name : {"a", "b", "c", "d"}) pools[name] = 1 + below(4);
    std::vector<GroupSpec> groups(1 + below(12));
    for (std::size_t i = 0; i < groups.size(); ++i) {
      groups[i].count = below(5);
      groups[i].noisy = below(8) == 0;
      for (std::size_t need = 0; need < i; ++need)
        if (below(4) == 0) groups[i].needs.push_back(need);
      for (const auto& [name, size] : pools)
        if (below(2) == 0) groups[i].pools.emplace_back(name, 1 + below(size));
    }
    const plan::Plan plan = plan_of(groups, pools);
    Scheduler scheduler(plan, 1 + below(6));
    std::vector<std::size_t> running;
    std::size_t settled = 0;
    while (!scheduler.done()) {
      while (const auto next = scheduler.next()) {
        if (below(6) == 0) {  // skipped by its condition
          scheduler.settle(*next, result(Verdict::kSkipped, "condition"));
          ++settled;
          continue;
        }
        scheduler.start(*next);
        running.push_back(*next);
        std::map<std::string, std::size_t> held;
        std::size_t noisy = 0;
        for (const std::size_t index : running) {
          noisy += plan.steps[index].noisy ? 1 : 0;
          for (const plan::HeldPool& use : plan.steps[index].pools) held[use.pool] += use.amount;
        }
        for (const auto& [name, amount] : held) ASSERT_LE(amount, pools[name]) << "seed " << seed;
        ASSERT_TRUE(noisy == 0 || running.size() == 1) << "seed " << seed;
      }
      if (scheduler.done()) break;
      ASSERT_FALSE(running.empty()) << "nothing runs and nothing can start, seed " << seed;
      const std::size_t which = below(running.size());
      scheduler.settle(running[which], result());
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
      ++settled;
    }
    ASSERT_EQ(settled, plan.steps.size()) << "seed " << seed;
  }
}

TEST(SchedulerCost, ManyThatEachNeedAllOfALargePool) {
  constexpr std::size_t kCount = 50'000;
  const plan::Plan plan = plan_of({{.count = kCount, .pools = {{"slot", 1'000'000}}}}, {{"slot", 1'000'000}});
  Scheduler scheduler(plan, 8);
  for (std::size_t i = 0; i < kCount; ++i) {
    ASSERT_THAT(start_all(scheduler), ElementsAre(i));
    scheduler.settle(i, result());
  }
  EXPECT_TRUE(scheduler.done());
}

TEST(SchedulerCost, AHundredThousandInstancesBesideAFullPool) {
  constexpr std::size_t kCount = 100'000;
  const plan::Plan plan = plan_of({{.count = kCount, .pools = {{"slot", 1}}}, {.needs = {0}}}, {{"slot", 2}});
  Scheduler scheduler(plan, 8);
  std::vector<std::size_t> running;
  std::size_t asked = 0;
  std::size_t most = 0;
  while (!scheduler.done()) {
    for (++asked; const auto next = scheduler.next(); ++asked) {
      scheduler.start(*next);
      running.push_back(*next);
    }
    ASSERT_FALSE(running.empty());
    most = std::max(most, running.size());
    scheduler.settle(running.back(), result());
    running.pop_back();
  }
  EXPECT_EQ(most, 2U);
  EXPECT_LE(asked, 2 * kCount + 10) << "each instance is asked for a constant number of times";
}

TEST(SchedulerCost, NeedsBetweenLargeGroupsAreFew) {
  constexpr std::size_t kCount = 50'000;
  const plan::Plan plan = plan_of({{.count = kCount}, {.count = kCount, .needs = {0}}, {.count = 1, .needs = {0, 1}}});
  Scheduler scheduler(plan, 4);
  std::size_t settled = 0;
  while (const auto next = scheduler.next()) {
    scheduler.settle(*next, result());
    EXPECT_TRUE(scheduler.success(*next));
    ++settled;
  }
  EXPECT_EQ(settled, 2 * kCount + 1);
  EXPECT_TRUE(scheduler.done());
}

TEST(Pools, OneThatIsSkippedLetsTheNextWaiterThrough) {
  const plan::Plan plan = plan_of({{.pools = {{"p", 1}}}, {.pools = {{"p", 1}}}, {.pools = {{"p", 1}}}}, {{"p", 1}});
  Scheduler scheduler(plan, 4);
  scheduler.start(*scheduler.next());
  EXPECT_EQ(scheduler.next(), std::nullopt) << "both others wait for the pool";
  scheduler.settle(0, result());
  EXPECT_EQ(scheduler.next(), 1U);
  scheduler.settle(1, result(Verdict::kSkipped, "condition"));  // it never took its room
  EXPECT_EQ(scheduler.next(), 2U);
  scheduler.settle(2, result());
  EXPECT_TRUE(scheduler.done());
}

}  // namespace
}  // namespace assay::run
