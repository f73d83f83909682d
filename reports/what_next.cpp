// SPDX-License-Identifier: Apache-2.0
#include "reports/what_next.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"

namespace assay::reports {

using record::QuestionRecord;
using record::RunRecord;
using record::Status;

std::string shell_word(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-./@:=,+") == std::string::npos;
  return plain ? text : "'" + replace_all(text, "'", "'\\''") + "'";
}

std::string answers_of(const QuestionRecord& question) {
  if (question.type == "bool") return "yes|no";
  if (question.choices.empty()) return "VALUE";
  std::vector<std::string> words;
  for (const std::string& choice : question.choices) words.push_back(shell_word(choice));
  return join(words, "|");
}

NextMove next_move(const RunRecord& run) {
  if (run.status == Status::kFinished || run.status == Status::kError) return {};
  if (run.status == Status::kWaiting) {
    const auto open = std::find_if(run.questions.begin(), run.questions.end(),
                                   [](const QuestionRecord& one) { return !one.answered && one.type != "boot"; });
    if (open != run.questions.end())
      return {&*open, "assay answer " + run.id + " " + shell_word(open->step) + " " + answers_of(*open)};
  }
  return {nullptr, "assay resume " + run.id};
}

}  // namespace assay::reports
