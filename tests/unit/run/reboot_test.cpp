// SPDX-License-Identifier: Apache-2.0
// Reboots as a step, over a machine whose boots the test makes: one after another, seen and not seen, with what comes
// back.
#include "engine/run/reboot.h"

#include <gmock/gmock.h>

#include "engine_fixture.h"
#include "moved_target.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Status;
using record::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;

class RebootTest : public EngineTest {
 protected:
  RebootTest() : machine_(target_) { machine_.facts = facts_; }

  void start(const std::string& steps) {
    boots_ = 1;
    machine_.now = target::Boot{.id = "boot 1", .up = std::chrono::hours(5)};
    carry_out(steps, {});
  }
  void go_on(const std::string& steps, bool at_boot = true) {
    const record::RunRecord before = record_;
    carry_out(steps, {.record = &before, .accepted = {}, .at_boot = at_boot});
  }
  // The machine goes down and is back after `takes`.
  void boot(Nanoseconds takes, Nanoseconds up = std::chrono::seconds(10)) {
    clock_.advance(takes);
    machine_.now = target::Boot{.id = "boot " + std::to_string(++boots_), .up = up};
  }

  MovedTarget machine_;

 private:
  void carry_out(const std::string& steps, Resumption resume) {
    options_.resume = std::move(resume);
    result_ = execute_plan(plan_of(steps), facts_, machine_, options_, {&watcher_}, clock_).value();
    record_ = record::read_run(result_.folder).value();
    options_.resume = {};
  }
  int boots_ = 1;
};

constexpr const char* kThree =
    "steps: [{ id: a, reboot: { times: 3 } }, { id: b, run: [echo, \"${{ steps.a.outputs.boots }} boots, the second "
    "took "
    "${{ steps.a.outputs.seconds[1] }}\"] }]\n";

TEST_F(RebootTest, OneAfterAnotherUntilAllAreDone) {
  start(kThree);
  EXPECT_EQ(result_.ending, Ending::kWaiting);
  EXPECT_EQ(result_.outcome.exit_code, 4);
  ASSERT_TRUE(result_.reboot);
  EXPECT_TRUE(result_.reboot->due);
  EXPECT_THAT(result_.reboot->command, IsEmpty());
  EXPECT_EQ(result_.reboot->asked.question, "reboot 1 of 3");
  EXPECT_EQ(record_.status, Status::kWaiting);
  EXPECT_EQ(record_.stopped, "waiting");
  EXPECT_TRUE(record::waits_for_boot(record_));
  EXPECT_THAT(told(), ElementsAre("a waiting skipped", "b pending skipped"));
  boot(std::chrono::seconds(40));
  go_on(kThree);
  EXPECT_EQ(result_.reboot->asked.number, 2);
  EXPECT_EQ(result_.reboot->asked.boot_id, "boot 2");
  boot(std::chrono::seconds(50));
  go_on(kThree);
  EXPECT_EQ(result_.reboot->asked.number, 3);
  boot(std::chrono::seconds(60));
  go_on(kThree);
  EXPECT_EQ(result_.ending, Ending::kSealed);
  EXPECT_FALSE(result_.reboot);
  EXPECT_FALSE(record::waits_for_boot(record_));
  EXPECT_THAT(told(), ElementsAre("a finished pass", "b finished pass"));
  EXPECT_EQ(record_.steps[0].outputs.dump(), R"({"boots":3,"seconds":[40.0,50.0,60.0]})");
  EXPECT_EQ(record_.steps[0].attempts, 1);
  EXPECT_EQ(output_of("b"), "3 boots, the second took 50\n");
  EXPECT_THAT(record_.damage, IsEmpty());
}

TEST_F(RebootTest, WhatIsAskedIsInTheJournalBeforeTheEnd) {
  start("steps: [{ id: a, reboot: true }]\n");
  const auto lines = journal();
  EXPECT_EQ(std::vector<std::string>(lines.end() - 3, lines.end()),
            (std::vector<std::string>{"started a", "waiting a", "stopped"}));
  ASSERT_EQ(record_.questions.size(), 1U);
  EXPECT_EQ(record_.questions[0].type, "boot");
  EXPECT_EQ(record_.questions[0].boot_id, "boot 1");
  EXPECT_EQ(record_.questions[0].number, 1);
  EXPECT_EQ(record_.questions[0].of, 1);
  boot(std::chrono::seconds(40));
  go_on("steps: [{ id: a, reboot: true }]\n");
  EXPECT_EQ(record_.questions[0].answer.dump(), R"({"boot_id":"boot 2","seconds":40.0})");
  EXPECT_EQ(record_.resumed.at(0).redone.at("a"), "its reboots are not over: the boot id is checked");
}

