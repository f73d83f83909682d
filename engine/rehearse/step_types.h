// SPDX-License-Identifier: Apache-2.0
// What steps are to expressions outside of all steps, those of recipes in use among them.
#pragma once

#include <map>
#include <memory>
#include <string_view>

#include "engine/expr/expression.h"
#include "engine/plan/loader.h"

namespace assay::rehearse {

// Not shared between threads.
class StepTypes {
 public:
  StepTypes() = default;  // of nothing
  explicit StepTypes(std::shared_ptr<const plan::LoadedRecipe> recipe) : recipe_(std::move(recipe)) {}

  // Of a group of a plan: "outer/load", "outer[n=1]/load". nullptr: not known; else as long as this lives.
  [[nodiscard]] const expr::Type* find(std::string_view group) const;

 private:
  std::shared_ptr<const plan::LoadedRecipe> recipe_;
  mutable std::map<const plan::LoadedRecipe*, expr::Type> known_;  // `steps` of a recipe, made when first asked for
};

}  // namespace assay::rehearse
