// SPDX-License-Identifier: Apache-2.0
#include "engine/action/names.h"

#include <nlohmann/json.hpp>

#include "engine/base/text.h"

namespace assay::action {
namespace {

// "steps.load.outputs.x" -> "load"
std::string step_of(std::string_view reference) {
  if (!reference.starts_with("steps.")) return {};
  reference.remove_prefix(6);
  return std::string(reference.substr(0, reference.find('.')));
}

}  // namespace

void Names::set(std::string name, expr::Value value) { values_.insert_or_assign(std::move(name), std::move(value)); }

void Names::set_function(std::string name, expr::Value value) {
  functions_.insert_or_assign(std::move(name), std::move(value));
}

std::optional<expr::Value> Names::surrounding(std::string_view name, const std::set<std::string>& references) const {
  if (name == "params") return scope_.planned.origin->params;
  if (name == "facts") return scope_.facts.tree;
  if (name == "matrix") return scope_.planned.matrix;
  if (name == "outputs" && !scope_.outputs.is(expr::Kind::kNull)) return scope_.outputs;
  expr::Map map;
  if (name == "target") {
    map.set("name", expr::Value::string(scope_.target.name()));
  } else if (name == "run") {
    map.set("id", expr::Value::string(scope_.run));
  } else if (name == "env") {
    for (const auto& [key, value] : scope_.target.step_environment()) map.set(key, expr::Value::string(value));
  } else if (name == "steps") {
    // Only the steps that the expression names: building all of them each time would cost a square.
    for (const std::string& reference : references) {
      const std::string id = step_of(reference);
      if (!id.empty() && map.find(id) == nullptr) map.set(id, scope_.step_value(id));
    }
  } else {
    return std::nullopt;
  }
  return expr::Value::map(std::move(map));
}

expr::Activation Names::activation(const std::set<std::string>& references) const {
  expr::Activation out;
  out.variable = [this, &references](std::string_view name) -> std::optional<expr::Value> {
    if (const auto found = values_.find(name); found != values_.end()) return found->second;
    return surrounding(name, references);
  };
  out.function = [this](std::string_view name) -> std::optional<expr::Value> {
    const auto found = functions_.find(name);
    return found != functions_.end() ? std::optional(found->second) : std::nullopt;
  };
  return out;
}

Result<expr::Value> Names::evaluate(const expr::Expression& expression) const {
  return expr::evaluate(expression, activation(expression.references()));
}

Result<expr::Value> Names::evaluate(const expr::TemplateText& text) const {
  std::set<std::string> references;
  for (const expr::TextPart& part : text.parts()) {
    if (part.expression) references.insert(part.expression->references().begin(), part.expression->references().end());
  }
  return text.evaluate(activation(references));
}

Result<std::string> Names::text(const recipe::TextField& field) const {
  ASSAY_TRY(const expr::Value value, evaluate(field.text));
  if (auto text = expr::to_text(value)) return std::move(*text);
  return failure(Diagnostic{.code = Code::kWrongType,
                            .where = field.where,
                            .message = "a value of type " + expr::type_name(value) + " cannot stand in text",
                            .help = "choose a part of it, or convert it with string()"});
}

std::string Names::observed(const expr::Expression& expression) const {
  constexpr std::size_t kLongest = 60;
  std::vector<std::string> parts;
  for (const std::string& reference : expression.references()) {
    if (reference.find('.') == std::string::npos && reference != "exit_code") continue;
    const auto path = expr::Expression::parse(reference);
    if (!path) continue;
    const auto value = evaluate(*path);
    if (!value) continue;
    const auto text = expr::to_text(*value);
    parts.push_back(reference + " = " +
                    shorten(printable(text ? *text : to_json_line(expr::to_json(*value))), kLongest));
  }
  return join(parts, ", ");
}

}  // namespace assay::action
