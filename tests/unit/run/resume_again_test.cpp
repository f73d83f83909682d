// SPDX-License-Identifier: Apache-2.0
// What stays done when a run is taken up again, whatever came before it meanwhile, and what waits for its turn.
#include <gmock/gmock.h>

#include <utility>

#include "engine/run/resume.h"
#include "moved_target.h"
#include "resume_fixture.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST_F(ResumeTest, WhatIsDoneStaysDoneWhenAStepComesBeforeIt) {
  const std::string a = "steps: [{ id: a, run: ['true'] }";
  const std::string rest = ", { id: wipe, effect: destroys, run: [sh, -c, '" + effect("wipe") +
                           "'] }, { id: b, block: { steps: [{ id: b1, run: [sh, -c, '" + effect("b1") +
                           "'] }] } }, { id: c, run: [sh, -c, '" + effect("c") + "'] }]\n";
  run(a + rest);
  cut_after("started c");
  resume(a + ", { id: look, effect: reads, run: ['true'] }" + rest);
  EXPECT_THAT(record_.resumed.at(0).redone, ElementsAre(Pair("c", "interrupted")));
  EXPECT_THAT(effects(), ElementsAre(Pair("b1", 1), Pair("c", 2), Pair("wipe", 1)));
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  const auto lines = journal();
  EXPECT_LT(std::find(lines.begin(), lines.end(), "finished look"),
            std::find(lines.rbegin(), lines.rend(), "started c").base())
      << "what is not done yet comes after it all the same";
}

TEST_F(ResumeTest, AStepThatCameAndFailsKeepsWhatComesLaterFromRunning) {
  const std::string rest = "{ id: b, run: ['true'] }, { id: c, run: ['true'] }]\n";
  run("steps: [" + rest);
  cut_after("started c");
  resume("steps: [{ id: x, run: ['false'] }, " + rest);
  EXPECT_THAT(told(),
              ElementsAre("b finished pass", "c skipped skipped: needs x [needs]", "x finished fail: exit code 1"));
}

TEST_F(ResumeTest, AStepInsideOfWhatWasDoneIsPartOfItsResult) {
  const auto steps = [](const std::string& more) {
    return "steps: [{ id: b, block: { steps: [{ id: b1, run: ['true'] }" + more + "] } }, { id: c, run: ['true'] }]\n";
  };
  run(steps(""));
  cut_after("started c");
  resume(steps(", { id: b2, run: ['false'] }"));
  EXPECT_THAT(told(), ElementsAre("b1 finished pass", "b finished fail: its steps: fail",
                                  "c skipped skipped: needs b [needs]", "b2 finished fail: exit code 1"));
}

TEST_F(ResumeTest, WhatCameToStandBeforeSomethingOpenIsNotDoneAgain) {
  const std::string a = "{ id: a, run: [sh, -c, '" + effect("a") + "'] }";
  const std::string b = "{ id: b, if: always(), run: [sh, -c, '" + effect("b") + "'] }";
  const std::string c = "{ id: c, run: [sh, -c, '" + effect("c") + "'] }";
  run("steps: [" + a + ", " + b + ", " + c + "]\n");
  cut_after("started c");
  resume("steps: [" + c + ", " + a + ", " + b + "]\n");
  EXPECT_THAT(effects(), ElementsAre(Pair("a", 1), Pair("b", 1), Pair("c", 2)));
}

struct EarlyCase {
  const char* name;
  const char* on_interrupt;
  Ending ending;
  int effects;
};
class Early : public ResumeTest, public testing::WithParamInterface<EarlyCase> {};
TEST_P(Early, WhatDestroysAndWasCarriedOutAtAStopIsNotSimplyDoneAgain) {
  signal_when_started("a");
  const std::string steps = "steps: [{ id: a, run: [sh, -c, 'sleep 0.2'] }, { id: z, if: always(), effect: destroys, " +
                            std::string(GetParam().on_interrupt) + "run: [sh, -c, '" + effect("z") + "'] }]\n";
  run(steps);
  watcher_.at_event = nullptr;
  ASSERT_EQ(effects()["z"], 1);
  resume(steps);
  EXPECT_EQ(result_.ending, GetParam().ending);
  EXPECT_EQ(effects()["z"], GetParam().effects);
}
const EarlyCase kEarly[] = {
    {"a_person_is_asked", "", Ending::kWaiting, 1},
    {"the_recipe_says_rerun", "on_interrupt: rerun, ", Ending::kSealed, 2},
    {"it_was_not_cut_off", "on_interrupt: fail, ", Ending::kSealed, 1},
};
INSTANTIATE_TEST_SUITE_P(Engine, Early, testing::ValuesIn(kEarly), test::case_name);

