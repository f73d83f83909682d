// SPDX-License-Identifier: Apache-2.0
// Blocks with what rescues them and what always follows, handlers, checks, retries and deadlines: what becomes of each
// step, through the whole engine.
#include <gmock/gmock.h>

#include "engine_fixture.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;

struct BlockCase {
  const char* name;
  const char* steps;
  std::vector<std::string> told;
  Verdict verdict;
  int exit_code;
};
class Blocks : public EngineTest, public testing::WithParamInterface<BlockCase> {};
TEST_P(Blocks, EndAsTheyShould) {
  run(GetParam().steps);
  EXPECT_EQ(told(), GetParam().told);
  EXPECT_EQ(record_.verdict, GetParam().verdict);
  EXPECT_EQ(record_.exit_code, GetParam().exit_code);
}
const BlockCase kBlocks[] = {
    {"nothing_fails",
     "steps: [{ id: b, block: { steps: [{ id: a, run: ['true'] }], rescue: [{ id: r, run: ['true'] }], always: [{ id: "
     "z, run: ['true'] }] } }, { id: n, run: ['true'] }]\n",
     {"a finished pass", "r skipped skipped: nothing failed in b [condition]", "z finished pass", "b finished pass",
      "n finished pass"},
     Verdict::kPass,
     0},
    {"rescued",
     "steps: [{ id: b, block: { steps: [{ id: a, run: ['false'] }, { id: c, run: ['true'] }], rescue: [{ id: r, run: "
     "['true'] }, { id: r2, run: ['true'] }] } }, { id: n, run: ['true'] }, { id: f, if: failure(), run: ['true'] }]\n",
     {"a finished fail: exit code 1", "c skipped skipped: needs a [needs]", "r finished pass", "r2 finished pass",
      "b finished pass: rescued: a had failed", "n finished pass",
      "f skipped skipped: condition: failure() [condition]"},
     Verdict::kPass,
     0},
    {"an_error_is_rescued_too",
     "steps: [{ id: b, block: { steps: [{ id: a, run: [no-such-tool] }], rescue: [{ id: r, run: ['true'] }] } }]\n",
     {"a error error: cannot start 'no-such-tool': not found on PATH", "r finished pass",
      "b finished pass: rescued: a had failed"},
     Verdict::kPass,
     0},
    {"the_rescue_fails",
     "steps: [{ id: b, block: { steps: [{ id: a, run: ['false'] }], rescue: [{ id: r, run: ['false'] }, { id: r2, run: "
     "['true'] }], always: [{ id: z, run: ['true'] }] } }, { id: n, run: ['true'] }]\n",
     {"a finished fail: exit code 1", "r finished fail: exit code 1", "r2 skipped skipped: needs r [needs]",
      "z finished pass", "b finished fail: its steps: fail", "n skipped skipped: needs b [needs]"},
     Verdict::kFail,
     1},
    {"no_rescue",
     "steps: [{ id: b, block: { steps: [{ id: a, run: ['false'] }], always: [{ id: z, run: ['true'] }, { id: y, run: "
     "['true'] }] } }, { id: f, if: failure(), run: ['true'] }]\n",
     {"a finished fail: exit code 1", "z finished pass", "y finished pass", "b finished fail: its steps: fail",
      "f finished pass"},
     Verdict::kFail,
     1},
    {"what_always_follows_fails",
     "steps: [{ id: b, block: { steps: [{ id: a, run: ['false'] }], rescue: [{ id: r, run: ['true'] }], always: [{ id: "
     "z, run: ['false'] }] } }]\n",
     {"a finished fail: exit code 1", "r finished pass", "z finished fail: exit code 1",
      "b finished fail: its steps: fail"},
     Verdict::kFail,
     1},
    {"never_entered",
     "steps: [{ id: x, run: ['false'] }, { id: b, block: { steps: [{ id: a, run: ['true'] }], rescue: [{ id: r, run: "
     "['true'] }], always: [{ id: z, run: ['true'] }] } }]\n",
     {"x finished fail: exit code 1", "a skipped skipped: needs x [needs]",
      "r skipped skipped: nothing failed in b [condition]", "z skipped skipped: needs x [needs]",
      "b skipped skipped: needs x [needs]"},
     Verdict::kFail,
     1},
    {"left_out_by_its_condition",
     "steps: [{ id: b, if: 1 > 2, block: { steps: [{ id: a, run: ['true'] }], always: [{ id: z, run: ['true'] }] } }, "
     "{ "
     "id: n, run: ['true'] }]\n",
     {"a skipped skipped: condition of b [condition]", "z skipped skipped: condition of b [condition]",
      "b skipped skipped: condition: 1 > 2 [condition]", "n finished pass"},
     Verdict::kPass,
     0},
    {"blocks_in_blocks",
     "steps: [{ id: o, block: { steps: [{ id: i, block: { steps: [{ id: a, run: ['false'] }], rescue: [{ id: r, run: "
     "['false'] }] } }], rescue: [{ id: s, run: ['true'] }] } }, { id: n, run: ['true'] }]\n",
     {"a finished fail: exit code 1", "r finished fail: exit code 1", "i finished fail: its steps: fail",
      "s finished pass", "o finished pass: rescued: i had failed", "n finished pass"},
     Verdict::kPass,
     0},
    {"steps_at_the_same_time",
     "order: graph\nsteps: [{ id: b, block: { steps: [{ id: a, run: ['false'] }, { id: c, run: ['true'] }], rescue: [{ "
     "id: r, run: ['true'] }], always: [{ id: z, run: ['true'] }] } }, { id: n, needs: [b], run: ['true'] }]\n",
     {"a finished fail: exit code 1", "c finished pass", "r finished pass", "z finished pass",
      "b finished pass: rescued: a had failed", "n finished pass"},
     Verdict::kPass,
     0},
    {"a_handler_runs_once_when_something_changed",
     "steps: [{ id: a, run: ['true'], notify: h }, { id: b, run: ['true'], notify: [h, g] }]\nhandlers: [{ id: h, run: "
     "['true'] }, { id: g, run: ['true'] }, { id: x, run: ['true'] }]\n",
     {"a finished pass", "b finished pass", "h finished pass", "g finished pass",
      "x skipped skipped: nothing has notified it [condition]"},
     Verdict::kPass,
     0},
    {"what_only_reads_notifies_nobody",
     "steps: [{ id: a, effect: reads, run: ['true'], notify: h }, { id: f, run: ['false'], notify: h }]\nhandlers: [{ "
     "id: h, if: always(), run: ['true'] }]\n",
     {"a finished pass", "f finished fail: exit code 1", "h finished pass"},
     Verdict::kFail,
     1},
    {"a_handler_notifies_a_later_one",
     "steps: [{ id: a, run: ['true'], notify: h }]\nhandlers: [{ id: h, run: ['true'], notify: g }, { id: g, run: "
     "['true'] }]\n",
     {"a finished pass", "h finished pass", "g finished pass"},
     Verdict::kPass,
     0},
    {"a_handler_waits_for_success_as_every_step_does",
     "steps: [{ id: a, run: ['true'], notify: h }, { id: f, run: ['false'] }]\nhandlers: [{ id: h, run: ['true'] }]\n",
     {"a finished pass", "f finished fail: exit code 1", "h skipped skipped: needs f [needs]"},
     Verdict::kFail,
     1},
    {"who_is_to_blame_stands_before_a_handler_that_nobody_notified",
     "steps: [{ id: a, run: ['true'], notify: h2 }, { id: f, run: ['false'] }]\nhandlers: [{ id: h1, run: ['true'] }, "
     "{ "
     "id: h2, run: ['true'] }]\n",
     {"a finished pass", "f finished fail: exit code 1", "h1 skipped skipped: nothing has notified it [condition]",
      "h2 skipped skipped: needs f [needs]"},
     Verdict::kFail,
     1},
    {"who_is_to_blame_stands_before_what_ran_all_the_same",
     "steps: [{ id: a, run: ['false'] }, { id: b, run: ['true'] }, { id: k, block: { steps: [{ id: c, if: always(), "
     "run: "
     "['true'] }] } }, { id: d, run: ['true'] }]\n",
     {"a finished fail: exit code 1", "b skipped skipped: needs a [needs]", "c finished pass", "k finished pass",
      "d skipped skipped: needs a [needs]"},
     Verdict::kFail,
     1},
    {"who_is_to_blame_stands_in_the_rescue",
     "steps: [{ id: o, block: { steps: [{ id: i, block: { steps: [{ id: x, run: ['false'] }], always: [{ id: ax, run: "
     "['true'] }, { id: ay, run: ['true'] }] } }, { id: i2, run: ['true'] }], rescue: [{ id: r, run: ['true'] }, { id: "
     "r2, run: ['false'] }, { id: r3, run: ['true'] }] } }, { id: n, if: always(), run: ['true'] }, { id: m, run: "
     "['true'] }]\n",
     {"x finished fail: exit code 1", "ax finished pass", "ay finished pass", "i finished fail: its steps: fail",
      "i2 skipped skipped: needs i [needs]", "r finished pass", "r2 finished fail: exit code 1",
      "r3 skipped skipped: needs r2 [needs]", "o finished fail: its steps: fail", "n finished pass",
      "m skipped skipped: needs o [needs]"},
     Verdict::kFail,
     1},
    {"a_check_that_holds",
     "steps: [{ id: a, check: { run: ['true'] }, run: ['false'], notify: h }]\nhandlers: [{ id: h, run: ['true'] }]\n",
     {"a finished pass", "h skipped skipped: nothing has notified it [condition]"},
     Verdict::kPass,
     0},
    {"a_check_that_holds_never",
     "steps: [{ id: a, check: { run: ['false'] }, run: ['true'] }]\n",
     {"a finished fail: it was done, and its check does not hold afterwards (exit code 1)"},
     Verdict::kFail,
     1},
    {"a_check_by_expression",
     "steps: [{ id: a, check: { run: [echo, '7'], expect: int(stdout.trim()) == 8 }, run: ['true'] }]\n",
     {"a finished fail: it was done, and its check does not hold afterwards (int(stdout.trim()) == 8)"},
     Verdict::kFail,
     1},
    {"a_check_that_cannot_be_asked",
     "steps: [{ id: a, check: { run: [no-such-tool] }, run: ['true'] }]\n",
     {"a error error: cannot start 'no-such-tool': not found on PATH; while asking the check"},
     Verdict::kError,
     3},
    {"deadline_of_a_step",
     "steps: [{ id: a, run: [sleep, '60'], deadline: 100ms }]\n",
     {"a error error: deadline: it was not done within 100ms"},
     Verdict::kError,
     3},
};
INSTANTIATE_TEST_SUITE_P(Engine, Blocks, testing::ValuesIn(kBlocks), test::case_name);

