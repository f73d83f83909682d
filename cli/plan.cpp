// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/carry_out.h"
#include "engine/base/files.h"
#include "engine/plan/saved_plan.h"

namespace assay::cli {

int plan(const Common& common, const PlanVerb& verb) {
  const auto loaded = plan::load_recipe(verb.recipe, verb.settings.overlays);
  complain(common, loaded.problems);
  if (!loaded.value) return kUsageExit;
  const auto wanted = wanted_of(verb.settings, plan::needs_facts(*loaded.value),
                                [&](const plan::PlanInput& input) { return plan::plan_recipe(*loaded.value, input); });
  if (!wanted) {
    complain(common, wanted.error());
    return kUsageExit;
  }
  if (!verb.output) return plan_and_show(common, verb.dot, *wanted);
  return plan_and_show(common, verb.dot, *wanted, [&](const plan::Plan& made) {
    const Json saved = plan::saved_plan(made, *loaded.value,
                                        {.recipe = std::filesystem::absolute(verb.recipe).lexically_normal(),
                                         .overlays = verb.settings.overlays,
                                         .params = wanted->params,
                                         .profile = wanted->profile,
                                         .only = wanted->only,
                                         .skip = wanted->skip});
    if (const auto written = write_file_atomically(*verb.output, to_json_text(saved), 0644); !written) {
      complain(common, written.error());
      return exit_code_of(written.error());
    }
    std::cout << verb.output->string() << ": saved; `assay run --plan " << verb.output->string()
              << "` carries it out\n";
    return 0;
  });
}

}  // namespace assay::cli
