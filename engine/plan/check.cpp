// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/check.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/text.h"
#include "engine/hardware/facts.h"

namespace assay::plan {
namespace {

using expr::Type;
using Tag = expr::Type::Tag;

const Type& facts_type() {
  static const Type kType = hardware::facts_type();
  return kType;
}

Type params_type(const std::vector<recipe::Param>& params) {
  std::vector<std::pair<std::string, Type>> members;
  for (const recipe::Param& param : params) members.emplace_back(param.name.text, recipe::type_of(param));
  return Type::object(std::move(members));
}

expr::Declarations common(const std::vector<recipe::Param>& params) {
  expr::Declarations out;
  out.variable("params", params_type(params));
  out.variable("facts", facts_type());
  out.variable("target", Type::object({{"name", Type::of(Tag::kString)}}));
  out.variable("run", Type::object({{"id", Type::of(Tag::kString)}}));
  out.variable("env", Type::map(Type::of(Tag::kString), Type::of(Tag::kString)));
  return out;
}

void declare_results(expr::Declarations& out) {
  out.variable("stdout", Type::of(Tag::kString));
  out.variable("stderr", Type::of(Tag::kString));
  out.variable("exit_code", Type::of(Tag::kInt));
}

class StepChecker {
 public:
  explicit StepChecker(Diagnostics& problems) : problems_(problems) {}

  void check(const recipe::ExpressionField& field, const expr::Declarations& names, std::optional<Tag> wanted,
             std::string_view key) {
    const expr::Checked checked = expr::check(field.expression, names);
    add(checked.problems, field.where);
    if (!checked.type || !wanted || checked.type->tag() == Tag::kDyn || checked.type->tag() == *wanted) return;
    problems_.add({.code = Code::kWrongType,
                   .where = field.where,
                   .message = "'" + std::string(key) + "' must give " + Type::of(*wanted).text() + ", this gives " +
                              checked.type->text()});
  }
  std::optional<Type> type_of(const recipe::ExpressionField& field, const expr::Declarations& names) {
    expr::Checked checked = expr::check(field.expression, names);
    add(checked.problems, field.where);
    return checked.type;
  }
  void check(const recipe::TextField& field, const expr::Declarations& names) {
    add(field.text.check(names).problems, field.where);
  }

 private:
  // A problem whose place is inside a synthetic text gets the place of the field, and says where inside.
  void add(const Diagnostics& found, const SourceSpan& where) {
    for (Diagnostic problem : found.items()) {
      if (!problem.where || problem.where->source->name != where.source->name) problem.where = where;
      problems_.add(std::move(problem));
    }
  }