TEST_F(EngineTest, WhoNamesABlockMeansItsSteps) {
  const std::string steps =
      "steps: [{ id: a, run: ['true'] }, { id: b, block: { steps: [{ id: p, effect: destroys, run: ['true'] }], "
      "always: "
      "[{ id: z, run: ['true'] }] } }, { id: n, run: ['true'] }]\n";
  run(steps, {.skip = {"b"}});
  EXPECT_THAT(told(), ElementsAre("a finished pass", "p skipped skipped: left out by --skip [not_selected]",
                                  "z skipped skipped: left out by --skip [not_selected]",
                                  "b skipped skipped: left out by --skip [not_selected]", "n finished pass"));
  run(steps, {.only = {"b"}});
  EXPECT_THAT(told(), ElementsAre("a skipped skipped: not selected by --only [not_selected]", "p finished pass",
                                  "z finished pass", "b finished pass",
                                  "n skipped skipped: not selected by --only [not_selected]"));
}

TEST_F(EngineTest, ACheckDecidesWhetherAnythingIsDone) {
  const std::string made = (folder_ / "made").string();
  const std::string steps =
      "steps: [{ id: a, check: { run: [test, -e, " + made + "] }, run: [touch, " + made + "] }]\n";
  run(steps);
  EXPECT_EQ(record_.steps[0].change, "changed");
  EXPECT_THAT(record_.steps[0].command, ElementsAre("touch", made)) << "not what it asked afterwards";
  run(steps);
  EXPECT_EQ(record_.steps[0].change, "ok");
  EXPECT_THAT(record_.steps[0].command, ElementsAre("test", "-e", made));
  EXPECT_THAT(journal(), ElementsAre("planned", "facts", "tools", "started a", "finished a", "sealed"))
      << "only the check ran";
}

