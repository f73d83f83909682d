// SPDX-License-Identifier: Apache-2.0
// What differs between two runs: what was asked for, what it ran on, what came of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/record/run_record.h"

namespace assay::record {

// A value on both sides, as text; empty: that side has none.
struct Difference {
  std::string what;  // "version", "params.duration", "tools.fio", "facts.local.memory.total"
  std::string before;
  std::string after;
};

struct MetricComparison {
  std::string name;
  std::string unit;
  std::string better;
  std::optional<double> before;  // medians
  std::optional<double> after;
  std::optional<double> change;  // relative to `before`: 0.05 is 5 % more
  std::optional<bool> overlap;   // whether the confidence intervals do; nullopt: one is not known
};

// A step of either run; of both where its status, verdict, attempts or metrics may be looked at side by side.
struct StepComparison {
  std::string id;
  const StepRecord* before = nullptr;  // in the records given; nullptr: that run has no such step
  const StepRecord* after = nullptr;
  bool same_result = false;  // both have it, with the same status and verdict
  std::vector<MetricComparison> metrics;
};

struct Comparison {
  std::vector<Difference> recipe;  // name, version, digest, commit
  std::vector<Difference> params;
  std::vector<Difference> tools;
  std::vector<Difference> machine;    // facts that describe hardware and system; not those that are new at every look
  std::vector<StepComparison> steps;  // in the order of `after`, then what only `before` has
};

// The records must outlive the result.
Comparison compare_runs(const RunRecord& before, const RunRecord& after);

}  // namespace assay::record
