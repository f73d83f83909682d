// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/read_context.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/base/text.h"

namespace assay::recipe {
namespace {

std::string quoted(std::string_view key) { return "'" + std::string(key) + "'"; }

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && text.size() <= 100 && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

void ReadContext::error(Code code, const YamlNode& where, std::string message, std::string expected, std::string help) {
  problems_.add({.code = code,
                 .where = where.span(),
                 .message = std::move(message),
                 .expected = std::move(expected),
                 .help = std::move(help)});
}

void ReadContext::warning(Code code, const YamlNode& where, std::string message, std::string help) {
  problems_.add({.code = code,
                 .severity = Severity::kWarning,
                 .where = where.span(),
                 .message = std::move(message),
                 .help = std::move(help)});
}

bool ReadContext::expect(const YamlNode& node, YamlNode::Kind kind, std::string_view key, std::string_view wanted) {
  if (node.kind == kind) return true;
  error(Code::kWrongType, node,
        quoted(key) + " must be " + std::string(wanted) + ", got " + std::string(describe(node)));
  return false;
}

std::optional<std::string> ReadContext::text(const YamlNode& node, std::string_view key) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "text")) return std::nullopt;
  return node.scalar;
}

std::optional<bool> ReadContext::boolean(const YamlNode& node, std::string_view key) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "true or false")) return std::nullopt;
  if (node.style == YamlNode::Style::kPlain && (node.scalar == "true" || node.scalar == "false")) {
    return node.scalar == "true";
  }
  const std::vector<std::string> yes = {"yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE", "y"};
  const std::vector<std::string> no = {"no", "No", "NO", "off", "Off", "OFF", "False", "FALSE", "n"};
  std::string help;
  if (std::find(yes.begin(), yes.end(), node.scalar) != yes.end()) help = "write true";
  if (std::find(no.begin(), no.end(), node.scalar) != no.end()) help = "write false";
  error(Code::kWrongType, node, quoted(key) + " must be true or false, got '" + node.scalar + "'", {}, help);
  return std::nullopt;
}

std::optional<std::int64_t> ReadContext::integer(const YamlNode& node, std::string_view key, std::int64_t low,
                                                 std::int64_t high) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "a whole number")) return std::nullopt;
  std::int64_t value = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  const auto [stop, problem] = std::from_chars(node.scalar.data(), end, value);
  if (problem == std::errc() && stop == end && value >= low && value <= high) return value;
  error(Code::kBadValue, node, quoted(key) + " must be a whole number, got '" + node.scalar + "'",
        "a number from " + std::to_string(low) + " to " + std::to_string(high));
  return std::nullopt;
}

std::optional<double> ReadContext::number(const YamlNode& node, std::string_view key, double low, double high) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "a number")) return std::nullopt;
  double value = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  const auto [stop, problem] = std::from_chars(node.scalar.data(), end, value);
  if (problem == std::errc() && stop == end && value >= low && value <= high) return value;
  error(Code::kBadValue, node, quoted(key) + " must be a number, got '" + node.scalar + "'",
        "a number from " + to_string(Quantity{.value = low, .unit = {}}) + " to " +
            to_string(Quantity{.value = high, .unit = {}}));
  return std::nullopt;
}

std::optional<Nanoseconds> ReadContext::duration(const YamlNode& node, std::string_view key) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "a duration")) return std::nullopt;
  const auto value = parse_duration(node.scalar);
  if (value && value->count() > 0) return *value;
  error(Code::kBadValue, node, quoted(key) + " must be a duration above zero, got '" + node.scalar + "'",
        "a number and a unit (ms, s, m, h, d), for example 90s or 1h30m");
  return std::nullopt;
}

std::vector<std::string> choices_of(std::string_view type) {
  std::vector<std::string> out;
  for (const std::string_view word : split(type, '|')) out.emplace_back(word);
  return out;
}

std::optional<std::string> ReadContext::choice(const YamlNode& node, std::string_view key, std::string_view allowed) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "text")) return std::nullopt;
  const std::vector<std::string> choices = choices_of(allowed);
  if (std::find(choices.begin(), choices.end(), node.scalar) != choices.end()) return node.scalar;
  error(Code::kBadValue, node, "unknown " + std::string(key) + " '" + node.scalar + "'",
        "one of: " + join(choices, ", "), did_you_mean(node.scalar, choices));
  return std::nullopt;
}

