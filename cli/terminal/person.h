// SPDX-License-Identifier: Apache-2.0
// The person at the terminal, for questions of a run.
#pragma once

#include <string>

#include "engine/run/questions.h"

namespace assay::cli {

// "ann on /dev/pts/3": OS user and terminal, which is who a record names (semantics 7.7).
std::string who_is_here();

class TerminalPerson final : public run::Person {
 public:
  // Asks until the answer fits. An empty line, the end of the input and Ctrl-C mean: not now.
  std::optional<record::QuestionRecord> ask(const record::QuestionRecord& question) override;
};

// "yes or no", "rerun, done or fail": what answers the question.
std::string wanted_answers(const record::QuestionRecord& question);

}  // namespace assay::cli
