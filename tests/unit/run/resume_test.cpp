// SPDX-License-Identifier: Apache-2.0
// Runs that are taken up again: from every line at which the controller could have died, after a stop, and over what
// destroys.
#include "engine/run/resume.h"

#include <gmock/gmock.h>

#include "resume_fixture.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Status;
using record::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// A bit of everything: outputs of types that JSON does not have, a matrix, a block that is rescued, a check, a retry, a
// handler, a step that does not run.
std::string everything(const ResumeTest&, const std::string& effects, const std::string& folder) {
  const auto say = [&](const std::string& name) { return "[sh, -c, 'echo " + name + " >>" + effects + "']"; };
  return "steps:\n"
         "  - { id: a, run: [sh, -c, 'echo a >>" +
         effects +
         "; echo 7'], outputs: { d: \"duration('90s')\", q: "
         "\"quantity('4 GiB')\", u: uint(stdout.trim()), f: 3.0 } }\n"
         "  - { id: m, matrix: { n: [1, 2] }, run: " +
         say("m") +
         ", outputs: { n: matrix.n } }\n"
         "  - id: b\n    block:\n      steps: [{ id: b1, run: [sh, -c, 'echo b1 >>" +
         effects +
         "; exit 1'] }, { id: "
         "b2, run: " +
         say("b2") + " }]\n      rescue: [{ id: r, run: " + say("r") + " }]\n      always: [{ id: z, run: " + say("z") +
         " }]\n"
         "  - { id: c, check: { run: [test, -e, " +
         folder + "/made] }, run: [touch, " + folder +
         "/made], notify: h }\n"
         "  - { id: t, retry: { attempts: 2, backoff: 1ms, on: [application] }, run: [sh, -c, 'echo t >>" +
         effects + "; test -e " + folder + "/second || { : >" + folder +
         "/second; exit 1; }'] }\n"
         "  - { id: s, if: 1 > 2, run: " +
         say("s") +
         " }\n"
         "  - { id: e, if: \"steps.a.outputs.u == 7u && steps.a.outputs.d == duration('90s') && steps.a.outputs.f == "
         "3.0 "
         "&& steps.a.outputs.q == quantity('4096 MiB') && steps.m.instances.all(i, i.outputs.n == i.matrix.n)\", "
         "run: " +
         say("e") +
         " }\n"
         "handlers: [{ id: h, run: " +
         say("h") + " }]\n";
}

TEST_F(ResumeTest, FromEveryLineTheRunEndsAsIfNothingHadHappened) {
  const std::string effects_file = (folder_ / "effects").string();
  const std::string steps = everything(*this, effects_file, folder_.path().string());
  options_.jobs = 1;  // the same lines each time
  run(steps);
  const auto undisturbed = told();
  const auto lines = journal();
  ASSERT_EQ(lines.back(), "sealed");
  ASSERT_EQ(record_.verdict, Verdict::kPass);
  const auto first = static_cast<std::size_t>(std::find(lines.begin(), lines.end(), "started a") - lines.begin());
  for (std::size_t kept = first; kept < lines.size(); ++kept) {
    SCOPED_TRACE("cut after line " + std::to_string(kept) + ", " + lines[kept - 1]);
    for (const char* file : {"effects", "made", "second"}) std::filesystem::remove(folder_ / file);
    run(steps);
    cut_journal(kept);
    // What the journal does not know was not done, or not to its end.
    const auto knows = [&](const std::string& line) {
      return std::count(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(kept), line) > 0;
    };
    if (!knows("finished c")) std::filesystem::remove(folder_ / "made");
    if (!knows("attempt t")) std::filesystem::remove(folder_ / "second");
    const auto before = effects();
    resume(steps);
    EXPECT_EQ(record_.status, Status::kFinished);
    EXPECT_EQ(record_.verdict, Verdict::kPass);
    EXPECT_THAT(record_.damage, IsEmpty());
    EXPECT_EQ(told(), undisturbed);
    for (const record::StepRecord& step : record_.steps) {
      const auto again = record_.resumed.at(0).redone.find(step.id);
      const bool redone = again != record_.resumed.at(0).redone.end();
      EXPECT_EQ(redone, knows("started " + step.id) && !knows("finished " + step.id)) << step.id;
    }
    // What had an end in the journal has no second effect; what had none has exactly one now.
    auto after = effects();
    for (const auto& [step, times] : before) after[step] -= times;
    for (const char* step : {"a", "b1", "r", "z", "e", "h"})
      EXPECT_EQ(after[step], knows(std::string("finished ") + step) ? 0 : 1) << step;
  }
}