  Diagnostics& problems_;
};

void check_action(const recipe::Step& step, const expr::Declarations& names, StepChecker& checker) {
  for (const recipe::TextField& word : step.run.argv) checker.check(word, names);
  for (const auto& [name, value] : step.env) checker.check(value, names);
  if (step.cwd) checker.check(*step.cwd, names);
  if (!step.run.script) return;
  for (const recipe::ShellScript::Variable& variable : step.run.script->variables) {
    checker.check(recipe::ExpressionField{variable.expression, step.run.script->where}, names, std::nullopt, "run");
  }
}

// Checks `outputs` in order; each sees those before it. Returns their types.
std::vector<std::pair<std::string, Type>> check_outputs(const recipe::Step& step, const expr::Declarations& names,
                                                        StepChecker& checker) {
  std::vector<std::pair<std::string, Type>> types;
  for (const auto& [name, field] : step.outputs) {
    expr::Declarations with = names;
    with.variable("outputs", Type::object(types));
    types.emplace_back(name.text, checker.type_of(field, with).value_or(Type::dyn()));
  }
  return types;
}

Type step_type(std::vector<std::pair<std::string, Type>> outputs) {
  return Type::object({{"status", Type::of(Tag::kString)},
                       {"verdict", Type::of(Tag::kString)},
                       {"outputs", Type::object(std::move(outputs))},
                       {"exit_code", Type::of(Tag::kInt)}});
}

void check_circles(const recipe::Recipe& recipe, const std::vector<std::vector<std::size_t>>& needs,
                   Diagnostics& problems) {
  enum class Mark : std::uint8_t { kNew, kOpen, kDone };
  std::vector<Mark> marks(recipe.steps.size(), Mark::kNew);
  struct Visit {
    std::size_t step;
    std::size_t next = 0;
  };
  for (std::size_t start = 0; start < recipe.steps.size(); ++start) {
    if (marks[start] != Mark::kNew) continue;
    std::vector<Visit> path = {{start}};
    marks[start] = Mark::kOpen;
    while (!path.empty()) {
      Visit& visit = path.back();
      if (visit.next == needs[visit.step].size()) {
        marks[visit.step] = Mark::kDone;
        path.pop_back();
        continue;
      }
      const std::size_t need = needs[visit.step][visit.next++];
      if (marks[need] == Mark::kNew) {
        marks[need] = Mark::kOpen;
        path.push_back({need});
      } else if (marks[need] == Mark::kOpen) {
        const auto from = std::find_if(path.begin(), path.end(), [&](const Visit& v) { return v.step == need; });
        std::vector<std::string> names;
        for (auto it = from; it != path.end(); ++it) names.push_back(recipe.steps[it->step].id.text);
        names.push_back(recipe.steps[need].id.text);
        problems.add({.code = Code::kCycle,
                      .where = recipe.steps[need].id.where,
                      .message = "steps need each other in a circle: " + join(names, " -> "),
                      .help = "remove one of these needs"});
      }
    }
  }
}

void check_needs(const recipe::Recipe& recipe, Diagnostics& problems) {
  std::vector<std::string> ids;
  for (const recipe::Step& step : recipe.steps) ids.push_back(step.id.text);
  const std::set<std::string> known(ids.begin(), ids.end());
  for (const recipe::Step& step : recipe.steps) {
    if (!step.needs) continue;
    for (const recipe::Name& need : *step.needs) {
      if (known.count(need.text) > 0) continue;
      problems.add({.code = Code::kUnknownStep,
                    .where = need.where,
                    .message = "step '" + step.id.text + "' needs '" + need.text + "', which does not exist",
                    .help = did_you_mean(need.text, ids)});
    }
  }
}

// All steps that are settled before each step starts. Computed only for steps whose expressions name others.
std::set<std::size_t> settled_before(std::size_t step, const std::vector<std::vector<std::size_t>>& needs) {
  std::set<std::size_t> out;
  std::vector<std::size_t> open = needs[step];
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (out.insert(at).second) open.insert(open.end(), needs[at].begin(), needs[at].end());
  }
  return out;
}

void collect_step_references(const expr::Expression& expression, const SourceSpan& where,
                             std::map<std::string, SourceSpan>& out) {
  for (const std::string& path : expression.references()) {
    if (!path.starts_with("steps.")) continue;
    const std::string_view rest = std::string_view(path).substr(6);
    out.emplace(std::string(rest.substr(0, rest.find('.'))), where);
  }
}

std::map<std::string, SourceSpan> step_references(const recipe::Step& step) {
  std::map<std::string, SourceSpan> out;
  const auto text = [&](const recipe::TextField& field) {
    for (const expr::TextPart& part : field.text.parts()) {
      if (part.expression) collect_step_references(*part.expression, field.where, out);
    }
  };
  if (step.condition) collect_step_references(step.condition->expression, step.condition->where, out);
  for (const auto& field : step.run.argv) text(field);
  for (const auto& [name, field] : step.env) text(field);
  if (step.cwd) text(*step.cwd);
  if (step.run.script) {
    for (const auto& variable : step.run.script->variables)
      collect_step_references(variable.expression, step.run.script->where, out);
  }
  for (const auto& [name, field] : step.outputs) collect_step_references(field.expression, field.where, out);
  for (const auto& field : step.ensure) collect_step_references(field.expression, field.where, out);
  return out;
}

void check_order_of_references(const recipe::Recipe& recipe, const std::vector<std::vector<std::size_t>>& needs,
                               Diagnostics& problems) {
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) index.emplace(recipe.steps[i].id.text, i);
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const auto references = step_references(recipe.steps[i]);
    if (references.empty()) continue;
    const auto before = settled_before(i, needs);
    for (const auto& [id, where] : references) {
      const auto found = index.find(id);
      if (found == index.end() || before.count(found->second) > 0) continue;
      problems.add({.code = Code::kNotYetRun,
                    .where = where,
                    .message = "step '" + recipe.steps[i].id.text + "' uses '" + id + "', which may not have run yet",
                    .help = "add '" + id + "' to its needs"});
    }
  }
}

