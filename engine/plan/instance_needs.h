// SPDX-License-Identifier: Apache-2.0
// What one instance waits for, by the ids of steps. A step that holds others (`use`, `suite`, with a matrix) is one
// group that waits for all groups inside all its instances; what is inside the others is none of an instance's
// business.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/plan/plan.h"

namespace assay::plan {

// The plan must outlive it. Each group is looked through once. Not shared between threads.
class InstanceNeeds {
 public:
  explicit InstanceNeeds(const Plan& plan) : plan_(plan), outer_(plan.groups.size()) {}

  // What its group waits for outside, then what its own members are, each once.
  [[nodiscard]] std::vector<std::string> of(const PlannedStep& step) const;

 private:
  [[nodiscard]] bool is_inside(std::size_t inner, std::size_t outer) const;
  [[nodiscard]] const std::vector<std::size_t>& outer_needs(std::size_t group) const;

  const Plan& plan_;
  mutable std::vector<std::optional<std::vector<std::size_t>>> outer_;  // of groups that hold others
};

}  // namespace assay::plan
