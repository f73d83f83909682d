// SPDX-License-Identifier: Apache-2.0
#include "cli/carry_out.h"

namespace assay::cli {

int plan(const Common& common, const PlanVerb& verb) {
  const auto loaded = plan::load_recipe(verb.recipe);
  complain(common, loaded.problems);
  if (!loaded.value) return kUsageExit;
  return plan_and_show(common, verb, plan::needs_facts(*loaded.value),
                       [&](const plan::PlanInput& input) { return plan::plan_recipe(*loaded.value, input); });
}

}  // namespace assay::cli