TEST_F(RebootTest, ThisBootIsNotTheNextOne) {
  const std::string steps = "steps: [{ id: a, reboot: { command: [halt, \"${{ run.id }}\"] } }]\n";
  start(steps);
  const auto command = result_.reboot->command;
  EXPECT_THAT(command, ElementsAre("halt", result_.id));
  for (int i = 0; i < 3; ++i) {
    clock_.advance(std::chrono::hours(1));
    go_on(steps, i % 2 == 0);
    EXPECT_EQ(result_.ending, Ending::kWaiting);
    EXPECT_EQ(result_.outcome.exit_code, 4);
    ASSERT_TRUE(result_.reboot);
    EXPECT_FALSE(result_.reboot->due) << "nobody reboots a machine in a loop";
    EXPECT_EQ(result_.reboot->command, command) << "what a person can do";
    EXPECT_EQ(record_.questions.size(), 1U);
  }
  boot(std::chrono::seconds(40));
  go_on(steps, false);
  EXPECT_THAT(told(), ElementsAre("a finished pass")) << "it was up all the time";
  EXPECT_EQ(record_.steps[0].outputs["seconds"].dump(), "[10840.0]") << "since it was asked for";
}

TEST_F(RebootTest, FromEveryLineAllBootsAreCountedOnce) {
  start(kThree);
  while (result_.reboot) {
    boot(std::chrono::seconds(40));
    go_on(kThree);
  }
  const auto lines = journal();
  const auto first = static_cast<std::size_t>(std::find(lines.begin(), lines.end(), "started a") - lines.begin());
  for (std::size_t kept = first; kept < lines.size(); ++kept) {
    SCOPED_TRACE("cut after line " + std::to_string(kept) + ", " + lines[kept - 1]);
    start(kThree);
    const std::size_t answers = static_cast<std::size_t>(
        std::count(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(kept), "answered a"));
    for (std::size_t i = 0; journal().size() < kept && i < 3; ++i) {
      boot(std::chrono::seconds(40));
      go_on(kThree);
    }
    ASSERT_GE(journal().size(), kept);
    cut_journal(kept);
    int more = 0;
    do {
      boot(std::chrono::seconds(40));
      go_on(kThree);
      ++more;
    } while (result_.reboot && more < 10);
    EXPECT_THAT(told(), ElementsAre("a finished pass", "b finished pass"));
    EXPECT_EQ(record_.steps[0].outputs["boots"], 3);
    EXPECT_EQ(record_.steps[0].outputs["seconds"].size(), 3U);
    EXPECT_LE(static_cast<std::size_t>(more), 4 - answers);
  }
}

struct BadReturn {
  const char* name;
  const char* facts;  // of the machine that comes back
  int takes_s;
  int up_s;
  bool at_boot;
  const char* reason;  // empty: it passes
};
class BadReturns : public RebootTest, public testing::WithParamInterface<BadReturn> {};
TEST_P(BadReturns, AreJudged) {
  facts_.tree = expr::from_json(Json::parse(R"({"cpu": {"threads": 4}, "memory": {"dimms": [)"
                                            R"({"slot": "A1", "serial": "7"}, {"slot": "A2", "serial": "8"}]}})"));
  const std::string steps =
      "steps: [{ id: a, reboot: { times: 2, within: 1m } }, { id: b, if: always(), run: ['true'] }]\n";
  start(steps);
  boot(std::chrono::seconds(GetParam().takes_s), std::chrono::seconds(GetParam().up_s));
  machine_.facts.tree = expr::from_json(Json::parse(GetParam().facts));
  go_on(steps, GetParam().at_boot);
  if (std::string(GetParam().reason).empty()) {
    EXPECT_EQ(result_.ending, Ending::kWaiting);
    EXPECT_EQ(result_.reboot->asked.number, 2);
    return;
  }
  EXPECT_THAT(told(), ElementsAre("a finished fail: " + std::string(GetParam().reason), "b finished pass"));
  EXPECT_EQ(record_.steps[0].failure, "business");
  EXPECT_EQ(record_.steps[0].outputs["boots"], 1);
  EXPECT_EQ(record_.verdict, Verdict::kFail);
}
constexpr const char* kSame =
    R"({"cpu":{"threads":4},"memory":{"dimms":[{"slot":"A1","serial":"7"},{"slot":"A2","serial":"8"}]}})";
