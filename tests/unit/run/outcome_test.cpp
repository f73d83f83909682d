// SPDX-License-Identifier: Apache-2.0
// What the verdicts of its steps make of a run.
#include "engine/run/outcome.h"

#include <gtest/gtest.h>

#include "support/cases.h"

namespace assay::run {
namespace {

using record::Status;
using record::StepRecord;
using record::Verdict;

StepRecord step_of(Verdict verdict, bool blocker = true) {
  return {.id = "s", .blocker = blocker, .status = Status::kFinished, .verdict = verdict, .outputs = Json::object()};
}

// Every pair of verdicts of two blockers, in either order.
TEST(JudgeRun, TheWorseOfTwoDecides) {
  const std::vector<std::pair<Verdict, int>> worst_first = {{Verdict::kFail, 1},
                                                            {Verdict::kError, 3},
                                                            {Verdict::kInconclusive, 1},
                                                            {Verdict::kWaived, 0},
                                                            {Verdict::kPass, 0}};
  for (std::size_t i = 0; i < worst_first.size(); ++i) {
    for (std::size_t j = i; j < worst_first.size(); ++j) {
      const StepRecord worse = step_of(worst_first[i].first);
      const StepRecord better = step_of(worst_first[j].first);
      for (const auto& steps : {std::vector{worse, better}, std::vector{better, worse}}) {
        const Outcome outcome = judge_run(steps, Interruption::kNone, false);
        EXPECT_EQ(outcome.verdict, worst_first[i].first) << i << " " << j;
        EXPECT_EQ(outcome.exit_code, worst_first[i].second) << i << " " << j;
      }
    }
  }
}

TEST(JudgeRun, ARunPastItsDeadlineStillTellsWhatFailed) {
  EXPECT_EQ(judge_run({step_of(Verdict::kFail)}, Interruption::kNone, true, true).exit_code, 1);
  EXPECT_EQ(judge_run({step_of(Verdict::kPass)}, Interruption::kNone, true, true).exit_code, 3);
  EXPECT_EQ(judge_run({step_of(Verdict::kPass)}, Interruption::kNone, true, true).verdict, Verdict::kError);
}

struct OutcomeCase {
  const char* name;
  std::vector<StepRecord> steps;
  Interruption interruption;
  bool broken;
  Verdict verdict;
  int exit_code;
};
class Ends : public testing::TestWithParam<OutcomeCase> {};
TEST_P(Ends, HaveVerdictAndExitCode) {
  const Outcome outcome = judge_run(GetParam().steps, GetParam().interruption, GetParam().broken);
  EXPECT_EQ(outcome.verdict, GetParam().verdict);
  EXPECT_EQ(outcome.exit_code, GetParam().exit_code);
}
const OutcomeCase kOutcomes[] = {
    {"nothing_judged", {step_of(Verdict::kSkipped)}, Interruption::kNone, false, Verdict::kInconclusive, 1},
    {"no_steps", {}, Interruption::kNone, false, Verdict::kInconclusive, 1},
    {"nonblocker_changes_nothing",
     {step_of(Verdict::kPass), step_of(Verdict::kFail, false)},
     Interruption::kNone,
     false,
     Verdict::kPass,
     0},
    {"skips_are_neutral",
     {step_of(Verdict::kPass), step_of(Verdict::kSkipped)},
     Interruption::kNone,
     false,
     Verdict::kPass,
     0},
    {"interrupted", {step_of(Verdict::kPass)}, Interruption::kInterrupt, false, Verdict::kPass, 130},
    {"terminated", {step_of(Verdict::kFail)}, Interruption::kTerminate, false, Verdict::kFail, 143},
    {"record_lost", {step_of(Verdict::kPass)}, Interruption::kNone, true, Verdict::kError, 3},
    {"record_lost_after_a_failure", {step_of(Verdict::kFail)}, Interruption::kNone, true, Verdict::kFail, 3},
    {"broken_after_inconclusive", {step_of(Verdict::kInconclusive)}, Interruption::kNone, true, Verdict::kError, 3},
    {"broken_before_anything", {}, Interruption::kNone, true, Verdict::kError, 3},
    {"interrupted_after_a_failure", {step_of(Verdict::kFail)}, Interruption::kInterrupt, false, Verdict::kFail, 130},
    {"terminated_and_broken", {step_of(Verdict::kPass)}, Interruption::kTerminate, true, Verdict::kError, 143},
    {"only_what_does_not_block",
     {step_of(Verdict::kFail, false)},
     Interruption::kNone,
     false,
     Verdict::kInconclusive,
     1},
    {"error_that_does_not_block",
     {step_of(Verdict::kError, false), step_of(Verdict::kPass)},
     Interruption::kNone,
     false,
     Verdict::kPass,
     0},
    {"waived_and_skipped",
     {step_of(Verdict::kWaived), step_of(Verdict::kSkipped)},
     Interruption::kNone,
     false,
     Verdict::kWaived,
     0},
};
INSTANTIATE_TEST_SUITE_P(JudgeRun, Ends, testing::ValuesIn(kOutcomes), test::case_name);

}  // namespace
}  // namespace assay::run
