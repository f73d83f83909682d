// SPDX-License-Identifier: Apache-2.0
// Expressions without a value that planning can already tell: what divides by a parameter that is 0, reads a fact that
// this machine does not have, or an output of a step that is skipped.
#pragma once

#include "engine/plan/plan.h"

namespace assay::plan {

// Names the reason where the expression reads a fact that is not there, and how to do without it. `condition`: it is
// an `if`. Does nothing where that is not why it has no value.
void explain_missing_fact(Diagnostic& problem, const expr::Expression& expression, const hardware::Facts& facts,
                          bool condition);

// Each expression of a step that the run will carry out, as far as its values are known. Each is told once, for the
// first instance where it fails. A step whose `if` is known only later, and what stands in it, is left to the run: the
// `if` may be there to keep it from failing; one whose `if` has no value is left to whoever told that. So are facts
// that tests of suites read: that is the test's result.
void check_values(const Plan& plan, const hardware::Facts* facts, Diagnostics& problems);

}  // namespace assay::plan
