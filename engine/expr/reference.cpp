// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/reference.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/expr/functions.h"

namespace assay::expr {
namespace {

// "string.contains(string) → bool", "size(list(A)) → int", "int + int → int", "-int → int"
std::string form(const FunctionRow& row) {
  std::string parameters(row.parameters);
  if (row.style == Style::kFunction) return std::string(row.name) + '(' + parameters + ") → " + std::string(row.result);
  // The receiver, or the left side, ends at the first comma outside parentheses.
  std::size_t end = 0;
  for (int open = 0; end < parameters.size() && (parameters[end] != ',' || open > 0); ++end) {
    if (parameters[end] == '(') ++open;
    if (parameters[end] == ')') --open;
  }
  const std::string first = parameters.substr(0, end);
  const std::string rest(trim(end < parameters.size() ? std::string_view(parameters).substr(end + 1) : ""));
  if (row.style == Style::kMethod)
    return first + '.' + std::string(row.name) + '(' + rest + ") → " + std::string(row.result);
  std::string sign(row.name == "@in" ? "in" : row.name);
  std::erase(sign, '_');
  if (rest.empty()) return sign + first + " → " + std::string(row.result);
  return first + ' ' + sign + ' ' + rest + " → " + std::string(row.result);
}

std::string table(bool operators) {
  std::string out;
  const auto& rows = function_rows();
  for (std::size_t i = 0; i < rows.size();) {
    if ((rows[i].style == Style::kOperator) != operators) {
      ++i;
      continue;
    }
    const FunctionRow& first = rows[i];
    std::string forms;
    for (; i < rows.size() && rows[i].name == first.name && rows[i].style == first.style; ++i) {
      forms += (forms.empty() ? "`" : "<br>`") + form(rows[i]) + '`';
    }
    out += "| " + forms + " | " + std::string(first.help) + " |\n";
  }
  return out;
}

}  // namespace

std::string function_reference() {
  std::string out = "### Macros\n\n| form | meaning |\n|---|---|\n";
  for (const MacroRow& row : macro_rows())
    out += "| `" + std::string(row.form) + "` | " + std::string(row.help) + " |\n";
  out += "\n### Functions\n\n| form | meaning |\n|---|---|\n" + table(false);
  out += "\n### Operators\n\n| form | meaning |\n|---|---|\n" + table(true);
  return out;
}

}  // namespace assay::expr