TEST_F(EngineTest, WhatHoldsAfterAnAttemptGotToWorkWasChangedByIt) {
  const std::string asked = (folder_ / "asked").string();
  run("steps: [{ id: a, check: { run: [sh, -c, 'echo x >>" + asked + "; test $(wc -l <" + asked +
      ") -ge 3'] }, run: ['true'], retry: { attempts: 2, backoff: 1ms, on: [business] }, undo: { run: ['true'] }, "
      "notify: h }]\nhandlers: [{ id: h, run: ['true'] }]\n");
  EXPECT_EQ(record_.steps[0].attempts, 2) << "the check held only before the second one";
  EXPECT_EQ(record_.steps[0].change, "changed");
  EXPECT_TRUE(record_.steps[0].acted);
  EXPECT_EQ(record_.steps[1].verdict, Verdict::kPass) << "its handler was notified";
  EXPECT_EQ(record_.steps[1].attempts, 1);
}

TEST_F(EngineTest, AStepThatOnlyReadsHasChangedNothingByAnEarlierAttempt) {
  const std::string asked = (folder_ / "asked").string();
  run("steps: [{ id: a, effect: reads, check: { run: [sh, -c, 'echo x >>" + asked + "; test $(wc -l <" + asked +
      ") -ge 3'] }, run: ['true'], retry: { attempts: 2, backoff: 1ms, on: [business] } }]\n");
  EXPECT_EQ(record_.steps[0].attempts, 2);
  EXPECT_EQ(record_.steps[0].change, "ok");
}

