// SPDX-License-Identifier: Apache-2.0
// Which steps run after what (semantics 2.5): status functions, conditions of what is around a step, what is skipped
// without harm and what is not. Each case also as a run that is taken up again after every step that has an end.
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>

#include "engine_fixture.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Verdict;
using testing::ElementsAre;

struct GateCase {
  const char* name;
  const char* steps;
  std::vector<std::string> told;
  Verdict verdict;
};
class Gates : public EngineTest, public testing::WithParamInterface<GateCase> {
 protected:
  Gates() {
    options_.jobs = 1;  // the same lines each time
    write_recipe("two.yaml", "steps: [{ id: x, run: ['true'] }, { id: y, run: ['true'] }]\n");
    write_recipe("fails.yaml", "steps: [{ id: x, run: ['false'] }, { id: y, run: ['true'] }]\n");
    write_recipe("nothing.yaml", "steps: [{ id: x, if: 1 > 2, run: ['true'] }]\noutputs: { one: '1' }\n");
  }
  void write_recipe(const std::string& name, const std::string& rest) { folder_.write(name, kHead + rest); }
};

TEST_P(Gates, LetThroughWhatTheyShould) {
  run(GetParam().steps);
  EXPECT_EQ(told(), GetParam().told);
  EXPECT_EQ(record_.verdict, GetParam().verdict);
}

TEST_P(Gates, DecideAlikeInARunThatGoesOn) {
  run(GetParam().steps);
  const auto path = result_.folder / "journal.jsonl";
  const std::string whole = test::slurp(path);
  const auto lines = journal();
  ASSERT_EQ(lines.back(), "sealed");
  for (std::size_t kept = 1; kept < lines.size(); ++kept) {
    if (!lines[kept - 1].starts_with("finished ")) continue;
    SCOPED_TRACE("cut after line " + std::to_string(kept) + ", " + lines[kept - 1]);
    std::ofstream(path, std::ios::trunc) << whole;
    cut_journal(kept);
    resume(GetParam().steps);
    EXPECT_EQ(told(), GetParam().told);
    EXPECT_EQ(record_.verdict, GetParam().verdict);
  }
}

const GateCase kStatusFunctions[] = {
    {"in_always_they_see_what_failed",
     R"(steps:
  - id: b
    block:
      steps: [{ id: s, run: ['false'] }]
      always: [{ id: logs, if: failure(), run: ['true'] }, { id: ok, if: success(), run: ['true'] }]
)",
     {"s finished fail: exit code 1", "logs finished pass", "ok skipped skipped: condition: success() [condition]",
      "b finished fail: its steps: fail"},
     Verdict::kFail},
    {"in_always_they_see_that_nothing_failed",
     R"(steps:
  - id: b
    block:
      steps: [{ id: s, run: ['true'] }]
      rescue: [{ id: r, run: ['true'] }]
      always: [{ id: logs, if: failure(), run: ['true'] }, { id: ok, if: success(), run: ['true'] }]
)",
     {"s finished pass", "r skipped skipped: nothing failed in b [condition]",
      "logs skipped skipped: condition: failure() [condition]", "ok finished pass", "b finished pass"},
     Verdict::kPass},
    {"in_a_rescue_they_see_what_it_rescues",
     R"(steps:
  - id: b
    block:
      steps: [{ id: s, run: ['false'] }]
      rescue: [{ id: r, if: failure(), run: ['true'] }, { id: r2, if: success(), run: ['true'] }, { id: r3, run: ['true'] }]
      always: [{ id: logs, if: failure(), run: ['true'] }]
  - { id: f, if: failure(), run: ['true'] }
  - { id: n, if: success(), run: ['true'] }
)",
     {"s finished fail: exit code 1", "r finished pass", "r2 skipped skipped: condition: success() [condition]",
      "r3 finished pass", "logs finished pass", "b finished pass: rescued: s had failed",
      "f skipped skipped: condition: failure() [condition]", "n finished pass"},
     Verdict::kPass},
    {"a_rescue_in_a_rescue",
     R"(steps:
  - id: o
    block:
      steps: [{ id: x, run: ['false'] }]
      rescue:
        - id: i
          block:
            steps: [{ id: p, run: ['false'] }]
            rescue: [{ id: q, if: failure(), run: ['true'] }, { id: q2, run: ['true'] }]
        - { id: r, run: ['true'] }
        - { id: r2, if: failure(), run: ['true'] }
  - { id: n, run: ['true'] }
)",
     {"x finished fail: exit code 1", "p finished fail: exit code 1", "q finished pass", "q2 finished pass",
      "i finished pass: rescued: p had failed", "r finished pass", "r2 finished pass",
      "o finished pass: rescued: x had failed", "n finished pass"},
     Verdict::kPass},
    {"after_an_inner_block_that_was_rescued",
     R"(steps:
  - id: o
    block:
      steps: [{ id: i, block: { steps: [{ id: p, run: ['false'] }], rescue: [{ id: q, run: ['true'] }] } }]
      always: [{ id: logs, if: failure(), run: ['true'] }, { id: ok, if: success(), run: ['true'] }]
)",
     {"p finished fail: exit code 1", "q finished pass", "i finished pass: rescued: p had failed",
      "logs skipped skipped: condition: failure() [condition]", "ok finished pass", "o finished pass"},
     Verdict::kPass},
    {"over_a_matrix_and_a_recipe_in_use",
     R"(steps:
  - id: b
    block:
      steps: [{ id: m, matrix: { n: [0, 1] }, run: [sh, -c, 'exit "$1"', sh, "${{ matrix.n }}"] }]
      always: [{ id: logs, matrix: { n: [0, 1] }, if: failure() && matrix.n == 1, run: ['true'] }]
  - id: c
    if: always()
    block:
      steps: [{ id: u, use: fails.yaml }]
      rescue: [{ id: r, if: failure(), use: two.yaml }]
)",
     {"m[n=0] finished pass", "m[n=1] finished fail: exit code 1",
      "logs[n=0] skipped skipped: condition: failure() && matrix.n == 1 [condition]", "logs[n=1] finished pass",
      "b finished fail: its steps: fail", "u/x finished fail: exit code 1", "u/y skipped skipped: needs u/x [needs]",
      "u finished fail: its steps: fail", "r/x finished pass", "r/y finished pass", "r finished pass",
      "c finished pass: rescued: u had failed"},
     Verdict::kFail},
};
INSTANTIATE_TEST_SUITE_P(StatusFunctions, Gates, testing::ValuesIn(kStatusFunctions), test::case_name);

