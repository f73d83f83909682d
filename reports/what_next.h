// SPDX-License-Identifier: Apache-2.0
// What a person can do about a run that has not come to its end: the same words in every report and on the terminal.
#pragma once

#include <string>

#include "engine/record/run_record.h"

namespace assay::reports {

struct NextMove {
  const record::QuestionRecord* question = nullptr;  // the first that has no answer; points into the run
  std::string command;                               // to be typed into a shell; empty: nothing is left to do
};

NextMove next_move(const record::RunRecord& run);

// The answers that a question takes, for a command: "true|false", "a|b", "VALUE".
std::string answers_of(const record::QuestionRecord& question);

// A word as a shell reads it: as it is, or in single quotes.
std::string shell_word(const std::string& text);

}  // namespace assay::reports
