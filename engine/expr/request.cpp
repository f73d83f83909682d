// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/request.h"

#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/expr/typed_json.h"

namespace assay::expr {
namespace {

using Variables = std::map<std::string, Value, std::less<>>;

struct Request {
  std::string expression;
  Variables variables;
  enum class Check : std::uint8_t { kYes, kNo, kOnly } check = Check::kYes;
};

Result<Request> read_request(const Json& json) {
  const auto wrong = [](std::string what) {
    return failure(Code::kTypedValue, std::move(what),
                   R"(a line is {"id": ID, "expr": TEXT, "vars": {NAME: TYPED}, "check": true|false|"only"})");
  };
  if (!json.is_object()) return wrong("a request is an object");
  Request out;
  for (const auto& [key, value] : json.items()) {
    if (key == "id") continue;
    if (key == "expr" && value.is_string()) {
      out.expression = value.get<std::string>();
    } else if (key == "check" && value.is_boolean()) {
      out.check = value.get<bool>() ? Request::Check::kYes : Request::Check::kNo;
    } else if (key == "check" && value == "only") {
      out.check = Request::Check::kOnly;
    } else if (key == "vars" && value.is_object()) {
      for (const auto& [name, typed] : value.items()) {
        ASSAY_TRY(Value variable, from_typed_json(typed));
        out.variables.insert_or_assign(name, std::move(variable));
      }
    } else {
      return wrong("a request cannot have '" + printable(shorten(key, 40)) + "' of this form");
    }
  }
  if (!json.contains("expr")) return wrong("a request needs 'expr'");
  return out;
}

}  // namespace

Result<Expression> parse_given(const std::string& text, Limits limits) {
  const auto source = std::make_shared<const SourceText>(SourceText{"<expression>", text});
  return Expression::parse(text, SourceSpan{.source = source, .line = 1, .column = 1}, limits);
}

std::string first_error(const Diagnostics& problems) {
  for (const Diagnostic& problem : problems.items()) {
    if (problem.severity == Severity::kError) return problem.message;
  }
  return {};
}

Result<Json> answer_request(const Json& json, Limits limits) {
  const auto error = [](const std::string& text) { return Json{{"error", text}}; };
  ASSAY_TRY(const Request request, read_request(json));
  const auto expression = parse_given(request.expression, limits);
  if (!expression) return error(expression.error().message);
  if (request.check != Request::Check::kNo) {
    Declarations declarations;
    for (const auto& [name, value] : request.variables) declarations.variable(name, type_of(value));
    const Checked checked = check(*expression, declarations);
    if (!checked.type) return error(first_error(checked.problems));
    if (request.check == Request::Check::kOnly) return Json{{"type", checked.type->text()}};
  }
  const Activation names = {.variable = [&request](std::string_view name) -> std::optional<Value> {
                              const auto found = request.variables.find(name);
                              return found == request.variables.end() ? std::nullopt : std::optional(found->second);
                            },
                            .function = {}};
  const auto value = evaluate(*expression, names);
  return value ? to_typed_json(*value) : error(value.error().message);
}

}  // namespace assay::expr
