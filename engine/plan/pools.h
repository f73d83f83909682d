// SPDX-License-Identifier: Apache-2.0
// Pools when a run is planned: names made from rows, sizes of the hardware's. Used by the planners only.
#pragma once

#include "engine/plan/planner.h"

namespace assay::plan {

// Adds the pools that a recipe declares; one of the same name that is there already stays.
void declare_pools(const recipe::Recipe& recipe, Plan& plan);

// Gives `instance` the pools of its step, and the plan those of the machine that it takes from: `cpu` has as many as
// there are threads, a disk and an accelerator one. Problems: hardware that is not there, more than there is, a name
// that is none.
void resolve_pools(PlannedStep& instance, Planner& planner);

}  // namespace assay::plan
