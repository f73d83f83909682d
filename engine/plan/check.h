// SPDX-License-Identifier: Apache-2.0
// What can be known wrong before anything runs: names, types and units in every expression, needs, circles, and that
// suites and programmes agree.
#pragma once

#include <memory>
#include <vector>

#include "engine/plan/loader.h"

namespace assay::plan {

Diagnostics check_recipe(const recipe::Recipe& recipe);
Diagnostics check_suite(const recipe::Suite& suite);
Diagnostics check_programme(const recipe::Programme& programme, const std::vector<SuiteInUse>& suites);

// Indices of the steps that each step needs: those it names, or in a sequence the one before. Unknown names are left
// out.
std::vector<std::vector<std::size_t>> resolve_needs(const recipe::Recipe& recipe);

}  // namespace assay::plan