TEST_F(EngineTest, AttemptsAreKeptAndTheLastOneDecides) {
  const std::string count = (folder_ / "count").string();
  run("steps: [{ id: a, retry: { attempts: 3, backoff: 1ms, on: [application] }, run: [sh, -c, 'echo x >>" + count +
      "; test $(wc -l <" + count + ") = 3 || { echo no; exit 4; }'] }]\n");
  const record::StepRecord& step = record_.steps[0];
  EXPECT_EQ(step.verdict, Verdict::kPass);
  EXPECT_EQ(step.attempts, 3);
  ASSERT_EQ(step.tries.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(step.tries[i].number, i + 1);
    EXPECT_EQ(step.tries[i].verdict, i < 2 ? Verdict::kFail : Verdict::kPass);
    EXPECT_EQ(step.tries[i].failure, i < 2 ? "application" : "");
    EXPECT_EQ(step.tries[i].reason, i < 2 ? "exit code 4: no" : "");
  }
  EXPECT_THAT(journal(), ElementsAre("planned", "facts", "tools", "started a", "output a", "attempt a", "started a",
                                     "output a", "attempt a", "started a", "finished a", "sealed"));
}

TEST_F(EngineTest, AFailureOfAnotherClassIsNotTriedAgain) {
  run("steps: [{ id: a, retry: { attempts: 3, backoff: 1ms }, run: ['false'] }]\n");
  EXPECT_EQ(record_.steps[0].attempts, 1);
  run("steps: [{ id: a, retry: { attempts: 2, backoff: 1ms }, run: [no-such-tool] }]\n");
  EXPECT_EQ(record_.steps[0].attempts, 2) << "not startable is infrastructure";
  EXPECT_THAT(record_.steps[0].reason, HasSubstr("; 2 attempts failed"));
  run("steps: [{ id: a, retry: { attempts: 2, backoff: 1ms, on: [business] }, run: ['true'], ensure: 1 > 2 }]\n");
  EXPECT_EQ(record_.steps[0].attempts, 2);
  EXPECT_EQ(record_.steps[0].failure, "business");
}

TEST_F(EngineTest, NoAttemptBeginsBehindTheDeadline) {
  run("steps: [{ id: a, deadline: 1s, retry: { attempts: 9, backoff: 1h, jitter: 0, on: [application] }, run: "
      "['false'] }]\n");
  EXPECT_EQ(record_.steps[0].attempts, 1);
  EXPECT_EQ(record_.steps[0].reason, "exit code 1; no time for another attempt before the deadline of 1s");
}

TEST_F(EngineTest, TheRetryBudgetOfARunIsSharedByItsSteps) {
  const std::string retry = "retry: { attempts: 4, backoff: 1ms, on: [application] }, run: ['false'] }";
  run("retry_budget: 4\norder: graph\nsteps: [{ id: a, " + retry + ", { id: b, needs: [a], if: always(), " + retry +
      ", { id: c, needs: [b], if: always(), " + retry + "]\n");
  EXPECT_EQ(record_.steps[0].attempts, 4);
  EXPECT_EQ(record_.steps[0].reason, "exit code 1; 4 attempts failed") << "the last one took nothing";
  EXPECT_EQ(record_.steps[1].attempts, 2);
  EXPECT_EQ(record_.steps[1].reason, "exit code 1; the run has spent its retry budget of 4");
  EXPECT_EQ(record_.steps[2].attempts, 1);
  EXPECT_EQ(record_.retries, 4U);
  run("retry_budget: 0\nsteps: [{ id: a, " + retry + "]\n");
  EXPECT_EQ(record_.steps[0].attempts, 1);
}

TEST_F(EngineTest, TheDeadlineOfARunEndsIt) {
  run("deadline: 150ms\nsteps: [{ id: a, run: [sleep, '60'] }, { id: b, run: ['true'] }, { id: c, if: always(), run: "
      "['true'] }]\n");
  EXPECT_THAT(told(), ElementsAre("a cancelled error: the run took longer than its deadline of 150ms",
                                  "b cancelled skipped: not started: the run took longer than its deadline of 150ms "
                                  "[cancelled]",
                                  "c finished pass"));
  EXPECT_EQ(result_.problem, "the run took longer than its deadline of 150ms");
  EXPECT_EQ(result_.outcome.exit_code, 3);
  EXPECT_EQ(record_.status, record::Status::kFinished) << "it is over, and is not resumed";
}

}  // namespace
}  // namespace assay::run
