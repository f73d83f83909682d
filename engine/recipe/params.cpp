// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "engine/base/text.h"
#include "engine/recipe/reader.h"
#include "engine/recipe/unit_words.h"

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

// A number or truth value in quotes is a text; so are the truth values of YAML 1.1.
std::string quotes_too_many(const expr::Value& value) {
  if (!value.is(expr::Kind::kString)) return {};
  const std::string& text = value.as_string();
  for (const std::string_view word : {"yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE"}) {
    if (text == word) return "write true";
  }
  for (const std::string_view word : {"no", "No", "NO", "off", "Off", "OFF", "False", "FALSE"}) {
    if (text == word) return "write false";
  }
  const bool number = !text.empty() && text.find_first_not_of("0123456789.+-eE") == std::string::npos;
  return number || text == "true" || text == "false" ? "write it without quotes" : "";
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
  if (!value.is(expr::Kind::kString))
    return does_not_fit(param, value, expected, size_help(expr::to_text(value).value_or("")));
  auto quantity = parse_quantity(value.as_string());
  const auto byte = parse_unit("B");
  if (!quantity) {
    const std::string text(trim(value.as_string()));
    const bool bytes = parse_quantity(text + "B") && parse_quantity(text + "iB");
    return does_not_fit(param, value, expected, bytes ? "write " + text + "B or " + text + "iB" : size_help(text));
  }
  if (!byte || !comparable(quantity->unit, *byte))
    return does_not_fit(param, value, expected, size_help(value.as_string()));
  if (quantity->value < 0) return does_not_fit(param, value, "a size of 0 B or more");
  return expr::Value::quantity(std::move(*quantity));
}

// A secret is named, never written: env:NAME, file:PATH, command:PROGRAM, vault:NAME.
Result<expr::Value> convert_secret(const Param& param, const expr::Value& value) {
  if (value.is(expr::Kind::kSecret)) return value;
  if (value.is(expr::Kind::kString) && expr::is_secret_reference(value.as_string()))
    return expr::Value::secret({{{.text = value.as_string(), .is_reference = true}}});
  // The value is not repeated: it may be the secret itself.
  return failure(Diagnostic{.code = Code::kBadParam,
                            .message = "parameter '" + param.name.text + "' is a secret and must be given by reference",
                            .expected = "env:NAME, file:PATH, command:PROGRAM or vault:NAME"});
}

// a <= b for values of the same parameter type.
bool ordered(const expr::Value& a, const expr::Value& b) {
  const auto text = expr::Expression::parse("a <= b");
  const auto holds = expr::evaluate(
      *text, {.variable = [&](std::string_view name) { return std::optional(name == "a" ? a : b); }, .function = {}});
  return holds && holds->is(expr::Kind::kBool) && holds->as_bool();
}

Result<expr::Value> matches_whole(const std::string& text, const std::string& pattern) {
  static const expr::Expression kMatches = *expr::Expression::parse("text.matches(pattern)");
  return expr::evaluate(
      kMatches, {.variable =
                     [&](std::string_view name) {
                       return std::optional(expr::Value::string(name == "text" ? text : "^(?:" + pattern + ")$"));
                     },
                 .function = {}});
}

// Ranges and patterns, once the type fits.
Result<expr::Value> within(const Param& param, expr::Value value) {
  if (param.min && !ordered(*param.min, value))
    return does_not_fit(param, value, "at least " + expr::to_text(*param.min).value_or(""));
  if (param.max && !ordered(value, *param.max))
    return does_not_fit(param, value, "at most " + expr::to_text(*param.max).value_or(""));
  if (param.type == ParamType::kString && !param.pattern.empty()) {
    const auto fits = matches_whole(value.as_string(), param.pattern);
    if (!fits || !fits->as_bool()) return does_not_fit(param, value, "text that matches " + param.pattern);
  }
  return value;
}

Param item_of(const Param& list) {
  Param item;
  item.name = list.name;
  item.type = list.items;
  return item;
}