// From every line on, a block whose `if` would not hold any more goes on as it had begun.
TEST_F(ResumeTest, ABlockThatWasBegunGoesOn) {
  const std::string steps =
      "steps:\n"
      "  - id: upgrade\n    if: success()\n    block:\n"
      "      steps: [{ id: install, run: ['false'] }, { id: log, if: failure(), run: [sh, -c, '" +
      effect("log") +
      "'] }]\n      always: [{ id: tidy, run: ['true'] }]\n"
      "  - id: mended\n    if: always()\n    block:\n"
      "      steps: [{ id: inner, if: 'true', block: { steps: [{ id: breaks, run: ['false'] }], rescue: [{ id: saves, "
      "run: ['true'] }] } }]\n"
      "  - { id: reboot-into-it, effect: destroys, run: [sh, -c, '" +
      effect("reboot") + "'] }\n";
  options_.jobs = 1;
  run(steps);
  const auto undisturbed = told();
  const auto lines = journal();
  const auto first = static_cast<std::size_t>(std::find(lines.begin(), lines.end(), "started install") - lines.begin());
  for (std::size_t kept = first; kept < lines.size(); ++kept) {
    SCOPED_TRACE("cut after line " + std::to_string(kept) + ", " + lines[kept - 1]);
    run(steps);
    cut_journal(kept);
    resume(steps);
    EXPECT_EQ(told(), undisturbed);
  }
  EXPECT_EQ(effects()["reboot"], 0);
}

TEST_F(ResumeTest, AnAnswerGivesNoMoreRoomThanThereIs) {
  const std::string steps =
      "order: graph\npools: { vda: 1 }\nsteps:\n"
      "  - { id: wipe, effect: destroys, pool: vda, run: [sh, -c, 'mkdir held && rmdir held && " +
      effect("wipe") + "'], cwd: " + folder_.path().string() +
      " }\n"
      "  - { id: bench, pool: vda, run: [sh, -c, 'mkdir held && sleep 0.3 && rmdir held && " +
      effect("bench") + "'], cwd: " + folder_.path().string() + " }\n";
  run(steps);
  cut_after("started wipe");
  watcher_.at_event = [this](const std::string& line) {
    if (line != "step_started bench") return;
    ASSERT_TRUE(
        leave_answer(answers_folder(options_.store, result_.id), {.step = "wipe", .answer = "rerun", .who = "ann"}));
  };
  resume(steps);
  EXPECT_THAT(told(), ElementsAre("wipe finished pass", "bench finished pass"));
  const auto lines = journal();
  const auto at = [&](const char* line) { return std::find(lines.rbegin(), lines.rend(), line) - lines.rbegin(); };
  EXPECT_GT(at("answered wipe"), at("finished bench")) << "the answer was there while it worked";
  EXPECT_GT(at("finished bench"), at("started wipe"));
}

TEST_F(ResumeTest, AStopWhileAnAnsweredStepWaitsForItsTurnLeavesTheAnswer) {
  const std::string steps =
      "order: graph\npools: { vda: 1 }\nsteps:\n"
      "  - { id: wipe, effect: destroys, pool: vda, run: [sh, -c, '" +
      effect("wipe") +
      "'] }\n"
      "  - { id: bench, pool: vda, run: [sh, -c, 'test -e " +
      (folder_ / "again").string() + " || exec sleep 300'] }\n";
  folder_.write("again", "");
  run(steps);
  cut_after("started wipe");
  std::filesystem::remove(folder_ / "again");
  watcher_.at_event = [this](const std::string& line) {
    if (line == "step_started bench") {
      ASSERT_TRUE(
          leave_answer(answers_folder(options_.store, result_.id), {.step = "wipe", .answer = "rerun", .who = "ann"}));
    }
    if (line == "answered wipe") ::kill(::getpid(), SIGINT);
  };
  resume(steps);
  EXPECT_EQ(result_.ending, Ending::kStopped);
  EXPECT_EQ(effects()["wipe"], 1);
  watcher_.at_event = nullptr;
  folder_.write("again", "");
  resume(steps);
  EXPECT_EQ(result_.ending, Ending::kSealed) << "it is not asked again";
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  EXPECT_EQ(effects()["wipe"], 2);
}

