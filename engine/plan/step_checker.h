// SPDX-License-Identifier: Apache-2.0
// Checks the expressions of one step against declared names. Used by the checks only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/expr/expression.h"
#include "engine/recipe/model.h"

namespace assay::plan {

using Members = std::vector<std::pair<std::string, expr::Type>>;

// Whether secrets may stand in a field (semantics 7.1).
enum class SecretsHere : bool { kNo, kYes };

class StepChecker {
 public:
  explicit StepChecker(Diagnostics& problems) : problems_(problems) {}

  // `wanted`: the type it must give, if one is; `key` names the field.
  void check(const recipe::ExpressionField& field, const expr::Declarations& names,
             std::optional<expr::Type::Tag> wanted, std::string_view key);
  void check(const recipe::TextField& field, const expr::Declarations& names, SecretsHere secrets = SecretsHere::kNo);
  // The value of a metric: a number, a quantity of its unit, or a list of them.
  void check_metric(const recipe::Metric& metric, const expr::Declarations& names);
  // The same for a value that keeps its type; nullopt after a mistake.
  std::optional<expr::Type> type_of(const recipe::TextField& field, const expr::Declarations& names,
                                    SecretsHere secrets = SecretsHere::kNo);
  void check(const recipe::RunAction& run, const expr::Declarations& names);
  // The deduced type; nullopt after a mistake.
  std::optional<expr::Type> type_of(const recipe::ExpressionField& field, const expr::Declarations& names);
  // Checks `outputs` in order; each sees those before it. Returns their types.
  Members outputs(const recipe::Step& step, const expr::Declarations& names);

 private:
  std::optional<expr::Type> judge(expr::Checked checked, const SourceSpan& where, SecretsHere secrets);
  void add(const Diagnostics& found, const SourceSpan& where);
  static void improve(Diagnostic& problem);
  static void improve_call(Diagnostic& problem);
  void check_fits_text(const expr::Type& type, const SourceSpan& where);
  // Nobody reads more, and each place is looked for in the file.
  static constexpr std::size_t kMostProblems = 1000;
  Diagnostics& problems_;
  std::size_t told_ = 0;  // problems from here
};

// params, facts, target, run, env.
expr::Declarations common_names(const std::vector<recipe::Param>& params);
const expr::Type& facts_type();
// stdout, stderr, exit_code.
void declare_results(expr::Declarations& out);

}  // namespace assay::plan
