// SPDX-License-Identifier: Apache-2.0
// How lines of a journal become the attempts of a step, for who reads a whole record and who follows a run.
#pragma once

#include <optional>
#include <utility>

#include "engine/record/run_record.h"

namespace assay::record {

// A `started` line without a part: the next attempt begins.
inline void begin_attempt(StepRecord& step, const std::optional<WallTime>& time) {
  ++step.attempts;
  step.tries.push_back({.number = step.attempts, .started = time});
}

// An `attempt` or `finished` line ends the one that runs, if there is one.
inline void end_attempt(StepRecord& step, AttemptRecord attempt, const std::optional<WallTime>& time) {
  if (step.tries.empty() || step.tries.back().status != Status::kRunning) return;
  attempt.number = step.tries.back().number;
  attempt.started = step.tries.back().started;
  attempt.finished = time;
  step.tries.back() = std::move(attempt);
}

// Whether its last attempt came to an end that decides: none that was cut off, stopped or tried again.
inline bool has_result(const StepRecord& step) {
  if (step.tries.empty()) return false;
  const AttemptRecord& last = step.tries.back();
  return !last.tried_again && last.status != Status::kRunning && last.status != Status::kCancelled;
}

}  // namespace assay::record
