// SPDX-License-Identifier: Apache-2.0
#include "engine/run/session.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace assay::run {

asio::awaitable<record::StepRecord> Session::approve(std::size_t index) {
  const recipe::ApproveAction& action = *plan_.steps[index].step->approve;
  record::StepRecord out = results_[index];
  const record::StepRecord* const before = earlier(index);
  const bool begun = before != nullptr && before->attempts > 0;
  out.attempts = begun ? before->attempts : 1;
  if (!begun) {
    if (auto written = writer_.started(out.id, {}); !written) give_up(written.error());
  }
  const auto question = action::Names(gate_.scope_of(index)).text(*action.question);
  if (!question) {
    action::set_error(out, question.error());
    co_return out;
  }
  record::QuestionRecord asked{.step = out.id,
                               .question = *question,
                               .type = std::string(recipe::to_string(action.answer)),
                               .choices = action.choices};
  const auto answer = co_await ask(index, std::move(asked));
  if (!answer && overdue_.count(index) > 0) {
    out.status = record::Status::kError;
    out.verdict = record::Verdict::kError;
    out.failure = "infrastructure";
    out.reason = "deadline: nobody answered within " + format_duration(*plan_.steps[index].step->deadline);
    co_return out;
  }
  if (!answer) {
    out.status = record::Status::kWaiting;
    co_return out;
  }
  expr::Map outputs;
  outputs.set("answer", answer->answer.is_number_integer() && action.answer == recipe::ParamType::kNumber
                            ? expr::Value::number(answer->answer.get<double>())
                            : expr::from_json(answer->answer));
  outputs.set("who", expr::Value::string(answer->who));
  outputs.set("note", expr::Value::string(answer->note));
  results_.set_outputs(index, expr::Value::map(outputs));
  out.outputs = expr::to_json(expr::Value::map(std::move(outputs)));
  out.status = record::Status::kFinished;
  const bool refused = answer->answer.is_boolean() && !answer->answer.get<bool>();
  out.verdict = refused ? record::Verdict::kFail : record::Verdict::kPass;
  if (refused) {
    out.failure = "business";
    out.reason = answer->who + " said no" + (answer->note.empty() ? "" : ": " + answer->note);
  }
  co_return out;
}

asio::awaitable<std::optional<record::StepRecord>> Session::decide_interrupted(std::size_t index) {
  const Again again = taken_.instances[index];
  if (again != Again::kAsk && again != Again::kFail) co_return std::nullopt;
  record::StepRecord out = results_[index];
  out.attempts = taken_.of[index]->attempts;
  std::string choice = "fail";
  if (again == Again::kAsk) {
    record::QuestionRecord question{
        .step = out.id,
        .question = "'" + out.id +
                    "' destroys what it works on and was cut off: do it again (rerun), take it as done "
                    "(done), or let it fail (fail)?",
        .type = "enum",
        .choices = {"rerun", "done", "fail"}};
    const auto answer = co_await ask(index, std::move(question));
    if (!answer) {
      out.status = record::Status::kWaiting;
      co_return out;
    }
    if (answer->answer.is_string()) choice = answer->answer.get<std::string>();
  }
  if (choice == "rerun") {
    if (co_await return_to_work(index)) co_return std::nullopt;
    out.status = record::Status::kWaiting;
    co_return out;
  }
  if (choice == "done") {
    out.status = record::Status::kFinished;
    out.verdict = record::Verdict::kPass;
    out.change = "changed";
    out.reason = "taken as done by a person after it was cut off";
    co_return out;
  }
  action::set_error(out, {.code = Code::kNotResumable, .message = "it destroys and was cut off; it is not done again"});
  co_return out;
}

bool Session::is_still(const std::map<std::string, record::QuestionRecord>& known,
                       const record::QuestionRecord& question) const {
  const auto before = known.find(question.step);
  return before != known.end() && same_question(before->second, as_written(question));
}

