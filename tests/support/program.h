// SPDX-License-Identifier: Apache-2.0
// Runs a real program as a user's shell would: through pipes or in a pseudo-terminal, with a clean environment, a time
// limit, and signals or keys at a moment that its output names. Nothing here sleeps.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace assay::test {

struct TerminalSize {
  unsigned short columns = 80;
  unsigned short rows = 24;
};

// Done once the output (either stream) since the last moment holds `after`; an empty `after` is the start.
struct Moment {
  std::string after = {};
  int signal = 0;         // sent to the program itself; 0: none
  std::string keys = {};  // typed into the terminal; "\x03" is Ctrl-C as the terminal's driver sees it
};

struct Invocation {
  std::vector<std::string> argv;  // argv[0] with a slash is a path, without one it is found on PATH
  std::filesystem::path folder;   // current folder of the program
  std::map<std::string, std::string> environment =
      {};                  // on top of clean_environment(); an empty value removes the name
  std::string input = {};  // all of its stdin; without any, stdin is empty
  std::chrono::milliseconds limit = std::chrono::minutes(1);  // then SIGKILL to its process group
  std::vector<Moment> moments = {};                           // in order
  std::optional<TerminalSize> terminal = {};                  // set: in a pseudo-terminal
};

struct Outcome {
  std::optional<int> exit_code;  // nullopt: ended by `signal`
  std::optional<int> signal;
  bool timed_out = false;
  bool output_left_open = false;    // the program ended while a descendant still held its output
  std::size_t moments_reached = 0;  // how many of Invocation::moments came
  std::string out;                  // stdout; in a terminal everything, as the terminal got it
  std::string err;                  // stderr; empty in a terminal
  std::string transcript;           // both streams in the order of their arrival
  std::chrono::nanoseconds elapsed{0};

  // For failure messages: what was run and what came of it.
  [[nodiscard]] std::string describe(const Invocation& invocation) const;
};

// PATH of the system, C.UTF-8, UTC, HOME, TMPDIR and the locks of the machine in `folder`; what sanitizers need is
// passed on.
std::map<std::string, std::string> clean_environment(const std::filesystem::path& folder);

// Throws where the test itself cannot work (no pipe, no process). A program that does not start ends with 127.
Outcome run_program(const Invocation& invocation);

}  // namespace assay::test
