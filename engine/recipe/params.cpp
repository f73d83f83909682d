// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "engine/base/text.h"
#include "engine/recipe/reader.h"

namespace assay::recipe {
namespace {

std::string shown(const expr::Value& value) {
  if (auto text = expr::to_text(value)) return "'" + *text + "'";
  return value.is(expr::Kind::kList)   ? "a list"
         : value.is(expr::Kind::kNull) ? "nothing"
                                       : "a " + expr::type_name(value);
}

tl::unexpected<Diagnostic> does_not_fit(const Param& param, const expr::Value& value, std::string expected,
                                        std::string help = {}) {
  return failure(Diagnostic{.code = Code::kBadParam,
                            .message = "parameter '" + param.name.text + "' cannot be " + shown(value),
                            .expected = std::move(expected),
                            .help = std::move(help)});
}

template <class Number>
std::optional<Number> number_from(const std::string& text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

Result<expr::Value> convert_quantity(const Param& param, const expr::Value& value) {
  const std::string expected = "a number and a unit of size, for example 4 GiB";
  if (value.is(expr::Kind::kQuantity)) return value;
  if (!value.is(expr::Kind::kString)) return does_not_fit(param, value, expected);
  auto quantity = parse_quantity(value.as_string());
  const auto byte = parse_unit("B");
  if (!quantity || !byte || !comparable(quantity->unit, *byte)) return does_not_fit(param, value, expected);
  return expr::Value::quantity(std::move(*quantity));
}

}  // namespace

Result<expr::Value> convert_param(const Param& param, const expr::Value& value) {
  using expr::Kind;
  switch (param.type) {
    case ParamType::kString:
      if (value.is(Kind::kString)) return value;
      return does_not_fit(param, value, "text", "quote it");
    case ParamType::kInt:
      if (value.is(Kind::kInt)) return value;
      return does_not_fit(param, value, "a whole number");
    case ParamType::kNumber:
      if (value.is(Kind::kDouble)) return value;
      if (value.is(Kind::kInt)) return expr::Value::number(static_cast<double>(value.as_int()));
      return does_not_fit(param, value, "a number");
    case ParamType::kBool:
      if (value.is(Kind::kBool)) return value;
      return does_not_fit(param, value, "true or false");
    case ParamType::kDuration: {
      if (value.is(Kind::kDuration)) return value;
      const std::string expected = "a number and a unit (ms, s, m, h, d), for example 90s or 1h30m";
      if (!value.is(Kind::kString)) return does_not_fit(param, value, expected);
      const auto duration = parse_duration(value.as_string());
      if (!duration) return does_not_fit(param, value, expected);
      return expr::Value::duration(*duration);
    }
    case ParamType::kSize: return convert_quantity(param, value);
    case ParamType::kEnum:
      if (value.is(Kind::kString) &&
          std::find(param.choices.begin(), param.choices.end(), value.as_string()) != param.choices.end()) {
        return value;
      }
      return does_not_fit(param, value, "one of: " + join(param.choices, ", "),
                          value.is(Kind::kString) ? did_you_mean(value.as_string(), param.choices) : std::string());
    case ParamType::kList:
      if (value.is(Kind::kList)) return value;
      return does_not_fit(param, value, "a list");
  }
  return value;
}

Result<expr::Value> convert_param_text(const Param& param, const std::string& text) {
  const expr::Value raw = expr::Value::string(text);
  switch (param.type) {
    case ParamType::kInt:
      if (const auto number = number_from<std::int64_t>(text)) return expr::Value::integer(*number);
      return does_not_fit(param, raw, "a whole number");
    case ParamType::kNumber:
      if (const auto number = number_from<double>(text)) return expr::Value::number(*number);
      return does_not_fit(param, raw, "a number");
    case ParamType::kBool:
      if (text == "true" || text == "false") return expr::Value::boolean(text == "true");
      return does_not_fit(param, raw, "true or false");
    case ParamType::kList: {
      expr::List items;
      if (!text.empty()) {
        for (const std::string_view item : split(text, ',')) items.push_back(expr::Value::string(std::string(item)));
      }
      return expr::Value::list(std::move(items));
    }
    default: return convert_param(param, raw);
  }
}

expr::Type type_of(const Param& param) {
  using Tag = expr::Type::Tag;
  switch (param.type) {
    case ParamType::kString:
    case ParamType::kEnum: return expr::Type::of(Tag::kString);
    case ParamType::kInt: return expr::Type::of(Tag::kInt);
    case ParamType::kNumber: return expr::Type::of(Tag::kDouble);
    case ParamType::kBool: return expr::Type::of(Tag::kBool);
    case ParamType::kDuration: return expr::Type::of(Tag::kDuration);
    case ParamType::kSize: {
      auto byte = parse_unit("B");
      return expr::Type::quantity(byte ? std::optional<Unit>(*byte) : std::nullopt);
    }
    case ParamType::kList: return expr::Type::list(expr::Type::dyn());
  }
  return expr::Type::dyn();
}

expr::Map bind_params(const std::vector<Param>& params, const std::vector<GivenParam>& given, Diagnostics& problems) {
  expr::Map out;
  std::vector<std::string> names;
  for (const Param& param : params) names.push_back(param.name.text);
  for (const GivenParam& item : given) {
    if (std::find(names.begin(), names.end(), item.name) != names.end()) continue;
    problems.add({.code = Code::kBadParam,
                  .where = item.where,
                  .message = "unknown parameter '" + item.name + "'",
                  .expected = names.empty() ? "no parameters: none are declared" : "one of: " + join(names, ", "),
                  .help = did_you_mean(item.name, names)});
  }
  for (const Param& param : params) {
    std::optional<expr::Value> value = param.fallback;
    for (const GivenParam& item : given) {  // the last one given counts
      if (item.name != param.name.text) continue;
      auto converted = std::holds_alternative<std::string>(item.value)
                           ? convert_param_text(param, std::get<std::string>(item.value))
                           : convert_param(param, std::get<expr::Value>(item.value));
      if (converted) {
        value = std::move(*converted);
        continue;
      }
      Diagnostic problem = std::move(converted).error();
      if (!problem.where) problem.where = item.where;
      problems.add(std::move(problem));
      value = expr::Value::null();
    }
    if (!value) {
      problems.add({.code = Code::kBadParam,
                    .where = param.name.where,
                    .message = "parameter '" + param.name.text + "' has no default and no value was given",
                    .help = "give one: -p " + param.name.text + "=VALUE"});
      continue;
    }
    out.set(param.name.text, std::move(*value));
  }
  return out;
}

}  // namespace assay::recipe
