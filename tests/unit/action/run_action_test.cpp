// SPDX-License-Identifier: Apache-2.0
// How a plain step ends, and what its record says.
#include "action_fixture.h"
#include "engine/base/text.h"
#include "engine/record/run_reader.h"
#include "support/cases.h"

namespace assay::action {
namespace {

using record::Status;
using record::Verdict;
using system::Ending;

struct ExitCase {
  const char* name;
  Execution execution;
  const char* ended;  // "status verdict: reason [skip kind]"; empty: it ended well
};
Execution exited(int code, std::string out = {}, std::string err = {}) {
  return {.command = {},
          .exit = {.exit_code = code},
          .out = std::move(out),
          .err = std::move(err),
          .evidence = {},
          .remarks = {}};
}
Execution ended_by(Ending ending, int signal = 0, double wall_s = 0, std::string err = {}) {
  return {.command = {},
          .exit = {.ending = ending, .signal = signal, .wall_s = wall_s},
          .out = {},
          .err = std::move(err),
          .evidence = {},
          .remarks = {}};
}
Execution timed_out(std::string limit, std::string err) {
  Execution execution = ended_by(Ending::kTimedOut, 15, 1.5, std::move(err));
  execution.time_limit = std::move(limit);
  return execution;
}
class JudgeExit : public testing::TestWithParam<ExitCase> {};
TEST_P(JudgeExit, FollowsTheWayItEnded) {
  recipe::Step step;
  step.ok_exit = {0, 5};
  step.skip_exit = {77};
  const auto ended = judge_exit(step, GetParam().execution);
  std::string text;
  if (ended) {
    text = std::string(record::to_string(ended->status)) + " " + std::string(record::to_string(ended->verdict)) + ": " +
           ended->reason;
    if (!ended->skip_kind.empty()) text += " [" + ended->skip_kind + "]";
  }
  EXPECT_EQ(text, GetParam().ended);
}
const ExitCase kExits[] = {
    {"zero", exited(0, "x", "warning"), ""},
    {"other_ok_code", exited(5), ""},
    {"failure", exited(1), "finished fail: exit code 1"},
    {"last_line_of_stderr", exited(2, "out\n", "first\nlast words  \n\n"), "finished fail: exit code 2: last words"},
    {"stdout_without_stderr", exited(2, "a\nb\n", " \n"), "finished fail: exit code 2: b"},
    {"words_made_printable", exited(3, "", "\x1B[31mred\tone\x07"), "finished fail: exit code 3: ?[31mred one?"},
    {"skip_code", exited(77, "no card\n"),
     "skipped skipped: the tool says that it cannot run here (exit code 77): no card [not_possible]"},
    {"signal", ended_by(Ending::kKilled, 11), "error error: killed by signal 11 (Segmentation fault)"},
    {"signal_with_words", ended_by(Ending::kKilled, 6, 1, "assertion\n"),
     "error error: killed by signal 6 (Aborted): assertion"},
    {"timeout", timed_out("timeout: it ran longer than 1.5s", "slow\n"),
     "error error: timeout: it ran longer than 1.5s: slow"},
    {"stopped", ended_by(Ending::kCancelled, 15, 0, "words\n"), "cancelled error: stopped on request"},
};
INSTANTIATE_TEST_SUITE_P(Exits, JudgeExit, testing::ValuesIn(kExits), test::case_name);

TEST(JudgeExitOnce, LongLastWordsAreShortened) {
  const recipe::Step step;
  const auto ended = judge_exit(step, exited(1, "", std::string(500, 'x')));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->reason, "exit code 1: " + shorten(std::string(500, 'x'), 160));
}

// A record as one line: "status verdict exit=N outputs: reason [skip kind] {criteria}".
std::string result_line(const record::StepRecord& step) {
  std::string out = std::string(record::to_string(step.status)) + " " + std::string(record::to_string(step.verdict));
  if (step.exit_code) out += " exit=" + std::to_string(*step.exit_code);
  out += " " + to_json_line(step.outputs);
  if (!step.reason.empty()) out += ": " + step.reason;
  if (!step.skip_kind.empty()) out += " [" + step.skip_kind + "]";
  for (const record::CriterionRecord& criterion : step.criteria)
    out += " {" + criterion.expression + (criterion.holds ? " holds" : " misses") + ", " + criterion.observed + "}";
  return out;
}

struct RunCase {
  const char* name;
  const char* step;
  const char* told;
};
class PerformRun : public ActionTest, public testing::WithParamInterface<RunCase> {};
TEST_P(PerformRun, LeavesItsRecord) {
  use_step(GetParam().step);
  const record::StepRecord step = performed();
  EXPECT_EQ(result_line(step), GetParam().told);
  EXPECT_EQ(step.id, "s");
  EXPECT_EQ(step.action, "run");
  EXPECT_EQ(step.target, "local");
  EXPECT_EQ(step.attempts, 1);
}
const RunCase kRuns[] = {
    {"pass", "run: ['true']", "finished pass exit=0 {}"},
    {"fail", "run: [sh, -c, 'echo why >&2; exit 5']", "finished fail exit=5 {}: exit code 5: why"},
    {"ok_exit", "run: [sh, -c, 'exit 5']\nok_exit: [5]", "finished pass exit=5 {}"},
    {"skip", "run: [sh, -c, 'exit 77']\nskip_exit: [77]",
     "skipped skipped exit=77 {}: the tool says that it cannot run here (exit code 77) [not_possible]"},
    {"not_startable", "run: [no-such-tool]", "error error {}: cannot start 'no-such-tool': not found on PATH"},
    {"value_missing", "run: [echo, \"${{ params.none }}\"]", "error error {}: no key 'none' in params (r.yaml:6)"},
    {"timeout", "run: [sleep, '60']\ntimeout: 50ms", "error error exit=143 {}: timeout: it ran longer than 50ms"},
    {"killed", "run: [sh, -c, 'kill -KILL $$']", "error error exit=137 {}: killed by signal 9 (Killed)"},
    {"outputs", "run: [echo, '3']\noutputs: { n: int(stdout.trim()), d: outputs.n > 2 }",
     "finished pass exit=0 {\"n\":3,\"d\":true}"},
    {"outputs_of_a_failure", "run: [sh, -c, 'echo 3; exit 1']\noutputs: { n: int(stdout.trim()) }",
     "finished fail exit=1 {\"n\":3}: exit code 1: 3"},
    {"unreadable_output_of_a_failure", "run: [sh, -c, 'echo x; exit 1']\noutputs: { n: int(stdout.trim()) }",
     "finished fail exit=1 {}: exit code 1: x"},
    {"ensure_holds", "run: [echo, '3']\noutputs: { n: int(stdout.trim()) }\nensure: outputs.n == 3",
     "finished pass exit=0 {\"n\":3} {outputs.n == 3 holds, outputs.n = 3}"},
    {"ensure_misses", "run: [echo, '3']\noutputs: { n: int(stdout.trim()) }\nensure: [outputs.n > 3, outputs.n > 4]",
     "finished fail exit=0 {\"n\":3}: ensure does not hold: outputs.n > 3 (outputs.n = 3) "
     "{outputs.n > 3 misses, outputs.n = 3} {outputs.n > 4 misses, outputs.n = 3}"},
    {"ensure_after_a_failure", "run: [sh, -c, 'exit 2']\nensure: exit_code == 2",
     "finished fail exit=2 {}: exit code 2 {exit_code == 2 holds, exit_code = 2}"},
    {"ensure_has_no_value", "run: ['true']\nensure: outputs.none > 1",
     "error error exit=0 {}: no key 'none' in outputs (r.yaml:7)"},
    {"ensure_is_no_bool", "run: ['true']\nensure: exit_code + 1",
     "error error exit=0 {}: 'ensure' must give bool, this gives int (r.yaml:7)"},
    {"ensure_observes_nothing", "run: ['true']\nensure: 1 == 2",
     "finished fail exit=0 {}: ensure does not hold: 1 == 2 {1 == 2 misses, }"},
    {"strays_are_remarked", "run: [sh, -c, 'setsid sleep 60 >/dev/null 2>&1 & :']",
     "finished pass exit=0 {}: it left 1 process behind; they were ended"},
    {"strays_of_a_failure", "run: [sh, -c, 'setsid sleep 60 >/dev/null 2>&1 & exit 4']",
     "finished fail exit=4 {}: exit code 4; it left 1 process behind; they were ended"},
};
INSTANTIATE_TEST_SUITE_P(Steps, PerformRun, testing::ValuesIn(kRuns), test::case_name);

class RunActionTest : public ActionTest {};

TEST_F(RunActionTest, AnUnreadableOutputIsAnErrorWithItsPlace) {
  use_step("run: [echo, garbage]\noutputs: { n: int(stdout.trim()) }");
  const record::StepRecord step = performed();
  EXPECT_EQ(step.status, Status::kError);
  EXPECT_EQ(step.verdict, Verdict::kError);
  EXPECT_THAT(step.reason, testing::HasSubstr("; while reading the output 'n' from what the program printed"));
  EXPECT_THAT(step.reason, testing::EndsWith(" (r.yaml:7)"));
  EXPECT_THAT(names_of(step.evidence), testing::ElementsAre("stdout")) << "what it printed is kept";
}

TEST_F(RunActionTest, OutputsKeepTheirTypesForLaterSteps) {
  use_step("run: [echo, x]\noutputs: { q: quantity('4 GiB'), d: duration('90s'), n: 7 }");
  EXPECT_EQ(performed().verdict, Verdict::kPass);
  EXPECT_EQ(outputs_.member("q")->kind(), expr::Kind::kQuantity);
  EXPECT_EQ(outputs_.member("d")->kind(), expr::Kind::kDuration);
  EXPECT_EQ(outputs_.member("n")->as_int(), 7);
}

TEST_F(RunActionTest, AStopIsACancellation) {
  use_step("run: [sleep, '60']");
  stop_.count = 1;
  const record::StepRecord step = performed();
  EXPECT_EQ(step.status, Status::kCancelled);
  EXPECT_EQ(step.verdict, Verdict::kError);
  EXPECT_EQ(step.reason, "stopped on request");
}

TEST_F(RunActionTest, AJournalThatCannotBeWrittenEndsTheRun) {
  use_step("run: ['true']");
  StepContext context = this->context();
  const auto done = [&] {
    const FullDisk full(20);
    return finish(perform(context));
  }();
  ASSERT_FALSE(done);
  EXPECT_TRUE(ends_the_run(done.error()));
  EXPECT_EQ(done.error().code, Code::kJournal);
}

TEST_F(RunActionTest, FactsAreCollectedKeptAndRead) {
  use_step("facts: true\noutputs: { threads: facts.cpu.threads, same: facts.cpu.threads == facts.cpu.threads }");
  const record::StepRecord step = performed();
  EXPECT_EQ(step.verdict, Verdict::kPass) << step.reason;
  EXPECT_EQ(step.action, "facts");
  EXPECT_GT(step.outputs["threads"], 0);
  EXPECT_THAT(names_of(step.evidence), testing::ElementsAre("facts.json"));
  record::RunRecord run;
  run.folder = writer_.folder();
  const auto bytes = record::read_evidence(run, step.evidence[0]);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(Json::parse(*bytes)["format"], "assay.facts/1");
  EXPECT_EQ(journal("started").size(), 1U);
}

TEST_F(RunActionTest, FactsAreJudgedToo) {
  use_step("facts: true\noutputs: { none: 0 }\nensure: [facts.cpu.threads > 0, outputs.none > 1]");
  const record::StepRecord step = performed();
  EXPECT_EQ(step.verdict, Verdict::kFail);
  EXPECT_EQ(step.reason, "ensure does not hold: outputs.none > 1 (outputs.none = 0)");
  EXPECT_EQ(step.criteria.size(), 2U);
}

TEST_F(RunActionTest, APlannedRecordSaysWhatIsKnownBefore) {
  use_test("class: stability\nname: Title\nname_zh: 标题\nproves_zh: 证明\nrun: ['true']\ncriteria: [exit_code == 0]");
  planned_.blocker = false;
  const record::StepRecord step = planned_record(planned_, "local");
  EXPECT_EQ(step.name, "Title");
  EXPECT_EQ(step.extra->name_zh, "标题");
  EXPECT_EQ(step.test_class, "stability");
  EXPECT_EQ(step.hardware, "cpu");
  EXPECT_EQ(step.extra->proves, "p");
  EXPECT_EQ(step.extra->proves_zh, "证明");
  EXPECT_FALSE(step.blocker);
  EXPECT_EQ(step.status, Status::kPending);
  EXPECT_EQ(step.outputs, Json::object());
}

TEST(SetError, JoinsNotesAndThePlace) {
  record::StepRecord step;
  Diagnostic problem{
      .code = Code::kEvaluation,
      .where = SourceSpan{.source = std::make_shared<const SourceText>(SourceText{"a.yaml", ""}), .line = 7},
      .message = "no value",
      .notes = {{.text = "while reading x"}, {.text = "while running y"}}};
  set_error(step, problem);
  EXPECT_EQ(step.reason, "no value; while reading x; while running y (a.yaml:7)");
  EXPECT_EQ(step.status, Status::kError);
  problem.where.reset();
  problem.notes.clear();
  set_error(step, problem);
  EXPECT_EQ(step.reason, "no value");
}

}  // namespace
}  // namespace assay::action
