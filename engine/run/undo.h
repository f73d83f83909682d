// SPDX-License-Identifier: Apache-2.0
// Takes back what a run has changed: a run of its own, over every step that changed something, failed or was cut off,
// in the reverse order of their start (semantics 5.4).
#pragma once

#include "engine/plan/plan.h"
#include "engine/record/run_record.h"

namespace assay::run {

// The plan of the undo of `record`, a run of `plan`. A step goes by the name of what it takes back. One that states no
// `undo` is skipped, and its reason says that what it changed stays. With a `check`, one that does not hold any more is
// not undone, and one that still holds afterwards has failed. The first that fails keeps the rest from running: what
// was done before may still be needed.
plan::Plan undo_plan(const plan::Plan& plan, const record::RunRecord& record);

}  // namespace assay::run