const BadReturn kReturns[] = {
    {"as_it_was", kSame, 60, 10, true, ""},
    {"a_dimm_is_gone", R"({"cpu":{"threads":4},"memory":{"dimms":[{"slot":"A1","serial":"7"}]}})", 40, 10, true,
     "the machine came back as another one: gone: memory.dimms[A2].serial=8"},
    {"a_dimm_is_another_one",
     R"({"cpu":{"threads":2},"memory":{"dimms":[{"slot":"A1","serial":"7"},{"slot":"A2","serial":"9"}]}})", 40, 10,
     true,
     "the machine came back as another one: gone: cpu.threads=4, memory.dimms[A2].serial=8; new: cpu.threads=2, "
     "memory.dimms[A2].serial=9"},
    {"too_late", kSame, 61, 10, true, "the machine came back after 1 m 01 s, not within 1m"},
    {"somebody_went_on_after_lunch", kSame, 3600, 3550, false, ""},
    {"it_was_late_already_then", kSame, 3600, 3500, false, "the machine came back after 1 m 40 s, not within 1m"},
    {"the_clock_is_wrong", kSame, -7200, 10, true,
     "the clock of the machine went back over the reboot: 2026-01-31T08:30:00.000000Z before, "
     "2026-01-31T06:30:00.000000Z now"},
};
INSTANTIATE_TEST_SUITE_P(Engine, BadReturns, testing::ValuesIn(kReturns), test::case_name);

TEST_F(RebootTest, AFailureIsNotForgottenWithTheLastLines) {
  const std::string steps = "steps: [{ id: a, reboot: { times: 2 } }]\n";
  start(steps);
  boot(std::chrono::seconds(40));
  const hardware::Facts good = machine_.facts;
  machine_.facts.tree = expr::from_json(Json::parse(R"({"cpu": {"threads": 3}})"));
  go_on(steps);
  const auto lines = journal();
  const auto answered = static_cast<std::size_t>(std::find(lines.begin(), lines.end(), "answered a") - lines.begin());
  cut_journal(answered + 1);
  ASSERT_EQ(record_.steps[0].status, Status::kPending);
  machine_.facts = good;
  boot(std::chrono::seconds(40));
  go_on(steps);
  EXPECT_THAT(told(), ElementsAre("a finished fail: the machine came back as another one: gone: cpu.threads=4; new: "
                                  "cpu.threads=3"));
}

TEST_F(RebootTest, NothingIsAtWorkBesideIt) {
  start(
      "order: graph\nsteps: [{ id: q, approve: Go }, { id: b, run: [sh, -c, 'sleep 0.05'] }, { id: a, reboot: true "
      "}, { id: c, run: ['true'] }]\n");
  const auto lines = journal();
  const auto at = [&](const char* line) { return std::find(lines.begin(), lines.end(), line); };
  EXPECT_LT(at("finished b"), at("started a"));
  EXPECT_EQ(at("started c"), lines.end());
  EXPECT_EQ(result_.ending, Ending::kWaiting);
  ASSERT_TRUE(result_.reboot) << "an open question does not keep it";
  EXPECT_EQ(result_.reboot->asked.step, "a");
  EXPECT_EQ(record_.questions.size(), 2U);
}

TEST_F(RebootTest, AMachineThatDoesNotSayItsBootIsNotRebooted) {
  machine_.now = failure(Code::kSystem, "no boot id");
  options_.resume = {};
  result_ = execute_plan(plan_of("steps: [{ id: a, reboot: true }]\n"), facts_, machine_, options_, {}, clock_).value();
  record_ = record::read_run(result_.folder).value();
  EXPECT_THAT(told(), ElementsAre("a error error: no boot id"));
  EXPECT_FALSE(result_.reboot);
}

TEST_F(RebootTest, OneThatIsDoneAgainBeginsAnew) {
  record::RunRecord record;
  record::StepRecord step{.id = "a", .action = "reboot", .attempts = 1};
  step.tries = {{.number = 1, .status = Status::kFinished, .started = clock_.wall()}};
  record.questions = {{.step = "a", .type = "boot", .asked = clock_.wall(), .answered = clock_.wall()}};
  EXPECT_FALSE(boots_so_far(record, step).begun);
  EXPECT_THAT(boots_so_far(record, step).seconds, IsEmpty());
  step.tries.push_back({.number = 2, .started = clock_.wall() + std::chrono::seconds(1)});
  EXPECT_TRUE(boots_so_far(record, step).begun);
  EXPECT_THAT(boots_so_far(record, step).seconds, IsEmpty()) << "that one was of the first attempt";
  record.questions.push_back({.step = "a", .type = "boot", .asked = clock_.wall() + std::chrono::seconds(2)});
  record.questions.push_back({.step = "b", .type = "boot", .asked = clock_.wall() + std::chrono::seconds(2)});
  ASSERT_TRUE(boots_so_far(record, step).open);
  EXPECT_EQ(boots_so_far(record, step).open->step, "a");
  // What is not of our making is no time.
  record.questions[1].answered = clock_.wall();
  record.questions[1].answer = Json::parse(R"({"seconds": "many"})");
  EXPECT_THAT(boots_so_far(record, step).seconds, ElementsAre(0.0)) << "an answer of any kind ends a wait";
}

}  // namespace
}  // namespace assay::run
