// SPDX-License-Identifier: Apache-2.0
// What the steps of a recipe say about each other: needs, notifications, pools. Used by the checks only.
#pragma once

#include <vector>

#include "engine/plan/flat.h"
#include "engine/plan/loader.h"

namespace assay::plan {

// Steps that need each other in a circle, with the place of each need.
void check_circles(const std::vector<FlatStep>& steps, Diagnostics& problems);
// The names that `needs`, `notify` and `pool` give.
void check_names(const recipe::Recipe& recipe, const std::vector<FlatStep>& steps, Diagnostics& problems);
// Steps of recipes in use that take more of a pool than the outer recipe, whose size counts, has of it.
void check_pools_inside(const recipe::Recipe& outer, const UsedRecipes& uses, Diagnostics& problems);
// Handlers that are notified when they may have had their turn.
void check_turns(const recipe::Recipe& recipe, const std::vector<FlatStep>& steps, Diagnostics& problems);

}  // namespace assay::plan
