// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

extern char** environ;  // NOLINT(readability-redundant-declaration): posix_spawn wants it

namespace assay::test {

// A program beside the test, ended with this object.
class Background {
 public:
  // Starts it, and reads one of its streams until a line that holds `ready`, or its end.
  Background(std::vector<std::string> argv, int stream, const std::string& ready) {
    std::vector<char*> pointers;
    for (std::string& word : argv) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], stream);
    const int started = ::posix_spawnp(&pid_, argv.front().c_str(), &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (started != 0) pid_ = -1;
    output_ = ends[0];
    std::string line;
    for (char byte = 0; line_.empty() && ::read(output_, &byte, 1) == 1;) {
      if (byte != '\n') {
        line += byte;
      } else if (line.find(ready) != std::string::npos) {
        line_ = line;
      } else {
        said_ += std::exchange(line, "") + '\n';
      }
    }
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() {
    ::close(output_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  // The line that said it is ready; empty: it did not come so far.
  [[nodiscard]] const std::string& line() const { return line_; }
  [[nodiscard]] const std::string& said() const { return said_; }  // before that

 private:
  pid_t pid_ = -1;
  int output_ = -1;  // kept open: who writes later must not die of it
  std::string line_;
  std::string said_;
};

}  // namespace assay::test