// Names that the expressions of a test see besides the common ones.
void check_test(const recipe::Step& step, const std::vector<recipe::Param>& params, StepChecker& checker) {
  const recipe::TestPart& test = *step.test;
  const expr::Declarations plain = common(params);
  for (const recipe::Requirement& item : test.requires_) {
    if (item.condition) checker.check(*item.condition, plain, Tag::kBool, "if");
  }
  if (test.cpu_threads) checker.check(*test.cpu_threads, plain, Tag::kInt, "threads");
  expr::Declarations action = plain;
  action.variable("scratch", Type::of(Tag::kString));
  action.variable("service", Type::object({{"port", Type::of(Tag::kInt)}}));
  action.variable("probe", Type::object({{"dir", Type::of(Tag::kString)}}));
  check_action(step, action, checker);
  if (test.service) {
    for (const recipe::TextField& word : test.service->argv) checker.check(word, action);
  }
  expr::Declarations results = action;
  declare_results(results);
  auto types = check_outputs(step, results, checker);
  if (step.action == recipe::ActionKind::kFacts) {
    types.emplace_back("facts", facts_type());
    types.emplace_back("identity_changed", Type::list(Type::of(Tag::kString)));
  }
  results.variable("outputs", Type::object(std::move(types)));
  std::vector<std::pair<std::string, Type>> samples;
  for (const recipe::Metric& metric : test.metrics) {
    if (metric.value) checker.check(*metric.value, results, std::nullopt, "value");
    samples.emplace_back(metric.name.text, Type::list(Type::of(Tag::kDouble)));
  }
  results.variable("metrics", Type::object(std::move(samples)));
  for (const recipe::ExpressionField& field : test.criteria) checker.check(field, results, Tag::kBool, "criteria");
}

const recipe::Step* find_test(const std::vector<SuiteInUse>& suites, const std::string& id) {
  for (const SuiteInUse& use : suites) {
    for (const recipe::Step& test : use.suite->tests) {
      if (test.id.text == id) return &test;
    }
  }
  return nullptr;
}

void check_limits(const recipe::Programme& programme, const std::vector<SuiteInUse>& suites,
                  const std::vector<std::string>& ids, Diagnostics& problems) {
  StepChecker checker(problems);
  const expr::Declarations names = common(programme.params);
  for (const recipe::LimitRule& rule : programme.limits) {
    const recipe::Step* test = find_test(suites, rule.test.text);
    if (test == nullptr) {
      problems.add({.code = Code::kUnknownStep,
                    .where = rule.test.where,
                    .message = "a limit names the test '" + rule.test.text + "', which no suite has",
                    .help = did_you_mean(rule.test.text, ids)});
      continue;
    }
    std::vector<std::string> metrics;
    for (const recipe::Metric& metric : test->test->metrics) metrics.push_back(metric.name.text);
    if (std::find(metrics.begin(), metrics.end(), rule.metric) == metrics.end()) {
      problems.add(
          {.code = Code::kUnknownStep,
           .where = rule.test.where,
           .message = "a limit names the metric '" + rule.metric + "', which test '" + rule.test.text + "' has not",
           .expected = "one of: " + join(metrics, ", "),
           .help = did_you_mean(rule.metric, metrics)});
    }
    for (const recipe::LimitEntry& entry : rule.entries) {
      if (entry.when) checker.check(*entry.when, names, Tag::kBool, "when");
      if (entry.min) checker.check(*entry.min, names, std::nullopt, "min");
      if (entry.max) checker.check(*entry.max, names, std::nullopt, "max");
    }
  }
}

}  // namespace

std::vector<std::vector<std::size_t>> resolve_needs(const recipe::Recipe& recipe) {
  std::map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) index.emplace(recipe.steps[i].id.text, i);
  std::vector<std::vector<std::size_t>> out(recipe.steps.size());
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    if (recipe.steps[i].needs) {
      for (const recipe::Name& need : *recipe.steps[i].needs) {
        if (const auto found = index.find(need.text); found != index.end()) out[i].push_back(found->second);
      }
    } else if (recipe.order == recipe::Order::kSequence && i > 0) {
      out[i].push_back(i - 1);
    }
  }
  return out;
}

