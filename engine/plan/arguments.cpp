// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/arguments.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/recipe/reader.h"

namespace assay::plan {

void check_argument(const std::vector<recipe::Param>& params, const recipe::Name& name, const expr::Value* value,
                    Diagnostics& problems) {
  const auto param =
      std::find_if(params.begin(), params.end(), [&](const recipe::Param& p) { return p.name.text == name.text; });
  if (param == params.end()) {
    std::vector<std::string> names;
    names.reserve(params.size());
    for (const recipe::Param& p : params) names.push_back(p.name.text);
    problems.add({.code = Code::kBadParam,
                  .where = name.where,
                  .message = "unknown parameter '" + name.text + "'",
                  .expected = names.empty() ? "no parameters: none are declared" : "one of: " + join(names, ", "),
                  .help = did_you_mean(name.text, names)});
    return;
  }
  if (value == nullptr) return;
  auto converted = recipe::convert_param(*param, *value);
  if (converted) return;
  Diagnostic problem = std::move(converted).error();
  problem.where = name.where;
  problems.add(std::move(problem));
}

void check_arguments(const std::vector<recipe::Param>& params, const recipe::Named<recipe::Argument>& arguments,
                     Diagnostics& problems) {
  for (const auto& [name, argument] : arguments)
    check_argument(params, name, std::get_if<expr::Value>(&argument), problems);
}

}  // namespace assay::plan
