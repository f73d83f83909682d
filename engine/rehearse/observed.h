// SPDX-License-Identifier: Apache-2.0
// What came of a rehearsal, read back from its record, and the names that `that` sees of it.
#pragma once

#include "engine/expr/expression.h"
#include "engine/plan/plan.h"
#include "engine/record/run_record.h"
#include "engine/rehearse/script.h"
#include "engine/rehearse/step_types.h"

namespace assay::rehearse {

struct Observed {
  const plan::Plan& plan;
  const StepTypes& steps;
  const hardware::Facts& facts;
  const record::RunRecord& run;
  const Script& script;
};

// The types of `steps`, `verdict`, `exit_code`, `params`, `facts` and `plan`.
expr::Declarations names_of(const plan::Plan& plan, const StepTypes& steps);
// Their values. `observed` must outlive the result.
expr::Activation values_of(const Observed& observed);

// The steps that an id of the file means: one instance, or all of a step. Empty: there is none.
std::vector<std::size_t> instances_of(const plan::Plan& plan, const std::string& id);

// An output as the recipe's expression gave it: a record knows no durations, times and optionals.
expr::Value output_of(const Json& recorded, const expr::Type& type);

}  // namespace assay::rehearse
