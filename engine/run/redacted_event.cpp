// SPDX-License-Identifier: Apache-2.0
#include "engine/run/redacted_event.h"

#include "engine/record/redacted.h"

namespace assay::run {
namespace {

struct Redact {
  const secret::Redactor& redactor;

  void hide(std::string& text) const { text = redactor.redact(std::move(text)); }
  void hide(record::QuestionRecord& question) const {
    hide(question.question);
    for (std::string& choice : question.choices) hide(choice);
    redactor.redact(question.answer);
    hide(question.note);
  }

  void operator()(RunStarted& event) const {
    auto steps = std::make_shared<Steps>(*event.steps);
    for (record::StepRecord& step : *steps) record::redact_step(step, redactor);
    event.steps = std::move(steps);
  }
  void operator()(StepStarted&) const {}
  void operator()(StepProgress& event) const { hide(event.progress.what); }
  void operator()(StepAttempt& event) const { hide(event.attempt.reason); }
  void operator()(StepFinished& event) const { record::redact_step(event.step, redactor); }
  void operator()(Waiting& event) const { hide(event.question); }
  void operator()(Answered& event) const { hide(event.question); }
  void operator()(Resumed& event) const {
    for (auto& [step, why] : event.resume.redone) hide(why);
    for (std::string& change : event.resume.changes) hide(change);
  }
  void operator()(MachineBusy&) const {}
  void operator()(Stopping&) const {}
  void operator()(RunFinished& event) const { hide(event.problem); }
};

}  // namespace

Event redacted(Event event, const secret::Redactor& redactor) {
  std::visit(Redact{redactor}, event);
  return event;
}

}  // namespace assay::run
