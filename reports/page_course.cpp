// SPDX-License-Identifier: Apache-2.0
// What happened to the run on its way: attempts of a step, resumptions, questions and answers.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "reports/page_parts.h"

namespace assay::reports {

namespace {

using record::AttemptRecord;
using record::QuestionRecord;
using record::ResumeRecord;
using record::StepRecord;

std::string plain_value(const Json& value) {
  return value.is_string() ? value.get<std::string>() : to_json_line(value);
}

Json resumption_row(const Page& page, const ResumeRecord& one) {
  Json redone = Json::array();
  for (const auto& [step, why] : one.redone) {
    if (redone.size() >= kMostEvidence) break;
    redone.push_back({{"step", bounded(step)}, {"why", bounded(why)}});
  }
  const std::size_t left_out = one.redone.size() - redone.size();
  Json changes = Json::array();
  for (std::size_t i = 0; i < std::min(one.changes.size(), kMostEvidence); ++i)
    changes.push_back({{"text", bounded(one.changes[i])}});
  const std::string rest = left_out > 0 ? page.words.counted("more.rows", left_out) : "";
  return {{"time", date_text(one.time)},
          {"redone", std::move(redone)},
          {"nothing", one.redone.empty() ? page.words("course.nothing") : rest},
          {"changes", std::move(changes)}};
}

std::string answer_of(const Page& page, const QuestionRecord& one) {
  if (one.answer.is_boolean()) return page.words(one.answer.get<bool>() ? "course.yes" : "course.no");
  return bounded(plain_value(one.answer));
}

Json question_row(const Page& page, const QuestionRecord& one) {
  return {{"question", bounded(one.question)},
          {"step", bounded(one.step)},
          {"answer", !one.answered ? page.words("course.unanswered") : answer_of(page, one)},
          {"note", bounded(one.note)},
          {"who", bounded(one.who)},
          {"when", date_text(one.answered)}};
}

}  // namespace

Json tries_of(const Page& page, const StepRecord& step) {
  Json list = Json::array();
  if (step.tries.size() < 2) return list;
  for (const AttemptRecord& one : step.tries) {
    if (list.size() >= kMostTries) break;
    const bool cut = one.status == record::Status::kRunning;
    const bool timed = one.started && one.finished;
    list.push_back({{"number", std::to_string(one.number)},
                    {"mark", mark(page, cut ? "unfinished" : tone_of(one.verdict))},
                    {"started", date_text(one.started)},
                    {"took", timed ? page.words.elapsed(record::seconds_between(*one.started, *one.finished)) : "–"},
                    {"reason", cut && one.reason.empty() ? page.words("try.cut") : bounded(one.reason)},
                    {"kind", one.failure.empty() ? "" : page.words.named("try.", one.failure)}});
  }
  return list;
}

void add_course(const Page& page, Json& model) {
  Json resumed = Json::array();
  for (const ResumeRecord& one : page.run.resumed) {
    if (resumed.size() < kMostRows) resumed.push_back(resumption_row(page, one));
  }
  Json questions = Json::array();
  for (const QuestionRecord& one : page.run.questions) {
    if (questions.size() < kMostRows) questions.push_back(question_row(page, one));
  }
  const std::size_t left_out = page.run.resumed.size() - resumed.size() + page.run.questions.size() - questions.size();
  model["has_course"] = !resumed.empty() || !questions.empty();
  model["has_resumed"] = !resumed.empty();
  model["has_questions"] = !questions.empty();
  model["resumed"] = std::move(resumed);
  model["questions"] = std::move(questions);
  model["course_more"] = left_out == 0 ? "" : page.words.counted("more.rows", left_out);
}

}  // namespace assay::reports
