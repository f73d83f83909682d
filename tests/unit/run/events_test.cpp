// SPDX-License-Identifier: Apache-2.0
// Events as lines of JSON.
#include "engine/run/events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/cases.h"

namespace assay::run {
namespace {

using record::Status;
using record::StepRecord;
using record::Verdict;

struct EventCase {
  const char* name;
  Event event;
  const char* json;  // after the time
};
class EventLine : public testing::TestWithParam<EventCase> {};
TEST_P(EventLine, IsOneLineOfJson) {
  const std::string line = event_line(GetParam().event, WallTime(std::chrono::milliseconds(1500)), 7);
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

TEST(Events, WhatIsMissingIsCountedInALineOfItsOwn) {
  EXPECT_EQ(left_out_line(12, WallTime{}, 40),
            "{\"seq\":40,\"time\":\"1970-01-01T00:00:00.000000Z\",\"event\":\"events_left_out\",\"count\":12}\n");
}

}  // namespace
}  // namespace assay::run
