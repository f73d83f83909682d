// SPDX-License-Identifier: Apache-2.0
// What an action gets to do its work. Everything is owned by the run; an action keeps nothing after it returns.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "engine/action/names.h"
#include "engine/action/scratch.h"
#include "engine/base/time.h"
#include "engine/record/run_writer.h"
#include "engine/secret/secrets.h"
#include "engine/system/process.h"

namespace assay::action {

// Told while a step works, for people who wait.
struct Progress {
  std::string what;  // "sample 3 of 6 to 15", "warming up"
  double done = -1;  // share of the step's work, 0 to 1; negative: not known
};

// How many attempts after the first all steps of a run may still make together.
struct RetryBudget {
  std::size_t limit = 0;
  std::size_t spent = 0;
  // Whether there was one left.
  bool take() { return spent < limit && ++spent > 0; }
};

struct StepContext {
  const plan::PlannedStep& planned;
  boost::asio::any_io_executor loop;
  boost::asio::any_io_executor worker;  // for calls that block
  record::RunWriter& writer;
  system::Processes& processes;
  const system::StopRequest& stop;
  const Clock& clock;
  const target::Target& target;
  Scope scope;
  ScratchFolders& scratch;
  std::chrono::nanoseconds grace;
  std::function<void(const Progress&)> progress;
  // Until then, or until a request to stop.
  std::function<boost::asio::awaitable<void>(SteadyTime)> sleep_until = {};
  // An attempt failed and another one follows, after `wait`. It is in the journal already.
  std::function<void(const record::AttemptRecord&, Nanoseconds wait)> attempt_ended = {};
  // A program is about to be started: what it is stands in the record first. `path`: where it is looked for.
  std::function<boost::asio::awaitable<Result<void>>(const std::string& program, const std::string& path)> note_tool =
      {};
  // What the record has of a step that was begun before and has no end: its samples and evidence. May be nullptr.
  const record::StepRecord* earlier = nullptr;
  const secret::Secrets* secrets = nullptr;  // of the run; nullptr: none were read
  RetryBudget* retries = nullptr;            // of the run; nullptr: no limit
  Nanoseconds worked_before{0};              // at this step, in earlier sessions: its deadline goes on

  // Kept by perform() and what it calls.
  int attempt = 1;                                             // this one; `earlier` counts
  bool attempt_begun = false;                                  // its `started` line is in the journal
  std::optional<record::CountByName> counters = std::nullopt;  // error counters before a test, for the next line
  bool acted = false;                                          // its action was begun, in this attempt or one before
  std::optional<SteadyTime> deadline = std::nullopt;           // of all attempts
  expr::Value outputs = {};                                    // filled by the action: its outputs with their types
};

}  // namespace assay::action
