// SPDX-License-Identifier: Apache-2.0
// What of a run that was cut off stays done and what is done again (docs/durable-runs.md). Pure: from the plan and the
// record alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/plan/plan.h"
#include "engine/record/run_record.h"

namespace assay::run {

// What becomes of an instance when the run goes on.
enum class Again : std::uint8_t {
  kDone,   // settled: its result stands
  kFresh,  // never begun
  kRedo,   // begun: done again
  kAsk,    // begun, and it destroys: a person decides
  kFail,   // begun, it destroys, and the recipe says that it then failed
};

struct Taken {
  std::vector<Again> instances;               // by index in the plan
  std::vector<const record::StepRecord*> of;  // what the record has of each; nullptr: nothing
  std::map<std::string, std::string> redone;  // instance -> why
};

using TextById = std::map<std::string, std::string>;

// A step that the record has no line of is fresh; that it came since opens nothing that is done. `taken_back`: steps
// that an undo of the run has taken back, and who: they are to be done again.
Taken take_up(const plan::Plan& plan, const record::RunRecord& record, const TextById& taken_back = {});

// Whether nothing more will come of the step in any session: a step that was stopped is not done.
bool is_done(const record::StepRecord& step);

// Whether the run was cut off before its first line about anything but its plan: nothing was done, and what it knew of
// the machine is not in the record.
bool has_only_plan(const record::RunRecord& record);

// What the plan made now has otherwise than the `planned` lines of the record: steps that came, went or changed.
// The rest of a plan that was not written to its end has not changed.
Diagnostics differences(const plan::Plan& plan, const record::RunRecord& record);

}  // namespace assay::run
