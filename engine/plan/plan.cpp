// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/text.h"
#include "engine/plan/check.h"

namespace assay::plan {
namespace {

// Names that planning can give a value: params, facts, target.
expr::Activation planning_names(const expr::Value& params, const hardware::Facts* facts) {
  expr::Activation names;
  names.variable = [&params, facts](std::string_view name) -> std::optional<expr::Value> {
    if (name == "params") return params;
    if (name == "facts" && facts != nullptr) return facts->tree;
    if (name == "target") {
      expr::Map target;
      target.set("name", expr::Value::string("local"));
      return expr::Value::map(std::move(target));
    }
    return std::nullopt;
  };
  return names;
}

class Planner {
 public:
  Planner(const PlanInput& input, Diagnostics& problems) : input_(input), problems_(problems) {}

  Plan plan;

  // Parameters of a suite: what its user gives, then what the whole run was given under the same name, then defaults.
  expr::Value suite_params(const SuiteInUse& use, const expr::Value& outer) {
    std::vector<recipe::GivenParam> given;
    for (const recipe::Param& param : use.suite->params) {
      if (const expr::Value* value = outer.member(param.name.text))
        given.push_back({param.name.text, *value, std::nullopt});
    }
    given.insert(given.end(), use.given.begin(), use.given.end());
    return expr::Value::map(recipe::bind_params(use.suite->params, given, problems_));
  }

  std::size_t add_test(const SuiteInUse& use, const recipe::Step& test, const std::string& prefix, expr::Value params) {
    PlannedStep step;
    step.id = prefix + test.id.text;
    step.step = std::shared_ptr<const recipe::Step>(use.suite, &test);
    step.params = std::move(params);
    step.base_dir = use.suite->path.parent_path();
    step.blocker = test.test->blocker;
    step.noisy = test.action == recipe::ActionKind::kRun;
    step.skip = reason_to_skip(*test.test, step.params);
    if (!step.skip) step.skip = missing_tool(*test.test);
    plan.steps.push_back(std::move(step));
    return plan.steps.size() - 1;
  }

  void add_limits(PlannedStep& step, const recipe::Programme& programme, const expr::Value& params) {
    for (const recipe::Metric& metric : step.step->test->metrics) {
      bool found = false;
      for (const recipe::LimitRule& rule : programme.limits) {
        if (rule.test.text == step.step->id.text && rule.metric == metric.name.text)
          found = choose_limit(step, metric, rule, params) || found;
      }
      if (!found) step.unlimited.push_back(metric.name.text);
    }
  }

  void select() {
    if (input_.only.empty() && input_.skip.empty()) return;
    const auto matches = [](const std::string& id, const std::vector<std::string>& patterns) {
      return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return pattern == id || (pattern.ends_with('*') && id.starts_with(pattern.substr(0, pattern.size() - 1)));
      });
    };
    std::vector<std::string> ids;
    for (PlannedStep& step : plan.steps) {
      ids.push_back(step.id);
      if (!input_.only.empty() && !matches(step.id, input_.only))
        step.skip = PlannedSkip{"not selected by --only", "not_selected"};
      if (matches(step.id, input_.skip)) step.skip = PlannedSkip{"left out by --skip", "not_selected"};
    }
    for (const auto* patterns : {&input_.only, &input_.skip}) {
      for (const std::string& pattern : *patterns) {
        if (std::any_of(ids.begin(), ids.end(), [&](const std::string& id) { return matches(id, {pattern}); }))
          continue;
        problems_.add({.code = Code::kUnknownStep,
                       .message = "no step is called '" + pattern + "'",
                       .help = did_you_mean(pattern, ids)});
      }
    }
  }

  void collect_tools() {
    std::set<std::string> names;
    for (const PlannedStep& step : plan.steps) {
      if (!step.step->test || step.skip) continue;
      names.insert(step.step->test->tools.begin(), step.step->test->tools.end());
    }
    plan.tools.assign(names.begin(), names.end());
  }

 private:
  std::optional<PlannedSkip> reason_to_skip(const recipe::TestPart& test, const expr::Value& params) const {
    for (const recipe::Requirement& item : test.requires_) {
      if (!item.condition) continue;
      const auto value = expr::evaluate(item.condition->expression, planning_names(params, input_.facts));
      if (value && value->is(expr::Kind::kBool) && value->as_bool()) continue;
      // A fact that could not be read makes the condition undecidable: that is a right or a tool that is missing here.
      const std::string why = value ? item.reason : item.reason + " (" + value.error().message + ")";
      return PlannedSkip{why, std::string(recipe::to_string(item.kind))};
    }
    return std::nullopt;
  }

  std::optional<PlannedSkip> missing_tool(const recipe::TestPart& test) const {
    for (const std::string& tool : test.tools) {
      if (!input_.has_tool || input_.has_tool(tool)) continue;
      std::string package = tool;
      for (const auto& [name, value] : test.packages) {
        if (name.text == tool) package = value;
      }
      return PlannedSkip{"the tool '" + tool + "' is not installed: apt-get install " + package, "not_possible"};
    }
    return std::nullopt;
  }

  // The first entry whose `when` is true. False: none is.
  bool choose_limit(PlannedStep& step, const recipe::Metric& metric, const recipe::LimitRule& rule,
                    const expr::Value& params) {
    const expr::Activation names = planning_names(params, input_.facts);
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

  std::optional<double> bound(const std::optional<recipe::ExpressionField>& field, const recipe::Metric& metric,
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

  const PlanInput& input_;
  Diagnostics& problems_;
};

bool reads_facts(const expr::Expression& expression) {
  const auto& names = expression.references();
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name == "facts" || name.starts_with("facts."); });
}

