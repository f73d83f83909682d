// SPDX-License-Identifier: Apache-2.0
// The person at the terminal, for questions of a run.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <optional>
#include <string>

#include "engine/run/questions.h"

namespace assay::cli {

// "ann on /dev/pts/3": OS user and terminal, which is who a record names (semantics 7.7).
std::string who_is_here();

class TerminalPerson final : public run::Person {
 public:
  // Asks until the answer fits. An empty line and the end of the input mean: not now.
  boost::asio::awaitable<std::optional<record::QuestionRecord>> ask(const record::QuestionRecord& question) override;
  void withdraw() override;

 private:
  // A line of standard input; nullopt: it was closed, or the question was taken back.
  boost::asio::awaitable<std::optional<std::string>> read_line();

  boost::asio::posix::stream_descriptor* terminal_ = nullptr;  // while a line is waited for
  bool withdrawn_ = false;
};

// "yes or no", "rerun, done or fail": what answers the question.
std::string wanted_answers(const record::QuestionRecord& question);

}  // namespace assay::cli
