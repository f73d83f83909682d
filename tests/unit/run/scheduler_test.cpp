// SPDX-License-Identifier: Apache-2.0
// Groups of instances and counted pools.
#include "engine/run/scheduler.h"

#include <gmock/gmock.h>

#include "engine/base/text.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Status;
using record::StepRecord;
using record::Verdict;
using testing::ElementsAre;

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
    for (const auto& [pool, amount] : spec.pools) step->pools.push_back({{pool, {}}, amount});
    plan.groups.push_back({.id = std::to_string(plan.groups.size()),
                           .first = plan.steps.size(),
                           .count = spec.count,
                           .needs = spec.needs});
    for (std::size_t i = 0; i < spec.count; ++i) {
      plan::PlannedStep one;
      one.id = std::to_string(plan.steps.size());
      one.group = plan.groups.size() - 1;
      one.step = step;
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
  EXPECT_THAT(start_all(scheduler), ElementsAre(0, 2));
  scheduler.settle(2, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre()) << "one of three is left, two are wanted";
  scheduler.settle(0, result());
  EXPECT_THAT(start_all(scheduler), ElementsAre(1));
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
