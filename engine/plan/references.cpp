// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/references.h"

#include <algorithm>
#include <set>
#include <vector>

#include "engine/plan/plan.h"
#include "engine/recipe/pool_name.h"

namespace assay::plan {
namespace {

using Visit = std::function<void(const expr::Expression&, const SourceSpan&)>;

std::string_view root_of(std::string_view reference) { return reference.substr(0, reference.find('.')); }

void visit_text(const recipe::TextField& field, const Visit& visit) {
  for (const expr::TextPart& part : field.text.parts()) {
    if (part.expression) visit(*part.expression, field.where);
  }
}

void visit_run(const recipe::RunAction& run, const Visit& visit) {
  for (const recipe::TextField& word : run.argv) visit_text(word, visit);
  if (!run.script) return;
  for (const auto& variable : run.script->variables) visit(variable.expression, run.script->where);
}

}  // namespace

void for_each_expression(const recipe::Step& step, const Visit& visit) {
  const auto field = [&](const recipe::ExpressionField& one) { visit(one.expression, one.where); };
  if (step.condition) field(*step.condition);
  if (step.matrix) {
    for (const recipe::Axis& axis : step.matrix->axes) {
      if (axis.list) field(*axis.list);
    }
  }
  for (const recipe::PoolUse& use : step.pools) {
    if (use.name_of_row) visit_text(*use.name_of_row, visit);
  }
  visit_run(step.run, visit);
  if (step.check) {
    visit_run(step.check->run, visit);
    if (step.check->expect) field(*step.check->expect);
  }
  if (step.undo) visit_run(step.undo->run, visit);
  if (step.approve && step.approve->question) visit_text(*step.approve->question, visit);
  if (step.reboot) {
    for (const recipe::TextField& word : step.reboot->command) visit_text(word, visit);
  }
  for (const auto& [name, argument] : step.with) {
    if (const auto* text = std::get_if<recipe::TextField>(&argument)) visit_text(*text, visit);
  }
  for (const auto& [name, text] : step.env) visit_text(text, visit);
  if (step.cwd) visit_text(*step.cwd, visit);
  if (step.stdin_text) visit_text(*step.stdin_text, visit);
  for (const auto& [name, output] : step.outputs) field(output);
  for (const recipe::ExpressionField& one : step.ensure) field(one);
}

bool asks_status(const expr::Expression& expression) {
  const auto& calls = expression.calls();
  return calls.count("success") > 0 || calls.count("failure") > 0 || calls.count("always") > 0;
}

bool known_when_planned(const expr::Expression& expression) {
  if (asks_status(expression)) return false;
  return std::all_of(expression.references().begin(), expression.references().end(), [](const std::string& name) {
    const std::string_view root = root_of(name);
    return root == "params" || root == "facts" || root == "target" || root == "matrix";
  });
}

bool reads_facts(const expr::Expression& expression) {
  const auto& names = expression.references();
  return std::any_of(names.begin(), names.end(), [](const std::string& name) { return root_of(name) == "facts"; });
}

namespace {

bool names_facts(const LoadedRecipe& loaded) {
  if (!loaded.suites.empty()) return true;
  bool found = false;
  for (const FlatStep& flat : flatten(*loaded.recipe)) {
    // Their sizes are facts; what a template gives may be one of them.
    for (const recipe::PoolUse& use : flat.step->pools)
      found = found || use.name_of_row || recipe::is_hardware_pool(use.pool.text);
    for_each_expression(*flat.step, [&](const expr::Expression& expression, const SourceSpan&) {
      found = found || reads_facts(expression);
    });
  }
  for (const auto& [name, output] : loaded.recipe->outputs) found = found || reads_facts(output.expression);
  return found;
}

// What the machine must be again after each boot is what it is now.
bool has_reboot(const LoadedRecipe& loaded) {
  const auto steps = flatten(*loaded.recipe);
  return std::any_of(steps.begin(), steps.end(),
                     [](const FlatStep& flat) { return flat.step->action == recipe::ActionKind::kReboot; });
}

bool any_recipe(const LoadedRecipe& loaded, bool (*holds)(const LoadedRecipe&)) {
  // Each recipe once, however many use it.
  std::vector<const LoadedRecipe*> open = {&loaded};
  std::set<const LoadedRecipe*> seen(open.begin(), open.end());
  while (!open.empty()) {
    const LoadedRecipe& next = *open.back();
    open.pop_back();
    if (holds(next)) return true;
    for (const auto& [step, inner] : next.uses) {
      if (seen.insert(inner.get()).second) open.push_back(inner.get());
    }
  }
  return false;
}

}  // namespace

bool reads_facts(const LoadedRecipe& loaded) { return any_recipe(loaded, names_facts); }
bool needs_facts(const LoadedRecipe& loaded) { return reads_facts(loaded) || any_recipe(loaded, has_reboot); }

}  // namespace assay::plan