struct CountersCase {
  const char* name;
  std::map<std::string, std::int64_t> before;   // the test, in the first session
  std::map<std::string, std::int64_t> resumed;  // in the second
  const char* told;
};
class WatchedCounters : public ResumeTest, public testing::WithParamInterface<CountersCase> {};
TEST_P(WatchedCounters, CountFromTheFirstStartOfATest) {
  folder_.write("suite.yaml",
                "apiVersion: assay/v1\nkind: Suite\nmetadata: { name: s, version: 1.0.0 }\ntests:\n"
                "  - { id: t, class: stability, hardware: cpu, proves: p, fault: f, run: ['true'], criteria: "
                "[exit_code == 0] }\n");
  const plan::Plan plan = plan_of("steps: [{ id: u, suite: suite.yaml }]\n");
  MovedTarget machine(target_);
  machine.facts = facts_;
  const auto carry_out = [&] {
    result_ = execute_plan(plan, facts_, machine, options_, {&watcher_}, clock_).value();
    record_ = record::read_run(result_.folder).value();
  };
  machine.errors = GetParam().before;
  carry_out();
  cut_after("started u/t");
  machine.errors = GetParam().resumed;
  for (int times = 0; times < 2; ++times) {
    const record::RunRecord before = record_;
    options_.resume.record = &before;
    carry_out();
    if (times == 0) cut_after("started u/t", 2);  // once more
  }
  options_.resume.record = nullptr;
  EXPECT_EQ(told().at(0), GetParam().told);
}
const CountersCase kCounters[] = {
    {"nothing_moved", {{"a", 3}, {"b", 0}}, {{"a", 3}, {"b", 0}}, "u/t finished pass"},
    {"one_rose_before_it_was_cut_off",
     {{"a", 3}},
     {{"a", 4}},
     "u/t finished fail: the error counter a rose by 1 during the test"},
    {"from_nothing", {{"a", 0}}, {{"a", 2}}, "u/t finished fail: the error counter a rose by 2 during the test"},
    {"a_reboot_has_reset_it", {{"a", 3}}, {{"a", 0}}, "u/t finished pass"},
    {"it_was_reset_and_rose",
     {{"a", 3}},
     {{"a", 1}},
     "u/t finished fail: the error counter a rose by 1 during the test"},
};
INSTANTIATE_TEST_SUITE_P(Engine, WatchedCounters, testing::ValuesIn(kCounters), test::case_name);

struct DeadlineCase {
  const char* name;
  const char* of_run;
  const char* of_step;
  const char* told;
};
class Deadlines : public ResumeTest, public testing::WithParamInterface<DeadlineCase> {};
// An hour passes before b begins, another one at it; then nobody is at work on the run for a day.
TEST_P(Deadlines, CountTheTimeAtWork) {
  const std::string steps = std::string(GetParam().of_run) + "steps: [{ id: a, run: ['true'] }, { id: b, " +
                            GetParam().of_step + "run: [sh, -c, 'test -e " + (folder_ / "again").string() +
                            " || exec sleep 300; exec sleep 0.2'] }]\n";
  bool works = false;
  watcher_.at_event = [this, &works](const std::string& line) {
    if (line == "step_started a") clock_.advance(std::chrono::hours(1));
    works = line == "step_started b" || works;
  };
  watcher_.at_tick = [this, &works] {
    if (!std::exchange(works, false)) return;
    clock_.advance(std::chrono::hours(1));
    ::kill(::getpid(), SIGINT);
  };
  run(steps);
  ASSERT_EQ(result_.ending, Ending::kStopped);
  EXPECT_EQ(record::worked_since(record_, {}), std::chrono::hours(2));
  EXPECT_EQ(record::worked_since(record_, record_.steps[1].started.value()), std::chrono::hours(1));
  watcher_.at_event = nullptr;
  watcher_.at_tick = nullptr;
  folder_.write("again", "");
  clock_.advance(std::chrono::hours(24));
  resume(steps);
  EXPECT_EQ(record::worked_since(record_, {}), std::chrono::hours(2)) << "the clock of the second session stood still";
  EXPECT_EQ(told().at(1), GetParam().told);
}
const DeadlineCase kDeadlines[] = {
    {"enough_for_both", "deadline: 3h\n", "deadline: 2h, timeout: 1h, ", "b finished pass"},
    {"the_run_has_none_left", "deadline: 119m\n", "",
     "b cancelled error: the run took longer than its deadline of 1h59m"},
    {"the_step_has_none_left", "", "deadline: 1h, timeout: 30m, ",
     "b error error: deadline: it was not done within 1h"},
};
INSTANTIATE_TEST_SUITE_P(Engine, Deadlines, testing::ValuesIn(kDeadlines), test::case_name);

}  // namespace
}  // namespace assay::run
