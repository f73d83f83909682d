// SPDX-License-Identifier: Apache-2.0
// The view over a whole run, as bytes that reach the terminal or the pipe.
#include "cli/terminal/view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "support/fake_clock.h"

namespace assay::cli {
namespace {

using record::Status;
using record::StepRecord;
using record::Verdict;

StepRecord planned(const std::string& id, std::vector<std::string> needs = {}) {
  StepRecord step;
  step.id = id;
  step.needs = std::move(needs);
  return step;
}

StepRecord finished(const std::string& id, double took_s, Verdict verdict = Verdict::kPass,
                    const std::string& reason = "", int attempts = 1) {
  StepRecord step = planned(id);
  step.status = Status::kFinished;
  step.verdict = verdict;
  step.reason = reason;
  step.duration_s = took_s;
  step.attempts = attempts;
  return step;
}

class ViewTest : public testing::Test {
 protected:
  void open(bool redraw, PastDurations past = {}) {
    view_ = make_view({.redraw = redraw,
                       .colour = Colour::kNever,
                       .jobs = 2,
                       .screen = [this] { return screen_; },
                       .write = [this](std::string_view text) { written_ += text; }},
                      std::move(past), clock_);
  }
  void start(std::vector<StepRecord> steps) {
    view_->on_event(run::RunStarted{.run = "R1",
                                    .title = "rack",
                                    .folder = "",
                                    .steps = std::make_shared<const run::Steps>(std::move(steps)),
                                    .preconditions = {}});
  }
  // What was written since the last call.
  std::string taken() { return std::exchange(written_, {}); }
  std::string tick(double seconds) {
    clock_.advance(std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(seconds)));
    view_->on_tick();
    return taken();
  }
  static run::StepAttempt failed(const std::string& step, int number, double wait_s) {
    record::AttemptRecord attempt;
    attempt.number = number;
    attempt.status = Status::kError;
    attempt.reason = "timed out";
    return {step, attempt, wait_s, 3};
  }