TEST_F(ResumeTest, TheRetryBudgetGoesOn) {
  const std::string retry = ", if: always(), retry: { attempts: 3, backoff: 1ms, on: [application] }, run: ['false'] }";
  const std::string steps = "retry_budget: 3\nsteps: [{ id: a" + retry + ", { id: b" + retry + "]\n";
  run(steps);
  const auto undisturbed = told();
  const auto lines = journal();
  cut_journal(static_cast<std::size_t>(std::find(lines.begin(), lines.end(), "finished a") - lines.begin()) + 1);
  resume(steps);
  EXPECT_EQ(told(), undisturbed);
  EXPECT_EQ(record_.retries, 3U);
  EXPECT_EQ(record_.steps[1].attempts, 2);
  EXPECT_EQ(record_.steps[1].reason, "exit code 1; the run has spent its retry budget of 3");
}

TEST_F(ResumeTest, AttemptsThatFailedAreSpentAndThoseThatWereCutOffAreNot) {
  const std::string steps =
      "steps: [{ id: a, retry: { attempts: 3, backoff: 1ms, on: [application] }, run: [sh, -c, '" + effect("a") +
      "; exit 4'] }]\n";
  run(steps);
  EXPECT_EQ(effects()["a"], 3);
  const auto first = record_.steps[0].started;
  // Killed in its second attempt, and in the third.
  const auto cut_in = [this](int attempt) {
    const auto lines = journal();
    std::size_t kept = 0;
    for (int seen = 0; seen < attempt; ++kept) seen += lines[kept] == "started a" ? 1 : 0;
    cut_journal(kept);
  };
  cut_in(2);
  clock_.advance(std::chrono::hours(1));
  resume(steps);
  EXPECT_EQ(record_.steps[0].attempts, 4) << "one of them was cut off";
  cut_in(3);
  watcher_.all.clear();
  resume(steps);
  EXPECT_EQ(record_.steps[0].attempts, 5);
  EXPECT_EQ(record_.steps[0].reason, "exit code 4; 3 attempts failed");
  EXPECT_EQ(record_.steps[0].started, first);
  EXPECT_THAT(watcher_.all, testing::HasSubstr("\"attempt\":4,"));
  EXPECT_THAT(watcher_.all, testing::HasSubstr("\"most\":5,"));
}

TEST_F(ResumeTest, AStepWhoseResultCountsNoMoreHasAllItsAttemptsAgain) {
  signal_when_started("a");
  const std::string steps =
      "steps: [{ id: a, run: [sh, -c, 'sleep 0.2'] }, { id: z, if: always(), retry: { attempts: 2, "
      "backoff: 1ms, on: [application] }, run: [sh, -c, '" +
      effect("z") + "; exit 1'] }]\n";
  run(steps);
  watcher_.at_event = nullptr;
  EXPECT_EQ(effects()["z"], 2);
  resume(steps);
  EXPECT_EQ(effects()["z"], 4);
  EXPECT_EQ(record_.steps[1].reason, "exit code 1; 2 attempts failed");
}

TEST_F(ResumeTest, AStopLeavesTheRestForLater) {
  signal_when_started("b");
  const std::string steps = "steps: [{ id: a, run: [sh, -c, '" + effect("a") +
                            "'] }, { id: b, run: [sh, -c, 'sleep 0.2; " + effect("b") +
                            "'] }, { id: c, run: [sh, -c, '" + effect("c") + "'] }]\n";
  run(steps);
  EXPECT_EQ(result_.ending, Ending::kStopped);
  EXPECT_EQ(record_.status, Status::kCancelled);
  EXPECT_EQ(record_.stopped, "interrupt");
  EXPECT_EQ(record_.exit_code, 130);
  EXPECT_EQ(journal().back(), "stopped");
  EXPECT_EQ(record_.steps[2].attempts, 0);
  watcher_.at_event = nullptr;
  resume(steps);
  EXPECT_THAT(told(), ElementsAre("a finished pass", "b finished pass", "c finished pass"));
  EXPECT_EQ(record_.steps[1].attempts, 2);
  EXPECT_THAT(record_.resumed.at(0).redone, ElementsAre(Pair("b", "stopped on request")));
  EXPECT_THAT(effects(), ElementsAre(Pair("a", 1), Pair("b", 1), Pair("c", 1)));
  EXPECT_EQ(result_.outcome.exit_code, 0);
}

