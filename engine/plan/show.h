// SPDX-License-Identifier: Apache-2.0
// A plan for people and programs. Pure: the same plan gives the same bytes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/plan/plan.h"

namespace assay::plan {

// Seconds that instances took before, by id.
using PastDurations = std::map<std::string, double>;

struct Estimate {
  double seconds = 0;                 // along the critical path, with any number of steps at once
  std::vector<std::size_t> critical;  // the groups that make it, in order
  std::size_t known = 0;              // instances that ran before
  std::size_t of = 0;                 // instances that will run
};
Estimate estimate(const Plan& plan, const PastDurations& past);

recipe::Effect effect_of(const PlannedStep& step);

std::string to_text(const Plan& plan, const PastDurations& past);
Json to_json(const Plan& plan, const PastDurations& past);
// Graphviz.
std::string to_dot(const Plan& plan);

}  // namespace assay::plan
