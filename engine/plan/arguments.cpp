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
  problem.where = name.value.value_or(name.where);
  recipe::hide_written_secret(*param, *value, *problem.where);
  problems.add(std::move(problem));
}

void check_arguments(const std::vector<recipe::Param>& params, const recipe::Named<recipe::Argument>& arguments,
                     Diagnostics& problems) {
  for (const auto& [name, argument] : arguments)
    check_argument(params, name, std::get_if<expr::Value>(&argument), problems);
}

void check_argument_type(const std::vector<recipe::Param>& params, const recipe::Name& name, const expr::Type& type,
                         const SourceSpan& where, Diagnostics& problems) {
  using Tag = expr::Type::Tag;
  for (const recipe::Param& param : params) {
    if (param.name.text != name.text) continue;
    const expr::Type wanted = recipe::type_of(param);
    // Durations and sizes are also read from text, numbers from whole ones.
    const bool text = type.tag() == Tag::kString && (wanted.tag() == Tag::kDuration || wanted.tag() == Tag::kQuantity);
    const bool whole = type.tag() == Tag::kInt && wanted.tag() == Tag::kDouble;
    if (type.tag() == Tag::kDyn || type.tag() == wanted.tag() || text || whole) continue;
    problems.add({.code = Code::kBadParam,
                  .where = where,
                  .message = "parameter '" + name.text + "' takes " + wanted.text() + ", this gives " + type.text(),
                  .help = type.tag() == Tag::kString && wanted.tag() == Tag::kInt      ? "convert it: int(…)"
                          : type.tag() == Tag::kString && wanted.tag() == Tag::kDouble ? "convert it: double(…)"
                          : wanted.tag() == Tag::kString                               ? "convert it: string(…)"
                                                                                       : "give a value of that type"});
  }
}

Diagnostic missing_argument(const recipe::Name& step, const std::string& param) {
  return {.code = Code::kBadParam,
          .where = step.where,
          .message = "step '" + step.text + "' gives no value for the parameter '" + param + "', which has no default",
          .help = "add `with: { " + param + ": … }`"};
}

// Whether a value of the outer parameter may be one of the inner parameter.
static bool can_fit(const recipe::Param& inner, const recipe::Param& outer) {
  using Tag = expr::Type::Tag;
  const Tag wanted = recipe::type_of(inner).tag();
  const Tag given = recipe::type_of(outer).tag();
  if (given == wanted) return true;
  const bool read_from_text = wanted == Tag::kDuration || wanted == Tag::kQuantity || wanted == Tag::kSecret;
  return (given == Tag::kString && read_from_text) || (given == Tag::kInt && wanted == Tag::kDouble);
}

void check_missing(const std::vector<recipe::Param>& params, const recipe::Named<recipe::Argument>& arguments,
                   const std::vector<recipe::Param>& outside, const recipe::Name& step, Diagnostics& problems) {
  for (const recipe::Param& param : params) {
    const std::string& name = param.name.text;
    const bool given =
        std::any_of(arguments.begin(), arguments.end(), [&](const auto& one) { return one.first.text == name; });
    if (param.fallback || given) continue;
    const auto outer =
        std::find_if(outside.begin(), outside.end(), [&](const auto& one) { return one.name.text == name; });
    if (outer != outside.end() && can_fit(param, *outer)) continue;
    Diagnostic problem = missing_argument(step, name);
    if (outer != outside.end())
      problem.notes.push_back({.where = outer->name.where,
                               .text = "the parameter of that name here has the type '" +
                                       std::string(recipe::to_string(outer->type)) + "', not '" +
                                       std::string(recipe::to_string(param.type)) + "'"});
    problems.add(std::move(problem));
  }
}

}  // namespace assay::plan
