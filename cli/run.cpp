// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "cli/carry_out.h"
#include "engine/base/files.h"
#include "engine/plan/saved_plan.h"

namespace assay::cli {
namespace {

int run_recipe(const Common& common, const RunSettings& settings, const std::filesystem::path& recipe,
               plan::PlanSource source, const Json* saved) {
  const auto loaded = plan::load_recipe(recipe);
  complain(common, loaded.problems);
  if (!loaded.value) return kUsageExit;
  const Wanted wanted{
      .params = std::move(source.params),
      .profile = std::move(source.profile),
      .only = std::move(source.only),
      .skip = std::move(source.skip),
      .facts = plan::needs_facts(*loaded.value),
      .make_plan = [&](const plan::PlanInput& input) { return plan::plan_recipe(*loaded.value, input); }};
  Objections objections;
  if (saved != nullptr)
    objections = [&](const plan::Plan& plan) { return plan::changes_since(*saved, plan, *loaded.value); };
  return plan_and_carry_out(common, settings, wanted, objections);
}

}  // namespace

int run(const Common& common, const RunVerb& verb) {
  const auto give_up = [&](const Diagnostic& problem) {
    complain(common, problem);
    return kUsageExit;
  };
  auto params = given_params(verb.settings);
  if (!params) return give_up(params.error());
  if (!verb.plan) {
    return run_recipe(common, verb.settings, verb.recipe,
                      {.recipe = verb.recipe,
                       .params = std::move(*params),
                       .profile = verb.settings.profile,
                       .only = verb.settings.only,
                       .skip = verb.settings.skip},
                      nullptr);
  }
  if (!params->empty() || !verb.settings.profile.empty() || !verb.settings.only.empty() || !verb.settings.skip.empty())
    return give_up(
        {.code = Code::kUsage, .message = "a saved plan has its parameters and steps: they cannot be given again"});
  const auto text = read_file(*verb.plan, std::size_t{256} << 20U);
  if (!text) return give_up(text.error());
  const auto saved = parse_json(*text, verb.plan->string(), {.bytes = std::size_t{256} << 20U});
  if (!saved) return give_up(saved.error());
  auto source = plan::read_plan_source(*saved);
  if (!source) return give_up(source.error());
  const std::filesystem::path recipe = source->recipe;
  return run_recipe(common, verb.settings, recipe, std::move(*source), &*saved);
}

}  // namespace assay::cli
