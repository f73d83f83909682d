// SPDX-License-Identifier: Apache-2.0
// What a plan knows of the values in the fields of its steps, as far as they will be the same when it is carried out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/plan/plan.h"

namespace assay::plan {

// The plan must outlive it. Not shared between threads.
class KnownValues {
 public:
  explicit KnownValues(const Plan& plan) : plan_(plan) {}

  // The command; what only the run can know stands as it was written. Empty: the step runs none.
  [[nodiscard]] std::vector<std::string> command(const PlannedStep& step) const;
  // The row without facts that change by themselves (hardware/steady.h).
  [[nodiscard]] expr::Value row(const PlannedStep& step) const;
  // Names whose values only the run gives, sorted: of steps, and of facts that change by themselves.
  [[nodiscard]] std::vector<std::string> known_later(const PlannedStep& step) const;
  // Digests of what the step gives to its command beside the arguments, where facts or parameters of a recipe in use
  // make it: "env.NAME", "stdin", "cwd", "script", "check", "undo", "question", "reboot". What the plan's own
  // parameters and the row make of it is told by those.
  [[nodiscard]] std::map<std::string, std::string> inputs(const PlannedStep& step) const;
  // Whether the value is made of facts that change by themselves.
  [[nodiscard]] bool changes(const PlannedStep& step, const recipe::TextField& field) const;

 private:
  // nullopt: not known, or no text.
  [[nodiscard]] std::optional<std::string> text(const PlannedStep& step, const expr::Expression& expression) const;
  [[nodiscard]] std::string text(const PlannedStep& step, const recipe::TextField& field) const;
  [[nodiscard]] std::string text(const PlannedStep& step, const recipe::RunAction& run) const;
  [[nodiscard]] bool changes(const PlannedStep& step, const expr::Expression& expression, const expr::Value& now) const;
  [[nodiscard]] bool reads_changing_facts(const expr::Expression& expression) const;

  const Plan& plan_;
  mutable std::unordered_map<const expr::Expression::Impl*, bool> reads_changing_facts_;
};

}  // namespace assay::plan
