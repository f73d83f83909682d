// SPDX-License-Identifier: Apache-2.0
// What can be known wrong before anything runs: names, types and units in every expression, needs, circles, and that
// suites and programmes agree.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/plan/loader.h"

namespace assay::plan {

// `uses`, `suites`: the recipes and suites that its steps name, as far as they could be loaded.
Diagnostics check_recipe(const recipe::Recipe& recipe, const UsedRecipes& uses = {},
                         const std::vector<SuiteInUse>& suites = {});
// What `status` and `verdict` of a step are in expressions: one of the words of the record.
expr::Type status_type();
expr::Type verdict_type();
// The types of a recipe's outputs, for those who use it.
std::vector<std::pair<std::string, expr::Type>> output_types(const recipe::Recipe& recipe, const UsedRecipes& uses);
// What `steps` is to an expression outside all steps of a recipe without mistakes.
expr::Type steps_type(const recipe::Recipe& recipe, const UsedRecipes& uses);
Diagnostics check_suite(const recipe::Suite& suite);
Diagnostics check_programme(const recipe::Programme& programme, const std::vector<SuiteInUse>& suites);

}  // namespace assay::plan
