// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/plan/planner.h"

namespace assay::plan {

PlanResult plan_programme(const LoadedProgramme& loaded, const PlanInput& input) {
  PlanResult result;
  Planner planner(input, result.problems);
  const recipe::Programme& programme = *loaded.programme;
  planner.plan.kind = "Programme";
  planner.plan.metadata = programme.metadata;
  planner.plan.path = programme.path;
  planner.plan.source = programme.source;
  planner.bind(programme.params, {});
  for (const SuiteInUse& use : loaded.suites) {
    const auto origin = std::make_shared<const Origin>(
        Origin{planner.inner_params(use.suite->params, use.given, planner.plan.params).values,
               {},
               use.suite->path.parent_path()});
    for (const recipe::Step& test : use.suite->tests) {
      planner.begin_group(test.id.text, {});
      PlannedStep& step = planner.plan.steps[planner.add_test(use, test, {}, origin)];
      const auto& names = programme.nonblockers;
      if (std::any_of(names.begin(), names.end(), [&](const recipe::Name& name) { return name.text == test.id.text; }))
        step.blocker = false;
      planner.add_limits(step, programme, planner.plan.params);
    }
  }
  // The last word belongs to the tests that look at what all the others left behind: those that collect facts again.
  std::vector<std::size_t> working;
  for (const PlannedStep& step : planner.plan.steps) {
    if (step.step->action != recipe::ActionKind::kFacts) working.push_back(step.group);
  }
  for (PlannedStep& step : planner.plan.steps) {
    if (step.step->action != recipe::ActionKind::kFacts) continue;
    planner.plan.groups[step.group].needs = working;
    step.order_only = true;
  }
  planner.select();
  planner.collect_tools();
  planner.keep_needed_secrets();
  if (!result.problems.has_errors()) result.plan = std::move(planner.plan);
  return result;
}

}  // namespace assay::plan
