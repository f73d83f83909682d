// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/instance_needs.h"

#include <unordered_set>

namespace assay::plan {

// Whether the instances of `inner` stand in an instance of `outer`, however deep.
bool InstanceNeeds::is_inside(std::size_t inner, std::size_t outer) const {
  if (plan_.groups[inner].count == 0) return false;
  for (auto at = plan_.steps[plan_.groups[inner].first].container; at; at = plan_.steps[*at].container) {
    if (plan_.steps[*at].group == outer) return true;
  }
  return false;
}

const std::vector<std::size_t>& InstanceNeeds::outer_needs(std::size_t group) const {
  auto& kept = outer_[group];
  if (kept) return *kept;
  kept.emplace();
  for (const std::size_t need : plan_.groups[group].needs) {
    if (!is_inside(need, group)) kept->push_back(need);
  }
  return *kept;
}

std::vector<std::string> InstanceNeeds::of(const PlannedStep& step) const {
  const recipe::ActionKind action = step.step->action;
  const bool holds = action == recipe::ActionKind::kUse || action == recipe::ActionKind::kSuite;
  std::vector<std::string> out;
  for (const std::size_t need : holds ? outer_needs(step.group) : plan_.groups[step.group].needs)
    out.push_back(plan_.groups[need].id);
  if (!holds) return out;
  std::unordered_set<std::size_t> seen;
  for (const std::size_t member : step.members) {
    const std::size_t group = plan_.steps[member].group;
    if (seen.insert(group).second) out.push_back(plan_.groups[group].id);
  }
  return out;
}

}  // namespace assay::plan