TEST_F(ResumeTest, WhatWasDoneBecauseOfAStopIsDoneAgainAfterwards) {
  signal_when_started("a");
  const std::string steps = "steps: [{ id: a, run: [sh, -c, 'sleep 0.2; " + effect("a") +
                            "'] }, { id: z, if: always(), run: [sh, -c, '" + effect("z") + "'] }]\n";
  run(steps);
  EXPECT_THAT(effects(), ElementsAre(Pair("z", 1)));
  watcher_.at_event = nullptr;
  resume(steps);
  EXPECT_THAT(effects(), ElementsAre(Pair("a", 1), Pair("z", 2)));
  EXPECT_THAT(record_.resumed.at(0).redone,
              ElementsAre(Pair("a", "stopped on request"),
                          Pair("z",
                               "it was carried out when the run was stopped, and 'a', which comes before it, is "
                               "not done")));
  EXPECT_EQ(record_.steps[1].attempts, 2);
}

TEST_F(ResumeTest, ACheckIsAskedBeforeAnythingIsDoneTwice) {
  const std::string steps = "steps: [{ id: a, effect: destroys, check: { run: [test, -e, " +
                            (folder_ / "done").string() + "] }, run: [sh, -c, '" + effect("a") + "; touch " +
                            (folder_ / "done").string() + "'], notify: h }]\nhandlers: [{ id: h, run: [sh, -c, '" +
                            effect("h") + "'] }]\n";
  run(steps);
  const auto lines = journal();
  const auto begins = static_cast<std::size_t>(std::find(lines.begin(), lines.end(), "started a") - lines.begin());
  const auto acts = static_cast<std::size_t>(
      std::find(lines.begin() + static_cast<std::ptrdiff_t>(begins) + 1, lines.end(), "started a") - lines.begin());
  cut_journal(acts + 1);
  ASSERT_EQ(record_.steps[0].status, Status::kRunning);
  ASSERT_TRUE(record_.steps[0].acted);
  resume(steps);
  EXPECT_EQ(record_.steps[0].verdict, Verdict::kPass);
  EXPECT_EQ(record_.steps[0].change, "changed") << "it had been done by this run";
  EXPECT_THAT(effects(), ElementsAre(Pair("a", 1), Pair("h", 2)));
  // Cut off while its check was asked: somebody else has done it.
  cut_journal(begins + 1);
  ASSERT_FALSE(record_.steps[0].acted);
  resume(steps);
  EXPECT_EQ(record_.steps[0].change, "ok");
  EXPECT_THAT(effects(), ElementsAre(Pair("a", 1), Pair("h", 2)));
}

struct DestroysCase {
  const char* name;
  const char* on_interrupt;  // of the recipe
  const char* answer;        // of a person; empty: none
  const char* told;
  int effects;
  Ending ending;
};
class Destroys : public ResumeTest, public testing::WithParamInterface<DestroysCase> {};
TEST_P(Destroys, AreNotSimplyDoneAgain) {
  const std::string steps = "steps: [{ id: a, effect: destroys, " + std::string(GetParam().on_interrupt) +
                            "run: [sh, -c, '" + effect("a") + "'] }]\n";
  run(steps);
  cut_journal(4);  // planned, facts, tools, started
  resume(steps);
  if (GetParam().answer[0] != '\0') {
    ASSERT_EQ(result_.ending, Ending::kWaiting);
    ASSERT_EQ(record_.questions.size(), 1U);
    EXPECT_EQ(record_.status, Status::kWaiting);
    EXPECT_EQ(record_.steps[0].status, Status::kWaiting);
    EXPECT_EQ(result_.outcome.exit_code, 4);
    ASSERT_TRUE(leave_answer(answers_folder(options_.store, result_.id),
                             {.step = "a", .answer = GetParam().answer, .who = "ann"}));
    resume(steps);
  }
  EXPECT_THAT(told(), ElementsAre(GetParam().told));
  EXPECT_EQ(effects()["a"], GetParam().effects);
  EXPECT_EQ(result_.ending, GetParam().ending);
}
const DestroysCase kDestroys[] = {
    {"nobody_says", "", "", "a waiting skipped", 1, Ending::kWaiting},
    {"a_person_says_rerun", "", "rerun", "a finished pass", 2, Ending::kSealed},
    {"a_person_says_done", "", "done", "a finished pass: taken as done by a person after it was cut off", 1,
     Ending::kSealed},
    {"a_person_says_fail", "", "fail", "a error error: it destroys and was cut off; it is not done again", 1,
     Ending::kSealed},
    {"the_recipe_says_rerun", "on_interrupt: rerun, ", "", "a finished pass", 2, Ending::kSealed},
    {"the_recipe_says_fail", "on_interrupt: fail, ", "",
     "a error error: it destroys and was cut off; it is not done again", 1, Ending::kSealed},
};
INSTANTIATE_TEST_SUITE_P(Engine, Destroys, testing::ValuesIn(kDestroys), test::case_name);

