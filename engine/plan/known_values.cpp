// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/known_values.h"

#include <algorithm>
#include <set>

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/plan/planner.h"
#include "engine/plan/references.h"

namespace assay::plan {
namespace {

using hardware::SteadyFacts;

constexpr std::string_view kFactsPrefix = "facts.";

const expr::Value* now_of(const Plan& plan) { return plan.facts ? &plan.facts->now() : nullptr; }

// Whether its value is more than what the plan's own parameters and the row make of it.
bool tells_more(const PlannedStep& step, const expr::Expression& expression) {
  return step.container || !step.origin->scope.empty() || reads_facts(expression);
}
bool tells_more(const PlannedStep& step, const recipe::TextField& field) {
  return std::any_of(field.text.parts().begin(), field.text.parts().end(),
                     [&](const expr::TextPart& part) { return part.expression && tells_more(step, *part.expression); });
}
bool tells_more(const PlannedStep& step, const recipe::RunAction& run) {
  const auto word = [&](const recipe::TextField& one) { return tells_more(step, one); };
  const auto variable = [&](const auto& one) { return tells_more(step, one.expression); };
  return std::any_of(run.argv.begin(), run.argv.end(), word) ||
         (run.script && std::any_of(run.script->variables.begin(), run.script->variables.end(), variable));
}

// So that "a" "bc" is another than "ab" "c".
void add_part(std::string& out, const std::string& part) { out += std::to_string(part.size()) + ':' + part; }

}  // namespace

bool KnownValues::reads_changing_facts(const expr::Expression& expression) const {
  const auto [known, is_new] = reads_changing_facts_.try_emplace(&expression.impl(), false);
  if (!is_new) return known->second;
  const auto& names = expression.references();
  known->second = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name == "facts" || (name.starts_with(kFactsPrefix) &&
                               SteadyFacts::may_change(std::string_view(name).substr(kFactsPrefix.size())));
  });
  return known->second;
}

bool KnownValues::changes(const PlannedStep& step, const expr::Expression& expression, const expr::Value& now) const {
  for (const std::string& name : step.origin->changing) {
    if (expression.uses_whole("params") || expression.references().count("params." + name) > 0) return true;
  }
  if (!plan_.facts) return false;
  auto row = plan_.facts->without_changing(step.matrix);
  if (!row && !reads_changing_facts(expression)) return false;
  const auto steady = expr::evaluate(
      expression, planning_names(step.origin->params, &plan_.facts->steady(), row ? std::move(*row) : step.matrix));
  return !steady || !expr::equal(*steady, now);
}

bool KnownValues::changes(const PlannedStep& step, const recipe::TextField& field) const {
  return std::any_of(field.text.parts().begin(), field.text.parts().end(), [&](const expr::TextPart& part) {
    if (!part.expression) return false;
    const auto value =
        expr::evaluate(*part.expression, planning_names(step.origin->params, now_of(plan_), step.matrix));
    return value && changes(step, *part.expression, *value);
  });
}

std::optional<std::string> KnownValues::text(const PlannedStep& step, const expr::Expression& expression) const {
  const auto value = expr::evaluate(expression, planning_names(step.origin->params, now_of(plan_), step.matrix));
  auto out = value ? expr::to_text(*value) : std::nullopt;
  if (!out || changes(step, expression, *value)) return std::nullopt;
  return out;
}

std::string KnownValues::text(const PlannedStep& step, const recipe::TextField& field) const {
  std::string out;
  for (const expr::TextPart& part : field.text.parts()) {
    if (!part.expression) {
      out += part.literal;
      continue;
    }
    const auto known = text(step, *part.expression);
    out += known ? *known : "${{ " + std::string(trim(part.expression->text())) + " }}";
  }
  return out;
}

std::string KnownValues::text(const PlannedStep& step, const recipe::RunAction& run) const {
  std::string out;
  for (const recipe::TextField& word : run.argv) add_part(out, text(step, word));
  if (!run.script) return out;
  for (const auto& variable : run.script->variables)
    add_part(out, text(step, variable.expression).value_or("${{" + variable.expression.text()));
  return out;
}

std::vector<std::string> KnownValues::command(const PlannedStep& step) const {
  std::vector<std::string> out;
  const recipe::RunAction& run = step.step->run;
  if (run.script) return {run.bash ? "bash" : "sh", "(script)"};
  if (run.probe) out.push_back("probe " + *run.probe);
  for (const recipe::TextField& word : run.argv) out.push_back(text(step, word));
  return out;
}

expr::Value KnownValues::row(const PlannedStep& step) const {
  auto steady = plan_.facts ? plan_.facts->without_changing(step.matrix) : std::nullopt;
  return steady ? std::move(*steady) : step.matrix;
}

std::vector<std::string> KnownValues::known_later(const PlannedStep& step) const {
  std::set<std::string> out;
  for_each_expression(*step.step, [&](const expr::Expression& expression, const SourceSpan&) {
    const bool decided = step.step->condition && &expression == &step.step->condition->expression;
    for (const std::string& name : expression.references()) {
      const bool fact = !decided && name.starts_with(kFactsPrefix) &&
                        SteadyFacts::does_change(std::string_view(name).substr(kFactsPrefix.size()));
      if (fact || name.starts_with("steps.")) out.insert(name);
    }
  });
  return {out.begin(), out.end()};
}

std::map<std::string, std::string> KnownValues::inputs(const PlannedStep& step) const {
  std::map<std::string, std::string> out;
  const recipe::Step& from = *step.step;
  const auto field = [&](const std::string& name, const recipe::TextField& one) {
    if (tells_more(step, one)) out[name] = sha256_hex(text(step, one));
  };
  const auto run = [&](const std::string& name, const recipe::RunAction& one) {
    if (tells_more(step, one)) out[name] = sha256_hex(text(step, one));
  };
  for (const auto& [name, value] : from.env) field("env." + name.text, value);
  if (from.stdin_text) field("stdin", *from.stdin_text);
  if (from.cwd) field("cwd", *from.cwd);
  if (from.run.script) run("script", from.run);
  if (from.check) run("check", from.check->run);
  if (from.undo) run("undo", from.undo->run);
  if (from.approve && from.approve->question) field("question", *from.approve->question);
  if (from.reboot) run("reboot", recipe::RunAction{.argv = from.reboot->command});
  return out;
}

}  // namespace assay::plan
