// SPDX-License-Identifier: Apache-2.0
// Where the time of a run went: the chain of steps that decided when it ended. Pure functions over a record.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/record/run_record.h"

namespace assay::record {

// Exact where it matters, and total: times of a record from outside may lie further apart than 64 bits of nanoseconds.
double seconds_between(WallTime from, WallTime to);

// An instance id without its matrix row and its target: the id that `needs` names. "a/b[n=1]@t" -> "a/b".
std::string_view group_id(std::string_view instance);
// The id of the container around an instance, with its row; empty when it has none. "a[n=1]/b[m=2]@t" -> "a[n=1]".
std::string_view container_id(std::string_view instance);

// Steps that took time of their own: started and settled, and not merely holding other steps. Indices into `run.steps`,
// in order of their start, then of the plan.
std::vector<std::size_t> timed_steps(const RunRecord& run);

struct CriticalPath {
  std::vector<std::size_t> steps;  // indices into RunRecord::steps, first to last
  double busy_s = 0;               // what these steps took
  double total_s = 0;              // from the first start to the last end of any step
};

// Walks back from the step that ended last: each step waited for the one of its needs that ended last or, where it
// started clearly later than that, for whatever ended last before it started and made room. Cost: n log n.
CriticalPath critical_path(const RunRecord& run);

}  // namespace assay::record