TEST_F(ResumeTest, EachInterruptionOfWhatDestroysIsAQuestionOfItsOwn) {
  const std::string steps = "steps: [{ id: a, effect: destroys, run: [sh, -c, '" + effect("a") + "; echo a'] }]\n";
  const auto answer = [&](const char* text) {
    ASSERT_TRUE(leave_answer(answers_folder(options_.store, result_.id), {.step = "a", .answer = text, .who = "ann"}));
  };
  run(steps);
  cut_journal(4);  // planned, facts, tools, started
  answer("rerun");
  resume(steps);
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  // Killed again, before the step that was done again had an end.
  const auto lines = journal();
  const auto again = std::find(lines.rbegin(), lines.rend(), "started a");
  cut_journal(static_cast<std::size_t>(std::distance(again, lines.rend())));
  ASSERT_EQ(record_.steps[0].attempts, 2);
  resume(steps);
  EXPECT_EQ(result_.ending, Ending::kWaiting) << "the first answer was about the first interruption";
  EXPECT_EQ(effects()["a"], 2);
  ASSERT_EQ(record_.questions.size(), 2U);
  EXPECT_FALSE(record_.questions[1].answered);
  answer("done");
  resume(steps);
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  EXPECT_EQ(effects()["a"], 2);
}

TEST_F(ResumeTest, AnAnswerThatWasNotUsedYetCounts) {
  const std::string steps = "steps: [{ id: a, effect: destroys, run: [sh, -c, '" + effect("a") + "'] }]\n";
  run(steps);
  cut_journal(4);
  ASSERT_TRUE(leave_answer(answers_folder(options_.store, result_.id), {.step = "a", .answer = "rerun", .who = "ann"}));
  resume(steps);
  const auto lines = journal();
  const auto answered = std::find(lines.begin(), lines.end(), "answered a");
  cut_journal(static_cast<std::size_t>(std::distance(lines.begin(), answered)) + 1);
  resume(steps);
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  EXPECT_EQ(record_.questions.size(), 1U);
  EXPECT_EQ(effects()["a"], 3) << "once cut off, once done again and forgotten, once now";
}

// A test of six samples, each of which is how often it has been executed.
class Samples : public ResumeTest {
 protected:
  void suite(const std::string& more) const {
    folder_.write(
        "suite.yaml",
        "apiVersion: assay/v1\nkind: Suite\nmetadata: { name: s, version: 1.0.0 }\ntests:\n"
        "  - { id: t, class: performance, hardware: cpu, proves: p, fault: f, counters: false, run: [sh, -c, '" +
            effect("t") + "; wc -l <" + (folder_ / "effects").string() +
            "'], samples: { min: 6, max: 6, warmup: 0 }, metrics: [{ name: n, unit: \"1\", better: higher, "
            "value: int(stdout.trim()) }]" +
            more + " }\n");
  }
  // As if the run had been cut off right after that many samples.
  void cut_after(int samples) {
    const auto lines = journal();
    std::size_t kept = 0;
    for (int seen = 0; seen < samples; ++kept) seen += lines[kept] == "sample u/t" ? 1 : 0;
    cut_journal(kept);
  }
  [[nodiscard]] std::vector<double> samples() const { return record_.steps[0].metrics.at(0).samples; }

  const std::string steps_ = "steps: [{ id: u, suite: suite.yaml }]\n";
};

