// SPDX-License-Identifier: Apache-2.0
// Whether what came is what the case expects. Pure.
#pragma once

#include "engine/rehearse/observed.h"

namespace assay::rehearse {

// Every expectation that does not hold (R070), at its line, with what came and what was expected.
Diagnostics unmet(const recipe::Expectation& expected, const Observed& observed);

// Of a recipe that is refused, or should be.
Diagnostics unmet_problems(const recipe::TestCase& test, const plan::PlanResult& planned);

// Scripted results that were never used (R072), but for those of steps that are expected not to run.
Diagnostics unused(const recipe::TestCase& test, const Observed& observed);

}  // namespace assay::rehearse
