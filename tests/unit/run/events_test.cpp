// SPDX-License-Identifier: Apache-2.0
// Events as lines of JSON, and the verdict of a run, as tables.
#include "engine/run/events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/run/outcome.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Status;
using record::StepRecord;
using record::Verdict;

StepRecord step_of(Verdict verdict, bool blocker = true) {
  return {.id = "s", .blocker = blocker, .status = Status::kFinished, .verdict = verdict, .outputs = Json::object()};
}

struct EventCase {
  const char* name;
  Event event;
  const char* json;  // after the time
};
class EventLine : public testing::TestWithParam<EventCase> {};
TEST_P(EventLine, IsOneLineOfJson) {
  const std::string line = to_json_line(GetParam().event, WallTime(std::chrono::milliseconds(1500)), 7);
  EXPECT_EQ(line, std::string(R"({"seq":7,"time":"1970-01-01T00:00:01.500000Z",)") + GetParam().json + "\n");
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_TRUE(parse_json(line, "line"));
}
const EventCase kEvents[] = {
    {"run_started",
     RunStarted{
         .run = "id",
         .title = "a \"title\"",
         .folder = "/store/runs/id",
         .steps = std::make_shared<const Steps>(Steps{{.id = "a", .action = "run", .target = "local", .outputs = {}},
                                                      {.id = "b", .blocker = false, .needs = {"a"}, .outputs = {}}}),
         .preconditions = {}},
     R"("event":"run_started","format":"assay.events/1","run":"id","title":"a \"title\"","record":"/store/runs/id",)"
     R"("steps":[{"id":"a","action":"run","target":"local"},{"id":"b","blocker":false,"needs":["a"]}]})"},
    {"run_without_steps",
     RunStarted{.run = "id", .title = "", .folder = "", .steps = std::make_shared<const Steps>(), .preconditions = {}},
     R"("event":"run_started","format":"assay.events/1","run":"id","title":"","record":"","steps":[]})"},
    {"step_started", StepStarted{"a[n=1]"}, R"("event":"step_started","step":"a[n=1]"})"},
    {"progress", StepProgress{"a", {.what = "sample 1", .done = 0.25}},
     R"("event":"step_progress","step":"a","what":"sample 1","done":0.25})"},
    {"progress_begins_at_nothing", StepProgress{"a", {.what = "x", .done = 0}},
     R"("event":"step_progress","step":"a","what":"x","done":0.0})"},
    {"progress_unknown", StepProgress{"a", {.what = "line\nbreak", .done = -1}},
     R"("event":"step_progress","step":"a","what":"line\nbreak"})"},
    {"step_finished",
     StepFinished{{.id = "a",
                   .status = Status::kFinished,
                   .verdict = Verdict::kFail,
                   .reason = "exit code 1",
                   .duration_s = 0.5,
                   .attempts = 1,
                   .exit_code = 1,
                   .outputs = Json::object()}},
     R"("event":"step_finished","step":"a","status":"finished","verdict":"fail","reason":"exit code 1",)"
     R"("duration_s":0.5,"attempts":1,"exit_code":1})"},
    {"attempt_that_another_follows",
     StepAttempt{"a",
                 {.number = 2,
                  .status = Status::kError,
                  .verdict = Verdict::kError,
                  .reason = "timed out after 3 s",
                  .failure = "infrastructure",
                  .exit_code = {},
                  .started = WallTime(std::chrono::seconds(10)),
                  .finished = WallTime(std::chrono::seconds(13))},
                 8.5,
                 3},
     R"("event":"step_attempt","step":"a","attempt":2,"status":"error","verdict":"error","reason":"timed out after 3 s",)"
     R"("failure":"infrastructure","started":"1970-01-01T00:00:10.000000Z","finished":"1970-01-01T00:00:13.000000Z",)"
     R"("most":3,"wait_s":8.5})"},
    {"last_attempt",
     StepAttempt{"a",
                 {.number = 1,
                  .status = Status::kFinished,
                  .verdict = Verdict::kFail,
                  .reason = "",
                  .failure = "application",
                  .exit_code = 2,
                  .started = {},
                  .finished = {}},
                 -1,
                 0},
     R"("event":"step_attempt","step":"a","attempt":1,"status":"finished","verdict":"fail","failure":"application",)"
     R"("exit_code":2})"},
    {"waiting",
     Waiting{{.step = "ok",
              .question = "Is the LED green?",
              .type = "enum",
              .choices = {"yes", "no"},
              .asked = WallTime(std::chrono::seconds(60)),
              .answer = {},
              .who = "",
              .note = "",
              .answered = {}}},
     R"("event":"waiting","step":"ok","question":"Is the LED green?","type":"enum",)"
     R"("asked":"1970-01-01T00:01:00.000000Z","choices":["yes","no"]})"},
    {"answered",
     Answered{{.step = "ok",
               .question = "Is the LED green?",
               .type = "bool",
               .choices = {},
               .asked = WallTime(std::chrono::seconds(60)),
               .answer = false,
               .who = "lin",
               .note = "it blinks",
               .answered = WallTime(std::chrono::seconds(90))}},
     R"("event":"answered","step":"ok","question":"Is the LED green?","type":"bool",)"
     R"("asked":"1970-01-01T00:01:00.000000Z","answer":false,"who":"lin","note":"it blinks",)"
     R"("answered":"1970-01-01T00:01:30.000000Z"})"},
    {"resumed",
     Resumed{{.time = WallTime(std::chrono::seconds(60)),
              .redone = {{"b", "it was interrupted"}},
              .changes = {"tool fio"}}},
     R"("event":"resumed","at":"1970-01-01T00:01:00.000000Z","redone":{"b":"it was interrupted"},)"
     R"("changes":["tool fio"]})"},
    {"resumed_with_nothing_to_redo", Resumed{{.time = WallTime(std::chrono::seconds(60)), .redone = {}, .changes = {}}},
     R"("event":"resumed","at":"1970-01-01T00:01:00.000000Z","redone":{}})"},
    {"machine_busy", MachineBusy{"run r1 of user ann"}, R"("event":"machine_busy","holder":"run r1 of user ann"})"},
    {"stopping", Stopping{false}, R"("event":"stopping","urgent":false})"},
    {"stopping_at_once", Stopping{true}, R"("event":"stopping","urgent":true})"},
    {"run_finished", RunFinished{Verdict::kInconclusive, 1, "the disk is full"},
     R"("event":"run_finished","verdict":"inconclusive","exit_code":1,"problem":"the disk is full"})"},
};
INSTANTIATE_TEST_SUITE_P(Events, EventLine, testing::ValuesIn(kEvents), test::case_name);

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
    {"broken_after_a_failure", {step_of(Verdict::kFail)}, Interruption::kNone, true, Verdict::kFail, 1},
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
