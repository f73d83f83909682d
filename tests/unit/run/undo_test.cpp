// SPDX-License-Identifier: Apache-2.0
#include "engine/run/undo.h"

#include <gmock/gmock.h>

#include "engine_fixture.h"

namespace assay::run {
namespace {

using record::Verdict;
using testing::ElementsAre;

class UndoTest : public EngineTest {
 protected:
  // Undoes the run of `steps` that the record is of.
  void undo(const std::string& steps) {
    const record::RunRecord of = record_;
    const plan::Plan original = plan_of(steps);
    Results results(original, "local");
    for (const record::StepRecord& step : of.steps) {
      const auto index = results.find(step.id);
      if (!index) continue;
      results[*index] = step;
      results.read_outputs(*index, step);
    }
    const plan::Plan plan = undo_plan(original, of, taken_back(options_.store, of.id).value());
    options_.undo_of = of.id;
    options_.of = &results;
    result_ = execute_plan(plan, facts_, target_, options_, {&watcher_}, clock_).value();
    record_ = record::read_run(result_.folder).value();
    options_.undo_of.clear();
    options_.of = nullptr;
  }
  [[nodiscard]] std::string file(const char* name) const { return (folder_ / name).string(); }
  // A step that makes a file, and takes it away again.
  [[nodiscard]] std::string making(const std::string& id) const {
    return "{ id: " + id + ", check: { run: [test, -e, " + file(id.c_str()) + "] }, run: [sh, -c, 'touch " +
           file(id.c_str()) + "; echo " + file(id.c_str()) +
           "'], outputs: { made: stdout.trim() }, undo: { run: [rm, \"${{ outputs.made }}\"] } }";
  }
};

TEST_F(UndoTest, TakesBackInReverseWhatWasChanged) {
  const std::string steps = "steps: [" + making("a") + ", " + making("b") +
                            ", { id: r, effect: reads, run: ['true'] }, { " +
                            "id: c, run: ['true'] }, { id: f, run: ['false'], undo: { run: [touch, " + file("undone") +
                            "] } }, { id: n, run: ['true'] }]\n";
  std::ofstream(file("a")) << "";  // was there: ok, and stays
  run(steps);
  ASSERT_EQ(record_.steps[0].change, "ok");
  const std::string of = record_.id;
  undo(steps);
  EXPECT_THAT(told(), ElementsAre("f finished pass",
                                  "c skipped skipped: it states no `undo`: what it has changed stays [no_undo]",
                                  "b finished pass"));
  EXPECT_EQ(record_.header["undo_of"], of);
  EXPECT_TRUE(std::filesystem::exists(file("a")));
  EXPECT_FALSE(std::filesystem::exists(file("b")));
  EXPECT_TRUE(std::filesystem::exists(file("undone"))) << "what failed may have left something behind";
  EXPECT_EQ(record_.verdict, Verdict::kPass);
}

TEST_F(UndoTest, ARowSeesWhatItsOwnRowGave) {
  const std::string steps =
      "steps: [{ id: was, matrix: { n: [1, 2] }, run: [printf, \"${{ matrix.n }}\"], effect: reads, outputs: { v: "
      "stdout } "
      "}, { id: now, matrix: { n: [1, 2] }, run: ['true'], undo: { run: [touch, \"" +
      file("") + "${{ steps.was.outputs.v }}\"] } }]\n";
  run(steps);
  undo(steps);
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  EXPECT_TRUE(std::filesystem::exists(file("1")));
  EXPECT_TRUE(std::filesystem::exists(file("2")));
}

TEST_F(UndoTest, WhatIsGoneAlreadyIsNotUndone) {
  const std::string steps = "steps: [" + making("a") + "]\n";
  run(steps);
  std::filesystem::remove(file("a"));
  undo(steps);
  EXPECT_THAT(told(), ElementsAre("a finished pass"));
  EXPECT_EQ(record_.steps[0].change, "ok");
}

TEST_F(UndoTest, IsHonestWhenItFailed) {
  const std::string steps = "steps: [{ id: a, run: [touch, " + file("a") + "], undo: { run: [rm, " + file("a") +
                            "] } }, { id: b, check: { run: [test, -e, " + file("b") + "] }, run: [touch, " + file("b") +
                            "], undo: { run: ['true'] } }]\n";
  run(steps);
  undo(steps);
  EXPECT_THAT(told(), ElementsAre("b finished fail: it was taken back, and its check still holds (exit code 0)",
                                  "a skipped skipped: needs b [needs]"));
  EXPECT_EQ(record_.verdict, Verdict::kFail);
  EXPECT_TRUE(std::filesystem::exists(file("a"))) << "what b may still need is left alone";
}

TEST_F(UndoTest, WhatHadNothingToDoIsNotTakenBack) {
  const std::string steps =
      "order: graph\nsteps: [{ id: a, run: [sh, -c, 'exit 3'], skip_exit: [3], undo: { run: [touch, " + file("undone") +
      "] } }, " + making("b") + "]\n";
  run(steps);
  ASSERT_EQ(record_.steps[0].status, record::Status::kSkipped);
  undo(steps);
  EXPECT_THAT(told(), ElementsAre("b finished pass"));
  EXPECT_FALSE(std::filesystem::exists(file("undone")));
}

TEST_F(UndoTest, WhatWasTakenBackIsNotTakenBackAgain) {
  // Without a check, that the second one could ask.
  const std::string steps = "steps: [{ id: a, run: ['true'], undo: { run: [sh, -c, 'echo a >>" + file("log") +
                            "'] } }, { id: b, run: ['true'], undo: { run: [test, -e, " + file("can") + "] } }]\n";
  run(steps);
  const record::RunRecord of = record_;
  undo(steps);
  EXPECT_THAT(told(), ElementsAre("b finished fail: exit code 1", "a skipped skipped: needs b [needs]"));
  std::ofstream(file("can")) << "";
  record_ = of;
  undo(steps);
  EXPECT_THAT(told(), ElementsAre("b finished pass", "a finished pass")) << "only what passed was taken back";
  const TakenBack earlier = taken_back(options_.store, of.id).value();
  EXPECT_EQ(earlier.runs.size(), 2U);
  EXPECT_THAT(earlier.steps, testing::UnorderedElementsAre(testing::Key("a"), testing::Key("b")));
  EXPECT_TRUE(undo_plan(plan_of(steps), of, earlier).steps.empty());
  EXPECT_TRUE(taken_back(options_.store, "another").value().runs.empty());
  EXPECT_EQ(taken_back(options_.store, of.id, earlier.runs[1]).value().runs.size(), 1U) << "before the second";
  // Resumed after it was taken back, a step has done its work again.
  record::RunRecord again = of;
  again.steps[1].tries.push_back({.number = 2, .started = clock_.wall() + std::chrono::hours(1)});
  const plan::Plan plan = undo_plan(plan_of(steps), again, earlier);
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_EQ(plan.steps[0].id, "b");
}

TEST_F(UndoTest, TheOrderIsThatOfTheJournal) {
  watcher_.at_event = [this](const std::string& line) {
    if (line == "step_started b") clock_.set_wall(clock_.wall() - std::chrono::hours(2));
  };
  const std::string steps = "steps: [{ id: a, run: ['true'] }, { id: b, run: ['true'] }, { id: c, run: ['false'] }]\n";
  run(steps);
  const auto order = [&] {
    std::vector<std::string> out;
    for (const plan::PlannedStep& step : undo_plan(plan_of(steps), record_).steps) out.push_back(step.id);
    return out;
  };
  EXPECT_THAT(order(), ElementsAre("c", "b", "a")) << "whatever the clock said";
  // Each begun once more, b last.
  record_.steps[0].begun = record_.steps[2].begun + 1;
  record_.steps[1].begun = record_.steps[2].begun + 2;
  EXPECT_THAT(order(), ElementsAre("b", "a", "c"));
}

TEST_F(UndoTest, AStepThatIsGoneFromTheRecipeIsNamed) {
  run("steps: [" + making("a") + ", { id: gone, run: ['true'], undo: { run: ['true'] } }, " + making("b") + "]\n");
  undo("steps: [" + making("a") + ", " + making("b") + "]\n");
  EXPECT_THAT(told(), ElementsAre("b finished pass",
                                  "gone skipped skipped: it is no longer in the recipe: what it has changed stays "
                                  "[no_undo]",
                                  "a finished pass"));
}

TEST_F(UndoTest, ARunThatGoesOnDoesAgainWhatWasTakenBack) {
  const std::string steps = "steps: [" + making("a") + ", { id: r, effect: reads, run: ['true'] }, " + making("b") +
                            ", { id: c, run: ['true'] }]\n";
  run(steps);
  const auto lines = journal();
  cut_journal(static_cast<std::size_t>(std::find(lines.begin(), lines.end(), "started c") - lines.begin()) + 1);
  const record::RunRecord of = record_;
  EXPECT_FALSE(is_undone(options_.store, of.id));
  clock_.advance(std::chrono::minutes(1));
  undo(steps);
  const std::string by = record_.id;
  EXPECT_TRUE(is_undone(options_.store, of.id));
  EXPECT_FALSE(is_undone(options_.store, by));
  const auto back = still_taken_back(of, taken_back(options_.store, of.id).value());
  EXPECT_THAT(back, ElementsAre(testing::Pair("a", by), testing::Pair("b", by)));
  record_ = of;
  clock_.advance(std::chrono::minutes(1));
  options_.resume.taken_back = {{"a", "it was taken back by " + by}, {"b", "it was taken back by " + by}};
  const record::RunRecord earlier = record_;
  options_.resume.record = &earlier;
  run(steps);
  options_.resume = {};
  EXPECT_EQ(record_.id, of.id);
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  EXPECT_TRUE(std::filesystem::exists(file("a")));
  EXPECT_TRUE(std::filesystem::exists(file("b")));
  EXPECT_EQ(record_.steps[1].attempts, 1) << "there was nothing to take back";
  EXPECT_EQ(record_.resumed.at(0).redone.at("a"), "it was taken back by " + by);
  EXPECT_FALSE(is_undone(options_.store, of.id)) << "it has been at work since";
  EXPECT_TRUE(still_taken_back(record_, taken_back(options_.store, of.id).value()).empty());
}

TEST_F(UndoTest, AnUndoThatHasNoEndIsNotBegunAgain) {
  const std::string steps = "steps: [" + making("a") + "]\n";
  run(steps);
  const record::RunRecord of = record_;
  undo(steps);
  cut_journal(journal().size() - 1);
  const auto second = taken_back(options_.store, of.id);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kNotUndone);
  EXPECT_EQ(second.error().message, record_.id + ", which takes " + of.id + " back, has not come to its end");
  EXPECT_EQ(second.error().help, "go on with it: assay resume " + record_.id);
  EXPECT_TRUE(taken_back(options_.store, of.id, record_.id)) << "which goes on with it";
}

TEST_F(UndoTest, WhatWasCutOffIsTakenBackToo) {
  const std::string steps = "steps: [" + making("a") + "]\n";
  run(steps);
  cut_journal(6);  // planned, facts, tools, started, tools, started of the part
  ASSERT_EQ(record_.steps[0].status, record::Status::kRunning);
  const plan::Plan plan = undo_plan(plan_of(steps), record_);
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_EQ(plan.steps[0].id, "a");
}

}  // namespace
}  // namespace assay::run