  test::FakeClock clock_;
  Screen screen_{.width = 61, .height = 10};
  std::string written_;
  std::unique_ptr<View> view_;
};

TEST_F(ViewTest, APipeGetsALineAStepAndNothingElse) {
  open(false, {{"a", 3}, {"b", 4}});
  start({planned("a"), planned("b", {"a"})});
  view_->on_event(run::StepStarted{"a"});
  view_->on_event(run::StepProgress{"a", {.what = "x", .done = 0.5}});
  EXPECT_EQ(tick(1), "run R1  rack · 2 steps · about 7 s\n");
  view_->on_event(run::StepFinished{finished("a", 3.1)});
  EXPECT_EQ(taken(), "[1/2] pass         a                                3.1 s\n");
  view_->on_event(failed("b", 1, 8));
  EXPECT_EQ(taken(), "        b: attempt 1 of 3 failed, next in 8.0 s: timed out\n");
  view_->on_event(run::StepFinished{finished("b", 12, Verdict::kFail, "exit code 1", 2)});
  EXPECT_EQ(taken(),
            "[2/2] fail         b                                 12 s  after 2 attempts\n        exit code 1\n");
  view_->on_event(run::RunFinished{Verdict::kFail, 1, ""});
  EXPECT_EQ(taken(), "");
}

TEST_F(ViewTest, APipeIsToldAboutQuestions) {
  open(false);
  start({planned("wired")});
  taken();
  record::QuestionRecord question{.step = "wired",
                                  .question = "Both feeds?",
                                  .type = "bool",
                                  .choices = {},
                                  .asked = {},
                                  .answer = {},
                                  .who = "",
                                  .note = "",
                                  .answered = {}};
  view_->on_event(run::Waiting{question});
  EXPECT_EQ(taken(), "        wired waits for an answer: Both feeds?\n        assay answer R1 wired yes|no\n");
  question.who = "lin";
  view_->on_event(run::Answered{question});
  EXPECT_EQ(taken(), "        wired was answered by lin\n");
}

TEST_F(ViewTest, ATerminalIsDrawnAgainEachTick) {
  open(true, {{"a", 10}, {"b", 5}});
  start({planned("a"), planned("b", {"a"})});
  EXPECT_EQ(taken(),
            "run R1  rack · 2 steps · about 15 s\n"
            "  next     a, b\n"
            "  ────────────  0 %  0 of 2 done, 0.0 s, about 15 s left\n");
  view_->on_event(run::StepStarted{"a"});
  EXPECT_EQ(taken(), "");  // with the next tick
  EXPECT_EQ(tick(3),
            "\x1b[2A\r\x1b[J"
            "  running  a                    3.0 s of about 10 s\n"
            "  next     b\n"
            "  ━━──────────  20 %  0 of 2 done, 3.0 s, about 12 s left\n");
  view_->on_event(run::StepFinished{finished("a", 10)});
  clock_.advance(std::chrono::seconds(7));
  view_->on_event(run::StepStarted{"b"});
  EXPECT_EQ(tick(4),
            "\x1b[3A\r\x1b[J"
            "[1/2] pass         a                                 10 s\n"
            "  running  b                    4.0 s of about 5 s\n"
            "  ━━━━━━━━━━━─  93 %  1 of 2 done, 14 s, about 1 s left\n");
  view_->on_event(run::StepFinished{finished("b", 5)});
  view_->on_event(run::RunFinished{Verdict::kPass, 0, ""});
  EXPECT_EQ(taken(), "\x1b[2A\r\x1b[J[2/2] pass         b                                5.0 s\n");
  EXPECT_EQ(tick(1), "");
}

TEST_F(ViewTest, RetriesCountDown) {
  open(true);
  start({planned("a")});
  view_->on_event(run::StepStarted{"a"});
  tick(1);
  view_->on_event(failed("a", 1, 8));
  const std::string frame = tick(2);
  EXPECT_NE(frame.find("attempt 2 of 3, next in 6 s"), std::string::npos) << frame;
  EXPECT_NE(tick(7).find("  running  a                    10 s, attempt 2 of 3\n"), std::string::npos);
}

TEST_F(ViewTest, QuestionsStandWithTheirCommand) {
  open(true);
  start({planned("wired")});
  view_->on_event(run::StepStarted{"wired"});
  view_->on_event(run::Waiting{{.step = "wired",
                                .question = "Both feeds?",
                                .type = "enum",
                                .choices = {"yes", "not yet"},
                                .asked = {},
                                .answer = {},
                                .who = "",
                                .note = "",
                                .answered = {}}});
  const std::string drawn = tick(1);
  EXPECT_NE(drawn.find("  waiting  wired: Both feeds?\n           assay answer R1 wired yes|'not yet'\n"),
            std::string::npos)
      << drawn;
  EXPECT_EQ(drawn.find("running"), std::string::npos);
}

// A narrower screen wraps what was drawn before; all of its rows are taken away.
TEST_F(ViewTest, ANewSizeIsHonoured) {
  open(true, {{"a", 10}, {"b", 5}});
  start({planned("a"), planned("b", {"a"})});
  view_->on_event(run::StepStarted{"a"});
  tick(1);
  screen_ = {.width = 30, .height = 10};
  const std::string drawn = tick(1);
  EXPECT_EQ(drawn.substr(0, 8), "\x1b[5A\r\x1b[J");
  EXPECT_NE(drawn.find("  13 %  0 of 2 done, 2.0 s, …\n"), std::string::npos) << drawn;
  screen_ = {.width = 30, .height = 3};
  EXPECT_EQ(tick(1), "\x1b[3A\r\x1b[J  running  a            3.0 s\n  20 %  0 of 2 done, 3.0 s, …\n");
}

// A question is asked where the drawing was; what it writes is not taken away afterwards.
TEST_F(ViewTest, StepsAsideForAQuestion) {
  open(true, {{"a", 10}});
  start({planned("a")});
  taken();
  view_->step_aside();
  EXPECT_EQ(taken(), "\x1b[2A\r\x1b[J");
  EXPECT_EQ(tick(1).find('\x1b'), std::string::npos);
}

TEST_F(ViewTest, AResumedRunBeginsWhereItWas) {
  open(false, {{"a", 10}, {"b", 5}});
  StepRecord done = planned("a");
  done.status = Status::kFinished;
  start({done, planned("b", {"a"})});
  view_->on_event(run::Resumed{{.time = {}, .redone = {{"b", "it was interrupted"}}, .changes = {"tool fio"}}});
  EXPECT_EQ(taken(),
            "run R1  rack · 2 steps, 1 done before · about 5 s\nagain: b: it was interrupted\naccepted: tool fio\n");
}

// A thousand steps a second are written together, not drawn one by one.
TEST_F(ViewTest, ManyStepsAreDrawnOnce) {
  open(true);
  std::vector<StepRecord> steps;
  for (int i = 0; i < 500; ++i) steps.push_back(planned("a[n=" + std::to_string(i) + "]"));
  start(steps);
  taken();
  for (const StepRecord& step : steps) {
    view_->on_event(run::StepStarted{step.id});
    view_->on_event(run::StepFinished{finished(step.id, 0.001)});
  }
  EXPECT_EQ(taken(), "");
  const std::string drawn = tick(0.1);
  EXPECT_EQ(drawn.find("\x1b[J", drawn.find("\x1b[J") + 1), std::string::npos);
  EXPECT_NE(drawn.find("[500/500] pass"), std::string::npos);
}

// A terminal that has stopped: Ctrl-S, a connection that hangs.
TEST_F(ViewTest, NothingIsDrawnWhileTheTerminalIsBehindAndNoLineIsLost) {
  bool behind = false;
  int drained = 0;
  view_ = make_view({.redraw = true,
                     .colour = Colour::kNever,
                     .jobs = 2,
                     .screen = [this] { return screen_; },
                     .write = [this](std::string_view text) { written_ += text; },
                     .is_behind = [&] { return behind; },
                     .drain = [&] { ++drained; }},
                    {}, clock_);
  start({planned("a"), planned("b"), planned("c")});
  view_->on_event(run::StepStarted{"a"});
  EXPECT_NE(tick(1), "");
  behind = true;
  EXPECT_EQ(tick(1), "");
  view_->on_event(run::StepFinished{finished("a", 1)});
  EXPECT_EQ(tick(1), "");
  behind = false;
  const std::string late = tick(1);
  EXPECT_NE(late.find("[1/3] pass         a"), std::string::npos) << late;
  behind = true;
  view_->on_event(run::StepFinished{finished("b", 1)});
  EXPECT_EQ(taken(), "");
  EXPECT_EQ(drained, 0);
  view_->on_event(run::RunFinished{Verdict::kPass, 0, ""});
  EXPECT_NE(taken().find("[2/3] pass         b"), std::string::npos) << "the end is written in any case";
  EXPECT_EQ(drained, 2) << "before and after";
}

TEST_F(ViewTest, LinesBeyondAMebibyteAreCounted) {
  bool behind = true;
  view_ = make_view({.redraw = false,
                     .colour = Colour::kNever,
                     .jobs = 2,
                     .write = [this](std::string_view text) { written_ += text; },
                     .is_behind = [&] { return behind; }},
                    {}, clock_);
  start({planned("a")});
  std::size_t many = 0;
  for (; many < 2000; ++many)
    view_->on_event(run::StepFinished{finished("a", 1, Verdict::kFail, std::string(1000, 'x'))});
  EXPECT_EQ(taken(), "");
  behind = false;
  const std::string all = tick(1);
  EXPECT_LT(all.size(), (std::size_t{1} << 20U) + 2000);
  const std::size_t shown = static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n')) - 2;  // with the head
  EXPECT_TRUE(all.ends_with("\n        and " + std::to_string(2 * many - shown) +
                            " more lines while nothing could be shown: assay runs show R1 --all\n"))
      << all.substr(all.size() - 300);
  EXPECT_EQ(tick(1), "") << "counted once";
}

}  // namespace
}  // namespace assay::cli