record::QuestionRecord Session::as_written(record::QuestionRecord question) const {
  if (!options_.secrets) return question;
  const secret::Redactor& redactor = options_.secrets->redactor();
  question.question = redactor.redact(std::move(question.question));
  for (std::string& choice : question.choices) choice = redactor.redact(std::move(choice));
  return question;
}

std::optional<record::QuestionRecord> Session::given_answer(const record::QuestionRecord& question) const {
  const auto given = options_.answers.find(question.step);
  if (given == options_.answers.end()) return std::nullopt;
  auto value = parse_answer(question, given->second.text);
  if (!value) return std::nullopt;
  record::QuestionRecord out = question;
  out.answer = std::move(*value);
  out.who = given->second.who;
  out.note = given->second.note;
  out.answered = clock_.wall();
  return out;
}

asio::awaitable<std::optional<record::QuestionRecord>> Session::ask(std::size_t index,
                                                                    record::QuestionRecord question) {
  if (is_still(answers_, question) && fits(question, answers_.at(question.step).answer)) {
    auto known = answers_.extract(question.step);
    co_return std::move(known.mapped());
  }
  question.asked = clock_.wall();
  // One that was asked in an earlier session and has no answer is still open.
  if (!is_still(asked_, question)) {
    auto written = writer_.waiting(question);
    if (written) written = co_await writer_.on_disk();
    if (!written) give_up(written.error());
  }
  tell(Waiting{question});
  if (auto given = given_answer(question)) {
    if (auto written = writer_.answered(*given); !written) give_up(written.error());
    tell(Answered{*given});
    co_return given;
  }
  results_[index].status = record::Status::kWaiting;
  scheduler_.lend_job(index);
  machine_.leave(index);  // others need not wait for a person
  ++waiting_;
  record::QuestionRecord in_journal = as_written(question);
  asio::steady_timer deadline(loop_);
  watch_deadline(index, deadline);
  auto waiting = questions_.ask(std::move(question), std::move(in_journal));
  asio::post(loop_, [this] { advance(); });
  auto answer = co_await std::move(waiting);
  --waiting_;
  if (!answer) co_return std::nullopt;
  answer->answered = clock_.wall();
  if (auto written = writer_.answered(*answer); !written) give_up(written.error());
  tell(Answered{*answer});
  co_return answer;
}

void Session::watch_deadline(std::size_t index, asio::steady_timer& timer) {
  const recipe::Step& step = *plan_.steps[index].step;
  if (step.action != recipe::ActionKind::kApprove || !step.deadline) return;
  const Nanoseconds left = std::max(Nanoseconds(0), *step.deadline - worked_before(index));
  timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(left));
  timer.async_wait([this, index](boost::system::error_code error) {
    if (error || finished_ || !questions_.close(results_[index].id)) return;
    overdue_.insert(index);
  });
}

asio::awaitable<void> Session::ask_person() {
  // Whoever is asked has seen what happened before, and it is safe while nobody answers.
  auto written = co_await writer_.on_disk();
  if (!written) give_up(written.error());
  const bool any = co_await questions_.put_to(*options_.person);
  asking_ = false;
  // Otherwise a step goes on, or ends, and looks what can be done then.
  const bool idle = scheduler_.running() == 0 && returning_.empty() && !questions_.is_answered();
  if (!any && idle && !finished_ && stop_requests_ == 0) wait_for_people();
}

asio::awaitable<bool> Session::return_to_work(std::size_t index) {
  if (scheduler_.has_job(index)) co_return true;  // the answer was known: it has not been away
  if (stop_requests_ > 0 || finished_) co_return false;
  asio::steady_timer turn(loop_, asio::steady_timer::time_point::max());
  returning_.emplace(index, &turn);
  scheduler_.take_back(index);
  asio::post(loop_, [this] { advance(); });
  co_await turn.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return scheduler_.has_job(index);
}

void Session::end_returns() {
  for (const auto& [index, turn] : std::exchange(returning_, {})) {
    scheduler_.withdraw(index);
    turn->cancel();
  }
}

}  // namespace assay::run
