// SPDX-License-Identifier: Apache-2.0
// What a run covered: which tests ran, which did not and why, by hardware area and class. The same numbers stand in
// report.json and on the page.
#pragma once

#include <string>
#include <vector>

#include "engine/record/run_record.h"

namespace assay::reports {

using StepList = std::vector<const record::StepRecord*>;

[[nodiscard]] bool is_test(const record::StepRecord& step);
// The tests of the run in plan order; all its steps when it has no tests.
[[nodiscard]] StepList judged_steps(const record::RunRecord& run);
// The steps around the tests; none when the run has no tests.
[[nodiscard]] StepList other_steps(const record::RunRecord& run);

// Finished or failed to be carried out, but not skipped and not left undone.
[[nodiscard]] bool was_tried(const record::StepRecord& step);
// Not settled when the record ends.
[[nodiscard]] bool is_unfinished(const record::StepRecord& step);
// "not_applicable", "not_possible", "not_selected", "condition", "needs", "unfinished", or "other".
[[nodiscard]] std::string kind_of_skip(const record::StepRecord& step);

struct CoverageArea {
  std::string hardware;    // empty for steps that are no tests
  std::string test_class;  // empty for steps that are no tests
  StepList steps;
  StepList skipped;  // those of `steps` that did not run
};

struct Coverage {
  std::size_t tests = 0;
  std::size_t ran = 0;
  std::vector<CoverageArea> areas;  // areas in the order of their first test; functional, performance, stability within
};

Coverage coverage_of(const record::RunRecord& run);

// "functional", "performance", "stability", then any other, then "" for steps.
[[nodiscard]] std::vector<std::string> classes_of(const StepList& steps);

}  // namespace assay::reports
