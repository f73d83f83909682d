// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/observed.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/plan/check.h"
#include "engine/plan/show.h"
#include "engine/run/outcome.h"

namespace assay::rehearse {
namespace {

using expr::Type;
using expr::Value;
using Tag = expr::Type::Tag;

// What only the record tells of a step, beside what other steps see of it.
Type with_record(const Type& step) {
  if (step.tag() != Tag::kObject) return step;
  std::vector<std::pair<std::string, Type>> members;
  for (const std::string& name : step.member_names()) {
    const Type& member = *step.member(name);
    members.emplace_back(name, name == "instances" ? Type::list(with_record(member.element())) : member);
  }
  members.emplace_back("reason", Type::of(Tag::kString));
  members.emplace_back("attempts", Type::of(Tag::kInt));
  return Type::object(std::move(members));
}

Value text(std::string_view value) { return Value::string(std::string(value)); }

Value outputs_of(const record::StepRecord& step, const Type* type) {
  expr::Map map;
  for (const auto& [name, value] : step.outputs.items()) {
    const Type* member = type != nullptr && type->tag() == Tag::kObject ? type->member(name) : nullptr;
    map.set(name, output_of(value, member != nullptr ? *member : Type::dyn()));
  }
  return Value::map(std::move(map));
}

expr::Map instance_value(const record::StepRecord& step, const Type* type) {
  expr::Map map;
  map.set("status", text(record::to_string(step.status)));
  map.set("verdict", text(record::to_string(step.verdict)));
  map.set("reason", text(step.reason));
  map.set("attempts", Value::integer(step.attempts));
  if (step.exit_code) map.set("exit_code", Value::integer(*step.exit_code));
  const Type* outputs = type != nullptr && type->tag() == Tag::kObject ? type->member("outputs") : nullptr;
  if (step.status != record::Status::kSkipped && step.status != record::Status::kCancelled)
    map.set("outputs", outputs_of(step, outputs));
  return map;
}

// A step with a matrix: the worst of its instances, and each of them.
Value aggregate_value(const Observed& observed, const plan::Group& group, const Type* type) {
  const Type* instances = type != nullptr && type->tag() == Tag::kObject ? type->member("instances") : nullptr;
  const std::span<const record::StepRecord> all(observed.run.steps.data() + group.first, group.count);
  expr::List list;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Value& row = observed.plan.steps[group.first + i].matrix;
    if (row.is(expr::Kind::kNull)) continue;  // stands for a matrix without rows
    expr::Map one = instance_value(all[i], instances != nullptr ? &instances->element() : nullptr);
    one.set("target", text(all[i].target));
    one.set("matrix", row);
    list.push_back(Value::map(std::move(one)));
  }
  const record::Verdict verdict = run::judge_run({all.begin(), all.end()}, run::Interruption::kNone, false).verdict;
  const auto worst =
      std::find_if(all.begin(), all.end(), [&](const record::StepRecord& step) { return step.verdict == verdict; });
  const record::StepRecord& shown = worst != all.end() ? *worst : all.front();
  expr::Map map;
  map.set("status", text(record::to_string(shown.status)));
  map.set("verdict", text(record::to_string(verdict)));
  map.set("reason", text(shown.reason));
  map.set("attempts", Value::integer(shown.attempts));
  map.set("instances", Value::list(std::move(list)));
  return Value::map(std::move(map));
}

Value steps_value(const Observed& observed) {
  expr::Map map;
  for (const plan::Group& group : observed.plan.groups) {
    if (group.count == 0) continue;
    const Type* type = observed.steps.find(group.id);
    const bool one = group.count == 1 && !observed.plan.steps[group.first].step->matrix;
    map.set(group.id, one ? Value::map(instance_value(observed.run.steps[group.first], type))
                          : aggregate_value(observed, group, type));
  }
  return Value::map(std::move(map));
}

}  // namespace

expr::Value output_of(const Json& recorded, const Type& type) {
  if (type.tag() == Tag::kDuration && recorded.is_string()) {
    if (const auto value = parse_duration(recorded.get<std::string>())) return Value::duration(*value);
  }
  if (type.tag() == Tag::kDouble && recorded.is_number()) return Value::number(recorded.get<double>());
  if (type.tag() == Tag::kUint && recorded.is_number_unsigned())
    return Value::unsigned_integer(recorded.get<std::uint64_t>());
  if (type.tag() == Tag::kOptional) {
    return Value::optional(recorded.is_null() ? std::nullopt : std::optional(output_of(recorded, type.element())));
  }
  if (type.tag() == Tag::kTimestamp && recorded.is_string()) {
    if (const auto value = parse_rfc3339(recorded.get<std::string>())) {
      const auto since = value->time_since_epoch();
      const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
      return Value::timestamp(
          {.seconds = seconds.count(), .nanos = static_cast<std::int32_t>((since - seconds).count())});
    }
  }
  return expr::from_json(recorded);
}

expr::Declarations names_of(const plan::Plan& plan, const StepTypes& steps) {
  std::vector<std::pair<std::string, Type>> members;
  for (const plan::Group& group : plan.groups) {
    const Type* known = steps.find(group.id);
    members.emplace_back(group.id, known != nullptr ? with_record(*known) : Type::dyn());
  }
  expr::Declarations names;
  names.variable("steps", Type::object(std::move(members)));
  names.variable("verdict", plan::verdict_type());
  names.variable("exit_code", Type::of(Tag::kInt));
  names.variable("params", Type::dyn());
  names.variable("facts", hardware::facts_type());
  names.variable("plan", Type::dyn());
  return names;
}

expr::Activation values_of(const Observed& observed) {
  expr::Activation names;
  names.variable = [&observed](std::string_view name) -> std::optional<Value> {
    if (name == "steps") return steps_value(observed);
    if (name == "verdict") return text(record::to_string(observed.run.verdict));
    if (name == "exit_code") return Value::integer(observed.run.exit_code);
    if (name == "params") return observed.plan.params;
    if (name == "facts") return observed.facts.tree;
    if (name == "plan") return expr::from_json(plan::to_json(observed.plan, {}));
    return std::nullopt;
  };
  return names;
}

std::vector<std::size_t> instances_of(const plan::Plan& plan, const std::string& id) {
  std::vector<std::size_t> out;
  for (const plan::Group& group : plan.groups) {
    const bool all = group.id == id;
    for (std::size_t i = group.first; i < group.first + group.count; ++i) {
      if (all || plan.steps[i].id == id) out.push_back(i);
    }
  }
  return out;
}

}  // namespace assay::rehearse