Result<expr::Value> convert_type(const Param& param, const expr::Value& value) {
  using expr::Kind;
  switch (param.type) {
    case ParamType::kString:
      if (value.is(Kind::kString)) return value;
      return does_not_fit(param, value, "text", "quote it");
    case ParamType::kInt:
      if (value.is(Kind::kInt)) return value;
      return does_not_fit(param, value, "a whole number", quotes_too_many(value));
    case ParamType::kNumber:
      if (value.is(Kind::kDouble)) return value;
      if (value.is(Kind::kInt)) return expr::Value::number(static_cast<double>(value.as_int()));
      return does_not_fit(param, value, "a number", quotes_too_many(value));
    case ParamType::kBool:
      if (value.is(Kind::kBool)) return value;
      return does_not_fit(param, value, "true or false", quotes_too_many(value));
    case ParamType::kDuration: {
      if (value.is(Kind::kDuration)) return value;
      const std::string expected = "a number and a unit (ms, s, m, h, d), for example 90s or 1h30m";
      const std::string text = expr::to_text(value).value_or("");
      if (!value.is(Kind::kString)) return does_not_fit(param, value, expected, duration_help(text));
      const auto duration = parse_duration(text);
      if (!duration) return does_not_fit(param, value, expected, duration_help(text));
      return expr::Value::duration(*duration);
    }
    case ParamType::kSize: return convert_quantity(param, value);
    case ParamType::kEnum: {
      // `values: [1, 2]` are texts too: what reads like one of them is it.
      const std::string text = expr::to_text(value).value_or("");
      if (std::find(param.choices.begin(), param.choices.end(), text) != param.choices.end())
        return expr::Value::string(text);
      return does_not_fit(param, value, "one of: " + join(param.choices, ", "), did_you_mean(text, param.choices));
    }
    case ParamType::kSecret: return convert_secret(param, value);
    case ParamType::kList: {
      if (!value.is(Kind::kList)) return does_not_fit(param, value, "a list");
      if (!param.typed_items) return value;
      expr::List items;
      for (const expr::Value& item : value.as_list()) {
        ASSAY_TRY(expr::Value converted, convert_type(item_of(param), item));
        items.push_back(std::move(converted));
      }
      return expr::Value::list(std::move(items));
    }
  }
  return value;
}

Result<expr::Value> convert_type_text(const Param& param, const std::string& text) {
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
        for (const std::string_view item : split(text, ',')) {
          ASSAY_TRY(expr::Value value, convert_type_text(item_of(param), std::string(item)));
          items.push_back(std::move(value));
        }
      }
      return expr::Value::list(std::move(items));
    }
    default: return convert_type(param, raw);
  }
}

}  // namespace

Result<expr::Value> convert_param(const Param& param, const expr::Value& value) {
  ASSAY_TRY(expr::Value converted, convert_type(param, value));
  return within(param, std::move(converted));
}

Result<expr::Value> convert_param_text(const Param& param, const std::string& text) {
  ASSAY_TRY(expr::Value converted, convert_type_text(param, text));
  return within(param, std::move(converted));
}

std::optional<Diagnostic> pattern_problem(const std::string& pattern) {
  const auto tried = matches_whole("", pattern);
  return tried ? std::nullopt : std::optional(tried.error());
}

expr::Type type_of(const Param& param) {
  using Tag = expr::Type::Tag;
  switch (param.type) {
    case ParamType::kString: return expr::Type::of(Tag::kString);
    case ParamType::kEnum: return expr::Type::one_of(param.choices);
    case ParamType::kInt: return expr::Type::of(Tag::kInt);
    case ParamType::kNumber: return expr::Type::of(Tag::kDouble);
    case ParamType::kBool: return expr::Type::of(Tag::kBool);
    case ParamType::kDuration: return expr::Type::of(Tag::kDuration);
    case ParamType::kSize: {
      auto byte = parse_unit("B");
      return expr::Type::quantity(byte ? std::optional<Unit>(*byte) : std::nullopt);
    }
    case ParamType::kSecret: return expr::Type::of(Tag::kSecret);
    case ParamType::kList: return expr::Type::list(param.typed_items ? type_of(item_of(param)) : expr::Type::dyn());
  }
  return expr::Type::dyn();
}

void hide_written_secret(const Param& param, const std::variant<std::string, expr::Value>& given,
                         const SourceSpan& where) {
  if (param.type != ParamType::kSecret) return;
  const auto* text = std::get_if<std::string>(&given);
  const auto value = text != nullptr ? std::optional(*text) : expr::to_text(std::get<expr::Value>(given));
  value ? hide(where, *value) : hide_from(where);
}

expr::Map bind_params(const std::vector<Param>& params, const std::vector<GivenParam>& given, Diagnostics& problems) {
  expr::Map out;
  std::vector<std::string> names;
  names.reserve(params.size());
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
      if (!problem.where) problem.where = item.value_at ? item.value_at : item.where;
      if (problem.where) hide_written_secret(param, item.value, *problem.where);
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

std::string_view to_string(ParamType value) {
  switch (value) {
    case ParamType::kString: return "string";
    case ParamType::kInt: return "int";
    case ParamType::kNumber: return "number";
    case ParamType::kBool: return "bool";
    case ParamType::kDuration: return "duration";
    case ParamType::kSize: return "size";
    case ParamType::kEnum: return "enum";
    case ParamType::kSecret: return "secret";
    case ParamType::kList: return "list";
  }
  return "?";
}

}  // namespace assay::recipe
