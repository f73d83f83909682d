// SPDX-License-Identifier: Apache-2.0
// What the names in the expressions of one step stand for: params, facts, target, run, env, steps, and what the step
// itself has produced.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "engine/expr/expression.h"
#include "engine/plan/plan.h"
#include "engine/target/target.h"

namespace assay::action {

// The surroundings of a step. Everything is owned by the run and outlives the step.
struct Scope {
  const plan::PlannedStep& planned;
  const hardware::Facts& facts;  // of the start of the run; empty tree when not collected
  const target::Target& target;
  const std::string& run;                                        // its id
  std::function<expr::Value(const std::string& id)> step_value;  // steps.<id>, for settled steps
  expr::Value outputs = {};                                      // of an undo: those of what it takes back; else null
};

class Names {
 public:
  explicit Names(Scope scope) : scope_(std::move(scope)) {}
  // Later additions hide earlier ones, and the surroundings.
  void set(std::string name, expr::Value value);
  // Functions without arguments that only this place knows: success(), failure(), always().
  void set_function(std::string name, expr::Value value);

  [[nodiscard]] Result<expr::Value> evaluate(const expr::Expression& expression) const;
  [[nodiscard]] Result<expr::Value> evaluate(const expr::TemplateText& text) const;
  // A text field as text: numbers, durations and quantities are converted, lists and maps are errors.
  [[nodiscard]] Result<std::string> text(const recipe::TextField& field) const;
  // The values an expression looked at, for people: "outputs.errors = 3, facts.cpu.threads = 2".
  [[nodiscard]] std::string observed(const expr::Expression& expression) const;

 private:
  [[nodiscard]] expr::Activation activation(const std::set<std::string>& references) const;
  [[nodiscard]] std::optional<expr::Value> surrounding(std::string_view name,
                                                       const std::set<std::string>& references) const;
  Scope scope_;
  std::map<std::string, expr::Value, std::less<>> values_;
  std::map<std::string, expr::Value, std::less<>> functions_;
};

}  // namespace assay::action
