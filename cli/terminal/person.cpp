// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/person.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>

#include "engine/base/text.h"

namespace assay::cli {
namespace asio = boost::asio;

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

asio::awaitable<std::optional<record::QuestionRecord>> TerminalPerson::ask(const record::QuestionRecord& question) {
  withdrawn_ = false;
  for (;;) {
    std::cerr << '\n'
              << printable(question.step) << " asks: " << printable(question.question) << "\n["
              << wanted_answers(question) << "; empty: later] " << std::flush;
    const auto line = co_await read_line();
    if (!line || trim(*line).empty()) {
      std::cerr << '\n';
      co_return std::nullopt;
    }
    const auto value = run::parse_answer(question, std::string(trim(*line)));
    if (value) {
      record::QuestionRecord out = question;
      out.answer = *value;
      out.who = who_is_here();
      co_return out;
    }
    std::cerr << render(value.error());
  }
}

void TerminalPerson::withdraw() {
  withdrawn_ = true;
  if (terminal_ != nullptr) terminal_->cancel();
}

asio::awaitable<std::optional<std::string>> TerminalPerson::read_line() {
  constexpr std::size_t kLongest = std::size_t{64} << 10U;
  const auto loop = co_await asio::this_coro::executor;
  asio::posix::stream_descriptor terminal(loop);
  boost::system::error_code problem;
  const int fd = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  if (fd >= 0) terminal.assign(fd, problem);
  if (fd < 0 || problem) co_return std::nullopt;
  std::string line;
  while (!withdrawn_ && line.size() <= kLongest) {
    terminal_ = &terminal;
    const auto [error] =
        co_await terminal.async_wait(asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
    terminal_ = nullptr;
    if (error || withdrawn_) break;
    std::array<char, 256> buffer{};
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n <= 0) break;
    line.append(buffer.data(), static_cast<std::size_t>(n));
    if (const auto end = line.find('\n'); end != std::string::npos) co_return line.substr(0, end);
  }
  co_return std::nullopt;
}

}  // namespace assay::cli
