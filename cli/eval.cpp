// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "engine/expr/expression.h"

namespace assay::cli {

int eval(const Common& common, const EvalVerb& verb) {
  const auto source = std::make_shared<const SourceText>(SourceText{"<expression>", verb.expression});
  const auto give_up = [&](const Diagnostic& problem) {
    complain(common, problem);
    return kUsageExit;
  };
  const auto expression =
      expr::Expression::parse(verb.expression, SourceSpan{.source = source, .line = 1, .column = 1});
  if (!expression) return give_up(expression.error());
  const expr::Checked checked = expr::check(*expression, {});
  complain(common, checked.problems);
  if (checked.problems.has_errors()) return kUsageExit;
  const auto value = expr::evaluate(
      *expression, {.variable = [](std::string_view) { return std::optional<expr::Value>(); }, .function = {}});
  if (!value) return give_up(value.error());
  const auto text = expr::to_text(*value);
  std::cout << (common.json || !text ? to_json_line(expr::to_json(*value)) : *text) << '\n';
  return 0;
}

}  // namespace assay::cli