const GateCase kContainers[] = {
    {"that_ask_for_a_status_decide",
     R"(steps:
  - { id: a, run: ['false'] }
  - { id: b, if: failure(), block: { steps: [{ id: c, run: ['true'] }, { id: c2, run: ['true'] }] } }
  - { id: u, if: always(), use: two.yaml }
  - { id: s, if: failure(), run: ['true'] }
  - { id: n, run: ['true'] }
)",
     {"a finished fail: exit code 1", "c finished pass", "c2 finished pass", "b finished pass", "u/x finished pass",
      "u/y finished pass", "u finished pass", "s finished pass", "n skipped skipped: needs a [needs]"},
     Verdict::kFail},
    {"whose_condition_does_not_hold",
     R"(steps:
  - { id: a, run: ['true'] }
  - { id: b, if: failure(), block: { steps: [{ id: c, run: ['true'] }], always: [{ id: z, run: ['true'] }] } }
  - { id: u, if: failure(), use: two.yaml }
  - { id: n, run: ['true'] }
)",
     {"a finished pass", "c skipped skipped: condition of b [condition]",
      "z skipped skipped: condition of b [condition]", "b skipped skipped: condition: failure() [condition]",
      "u/x skipped skipped: condition of u [condition]", "u/y skipped skipped: condition of u [condition]",
      "u skipped skipped: condition: failure() [condition]", "n finished pass"},
     Verdict::kPass},
    {"that_ask_for_success",
     R"(steps:
  - { id: a, run: ['false'] }
  - { id: b, if: success(), block: { steps: [{ id: c, run: ['true'] }, { id: c2, if: always(), run: ['true'] }] } }
  - { id: n, run: ['true'] }
)",
     {"a finished fail: exit code 1", "c skipped skipped: condition of b [condition]",
      "c2 skipped skipped: condition of b [condition]", "b skipped skipped: condition: success() [condition]",
      "n skipped skipped: needs a [needs]"},
     Verdict::kFail},
    {"that_ask_do_not_look_at_their_own_steps",
     R"(steps:
  - id: b
    if: success()
    block:
      steps: [{ id: c, run: ['false'] }, { id: c2, if: failure(), run: ['true'] }, { id: c3, run: ['true'] }]
      rescue: [{ id: r, run: ['true'] }]
      always: [{ id: z, run: ['true'] }]
  - { id: n, run: ['true'] }
)",
     {"c finished fail: exit code 1", "c2 finished pass", "c3 skipped skipped: needs c [needs]", "r finished pass",
      "z finished pass", "b finished pass: rescued: c had failed", "n finished pass"},
     Verdict::kPass},
    {"what_fails_inside_counts_inside",
     R"(steps:
  - { id: a, run: ['false'] }
  - { id: b, if: always(), block: { steps: [{ id: c, run: ['false'] }, { id: c2, run: ['true'] }] } }
  - { id: n, run: ['true'] }
)",
     {"a finished fail: exit code 1", "c finished fail: exit code 1", "c2 skipped skipped: needs c [needs]",
      "b finished fail: its steps: fail", "n skipped skipped: needs b [needs]"},
     Verdict::kFail},
    {"in_containers",
     R"(steps:
  - { id: a, run: ['false'] }
  - id: o
    if: failure()
    block:
      steps:
        - { id: i, block: { steps: [{ id: c, run: ['true'] }, { id: c2, run: ['true'] }] } }
        - { id: u, use: two.yaml }
        - { id: k, if: success(), block: { steps: [{ id: d, run: ['true'] }] } }
      always: [{ id: z, if: failure(), block: { steps: [{ id: e, run: ['true'] }] } }]
)",
     {"a finished fail: exit code 1", "c finished pass", "c2 finished pass", "i finished pass", "u/x finished pass",
      "u/y finished pass", "u finished pass", "d skipped skipped: condition of k [condition]",
      "k skipped skipped: condition: success() [condition]", "e finished pass", "z finished pass", "o finished pass"},
     Verdict::kFail},
    {"a_need_that_a_step_inside_names_counts",
     R"(order: graph
steps:
  - { id: a, run: ['false'] }
  - { id: b, needs: [a], if: always(), block: { steps: [{ id: c, needs: [a], run: ['true'] }, { id: c2, run: ['true'] }] } }
)",
     {"a finished fail: exit code 1", "c skipped skipped: needs a [needs]", "c2 finished pass", "b finished pass"},
     Verdict::kFail},
    {"what_they_let_pass_counts_outside",
     R"(order: graph
steps:
  - { id: a, run: ['false'] }
  - { id: b, needs: [a], if: failure(), block: { steps: [{ id: c, run: ['true'] }, { id: c2, needs: [c], run: ['true'] }] } }
  - { id: d, needs: [c], run: ['true'] }
  - { id: e, needs: [c2], if: success(), run: ['true'] }
)",
     {"a finished fail: exit code 1", "c finished pass", "c2 finished pass", "b finished pass",
      "d skipped skipped: needs a [needs]", "e skipped skipped: condition: success() [condition]"},
     Verdict::kFail},
    {"rows_of_one_decide_each_for_itself",
     R"(steps:
  - { id: a, run: ['false'] }
  - { id: u, matrix: { n: [1, 2] }, if: failure() && matrix.n == 2, use: two.yaml }
)",
     {"a finished fail: exit code 1", "u[n=1]/x skipped skipped: condition of u[n=1] [condition]",
      "u[n=1]/y skipped skipped: condition of u[n=1] [condition]", "u[n=2]/x finished pass", "u[n=2]/y finished pass",
      "u[n=1] skipped skipped: condition: failure() && matrix.n == 2 [condition]", "u[n=2] finished pass"},
     Verdict::kFail},
    {"a_block_among_what_always_follows",
     R"(steps:
  - id: o
    block:
      steps: [{ id: x, run: ['true'] }]
      always:
        - { id: z1, run: ['false'] }
        - { id: z2, block: { steps: [{ id: p, run: ['true'] }, { id: p2, run: ['true'] }] } }
        - { id: z3, use: two.yaml }
)",
     {"x finished pass", "z1 finished fail: exit code 1", "p finished pass", "p2 finished pass", "z2 finished pass",
      "z3/x finished pass", "z3/y finished pass", "z3 finished pass", "o finished fail: its steps: fail"},
     Verdict::kFail},
    {"a_handler_that_is_a_block",
     R"(steps: [{ id: a, run: ['true'], notify: h }, { id: f, run: ['false'] }]
handlers:
  - { id: h, if: always(), block: { steps: [{ id: c, run: ['true'] }, { id: c2, run: ['true'] }] } }
  - { id: g, if: always(), block: { steps: [{ id: d, if: always(), run: ['true'] }], always: [{ id: z, run: ['true'] }] } }
  - { id: u, if: always(), use: nothing.yaml }
)",
     {"a finished pass", "f finished fail: exit code 1", "c finished pass", "c2 finished pass", "h finished pass",
      "d skipped skipped: nothing has notified g [condition]", "z skipped skipped: nothing has notified g [condition]",
      "g skipped skipped: nothing has notified it [condition]", "u/x skipped skipped: condition: 1 > 2 [condition]",
      "u skipped skipped: its steps are skipped: condition: 1 > 2 [condition]"},
     Verdict::kFail},
    {"of_one_that_is_not_reached_nobody_asks",
     R"(steps:
  - { id: a, run: ['false'] }
  - { id: q, run: [echo, '1'], outputs: { n: int(stdout.trim()) } }
  - { id: b, if: steps.q.outputs.n == 1, block: { steps: [{ id: c, run: ['true'] }] } }
)",
     {"a finished fail: exit code 1", "q skipped skipped: needs a [needs]", "c skipped skipped: needs a [needs]",
      "b skipped skipped: needs a [needs]"},
     Verdict::kFail},
    {"of_an_inner_one_nobody_asks_where_the_outer_does_not_hold",
     R"(steps:
  - { id: q, if: failure(), run: [echo, '1'], outputs: { n: int(stdout.trim()) } }
  - id: o
    if: failure()
    block: { steps: [{ id: i, if: steps.q.outputs.n == 1, block: { steps: [{ id: c, run: ['true'] }] } }] }
  - { id: n, run: ['true'] }
)",
     {"q skipped skipped: condition: failure() [condition]", "c skipped skipped: condition of o [condition]",
      "i skipped skipped: condition of o [condition]", "o skipped skipped: condition: failure() [condition]",
      "n finished pass"},
     Verdict::kPass},
};
INSTANTIATE_TEST_SUITE_P(Containers, Gates, testing::ValuesIn(kContainers), test::case_name);

