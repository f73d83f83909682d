// SPDX-License-Identifier: Apache-2.0
#include "engine/record/critical_path.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/cases.h"

namespace assay::record {
namespace {

// A step from `start` to `end`, in milliseconds of the run.
StepRecord step_of(const std::string& id, int start, int end, std::vector<std::string> needs = {}) {
  StepRecord step;
  step.id = id;
  step.status = Status::kFinished;
  step.verdict = Verdict::kPass;
  step.needs = std::move(needs);
  step.attempts = 1;
  step.started = WallTime(std::chrono::milliseconds(start));
  step.finished = WallTime(std::chrono::milliseconds(end));
  return step;
}

StepRecord pending(const std::string& id) {
  StepRecord step;
  step.id = id;
  return step;
}

StepRecord without_attempt(StepRecord step) {
  step.attempts = 0;
  return step;
}

struct PathCase {
  const char* name;
  std::vector<StepRecord> steps;
  std::vector<std::string> path;
  double busy_s;
  double total_s;
};
class Path : public testing::TestWithParam<PathCase> {};
TEST_P(Path, IsWhatDecidedTheEnd) {
  RunRecord run;
  run.steps = GetParam().steps;
  const CriticalPath path = critical_path(run);
  std::vector<std::string> ids;
  for (const std::size_t index : path.steps) ids.push_back(run.steps[index].id);
  EXPECT_EQ(ids, GetParam().path);
  EXPECT_DOUBLE_EQ(path.busy_s, GetParam().busy_s);
  EXPECT_DOUBLE_EQ(path.total_s, GetParam().total_s);
}
const PathCase kPaths[] = {
    {"nothing", {}, {}, 0, 0},
    {"nothing_started", {pending("a")}, {}, 0, 0},
    {"one", {step_of("a", 500, 2500)}, {"a"}, 2, 2},
    {"one_after_the_other", {step_of("a", 0, 1000), step_of("b", 1000, 3000, {"a"})}, {"a", "b"}, 3, 3},
    {"the_longer_branch",
     {step_of("a", 0, 1000), step_of("b", 1000, 2000, {"a"}), step_of("c", 1000, 5000, {"a"}),
      step_of("d", 5001, 6001, {"b", "c"})},
     {"a", "c", "d"},
     6,
     6.001},
    // Both ended within the time that starting takes: the need is the reason.
    {"a_need_before_a_bystander",
     {step_of("need", 0, 1000), step_of("other", 0, 1005), step_of("z", 1010, 2010, {"need"})},
     {"need", "z"},
     2,
     2.01},
    // With one at a time, `b` waited for room and not for its need.
    {"room",
     {step_of("need", 0, 1000), step_of("other", 1000, 4000), step_of("z", 4001, 5001, {"need"})},
     {"need", "other", "z"},
     5,
     5.001},
    {"a_row_stands_for_its_step",
     {step_of("a[n=1]", 0, 1000), step_of("a[n=2]", 0, 3000), step_of("b", 3000, 4000, {"a"})},
     {"a[n=2]", "b"},
     4,
     4},
    {"a_container_is_no_step",
     {step_of("u", 0, 3000), step_of("u/a", 0, 1000), step_of("u/b", 1000, 3000, {"u/a"})},
     {"u/a", "u/b"},
     3,
     3},
    {"what_never_ran_is_not_on_it",
     {step_of("a", 0, 1000), without_attempt(step_of("b", 1000, 9000)), pending("c")},
     {"a"},
     1,
     1},
    {"without_length", {step_of("a", 0, 0), step_of("b", 0, 0), step_of("c", 0, 0)}, {"a", "b", "c"}, 0, 0},
    {"an_end_before_the_start", {step_of("a", 5000, 1000), step_of("b", 0, 1000)}, {"b"}, 1, 1},
    {"needs_that_are_not_there", {step_of("a", 0, 1000, {"zz"})}, {"a"}, 1, 1},
};
INSTANTIATE_TEST_SUITE_P(CriticalPath, Path, testing::ValuesIn(kPaths), test::case_name);

// A hundred thousand steps that wait for each other in pairs: the walk must not look at everything for each.
TEST(CriticalPath, CopesWithManySteps) {
  RunRecord run;
  constexpr int kSteps = 100'000;
  for (int i = 0; i < kSteps; ++i)
    run.steps.push_back(step_of("a[n=" + std::to_string(i) + "]", i / 2 * 10, i / 2 * 10 + 10, {"b"}));
  const CriticalPath path = critical_path(run);
  EXPECT_EQ(path.steps.size(), kSteps / 2);
  EXPECT_DOUBLE_EQ(path.total_s, 500);
}

TEST(InstanceIds, HaveGroupAndContainer) {
  EXPECT_EQ(group_id("a"), "a");
  EXPECT_EQ(group_id("a[n=1]@t"), "a");
  EXPECT_EQ(group_id("a[n=1]/b[m=2]@t"), "a[n=1]/b");
  EXPECT_EQ(group_id("a@t"), "a");
  EXPECT_EQ(container_id("a[n=1]/b[m=2]@t"), "a[n=1]");
  EXPECT_EQ(container_id("a/b/c"), "a/b");
  EXPECT_EQ(container_id("a@t"), "");
}

}  // namespace
}  // namespace assay::record
