// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include "cli/terminal/person.h"
#include "cli/verbs.h"
#include "engine/base/text.h"
#include "engine/record/run_lock.h"
#include "engine/record/run_reader.h"
#include "engine/record/run_writer.h"
#include "engine/record/store.h"
#include "engine/run/questions.h"

namespace assay::cli {
namespace {

// The question of that step that nobody has answered.
Result<record::QuestionRecord> open_question(const record::RunRecord& run, const std::string& step) {
  std::vector<std::string> open;
  const record::QuestionRecord* answered = nullptr;
  for (auto question = run.questions.rbegin(); question != run.questions.rend(); ++question) {
    if (question->type == "boot") continue;
    if (question->answered) {
      if (question->step == step && answered == nullptr) answered = &*question;
      continue;
    }
    if (question->step == step) return *question;
    open.push_back(question->step);
  }
  if (run.status == record::Status::kFinished) open.clear();
  if (answered != nullptr) {
    return failure(Diagnostic{.code = Code::kUnknownStep,
                              .message = "'" + step + "' of " + run.id + " has its answer: '" +
                                         record::answer_text(*answered) + "' by " + answered->who,
                              .help = run.status == record::Status::kFinished ? "the run has come to its end"
                                                                              : "go on with: assay resume " + run.id});
  }
  return failure(Diagnostic{.code = Code::kUnknownStep,
                            .message = "no step '" + step + "' of " + run.id + " waits for an answer",
                            .expected = open.empty() ? "nothing waits there" : "one of: " + join(open, ", "),
                            .help = did_you_mean(step, open)});
}

// Whether a person's own words may hold what only the run can find in them: it has read its secrets, this has not.
bool needs_the_run(const record::RunRecord& run, const record::QuestionRecord& answer) {
  return run.header.contains("secrets") && (answer.type == "string" || !answer.note.empty());
}

// Into the journal where nobody writes it now; else beside it, for who does.
Result<std::string> give(const RunPlace& place, const record::RunRecord& seen, const record::QuestionRecord& answer) {
  const SystemClock clock;
  const auto lock = record::RunLock::take(place.store, place.folder.filename().string(), clock);
  if (!lock) {
    if (lock.error().code != Code::kLocked) return failure(lock.error());
    ASSAY_CHECK(run::leave_answer(run::answers_folder(place.store, seen.id), answer));
    return std::string("the run goes on with it now");
  }
  // Read again under the lock: somebody may have answered in between.
  ASSAY_TRY(const record::RunRecord run, record::read_run(seen.folder));
  ASSAY_CHECK(open_question(run, answer.step));
  const std::string next = "go on with: assay resume " + (place.own ? seen.id : place.shown.string());
  if (needs_the_run(run, answer)) {
    ASSAY_CHECK(run::leave_answer(run::answers_folder(place.store, seen.id), answer));
    return "the run takes it when it goes on, and leaves its secrets out; " + next;
  }
  ASSAY_TRY(record::RunWriter writer, record::RunWriter::reopen(run, clock));
  ASSAY_CHECK(writer.answered(answer));
  ASSAY_CHECK(writer.close());
  return next;
}

}  // namespace

int answer(const Common& common, const AnswerVerb& verb) {
  const auto place = find_run_in_store(common, verb.run);
  if (!place) return give_up(common, place.error());
  const auto run = record::read_run(place->folder);
  if (!run) return give_up(common, run.error());
  auto question = open_question(*run, verb.step);
  if (!question) return give_up(common, question.error());
  const auto value = run::parse_answer(*question, verb.value);
  if (!value) return give_up(common, value.error());
  question->answer = *value;
  question->who = who_is_here();
  question->note = verb.note;
  const auto next = give(*place, *run, *question);
  if (!next) return give_up(common, next.error());
  std::cout << question->step << ": " << printable(verb.value) << "  by " << question->who << '\n' << *next << '\n';
  return 0;
}

}  // namespace assay::cli