const GateCase kSkips[] = {
    {"all_steps_of_a_block_by_their_condition",
     R"(params: { tune: { type: bool, default: false } }
steps:
  - { id: prepare, block: { steps: [{ id: tune, if: params.tune, run: ['true'] }] } }
  - { id: measure, run: ['true'] }
)",
     {"tune skipped skipped: condition: params.tune [condition]",
      "prepare skipped skipped: its steps are skipped: condition: params.tune [condition]", "measure finished pass"},
     Verdict::kPass},
    {"all_steps_when_the_run_decides",
     R"(steps:
  - { id: q, run: [echo, '1'], outputs: { n: int(stdout.trim()) } }
  - id: o
    block:
      steps: [{ id: i, block: { steps: [{ id: c, if: steps.q.outputs.n == 2, run: ['true'] }] } }]
      rescue: [{ id: r, run: ['true'] }]
  - id: p
    block: { steps: [{ id: d, if: steps.q.outputs.n == 2, run: ['true'] }, { id: e, if: failure(), run: ['true'] }] }
  - { id: n, run: ['true'] }
)",
     {"q finished pass", "c skipped skipped: condition: steps.q.outputs.n == 2 [condition]",
      "i skipped skipped: its steps are skipped: condition: steps.q.outputs.n == 2 [condition]",
      "r skipped skipped: nothing failed in o [condition]",
      "o skipped skipped: its steps are skipped: condition: steps.q.outputs.n == 2 [condition]",
      "d skipped skipped: condition: steps.q.outputs.n == 2 [condition]",
      "e skipped skipped: condition: failure() [condition]", "p skipped skipped: its steps are skipped [condition]",
      "n finished pass"},
     Verdict::kPass},
    {"a_list_without_elements",
     R"(steps:
  - { id: b, block: { steps: [{ id: m, matrix: { n: '[1].filter(i, i > 1)' }, run: ['true'] }] } }
  - { id: u, use: nothing.yaml }
  - { id: n, run: ['true'] }
)",
     {"m skipped skipped: its matrix has no rows on this machine [not_applicable]",
      "b skipped skipped: its steps are skipped: its matrix has no rows on this machine [not_applicable]",
      "u/x skipped skipped: condition: 1 > 2 [condition]",
      "u skipped skipped: its steps are skipped: condition: 1 > 2 [condition]", "n finished pass"},
     Verdict::kPass},
    {"a_block_in_which_something_always_follows_is_done",
     R"(steps:
  - { id: b, block: { steps: [{ id: c, if: 1 > 2, run: ['true'] }], always: [{ id: z, run: ['true'] }] } }
)",
     {"c skipped skipped: condition: 1 > 2 [condition]", "z finished pass", "b finished pass"},
     Verdict::kPass},
    {"nothing_judged_at_all",
     R"(steps: [{ id: b, block: { steps: [{ id: c, if: 1 > 2, run: ['true'] }] } }]
)",
     {"c skipped skipped: condition: 1 > 2 [condition]",
      "b skipped skipped: its steps are skipped: condition: 1 > 2 [condition]"},
     Verdict::kInconclusive},
    {"a_step_that_cannot_run_here_holds_up",
     R"(steps:
  - { id: a, run: [sh, -c, 'exit 77'], skip_exit: [77] }
  - { id: b, run: ['true'] }
  - { id: c, if: success(), run: ['true'] }
  - { id: d, if: failure(), run: ['true'] }
  - { id: e, if: '!failure()', run: ['true'] }
)",
     {"a skipped skipped: the tool says that it cannot run here (exit code 77) [not_possible]",
      "b skipped skipped: needs a [needs]", "c skipped skipped: condition: success() [condition]",
      "d skipped skipped: condition: failure() [condition]", "e finished pass"},
     Verdict::kPass},
    {"a_row_that_cannot_run_here_holds_up",
     R"(steps:
  - { id: m, matrix: { n: [0, 77] }, run: [sh, -c, 'exit "$1"', sh, "${{ matrix.n }}"], skip_exit: [77] }
  - { id: n, run: ['true'] }
)",
     {"m[n=0] finished pass",
      "m[n=77] skipped skipped: the tool says that it cannot run here (exit code 77) [not_possible]",
      "n skipped skipped: needs m[n=77] [needs]"},
     Verdict::kPass},
    {"a_block_in_which_nothing_can_run_here_is_inconclusive",
     R"(steps:
  - { id: b, block: { steps: [{ id: c, run: [sh, -c, 'exit 77'], skip_exit: [77] }, { id: d, if: 1 > 2, run: ['true'] }] } }
  - { id: n, run: ['true'] }
)",
     {"c skipped skipped: the tool says that it cannot run here (exit code 77) [not_possible]",
      "d skipped skipped: condition: 1 > 2 [condition]", "b finished inconclusive: its steps: inconclusive",
      "n skipped skipped: needs b [needs]"},
     Verdict::kInconclusive},
};
INSTANTIATE_TEST_SUITE_P(Skips, Gates, testing::ValuesIn(kSkips), test::case_name);

