// SPDX-License-Identifier: Apache-2.0
// Starting programs: argv arrays, no shell, posix_spawn. The process is the leader of a group of its own and carries a
// mark in its environment, so that everything it starts can be found again and ended.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/files.h"
#include "engine/base/result.h"

namespace assay::system {

struct ProcessSpec {
  std::vector<std::string> argv;                         // argv[0] is looked up on PATH of `env` unless it has a slash
  std::vector<std::pair<std::string, std::string>> env;  // the whole environment of the child
  std::filesystem::path cwd;                             // empty: ours
  std::string input = {};                                // what the child reads; empty: /dev/null
  std::filesystem::path program = {};                    // the file to start, absolute; empty: what argv[0] names
};

struct SpawnedProcess {
  pid_t pid = -1;
  UniqueFd out;  // our ends of the child's pipes
  UniqueFd err;
};

// The first executable regular file of that name on `path` (colon separated; entries that are not absolute are passed
// over), or `name` itself when it has a slash.
Result<std::filesystem::path> find_program(std::string_view name, std::string_view path);

// Standard input is `input` (in memory, not on a disk) or /dev/null. umask (022), signal mask and signal dispositions
// are the defaults, whatever ours are. Error kNotStartable with the reason: not found, not executable, wrong format,
// argument list too long.
Result<SpawnedProcess> spawn(const ProcessSpec& spec);

// Our own environment as pairs; and one value from pairs, empty when missing.
std::vector<std::pair<std::string, std::string>> current_environment();
std::string_view lookup(const std::vector<std::pair<std::string, std::string>>& env, std::string_view name);

struct Captured {
  int exit_code = 0;  // 128 + signal when killed by one
  int signal = 0;     // 0: ended by itself
  std::string out;
  std::string err;
};

// Runs to the end, blocking this thread. After `deadline` the whole group is killed and the result is kDeadline; output
// beyond `limit` bytes of a stream is an error kTooLarge. For probes and tools of ours; steps run on the loop
// (process.h).
Result<Captured> run_captured(const ProcessSpec& spec, std::chrono::milliseconds deadline,
                              std::size_t limit = 16U << 20U);

}  // namespace assay::system
