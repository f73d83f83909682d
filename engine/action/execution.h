// SPDX-License-Identifier: Apache-2.0
// One execution of a step's process: private folder, environment, output and artifacts into evidence. Both plain steps
// and tests are made of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/action/context.h"

namespace assay::action {

struct Execution {
  std::vector<std::string> command;
  system::ProcessExit exit;
  std::string out;  // what expressions see, at most 8 MiB
  std::string err;
  bool out_complete = true;  // false: `out` is only the beginning
  bool err_complete = true;
  std::vector<record::EvidenceRef> evidence;  // stdout, stderr, artifacts
  std::vector<std::string> remarks;           // stray processes, artifacts that could not be kept
  std::string time_limit;                     // that it had: "timeout: it ran longer than 5m"; empty: none
};

struct ExecutionRequest {
  const recipe::RunAction* action = nullptr;    // nullptr: the step's own
  std::string part;                             // of the attempt: "run", "check-before", "sample-3"
  std::string evidence_prefix;                  // "" or "sample-3/"
  std::chrono::nanoseconds default_timeout{0};  // when the step states none; 0: none
  bool artifacts = true;                        // whether the step's artifacts are looked for
};

// Writes the `started` line, runs the process, writes its output lines. The first execution of an attempt waits until
// its line is on the disk. `names` gets stdout, stderr, exit_code and scratch. Errors: an expression without a value, a
// program that cannot be started, output that cannot be kept.
boost::asio::awaitable<Result<Execution>> execute(StepContext& context, const ExecutionRequest& request, Names& names);

// A program named by a relative path with a slash: of the step's `cwd` where it has one, else of the recipe's folder. A
// step's private folder is empty when it begins, and the folder that assay was called in is nobody's. Empty where argv0
// is no such path.
std::filesystem::path own_program(const StepContext& context, const std::string& argv0,
                                  const std::filesystem::path& cwd);
// Notes what is started, unless it lies in the private folder: that is gone afterwards.
boost::asio::awaitable<Result<void>> note_program(StepContext& context, const system::ProcessSpec& spec,
                                                  const std::filesystem::path& folder);

// Evaluates `outputs` into names.outputs and into `outputs`, in order. Output that is only partly in memory must not be
// judged, so a step whose expressions read stdout or stderr beyond 8 MiB is an error. So are outputs that take more
// than 8 MiB of the record, or that a reader of it would refuse.
Result<void> evaluate_outputs(const recipe::Step& step, const Execution& execution, Names& names, expr::Map& outputs);

// The verdict that follows from how the process ended, before any criterion; nullopt: it ended well.
struct Ended {
  record::Status status;
  record::Verdict verdict;
  std::string reason;
  std::string skip_kind;
  std::string failure;  // class of failure (docs/durable-runs.md), empty where it is none
};
std::optional<Ended> judge_exit(const recipe::Step& step, const Execution& execution);

}  // namespace assay::action
