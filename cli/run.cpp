// SPDX-License-Identifier: Apache-2.0
#include "cli/carry_out.h"
#include "engine/system/spawn.h"

namespace assay::cli {

int run(const Common& common, const RunVerb& verb) {
  auto loaded = plan::load_recipe(verb.recipe);
  complain(common, loaded.problems);
  if (!loaded.value) return kUsageExit;
  auto params = given_params(verb.settings);
  if (!params) {
    complain(common, params.error());
    return kUsageExit;
  }
  const target::LocalTarget target(system::current_environment());
  // Facts cost a moment, so they are collected only for recipes that read them.
  const hardware::Facts facts = plan::needs_facts(*loaded.value) ? facts_for_run(target) : hardware::Facts{};
  plan::PlanInput input{.params = std::move(*params),
                        .facts = &facts,
                        .has_tool = {},
                        .only = verb.settings.only,
                        .skip = verb.settings.skip};
  input.has_tool = [&target](const std::string& tool) { return target.find_tool(tool).has_value(); };
  const auto planned = plan::plan_recipe(*loaded.value, input);
  complain(common, planned.problems);
  if (!planned.plan) return kUsageExit;
  return carry_out(common, verb.settings, *planned.plan, facts, target);
}

}  // namespace assay::cli
