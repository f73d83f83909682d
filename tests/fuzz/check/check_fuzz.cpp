// SPDX-License-Identifier: Apache-2.0
// A whole recipe: names and types of its expressions are checked, and what is right is planned and shown, the same each
// time.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/base/json.h"
#include "engine/plan/check.h"
#include "engine/plan/flat.h"
#include "engine/plan/matrix.h"
#include "engine/plan/plan.h"
#include "engine/plan/planner.h"
#include "engine/plan/show.h"

namespace {

using namespace assay;

// A large plan is slow, not wrong.
bool is_small(const recipe::Recipe& recipe) {
  std::size_t rows = 0;
  for (const plan::FlatStep& flat : plan::flatten(recipe)) {
    if (!flat.step->matrix) continue;
    std::size_t product = 1;
    for (const recipe::Axis& axis : flat.step->matrix->axes) {
      if (axis.list) return false;
      product *= axis.values.size();
      if (product > 1000) return false;
    }
    rows += product + flat.step->matrix->include.size();
  }
  return rows < 2000;
}

void make_plan(const plan::LoadedRecipe& loaded) {
  const auto result = plan::plan_recipe(loaded, {});
  render(result.problems);
  if (result.plan.has_value() == result.problems.has_errors()) std::abort();
  if (!result.plan) return;
  const std::string json = to_json_line(plan::to_json(*result.plan, {}));
  plan::to_text(*result.plan, {});
  plan::to_dot(*result.plan);
  const auto again = plan::plan_recipe(loaded, {});
  if (!again.plan || to_json_line(plan::to_json(*again.plan, {})) != json) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  auto read = recipe::read_recipe(text, "fuzz.yaml", "fuzz.yaml");
  const auto& recipe = read.value ? read.value : read.partial;
  if (!recipe) return 0;
  const Diagnostics problems = plan::check_recipe(*recipe);
  render(problems);
  for (const Diagnostic& problem : problems.items()) {
    if (problem.message.empty()) std::abort();
  }
  if (!read.value || problems.has_errors() || !is_small(*read.value)) return 0;
  plan::LoadedRecipe loaded;
  loaded.output_types = plan::output_types(*read.value, {});
  loaded.recipe = std::make_shared<const recipe::Recipe>(std::move(*read.value));
  make_plan(loaded);
  return 0;
}