bool reads_facts(const recipe::TextField& field) {
  return std::any_of(field.text.parts().begin(), field.text.parts().end(),
                     [](const expr::TextPart& part) { return part.expression && reads_facts(*part.expression); });
}

bool reads_facts(const recipe::Step& step) {
  const auto field = [](const auto& item) { return reads_facts(item); };
  const auto named = [](const auto& item) { return reads_facts(item.second); };
  const auto expression = [](const recipe::ExpressionField& item) { return reads_facts(item.expression); };
  const auto named_expression = [](const auto& item) { return reads_facts(item.second.expression); };
  return (step.condition && reads_facts(step.condition->expression)) || (step.cwd && reads_facts(*step.cwd)) ||
         std::any_of(step.run.argv.begin(), step.run.argv.end(), field) ||
         std::any_of(step.env.begin(), step.env.end(), named) ||
         std::any_of(step.ensure.begin(), step.ensure.end(), expression) ||
         std::any_of(step.outputs.begin(), step.outputs.end(), named_expression) ||
         (step.run.script && std::any_of(step.run.script->variables.begin(), step.run.script->variables.end(),
                                         [](const auto& variable) { return reads_facts(variable.expression); }));
}

}  // namespace

bool needs_facts(const LoadedRecipe& loaded) {
  return !loaded.suites.empty() || std::any_of(loaded.recipe->steps.begin(), loaded.recipe->steps.end(),
                                               [](const recipe::Step& step) { return reads_facts(step); });
}

PlanResult plan_recipe(const LoadedRecipe& loaded, const PlanInput& input) {
  PlanResult result;
  Planner planner(input, result.problems);
  const recipe::Recipe& recipe = *loaded.recipe;
  planner.plan.kind = "Recipe";
  planner.plan.metadata = recipe.metadata;
  planner.plan.path = recipe.path;
  planner.plan.source_text = recipe.source->text;
  planner.plan.params = expr::Value::map(recipe::bind_params(recipe.params, input.params, result.problems));
  planner.plan.wants_facts = needs_facts(loaded);
  const auto needs = resolve_needs(recipe);
  // A suite step becomes its tests, then itself: what needs the step waits for all of them.
  std::vector<std::size_t> index(recipe.steps.size());
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const recipe::Step& source = recipe.steps[i];
    std::vector<std::size_t> group;
    for (const SuiteInUse& use : loaded.suites) {
      if (use.step != source.id.text) continue;
      const expr::Value params = planner.suite_params(use, planner.plan.params);
      for (const recipe::Step& test : use.suite->tests)
        group.push_back(planner.add_test(use, test, source.id.text + "/", params));
    }
    PlannedStep step;
    step.id = source.id.text;
    step.step = std::shared_ptr<const recipe::Step>(loaded.recipe, &source);
    step.params = planner.plan.params;
    step.base_dir = recipe.path.parent_path();
    step.groups = group;
    planner.plan.steps.push_back(std::move(step));
    index[i] = planner.plan.steps.size() - 1;
  }
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    PlannedStep& step = planner.plan.steps[index[i]];
    std::vector<std::size_t> outer;
    for (const std::size_t need : needs[i]) outer.push_back(index[need]);
    for (const std::size_t test : step.groups) planner.plan.steps[test].needs = outer;
    step.needs = outer;
    step.needs.insert(step.needs.end(), step.groups.begin(), step.groups.end());
  }
  planner.select();
  planner.collect_tools();
  if (!result.problems.has_errors()) result.plan = std::move(planner.plan);
  return result;
}

PlanResult plan_programme(const LoadedProgramme& loaded, const PlanInput& input) {
  PlanResult result;
  Planner planner(input, result.problems);
  const recipe::Programme& programme = *loaded.programme;
  planner.plan.kind = "Programme";
  planner.plan.metadata = programme.metadata;
  planner.plan.path = programme.path;
  planner.plan.source_text = programme.source->text;
  planner.plan.params = expr::Value::map(recipe::bind_params(programme.params, input.params, result.problems));
  planner.plan.wants_facts = true;
  for (const SuiteInUse& use : loaded.suites) {
    const expr::Value params = planner.suite_params(use, planner.plan.params);
    for (const recipe::Step& test : use.suite->tests) {
      PlannedStep& step = planner.plan.steps[planner.add_test(use, test, {}, params)];
      const auto& names = programme.nonblockers;
      if (std::any_of(names.begin(), names.end(), [&](const recipe::Name& name) { return name.text == test.id.text; }))
        step.blocker = false;
      planner.add_limits(step, programme, planner.plan.params);
    }
  }
  // The last word belongs to the tests that look at what all the others left behind: those that collect facts again.
  std::vector<std::size_t> working;
  for (std::size_t i = 0; i < planner.plan.steps.size(); ++i) {
    if (planner.plan.steps[i].step->action != recipe::ActionKind::kFacts) working.push_back(i);
  }
  for (PlannedStep& step : planner.plan.steps) {
    if (step.step->action != recipe::ActionKind::kFacts) continue;
    step.needs = working;
    step.order_only = true;
  }
  planner.select();
  planner.collect_tools();
  if (!result.problems.has_errors()) result.plan = std::move(planner.plan);
  return result;
}

}  // namespace assay::plan
