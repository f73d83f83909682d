// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "cli/carry_out.h"
#include "engine/base/files.h"

namespace assay::cli {
namespace {

using Objecting = std::function<Diagnostics(const plan::Plan& plan, const plan::LoadedRecipe& loaded)>;

// A run may be taken up again from another folder.
plan::PlanSource absolute(plan::PlanSource source) {
  source.recipe = std::filesystem::absolute(source.recipe).lexically_normal();
  return source;
}

int run_recipe(const Common& common, const RunVerb& verb, const plan::PlanSource& source,
               const Objecting& objecting = {}) {
  auto read = load_for_run(common, source, verb.offline);
  if (!read) return read.error();
  auto loaded = std::make_shared<const plan::LoadedRecipe>(std::move(*read));
  Wanted wanted{.params = source.params,
                .profile = source.profile,
                .only = source.only,
                .skip = source.skip,
                .facts = plan::needs_facts(*loaded),
                .make_plan = [loaded](const plan::PlanInput& input) { return plan::plan_recipe(*loaded, input); },
                .made_from = plan::source_json(*loaded, absolute(source))};
  Objections objections;
  if (objecting) objections = [objecting, loaded](const plan::Plan& plan) { return objecting(plan, *loaded); };
  loaded.reset();  // it is theirs now, and gone when they are
  return plan_and_carry_out(common, verb.settings, std::move(wanted), std::move(objections));
}

int run_saved_plan(const Common& common, const RunVerb& verb) {
  const auto give_up = [&](const Diagnostic& problem) {
    complain(common, problem);
    return kUsageExit;
  };
  const RunSettings& settings = verb.settings;
  if (!settings.params.empty() || settings.params_file || !settings.profile.empty() || !settings.overlays.empty() ||
      !settings.only.empty() || !settings.skip.empty()) {
    return give_up(
        {.code = Code::kUsage, .message = "a saved plan has its parameters and steps: they cannot be given again"});
  }
  const auto text = read_file(*verb.plan, std::size_t{256} << 20U);
  if (!text) return give_up(text.error());
  const auto saved = parse_json(*text, verb.plan->string(), {.bytes = std::size_t{256} << 20U});
  if (!saved) return give_up(saved.error());
  const auto source = plan::read_plan_source(*saved);
  if (!source) return give_up(source.error());
  return run_recipe(common, verb, *source, [&](const plan::Plan& plan, const plan::LoadedRecipe& loaded) {
    return plan::changes_since(*saved, plan, loaded);
  });
}

}  // namespace

int run(const Common& common, const RunVerb& verb) {
  if (verb.plan) return run_saved_plan(common, verb);
  auto params = given_params(verb.settings);
  if (!params) {
    complain(common, params.error());
    return kUsageExit;
  }
  return run_recipe(common, verb,
                    {.recipe = verb.recipe,
                     .overlays = verb.settings.overlays,
                     .params = std::move(*params),
                     .profile = verb.settings.profile,
                     .only = verb.settings.only,
                     .skip = verb.settings.skip});
}

}  // namespace assay::cli