std::vector<std::string> ReadContext::text_list(const YamlNode& node, std::string_view key) {
  std::vector<std::string> out;
  if (!expect(node, YamlNode::Kind::kSequence, key, "a list of texts")) return out;
  for (const NodePtr& item : node.items) {
    if (auto value = text(*item, key)) out.push_back(std::move(*value));
  }
  return out;
}

std::vector<int> ReadContext::exit_codes(const YamlNode& node, std::string_view key) {
  std::vector<int> out;
  if (!expect(node, YamlNode::Kind::kSequence, key, "a list of exit codes")) return out;
  for (const NodePtr& item : node.items) {
    if (const auto value = integer(*item, key, 0, 255)) out.push_back(static_cast<int>(*value));
  }
  return out;
}

std::optional<Name> ReadContext::name(const YamlNode& node, std::string_view what) {
  if (!expect(node, YamlNode::Kind::kScalar, what, "a name")) return std::nullopt;
  if (!is_name(node.scalar)) {
    error(Code::kBadName, node, "'" + node.scalar + "' is not a valid name for " + std::string(what),
          "a letter, then letters, digits, '-' and '_'");
    return std::nullopt;
  }
  return Name{node.scalar, node.span()};
}

std::vector<Name> ReadContext::name_list(const YamlNode& node, std::string_view key) {
  std::vector<Name> out;
  if (node.kind == YamlNode::Kind::kScalar) {
    if (auto value = name(node, key)) out.push_back(std::move(*value));
    return out;
  }
  if (!expect(node, YamlNode::Kind::kSequence, key, "a list of names")) return out;
  for (const NodePtr& item : node.items) {
    if (auto value = name(*item, key)) out.push_back(std::move(*value));
  }
  return out;
}

std::optional<ExpressionField> ReadContext::expression(const YamlNode& node, std::string_view key) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "an expression")) return std::nullopt;
  std::string_view text = node.scalar;
  auto origin = node.text_origin();
  // GitHub's habit of writing `if: ${{ … }}` is welcome: the wrapper says nothing that the key does not say.
  if (const auto inner = trim(text); inner.starts_with("${{") && inner.ends_with("}}")) {
    const std::size_t begin = static_cast<std::size_t>(inner.data() - text.data()) + 3;
    text = inner.substr(3, inner.size() - 5);
    if (origin) origin->column += static_cast<std::uint32_t>(count_code_points(node.scalar.substr(0, begin)));
  }
  if (text.find("${{") != std::string_view::npos) {
    error(Code::kExpressionSyntax, node, quoted(key) + " is an expression already: `${{ }}` inside it is only text", {},
          "write the name alone, for example params.x == \"y\"");
    return std::nullopt;
  }
  auto parsed = expr::Expression::parse(text, origin);
  if (parsed) return ExpressionField{std::move(*parsed), node.span()};
  Diagnostic problem = std::move(parsed).error();
  if (!problem.where) problem.where = node.span();
  problems_.add(std::move(problem));
  return std::nullopt;
}

std::vector<ExpressionField> ReadContext::expression_list(const YamlNode& node, std::string_view key) {
  std::vector<ExpressionField> out;
  if (node.kind == YamlNode::Kind::kScalar) {
    if (auto value = expression(node, key)) out.push_back(std::move(*value));
    return out;
  }
  if (!expect(node, YamlNode::Kind::kSequence, key, "an expression or a list of them")) return out;
  for (const NodePtr& item : node.items) {
    if (auto value = expression(*item, key)) out.push_back(std::move(*value));
  }
  return out;
}

std::optional<TextField> ReadContext::text_field(const YamlNode& node, std::string_view key) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "text")) return std::nullopt;
  // Only errors inside expressions need the origin.
  const bool plain = node.scalar.find("${{") == std::string::npos;
  auto parsed = expr::TemplateText::parse(node.scalar, plain ? std::nullopt : node.text_origin());
  if (parsed) return TextField{std::move(*parsed), node.span()};
  Diagnostic problem = std::move(parsed).error();
  if (!problem.where) problem.where = node.span();
  problems_.add(std::move(problem));
  return std::nullopt;
}

