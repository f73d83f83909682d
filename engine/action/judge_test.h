// SPDX-License-Identifier: Apache-2.0
// From what a test measured to its verdict (docs/suites.md, coverage rules). Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/plan/plan.h"
#include "engine/record/run_record.h"

namespace assay::action {

// Below this share of the CPU time it should have had, a sample was not ours to judge.
inline constexpr double kNeededCpuShare = 0.95;

// Fills interval, limit, verdict and reason of a measured metric. `interference` says who else used the CPU, or is
// empty.
void judge_metric(record::MetricRecord& metric, const recipe::Metric& declared, const plan::PlannedStep& planned,
                  std::size_t min_samples, const std::string& interference);

// Verdict and reason of the whole test from its metrics, criteria and counters. Nothing judged at all is inconclusive.
void judge_test(record::StepRecord& test);

// Change of each counter that grew.
record::CountByName counter_changes(const std::map<std::string, std::int64_t>& before,
                                    const std::map<std::string, std::int64_t>& after);

}  // namespace assay::action
