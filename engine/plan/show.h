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
  double seconds = 0;                 // until the last one ends, with the pools and places that there are
  std::vector<std::size_t> critical;  // the groups that make it, in order
  std::size_t known = 0;              // instances that ran before
  std::size_t of = 0;                 // instances that will run
};
// `jobs`: steps at the same time; 0: any number. A step that never ran takes what its fellow rows took, or nothing.
Estimate estimate(const Plan& plan, const PastDurations& past, std::size_t jobs = 0);

recipe::Effect effect_of(const PlannedStep& step);

std::string to_text(const Plan& plan, const PastDurations& past, std::size_t jobs = 0);
Json to_json(const Plan& plan, const PastDurations& past, std::size_t jobs = 0);
// Graphviz.
std::string to_dot(const Plan& plan);

}  // namespace assay::plan