TEST_F(EngineTest, ABlockOfWhichAllStepsAreLeftOutIsLeftOut) {
  run("steps: [{ id: b, block: { steps: [{ id: c, run: ['true'] }] } }, { id: n, run: ['true'] }]\n", {.skip = {"c"}});
  EXPECT_THAT(told(), ElementsAre("c skipped skipped: left out by --skip [not_selected]",
                                  "b skipped skipped: its steps are skipped: left out by --skip [not_selected]",
                                  "n finished pass"));
}

TEST_F(EngineTest, OutputsOfARecipeOfWhichNothingRanAreAbsent) {
  folder_.write("nothing.yaml",
                std::string(kHead) + "steps: [{ id: x, if: 1 > 2, run: ['true'] }]\noutputs: { one: '1' }\n");
  run("steps: [{ id: u, use: nothing.yaml }, { id: n, run: [echo, \"${{ steps.u.?outputs.?one.orValue(7) }}\"] }]\n");
  EXPECT_EQ(output_of("n"), "7\n");
}

TEST_F(EngineTest, AfterAStopAContainerWithAlwaysIsCarriedOut) {
  folder_.write("two.yaml", std::string(kHead) + "steps: [{ id: x, run: ['true'] }, { id: y, run: ['true'] }]\n");
  const std::string steps = R"(steps:
  - { id: a, run: [sleep, "0.3"] }
  - { id: b, block: { steps: [{ id: c, run: ['true'] }] } }
  - { id: u, if: always(), use: two.yaml }
  - { id: k, if: always(), block: { steps: [{ id: d, run: ['true'] }, { id: e, run: ['true'] }] } }
)";
  watcher_.at_event = [](const std::string& line) {
    if (line == "step_started a") ::kill(::getpid(), SIGINT);
  };
  run(steps);
  watcher_.at_event = nullptr;
  std::map<std::string, std::string> ended;
  for (const record::StepRecord& step : record_.steps) ended[step.id] = record::to_string(step.status);
  for (const char* done : {"u/x", "u/y", "u", "d", "e", "k"}) EXPECT_EQ(ended[done], "finished") << done;
  for (const char* open : {"b", "c"}) EXPECT_NE(ended[open], "finished") << open;
  EXPECT_EQ(result_.outcome.exit_code, 130);
  resume(steps);
  EXPECT_THAT(told(), ElementsAre("a finished pass", "c finished pass", "b finished pass", "u/x finished pass",
                                  "u/y finished pass", "u finished pass", "d finished pass", "e finished pass",
                                  "k finished pass"));
  for (const char* again : {"u/x", "u/y", "d", "e"}) EXPECT_EQ(record_.resumed.at(0).redone.count(again), 1U) << again;
}

}  // namespace
}  // namespace assay::run
