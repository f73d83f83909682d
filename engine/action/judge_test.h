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

using Counters = std::map<std::string, std::int64_t>;

record::CountByName without_zeros(const Counters& counters);
// What a test that was cut off counts from when it goes on: as `before` its first start, and from 0 where a counter is
// lower now: a reboot has reset it.
record::CountByName counters_to_go_on_from(const record::CountByName& before, const Counters& now);
// Change of each counter that grew. One that is not in `before` was 0.
record::CountByName counter_changes(const record::CountByName& before, const Counters& after);

}  // namespace assay::action
