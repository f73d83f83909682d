// SPDX-License-Identifier: Apache-2.0
// Values that a file gives to the parameters of another, checked before planning.
#pragma once

#include <vector>

#include "engine/recipe/model.h"

namespace assay::plan {

// Unknown names with a suggestion; values that do not fit the declared type. `value` nullptr: known only later.
void check_argument(const std::vector<recipe::Param>& params, const recipe::Name& name, const expr::Value* value,
                    Diagnostics& problems);
void check_arguments(const std::vector<recipe::Param>& params, const recipe::Named<recipe::Argument>& arguments,
                     Diagnostics& problems);

}  // namespace assay::plan
