// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/rehearsal.h"

#include "engine/record/run_reader.h"
#include "engine/rehearse/expectations.h"
#include "engine/rehearse/lone_machine.h"
#include "engine/rehearse/machine.h"
#include "engine/rehearse/scripted_world.h"
#include "engine/run/engine.h"
#include "engine/run/questions.h"

namespace assay::rehearse {
namespace {

// As many steps at a time on every machine, so that a case comes out alike everywhere.
constexpr std::size_t kJobs = 16;

// A machine without a script is back after a minute. False: it does not reboot.
bool boot_again(const std::string& step, Script& script, ScriptClock& clock, ScriptedTarget& target) {
  Nanoseconds takes = std::chrono::minutes(1);
  if (script.has(step)) {
    const auto result = script.next(step);
    if (!result || (*result)->exit_code != 0 || (*result)->signal != 0 || !(*result)->not_startable.empty())
      return false;
    takes = (*result)->takes;
  }
  clock.pass_until(clock.passed() + takes);
  target.boot_again();
  return true;
}

// Answers what the script answers.
class ScriptedPerson : public run::Person {
 public:
  explicit ScriptedPerson(Script& script) : script_(script) {}
  boost::asio::awaitable<std::optional<record::QuestionRecord>> ask(const record::QuestionRecord& question) override {
    co_return scripted(question);
  }
  void withdraw() override {}

 private:
  std::optional<record::QuestionRecord> scripted(const record::QuestionRecord& question) {
    if (!script_.has(question.step)) return std::nullopt;
    const auto result = script_.next(question.step);
    if (!result || !(*result)->answer) return std::nullopt;
    auto answer = run::parse_answer(question, *(*result)->answer);
    if (!answer) {
      answer.error().where = (*result)->where;
      script_.refuse(std::move(answer).error());
      return std::nullopt;
    }
    record::QuestionRecord out = question;
    out.answer = std::move(*answer);
    out.who = "test";
    return out;
  }

  Script& script_;
};

void conclude(CaseResult& result, CaseVerdict verdict, Diagnostics problems) {
  if (problems.empty()) return;
  result.verdict = verdict;
  result.problems = std::move(problems);
}

}  // namespace

std::string_view to_string(CaseVerdict verdict) {
  switch (verdict) {
    case CaseVerdict::kPassed: return "passed";
    case CaseVerdict::kFailed: return "failed";
    case CaseVerdict::kWrong: return "wrong";
  }
  return "?";
}

Result<CaseResult> rehearse(const LoadedTest& loaded, const PreparedCase& prepared, const std::filesystem::path& folder,
                            const std::string& assay_version) {
  const recipe::TestCase& test = *prepared.test;
  CaseResult result;
  result.name = test.name;
  const bool refused = !prepared.planned.plan || prepared.planned.plan->not_carried_out.has_errors();
  if (refused || test.expect.problems) {
    conclude(result, CaseVerdict::kFailed, unmet_problems(test, prepared.planned));
    return result;
  }
  const plan::Plan& plan = *prepared.planned.plan;
  Script script(test);
  ScriptClock clock;
  ScriptedWorld world(script, clock, folder.lexically_normal());
  ScriptedTarget target(test, prepared.facts);
  run::RunOptions options{.store = folder / "store",
                          .jobs = kJobs,
                          .command_line = {"assay", "test"},
                          .assay_version = assay_version,
                          .ask_git = false};
  ScriptedPerson person(script);
  options.person = &person;
  options.secrets = secret::Secrets::of_references();
  options.machine = [](const std::string&) { return std::make_unique<LoneMachine>(); };
  ASSAY_TRY(run::RunResult done, run::execute_plan(plan, prepared.facts, target, options, {}, clock, world));
  while (done.reboot && boot_again(done.reboot->asked.step, script, clock, target)) {
    ASSAY_TRY(const record::RunRecord before, record::read_run(done.folder));
    options.resume = {.record = &before, .accepted = {}, .at_boot = true};
    ASSAY_TRY(done, run::execute_plan(plan, prepared.facts, target, options, {}, clock, world));
  }
  if (!done.problem.empty())
    return failure(Code::kJournal, "the rehearsal of '" + test.name + "' ended early: " + done.problem);
  result.exit_code = done.outcome.exit_code;
  result.took = clock.passed();
  result.interrupted = result.exit_code >= 128;
  if (result.interrupted) return result;
  ASSAY_TRY(const record::RunRecord record, record::read_run(done.folder));
  const Observed observed{
      .plan = plan, .steps = loaded.steps, .facts = prepared.facts, .run = record, .script = script};
  // A script that does not fit makes everything after it meaningless; an expectation that does not hold may be why a
  // result was not used.
  conclude(result, CaseVerdict::kWrong, script.problems());
  if (result.verdict == CaseVerdict::kPassed) conclude(result, CaseVerdict::kFailed, unmet(test.expect, observed));
  if (result.verdict == CaseVerdict::kPassed) conclude(result, CaseVerdict::kWrong, unused(test, observed));
  return result;
}

}  // namespace assay::rehearse
