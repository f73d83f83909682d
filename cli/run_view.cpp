// SPDX-License-Identifier: Apache-2.0
#include "cli/run_view.h"

#include "engine/base/text.h"

namespace assay::cli {
namespace {

// The id without its own row and target: "a[x=1]/b[y=2]@t" -> "a[x=1]/b".
std::string name_of(const std::string& id) {
  const auto slash = id.rfind('/');
  const auto end = id.find_first_of("[@", slash == std::string::npos ? 0 : slash);
  return id.substr(0, end);
}

}  // namespace

RunView::RunView(const record::RunRecord& run) : run_(run) {
  for (const record::StepRecord& step : run.steps) {
    by_id_.emplace(step.id, &step);
    by_name_[name_of(step.id)].push_back(&step);
  }
}

std::vector<const record::StepRecord*> RunView::instances(const std::string& id) const {
  if (const auto one = by_id_.find(id); one != by_id_.end() && name_of(id) != id) return {one->second};
  const auto found = by_name_.find(id);
  return found == by_name_.end() ? std::vector<const record::StepRecord*>{} : found->second;
}

Diagnostic RunView::no_such_step(const std::string& id) const {
  std::vector<std::string> ids;
  for (const record::StepRecord& step : run_.steps) ids.push_back(step.id);
  return {.code = Code::kUnknownStep,
          .message = "the run " + run_.id + " has no step '" + printable(id) + "'",
          .help = did_you_mean(id, ids)};
}

const record::StepRecord* RunView::container(const record::StepRecord& step) const {
  for (auto slash = step.id.rfind('/'); slash != std::string::npos && slash > 0;
       slash = step.id.rfind('/', slash - 1)) {
    const auto found = by_id_.find(step.id.substr(0, slash));
    if (found != by_id_.end()) return found->second;
  }
  return nullptr;
}

const std::vector<const record::StepRecord*>& RunView::needs(const record::StepRecord& step) {
  const auto [place, is_new] = needs_.try_emplace(step.needs);
  if (!is_new) return place->second;
  for (const std::string& id : step.needs) {
    for (const record::StepRecord* need : instances(id)) place->second.push_back(need);
  }
  return place->second;
}

}  // namespace assay::cli
