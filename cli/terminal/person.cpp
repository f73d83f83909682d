// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/person.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <iostream>

#include "engine/base/text.h"

namespace assay::cli {
namespace {

// A line of the terminal; nullopt: it was closed, or a signal came: that interrupts the read, and the loop of the run
// sees it afterwards.
std::optional<std::string> read_line() {
  std::string line;
  for (;;) {
    std::array<char, 256> buffer{};
    const ssize_t n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n <= 0) return std::nullopt;  // the end, or a signal came
    line.append(buffer.data(), static_cast<std::size_t>(n));
    if (const auto end = line.find('\n'); end != std::string::npos) return line.substr(0, end);
    if (line.size() > (std::size_t{64} << 10U)) return std::nullopt;
  }
}

}  // namespace

std::string who_is_here() {
  const passwd* const user = ::getpwuid(::getuid());
  std::string out = user != nullptr ? user->pw_name : "uid " + std::to_string(::getuid());
  std::array<char, 128> terminal{};
  if (::ttyname_r(STDIN_FILENO, terminal.data(), terminal.size()) == 0) out += std::string(" on ") + terminal.data();
  return out;
}

std::string wanted_answers(const record::QuestionRecord& question) {
  if (question.type == "bool") return "yes or no";
  if (question.type == "enum") return join(question.choices, ", ");
  if (question.type == "int") return "a whole number";
  if (question.type == "number") return "a number";
  return "text";
}

std::optional<record::QuestionRecord> TerminalPerson::ask(const record::QuestionRecord& question) {
  for (;;) {
    std::cerr << '\n'
              << printable(question.step) << " asks: " << printable(question.question) << "\n["
              << wanted_answers(question) << "; empty: later] " << std::flush;
    const auto line = read_line();
    if (!line || trim(*line).empty()) {
      std::cerr << '\n';
      return std::nullopt;
    }
    const auto value = run::parse_answer(question, std::string(trim(*line)));
    if (value) {
      record::QuestionRecord out = question;
      out.answer = *value;
      out.who = who_is_here();
      return out;
    }
    std::cerr << render(value.error());
  }
}

}  // namespace assay::cli