std::vector<TextField> ReadContext::argv(const YamlNode& node, std::string_view key) {
  std::vector<TextField> out;
  if (!expect(node, YamlNode::Kind::kSequence, key, "a list: the program and its arguments")) return out;
  if (node.items.empty()) error(Code::kBadValue, node, quoted(key) + " names no program");
  for (const NodePtr& item : node.items) {
    if (auto value = text_field(*item, key)) out.push_back(std::move(*value));
  }
  return out;
}

Named<TextField> ReadContext::variables(const YamlNode& node, std::string_view key) {
  Named<TextField> out;
  if (!expect(node, YamlNode::Kind::kMapping, key, "a mapping of names to texts")) return out;
  for (const YamlNode::Entry& entry : node.entries) {
    const std::string& variable = entry.key->scalar;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const bool good =
        !variable.empty() && letter(variable[0]) &&
        std::all_of(variable.begin(), variable.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
    if (!good) {
      error(Code::kBadName, *entry.key, "'" + variable + "' is not a valid name for a variable",
            "letters, digits and '_', not beginning with a digit");
    }
    auto value = text_field(*entry.value, variable);
    if (good && value) out.emplace_back(Name{variable, entry.key->span()}, std::move(*value));
  }
  return out;
}

Named<ExpressionField> ReadContext::expression_map(const YamlNode& node, std::string_view key) {
  Named<ExpressionField> out;
  if (!expect(node, YamlNode::Kind::kMapping, key, "a mapping of names to expressions")) return out;
  for (const YamlNode::Entry& entry : node.entries) {
    auto field_name = name(*entry.key, key);
    auto value = expression(*entry.value, entry.key->scalar);
    if (field_name && value) out.emplace_back(std::move(*field_name), std::move(*value));
  }
  return out;
}

Named<expr::Value> ReadContext::value_map(const YamlNode& node, std::string_view key) {
  Named<expr::Value> out;
  if (!expect(node, YamlNode::Kind::kMapping, key, "a mapping of names to values")) return out;
  for (const YamlNode::Entry& entry : node.entries) {
    if (auto field_name = name(*entry.key, key)) out.emplace_back(std::move(*field_name), to_value(*entry.value));
  }
  return out;
}

Named<Argument> ReadContext::argument_map(const YamlNode& node, std::string_view key) {
  Named<Argument> out;
  if (!expect(node, YamlNode::Kind::kMapping, key, "a mapping of names to values")) return out;
  for (const YamlNode::Entry& entry : node.entries) {
    auto field_name = name(*entry.key, key);
    if (!field_name) continue;
    const bool is_template =
        entry.value->kind == YamlNode::Kind::kScalar && entry.value->scalar.find("${{") != std::string::npos;
    if (!is_template) {
      out.emplace_back(std::move(*field_name), to_value(*entry.value));
    } else if (auto field = text_field(*entry.value, entry.key->scalar)) {
      out.emplace_back(std::move(*field_name), std::move(*field));
    }
  }
  return out;
}

std::set<std::string> check_keys(ReadContext& context, const YamlNode& node, const std::vector<std::string_view>& known,
                                 const std::vector<std::string_view>& required, std::string_view what) {
  std::set<std::string> suggested;
  for (const YamlNode::Entry& entry : node.entries) {
    const std::string& key = entry.key->scalar;
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::vector<std::string> names(known.begin(), known.end());
    const std::string suggestion = nearest(key, names);
    if (!suggestion.empty()) suggested.insert(suggestion);
    constexpr std::size_t kMostShown = 16;
    std::vector<std::string> shown(names.begin(),
                                   names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostShown)));
    if (names.size() > kMostShown) shown.emplace_back("…");
    context.error(Code::kUnknownKey, *entry.key, "unknown key '" + key + "' in " + std::string(what),
                  "one of: " + join(shown, ", "), did_you_mean(key, names));
  }
  for (const std::string_view key : required) {
    if (node.find(key) != nullptr || suggested.count(std::string(key)) > 0) continue;
    context.error(Code::kMissingKey, node, std::string(what) + " lacks the key '" + std::string(key) + "'");
  }
  return suggested;
}

}  // namespace assay::recipe
