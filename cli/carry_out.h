// SPDX-License-Identifier: Apache-2.0
// What certify and run have in common: carry out a plan under the eyes of the terminal, write the reports, show the
// result.
#pragma once

#include "cli/verbs.h"
#include "engine/plan/plan.h"
#include "engine/target/local_target.h"

namespace assay::cli {

// Parameters from --params and -p, the latter last.
Result<std::vector<recipe::GivenParam>> given_params(const RunSettings& settings);

// Facts now, with a word to the person who waits.
hardware::Facts facts_for_run(const target::LocalTarget& target);

int carry_out(const Common& common, const RunSettings& settings, const plan::Plan& plan, const hardware::Facts& facts,
              const target::LocalTarget& target);

}  // namespace assay::cli
