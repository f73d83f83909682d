// SPDX-License-Identifier: Apache-2.0
// What is known of the rows of a matrix before the run. Used by the check of recipes only.
#pragma once

#include "engine/plan/step_checker.h"

namespace assay::plan {

// The type of a row. Problems: lists that are none or known too late, rows to leave out that are not there, and rows
// that make the same instance, where the file names all values. `names`: what its expressions may name.
expr::Type check_matrix(const recipe::Step& step, StepChecker& checker, const expr::Declarations& names,
                        Diagnostics& problems);

}  // namespace assay::plan
