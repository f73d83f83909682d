// SPDX-License-Identifier: Apache-2.0
// Recipes written into a fresh folder, then loaded, checked and planned.
#pragma once

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/plan/plan.h"
#include "support/temp_folder.h"

namespace assay::plan {

inline constexpr const char* kRecipeHead =
    "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\n";

class Planning : public testing::Test {
 protected:
  // Another recipe beside the one under test.
  void beside(const std::string& name, const std::string& rest) const { folder_.write(name, kRecipeHead + rest); }
  [[nodiscard]] LoadResult<LoadedRecipe> load(const std::string& rest) const {
    return load_recipe(folder_.write("r.yaml", kRecipeHead + rest));
  }
  // Everything that loading has to say, without the folder's name.
  [[nodiscard]] std::string problems(const std::string& rest) const { return without_folder(load(rest).problems); }
  [[nodiscard]] std::string without_folder(const Diagnostics& problems) const {
    return replace_all(render(problems), folder_.path().string() + "/", "");
  }

  [[nodiscard]] PlanResult plan_of(const std::string& rest, const PlanInput& input = {}) const {
    const auto loaded = load(rest);
    if (!loaded.value) return {.plan = std::nullopt, .problems = loaded.problems};
    return plan_recipe(*loaded.value, input);
  }
  // The plan, which must come about.
  [[nodiscard]] Plan planned(const std::string& rest, const PlanInput& input = {}) const {
    PlanResult result = plan_of(rest, input);
    if (result.plan) return std::move(*result.plan);
    ADD_FAILURE() << render(result.problems);
    return {};
  }

  static std::vector<std::string> ids(const Plan& plan) {
    std::vector<std::string> out;
    for (const PlannedStep& step : plan.steps) out.push_back(step.id);
    return out;
  }
  // "c: a, b" for each group with what it waits for.
  static std::vector<std::string> graph(const Plan& plan) {
    std::vector<std::string> out;
    for (const Group& group : plan.groups) {
      std::vector<std::string> needs;
      for (const std::size_t need : group.needs) needs.push_back(plan.groups[need].id);
      out.push_back(group.id + ": " + join(needs, ", "));
    }
    return out;
  }
  static std::string skip_of(const PlannedStep& step) {
    return step.skip ? step.skip->kind + ": " + step.skip->reason : std::string();
  }
  static hardware::Facts facts_of(const char* json) {
    hardware::Facts facts;
    facts.tree = expr::from_json(Json::parse(json));
    return facts;
  }
  static std::string json_of(const expr::Value& value) { return to_json_line(expr::to_json(value)); }

  test::TempFolder folder_;
};

}  // namespace assay::plan
