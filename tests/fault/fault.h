// SPDX-License-Identifier: Apache-2.0
// Ways to disturb a controller: the preloaded shim (shim.c), and SIGKILL at an instant.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "support/program.h"

namespace assay::test {

// At the `at`-th of `calls` to files whose path holds `files`, do what `action` says (shim.c lists the words).
struct Fault {
  std::string files = "/journal.jsonl";
  std::string calls = "write,sync";
  int at = 1;
  std::string action;
  int error = 0;
};

// Preloads the shim into the program; `fired` is made when it happens.
void preload(Invocation& invocation, const Fault& fault, const std::filesystem::path& fired);

enum class Reach { kController, kEverything };

// Starts the program and kills it after `instant`, alone or with all it started. Returns its exit code when it ended
// before that.
std::optional<int> run_and_kill(const Invocation& invocation, std::chrono::microseconds instant, Reach reach);

// Every process whose environment holds the mark of a step of the run; zombies have none.
std::vector<pid_t> marked_processes(const std::string& run);

// A program under way, its output in files beside nothing: `OUT` in its folder. Killed with everything at the end.
class Running {
 public:
  Running(const Invocation& invocation, const std::filesystem::path& output);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Waits at most so long for its end; true when it has ended.
  bool wait(std::chrono::microseconds time);
  // SIGKILL for it, and with kEverything for its descendants; kill() takes its status as well.
  void send_kill(Reach reach) const;
  void kill(Reach reach);
  // nullopt: it was ended by a signal, or has not ended.
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }

 private:
  pid_t pid_ = -1;
  int handle_ = -1;
  bool ended_ = false;
  std::optional<int> exit_code_;
};

}  // namespace assay::test