TEST_F(Samples, AreKeptAndTheRestIsTaken) {
  suite("");
  run(steps_);
  ASSERT_EQ(samples(), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  cut_after(3);
  resume(steps_);
  EXPECT_EQ(samples(), (std::vector<double>{1, 2, 3, 7, 8, 9}));
  EXPECT_EQ(record_.steps[0].attempts, 2);
}

TEST_F(Samples, ThatAreAllThereNeedNoExecution) {
  suite("");
  run(steps_);
  cut_after(6);
  resume(steps_);
  EXPECT_EQ(samples(), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_THAT(effects(), ElementsAre(Pair("t", 6)));
}

TEST_F(Samples, ThatAreAllThereNeedOneForWhatCriteriaAndOutputsLookAt) {
  suite(", outputs: { last: int(stdout.trim()) }, criteria: [outputs.last == 7, exit_code == 0]");
  run(steps_);
  cut_after(6);
  resume(steps_);
  EXPECT_EQ(samples(), (std::vector<double>{1, 2, 3, 4, 5, 6})) << "it is no sample";
  const record::StepRecord& test = record_.steps[0];
  EXPECT_EQ(test.outputs["last"], 7);
  ASSERT_EQ(test.criteria.size(), 2U) << test.reason;
  EXPECT_TRUE(test.criteria[0].holds && test.criteria[1].holds) << test.reason;
}

TEST_F(Samples, OfATestThatIsMeasuredAgainAreNew) {
  suite("");
  run(steps_);
  cut_journal(record_.lines - 2);  // but the ends of the suite and of the run
  ASSERT_EQ(record_.steps[0].status, Status::kFinished);
  options_.resume.taken_back = {{"u/t", "it counts no more"}};
  resume(steps_);
  options_.resume.taken_back.clear();
  EXPECT_EQ(samples(), (std::vector<double>{7, 8, 9, 10, 11, 12}));
  // Cut off in its second time.
  const auto lines = journal();
  const auto again = std::find(lines.rbegin(), lines.rend(), "resumed") - lines.rbegin();
  cut_journal(lines.size() - static_cast<std::size_t>(again));
  ASSERT_EQ(record_.steps[0].status, Status::kPending);
  resume(steps_);
  EXPECT_EQ(samples(), (std::vector<double>{13, 14, 15, 16, 17, 18})) << "it had not begun";
  const auto more = journal();
  std::size_t kept =
      more.size() - static_cast<std::size_t>(std::find(more.rbegin(), more.rend(), "resumed") - more.rbegin());
  for (int seen = 0; seen < 2; ++kept) seen += more[kept] == "sample u/t" ? 1 : 0;
  cut_journal(kept);
  EXPECT_EQ(samples(), (std::vector<double>{13, 14}));
  resume(steps_);
  EXPECT_EQ(samples(), (std::vector<double>{13, 14, 19, 20, 21, 22}));
}

TEST_F(ResumeTest, ARunThatWasCutOffWhileItsPlanWasWrittenIsTheSame) {
  const std::string steps = "steps: [{ id: a, run: [sh, -c, '" + effect("a") + "'] }, { id: b, run: ['true'] }]\n";
  run(steps);
  const auto undisturbed = told();
  for (const std::size_t kept : {0U, 1U, 2U}) {
    SCOPED_TRACE(kept);
    run(steps);
    std::filesystem::remove(folder_ / "effects");
    cut_journal(kept);
    EXPECT_TRUE(differences(plan_of(steps), record_).empty());
    resume(steps);
    EXPECT_EQ(told(), undisturbed);
    EXPECT_EQ(record_.machines.size(), 1U) << "what it looked like is known";
    EXPECT_EQ(record_.tools.at(0).name, "sh");
    EXPECT_THAT(record_.damage, IsEmpty());
    EXPECT_THAT(effects(), ElementsAre(Pair("a", 1)));
    // Cut off there once more, before the rest of the plan was written.
    const auto lines = journal();
    cut_journal(static_cast<std::size_t>(std::find(lines.begin(), lines.end(), "resumed") - lines.begin()) + 1);
    EXPECT_TRUE(differences(plan_of(steps), record_).empty());
  }
  cut_journal(1);
  EXPECT_FALSE(differences(plan_of("steps: [{ id: c, run: ['true'] }, { id: b, run: ['true'] }]\n"), record_).empty())
      << "it began otherwise";
}

TEST_F(ResumeTest, StepsThatCameAreInTheRecord) {
  const std::string steps = "steps: [{ id: a, run: ['true'] }, { id: q, approve: \"Go?\" }";
  run(steps + "]\n");
  ASSERT_TRUE(leave_answer(answers_folder(options_.store, result_.id), {.step = "q", .answer = true, .who = "ann"}));
  resume(steps + ", { id: x, run: [sh, -c, '" + effect("x") + "; exit 3'] }, { id: y, run: ['true'] }]\n");
  EXPECT_THAT(told(), ElementsAre("a finished pass", "q finished pass", "x finished fail: exit code 3",
                                  "y skipped skipped: needs x [needs]"));
  EXPECT_EQ(record_.steps[2].change, "changed");
  EXPECT_EQ(record_.verdict, Verdict::kFail);
}

TEST_F(ResumeTest, StepsThatWentHaveAnEnd) {
  run("steps: [{ id: a, run: ['true'] }, { id: q, approve: \"Go?\" }, { id: c, run: ['true'] }]\n");
  resume("steps: [{ id: a, run: ['true'] }, { id: c, run: ['true'] }]\n");
  EXPECT_THAT(told(), ElementsAre("a finished pass", "q skipped skipped: no longer in the recipe [not_selected]",
                                  "c finished pass"));
  EXPECT_EQ(result_.ending, Ending::kSealed);
  EXPECT_EQ(record_.verdict, Verdict::kPass);
}

TEST_F(ResumeTest, AStepThatWentAfterItWasBegunMayHaveChangedSomething) {
  run("steps: [{ id: a, run: ['true'] }, { id: b, run: ['true'] }]\n");
  const auto lines = journal();
  cut_journal(static_cast<std::size_t>(std::find(lines.begin(), lines.end(), "started b") - lines.begin()) + 1);
  resume("steps: [{ id: a, run: ['true'] }]\n");
  EXPECT_THAT(told(), ElementsAre("a finished pass",
                                  "b skipped skipped: no longer in the recipe; it had been begun [not_selected]"));
  EXPECT_EQ(record_.steps[1].change, "changed");
  EXPECT_EQ(record_.steps[1].attempts, 1);
}

TEST_F(EngineTest, WhatChangesByItselfIsNoDifference) {
  facts_.tree = expr::from_json(
      Json::parse(R"({"memory": {"total": {"value": 9, "unit": "B"}, "available": {"value": 5, "unit": "B"}}})"));
  folder_.write("inner.yaml", kHead + std::string("params: { free: { type: size }, all: { type: size } }\n"
                                                  "steps: [{ id: i, run: ['true'] }]\n"));
  const std::string steps =
      "steps: [{ id: u, foreach: { m: '[facts.memory]' }, use: inner.yaml, with: { free: '${{ matrix.m.available }}', "
      "all: '${{ matrix.m.total }}' } }]\n";
  run(steps);
  const auto differs = [&](const char* facts) {
    facts_.tree = expr::from_json(Json::parse(facts));
    return !differences(plan_of(steps), record_).empty();
  };
  EXPECT_FALSE(differs(R"({"memory": {"total": {"value": 9, "unit": "B"}, "available": {"value": 6, "unit": "B"}}})"));
  EXPECT_TRUE(differs(R"({"memory": {"total": {"value": 8, "unit": "B"}, "available": {"value": 5, "unit": "B"}}})"));
}

TEST_F(EngineTest, DifferencesOfThePlanAreNamed) {
  run("steps: [{ id: a, run: ['true'] }, { id: b, effect: reads, run: ['true'] }]\n");
  EXPECT_TRUE(
      differences(plan_of("steps: [{ id: a, run: ['true'] }, { id: b, effect: reads, run: ['true'] }]\n"), record_)
          .empty());
  std::vector<std::string> found;
  const auto changed =
      differences(plan_of("steps: [{ id: a, facts: true }, { id: c, effect: reads, run: ['true'] }]\n"), record_);
  for (const Diagnostic& one : changed.items()) found.push_back(one.message);
  EXPECT_THAT(found, ElementsAre("the action of the step 'a' was 'run' and is now 'facts'",
                                 "the effect of the step 'a' was 'changes' and is now 'reads'",
                                 "the step 'c' was not in the run", "the step 'b' of the run is not there any more"));
}

}  // namespace
}  // namespace assay::run
