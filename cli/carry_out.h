// SPDX-License-Identifier: Apache-2.0
// What certify and run have in common: plan for this machine, carry the plan out under the eyes of the terminal, write
// the reports, show the result.
#pragma once

#include <functional>

#include "cli/verbs.h"
#include "engine/plan/plan.h"

namespace assay::cli {

// A plan for this machine, made by the caller from what planning may know.
using MakePlan = std::function<plan::PlanResult(const plan::PlanInput& input)>;

// Reads the parameters, looks at the machine (`with_facts`: they cost a moment), plans, carries out. Mistakes in what
// the user gave end it with 2 before anything starts.
int plan_and_carry_out(const Common& common, const RunSettings& settings, bool with_facts, const MakePlan& make_plan);

// Only shows the plan.
int plan_and_show(const Common& common, const PlanVerb& verb, bool with_facts, const MakePlan& make_plan);

}  // namespace assay::cli
