// SPDX-License-Identifier: Apache-2.0
#include "engine/run/results.h"

#include <algorithm>
#include <numeric>

#include "engine/action/actions.h"
#include "engine/expr/typed_json.h"
#include "engine/plan/instance_needs.h"
#include "engine/run/outcome.h"

namespace assay::run {
namespace {

int badness(record::Status status) {
  switch (status) {
    case record::Status::kError: return 3;
    case record::Status::kCancelled: return 2;
    case record::Status::kSkipped: return 1;
    default: return 0;
  }
}

}  // namespace

Results::Results(const plan::Plan& plan, const std::string& target)
    : plan_(plan), target_(target), outputs_(plan.steps.size()), rows_(plan) {
  records_.reserve(plan.steps.size());
  const plan::InstanceNeeds needs(plan);
  for (const plan::PlannedStep& step : plan.steps) {
    record::StepRecord record = action::planned_record(step, target);
    record.needs = needs.of(step);
    if (step.step->condition) record.extra.edit().condition = step.step->condition->expression.text();
    records_.push_back(std::move(record));
  }
  groups_.resize(plan.groups.size());
  std::iota(groups_.begin(), groups_.end(), 0U);
  std::sort(groups_.begin(), groups_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return plan.groups[a].id < plan.groups[b].id; });
}

std::optional<std::size_t> Results::find(const std::string& instance) const {
  if (instances_.empty()) {
    for (std::size_t i = 0; i < records_.size(); ++i) instances_.emplace(records_[i].id, i);
  }
  const auto found = instances_.find(instance);
  return found != instances_.end() ? std::optional(found->second) : std::nullopt;
}

void Results::set_outputs(std::size_t index, expr::Value outputs) { outputs_[index] = std::move(outputs); }

Json Results::typed_outputs(std::size_t index) const {
  const expr::Value& outputs = outputs_[index];
  if (!outputs.is(expr::Kind::kMap) || outputs.as_map().entries().empty()) return nullptr;
  return expr::typed_json_where_needed(outputs);
}

void Results::read_outputs(std::size_t index, const record::StepRecord& record) {
  if (!record.extra->typed_outputs.is_null()) {
    if (auto value = expr::from_typed_json(record.extra->typed_outputs)) outputs_[index] = std::move(*value);
  } else if (record.outputs.is_object() && !record.outputs.empty()) {
    outputs_[index] = expr::from_json(record.outputs);
  } else if (record.status == record::Status::kFinished) {
    outputs_[index] = expr::Value::map({});
  }
}

expr::Value Results::step_value(const plan::PlannedStep& viewer, const std::string& id) const {
  const std::string wanted = viewer.origin->scope + id;
  const auto found =
      std::lower_bound(groups_.begin(), groups_.end(), wanted,
                       [this](std::uint32_t one, const std::string& name) { return plan_.groups[one].id < name; });
  if (found == groups_.end() || plan_.groups[*found].id != wanted) return expr::Value::map({});
  const plan::Group& group = plan_.groups[*found];
  if (group.count == 1 && !plan_.steps[group.first].step->matrix) return instance_value(group.first);
  if (const auto same = rows_.find(group, viewer)) return instance_value(*same);
  return aggregate_value(group);
}

// status, verdict, exit_code and outputs of a settled instance; a skipped one has no outputs.
expr::Value Results::instance_value(std::size_t index) const {
  expr::Map map;
  const record::StepRecord& step = records_[index];
  map.set("status", expr::Value::string(std::string(record::to_string(step.status))));
  map.set("verdict", expr::Value::string(std::string(record::to_string(step.verdict))));
  if (step.exit_code) map.set("exit_code", expr::Value::integer(*step.exit_code));
  if (const expr::Value& outputs = outputs_[index]; outputs.is(expr::Kind::kMap)) map.set("outputs", outputs);
  return expr::Value::map(std::move(map));
}

expr::Value Results::aggregate_value(const plan::Group& group) const {
  std::vector<record::StepRecord> all;
  expr::List instances;
  for (std::size_t i = group.first; i < group.first + group.count; ++i) {
    all.push_back(records_[i]);
    if (plan_.steps[i].matrix.is(expr::Kind::kNull)) continue;  // stands for a matrix without rows
    expr::Map one = instance_value(i).as_map();
    one.set("target", expr::Value::string(target_));
    one.set("matrix", plan_.steps[i].matrix);
    instances.push_back(expr::Value::map(std::move(one)));
  }
  const auto worst = std::max_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return badness(a.status) < badness(b.status); });
  expr::Map map;
  map.set("status", expr::Value::string(std::string(record::to_string(worst->status))));
  map.set("verdict",
          expr::Value::string(std::string(record::to_string(judge_run(all, Interruption::kNone, false).verdict))));
  map.set("instances", expr::Value::list(std::move(instances)));
  return expr::Value::map(std::move(map));
}

}  // namespace assay::run
