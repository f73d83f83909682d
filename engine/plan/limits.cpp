// SPDX-License-Identifier: Apache-2.0
// Which bounds of a programme hold for the metrics of a test on this hardware.
#include "engine/plan/planner.h"

namespace assay::plan {

void Planner::add_limits(PlannedStep& step, const recipe::Programme& programme, const expr::Value& params) {
  for (const recipe::Metric& metric : step.step->test->metrics) {
    bool found = false;
    for (const recipe::LimitRule& rule : programme.limits) {
      if (rule.test.text == step.step->id.text && rule.metric.text == metric.name.text)
        found = choose_limit(step, metric, rule, params) || found;
    }
    if (!found) step.unlimited.push_back(metric.name.text);
  }
}

// The first entry whose `when` is true. False: none is.
bool Planner::choose_limit(PlannedStep& step, const recipe::Metric& metric, const recipe::LimitRule& rule,
                           const expr::Value& params) {
  const expr::Activation names = planning_names(params, input_.facts, expr::Value());
  for (const recipe::LimitEntry& entry : rule.entries) {
    if (entry.when) {
      const auto holds = expr::evaluate(entry.when->expression, names);
      if (!holds || !holds->is(expr::Kind::kBool) || !holds->as_bool()) continue;
    }
    PlannedLimit limit{.metric = metric.name.text,
                       .min = bound(entry.min, metric, names),
                       .max = bound(entry.max, metric, names),
                       .source = entry.source};
    if (!limit.min && !limit.max) return false;
    step.limits.push_back(std::move(limit));
    return true;
  }
  return false;
}

std::optional<double> Planner::bound(const std::optional<recipe::ExpressionField>& field, const recipe::Metric& metric,
                                     const expr::Activation& names) {
  if (!field) return std::nullopt;
  const auto value = expr::evaluate(field->expression, names);
  const auto unit = parse_unit(metric.unit);
  if (!value || !unit) {
    if (!value)
      problems_.add(Diagnostic{.code = Code::kBadValue,
                               .where = field->where,
                               .message = "the limit has no value on this machine: " + value.error().message});
    return std::nullopt;
  }
  if (value->is(expr::Kind::kQuantity)) {
    if (comparable(value->as_quantity().unit, *unit)) return value_in(value->as_quantity(), *unit);
    problems_.add({.code = Code::kBadValue,
                   .where = field->where,
                   .message = "the limit is in '" + value->as_quantity().unit.symbol + "', the metric '" +
                              metric.name.text + "' in '" + metric.unit + "'"});
    return std::nullopt;
  }
  if (value->is(expr::Kind::kDouble) && metric.unit == "1") return value->as_double();
  if (value->is(expr::Kind::kInt) && metric.unit == "1") return static_cast<double>(value->as_int());
  problems_.add({.code = Code::kBadValue,
                 .where = field->where,
                 .message = "the limit of '" + metric.name.text + "' has no unit",
                 .expected = "a quantity in " + metric.unit});
  return std::nullopt;
}

}  // namespace assay::plan