Diagnostics check_recipe(const recipe::Recipe& recipe) {
  Diagnostics problems;
  StepChecker checker(problems);
  const auto needs = resolve_needs(recipe);
  check_needs(recipe, problems);
  check_circles(recipe, needs, problems);
  // The type of `steps` must be known before any step is checked, so outputs are typed first, with the other steps
  // unknown.
  std::vector<std::pair<std::string, Type>> steps;
  const expr::Declarations base = common(recipe.params);
  for (const recipe::Step& step : recipe.steps) {
    std::vector<std::pair<std::string, Type>> outputs;
    expr::Declarations names = base;
    names.variable("steps", Type::dyn());
    declare_results(names);
    Diagnostics unheard;  // the same problems are reported below, with all names known
    StepChecker silent(unheard);
    if (!step.outputs.empty()) outputs = check_outputs(step, names, silent);
    steps.emplace_back(step.id.text,
                       step.action == recipe::ActionKind::kSuite ? Type::dyn() : step_type(std::move(outputs)));
  }
  expr::Declarations names = base;
  names.variable("steps", Type::object(std::move(steps)));
  expr::Declarations conditions = names;
  for (const char* function : {"success", "failure", "always"}) conditions.function(function, Type::of(Tag::kBool));
  expr::Declarations results = names;
  declare_results(results);
  for (const recipe::Step& step : recipe.steps) {
    if (step.condition) checker.check(*step.condition, conditions, Tag::kBool, "if");
    check_action(step, names, checker);
    const bool has_results = !step.outputs.empty() || !step.ensure.empty();
    if (!has_results) continue;
    expr::Declarations after = results;
    after.variable("outputs", Type::object(check_outputs(step, results, checker)));
    for (const recipe::ExpressionField& field : step.ensure) checker.check(field, after, Tag::kBool, "ensure");
  }
  check_order_of_references(recipe, needs, problems);
  for (const recipe::Step& step : recipe.steps) {
    if (step.run.script && step.run.script->has_pipeline && !step.run.bash) {
      problems.add({.code = Code::kShellPipeline,
                    .severity = Severity::kWarning,
                    .where = step.run.script->where,
                    .message = "a pipeline in sh reports only the last command's result",
                    .help = "add `shell: bash`, which stops at the first failure in a pipeline"});
    }
  }
  return problems;
}

Diagnostics check_suite(const recipe::Suite& suite) {
  Diagnostics problems;
  StepChecker checker(problems);
  for (const recipe::Step& test : suite.tests) check_test(test, suite.params, checker);
  return problems;
}

Diagnostics check_programme(const recipe::Programme& programme, const std::vector<SuiteInUse>& suites) {
  Diagnostics problems;
  std::vector<std::string> ids;
  std::map<std::string, SourceSpan> seen;
  for (const SuiteInUse& use : suites) {
    for (const recipe::Step& test : use.suite->tests) {
      ids.push_back(test.id.text);
      const auto [first, fresh] = seen.emplace(test.id.text, test.id.where);
      if (fresh) continue;
      Diagnostic twice{.code = Code::kDuplicateName,
                       .where = test.id.where,
                       .message = "two suites of the programme have a test '" + test.id.text + "'"};
      twice.notes.push_back({.where = first->second, .text = "the first is here"});
      problems.add(std::move(twice));
    }
  }
  std::set<std::string> expected;
  for (const recipe::Name& name : programme.expected) {
    expected.insert(name.text);
    if (seen.count(name.text) > 0) continue;
    problems.add({.code = Code::kExpectedTests,
                  .where = name.where,
                  .message = "the expected test '" + name.text + "' is in no suite",
                  .help = did_you_mean(name.text, ids)});
  }
  for (const auto& [id, where] : seen) {
    if (expected.count(id) > 0) continue;
    problems.add({.code = Code::kExpectedTests,
                  .where = where,
                  .message = "test '" + id + "' is not among the programme's expected tests",
                  .help = "add it to `expected`"});
  }
  for (const recipe::Name& name : programme.nonblockers) {
    if (seen.count(name.text) > 0) continue;
    problems.add({.code = Code::kUnknownStep,
                  .where = name.where,
                  .message = "nonblocker '" + name.text + "' is in no suite",
                  .help = did_you_mean(name.text, ids)});
  }
  check_limits(programme, suites, ids, problems);
  return problems;
}

}  // namespace assay::plan
