// SPDX-License-Identifier: Apache-2.0
#include "reports/coverage.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace assay::reports {

namespace {

using record::RunRecord;
using record::Status;
using record::StepRecord;
using record::Verdict;

bool has_tests(const RunRecord& run) { return std::any_of(run.steps.begin(), run.steps.end(), is_test); }

StepList select(const RunRecord& run, bool tests) {
  StepList list;
  for (const StepRecord& step : run.steps) {
    if (is_test(step) == tests) list.push_back(&step);
  }
  return list;
}

}  // namespace

bool is_test(const StepRecord& step) { return !step.test_class.empty(); }

StepList judged_steps(const RunRecord& run) { return select(run, has_tests(run)); }

StepList other_steps(const RunRecord& run) { return has_tests(run) ? select(run, false) : StepList{}; }

bool is_unfinished(const StepRecord& step) {
  return !is_settled(step.status) || step.status == Status::kCancelled;
}

bool was_tried(const StepRecord& step) {
  return !is_unfinished(step) && step.status != Status::kSkipped && step.verdict != Verdict::kSkipped;
}

std::string kind_of_skip(const StepRecord& step) {
  if (is_unfinished(step)) return "unfinished";
  constexpr std::array<std::string_view, 5> kKinds{"not_applicable", "not_possible", "not_selected", "condition",
                                                   "needs"};
  const bool known = std::find(kKinds.begin(), kKinds.end(), step.skip_kind) != kKinds.end();
  return known ? step.skip_kind : "other";
}

std::vector<std::string> classes_of(const StepList& steps) {
  std::set<std::string> present;
  for (const StepRecord* step : steps) present.insert(step->test_class);
  std::vector<std::string> ordered;
  for (const char* name : {"functional", "performance", "stability"}) {
    if (present.erase(name) > 0) ordered.emplace_back(name);
  }
  const bool has_steps = present.erase("") > 0;
  ordered.insert(ordered.end(), present.begin(), present.end());
  if (has_steps) ordered.emplace_back();
  return ordered;
}

Coverage coverage_of(const RunRecord& run) {
  Coverage coverage;
  const StepList tests = judged_steps(run);
  std::vector<std::string> hardware;
  std::map<std::pair<std::string, std::string>, CoverageArea> areas;
  for (const StepRecord* test : tests) {
    const auto key = std::pair(test->hardware, test->test_class);
    if (std::find(hardware.begin(), hardware.end(), test->hardware) == hardware.end())
      hardware.push_back(test->hardware);
    CoverageArea& area = areas[key];
    area.hardware = test->hardware;
    area.test_class = test->test_class;
    area.steps.push_back(test);
    ++coverage.tests;
    if (was_tried(*test)) {
      ++coverage.ran;
    } else {
      area.skipped.push_back(test);
    }
  }
  const std::vector<std::string> classes = classes_of(tests);
  for (const std::string& name : hardware) {
    for (const std::string& test_class : classes) {
      if (const auto found = areas.find({name, test_class}); found != areas.end()) {
        coverage.areas.push_back(std::move(found->second));
      }
    }
  }
  return coverage;
}

}  // namespace assay::reports
