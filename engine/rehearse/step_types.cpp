// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/step_types.h"

#include <string>

#include "engine/plan/check.h"

namespace assay::rehearse {

const expr::Type* StepTypes::find(std::string_view group) const {
  const plan::LoadedRecipe* recipe = recipe_.get();
  while (recipe != nullptr) {
    const std::size_t end = group.find('/');  // no value of a row holds one
    if (end == std::string_view::npos) break;
    const std::string_view outer = group.substr(0, end);
    const auto inner = recipe->uses.find(std::string(outer.substr(0, outer.find('['))));
    recipe = inner != recipe->uses.end() ? inner->second.get() : nullptr;
    group.remove_prefix(end + 1);
  }
  if (recipe == nullptr) return nullptr;
  const auto [steps, is_new] = known_.try_emplace(recipe);
  if (is_new) steps->second = plan::steps_type(*recipe->recipe, recipe->uses);
  return steps->second.tag() == expr::Type::Tag::kObject ? steps->second.member(std::string(group)) : nullptr;
}

}  // namespace assay::rehearse
