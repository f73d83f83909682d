// SPDX-License-Identifier: Apache-2.0
// Expressions as test cases: a name, the text, and what comes out, as text.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "engine/expr/expression.h"
#include "engine/expr/utf8.h"

namespace assay::expr {

// A value so that its type can be seen: 1, 1u, 1.0, "a", b"a", [..], {k: v}, null, type, duration and the like by name.
inline std::string shown(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull: return "null";
    case Kind::kUint: return *to_text(value) + "u";
    case Kind::kDouble: {
      const std::string text = *to_text(value);
      return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
    }
    case Kind::kString: return Json(value.as_string()).dump(-1, ' ', false, Json::error_handler_t::replace);
    case Kind::kBytes: return "b" + Json(value.as_bytes()).dump(-1, ' ', false, Json::error_handler_t::replace);
    case Kind::kList: {
      std::string out = "[";
      for (const Value& item : value.as_list()) out += (out.size() > 1 ? ", " : "") + shown(item);
      return out + "]";
    }
    case Kind::kMap: {
      std::string out = "{";
      for (const auto& [key, item] : value.as_map().entries())
        out += (out.size() > 1 ? ", " : "") + shown(key) + ": " + shown(item);
      return out + "}";
    }
    case Kind::kTimestamp: return "timestamp " + *to_text(value);
    case Kind::kDuration: return "duration " + *to_text(value);
    case Kind::kType: return "type " + value.as_type();
    case Kind::kOptional: return value.as_optional() != nullptr ? "some " + shown(*value.as_optional()) : "none";
    case Kind::kQuantity: return "quantity " + *to_text(value);
    case Kind::kSecret: return "secret " + to_text(value.as_secret());
    default: return *to_text(value);
  }
}

// "E006 division by zero | help" without help where there is none.
inline std::string shown(const Diagnostic& diagnostic) {
  std::string out = std::string(info(diagnostic.code).text) + ' ' + diagnostic.message;
  if (!diagnostic.expected.empty()) out += " | expected " + diagnostic.expected;
  if (!diagnostic.help.empty()) out += " | " + diagnostic.help;
  return out;
}

// The text that the caret stands under, in whichever line.
inline std::string marked(const Diagnostic& diagnostic) {
  if (!diagnostic.where) return "";
  std::string_view line = diagnostic.where->source->text;
  for (std::uint32_t number = 1; number < diagnostic.where->line; ++number) {
    line.remove_prefix(std::min(line.find('\n'), line.size() - 1) + 1);
  }
  const std::u32string text = code_points(line);
  const std::size_t begin = std::min<std::size_t>(diagnostic.where->column - 1, text.size());
  return utf8(text.substr(begin, diagnostic.where->length));
}

// Variables of every case: a few of every kind.
inline Value test_variables() {
  static const char* const kJson = R"({
    "params": {"duration": "60s", "count": 3, "flag": true},
    "facts": {"memory": {"total": {"value": 16, "unit": "GiB"}}, "cpu": {"cores": 8, "model": "Example 3000"},
              "disks": [{"name": "sda", "size": {"value": 1, "unit": "TB"}}, {"name": "sdb", "size": {"value": 2, "unit": "TB"}}]},
    "stdout": "first line\nscore: 41.5 GB/s\nscore: 43.5 GB/s\n",
    "a.b.c": "dotted", "empty": [], "samples": [3, 1, 2, 4]})";
  return from_json(Json::parse(kJson));
}

inline Activation test_activation() {
  return Activation{.variable = [values = test_variables()](std::string_view name) -> std::optional<Value> {
                      const Value* found = values.member(name);
                      return found != nullptr ? std::optional<Value>(*found) : std::nullopt;
                    },
                    .function = [](std::string_view name) -> std::optional<Value> {
                      if (name == "success") return Value::boolean(true);
                      return std::nullopt;
                    }};
}

inline std::string evaluated(std::string_view text) {
  const auto expression = Expression::parse(text);
  if (!expression) return shown(expression.error());
  const auto value = evaluate(*expression, test_activation());
  return value ? shown(*value) : shown(value.error());
}

// The value, or the mistake and what the caret stands under: "E006 division by zero @/".
inline std::string told(std::string_view text, Limits limits = {}) {
  const auto expression = Expression::parse(text, std::nullopt, limits);
  if (!expression) return shown(expression.error()) + " @" + marked(expression.error());
  const auto value = evaluate(*expression, test_activation());
  return value ? shown(*value) : shown(value.error()) + " @" + marked(value.error());
}

// The deduced type, or every mistake and what its caret stands under, a line each.
inline std::string deduced(std::string_view text, const Declarations& declarations) {
  const auto expression = Expression::parse(text);
  if (!expression) return shown(expression.error()) + " @" + marked(expression.error());
  const Checked result = check(*expression, declarations);
  if (result.type) return result.type->text();
  std::string out;
  for (const Diagnostic& problem : result.problems.items())
    out += (out.empty() ? "" : "\n") + shown(problem) + " @" + marked(problem);
  return out;
}

struct Case {
  const char* name;
  const char* text;
  const char* result;
};
inline void PrintTo(const Case& one, std::ostream* out) { *out << one.text; }
inline std::string case_name(const testing::TestParamInfo<Case>& one) { return one.param.name; }

// A whole table in one test: starting the program for each of many hundred cases would take longer than the cases.
inline void expect_each(const std::vector<Case>& cases, const std::function<std::string(std::string_view)>& give) {
  std::set<std::string_view> names;
  for (const Case& one : cases) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name << " stands in the table twice";
    EXPECT_EQ(give(one.text), one.result) << one.name << ": " << one.text;
  }
}
inline void expect_each(const std::vector<Case>& cases) {
  expect_each(cases, [](std::string_view text) { return told(text); });
}

}  // namespace assay::expr
