// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/step_checker.h"

#include "engine/hardware/facts.h"
#include "engine/recipe/reader.h"

namespace assay::plan {

using expr::Type;
using Tag = expr::Type::Tag;

const Type& facts_type() {
  static const Type kType = hardware::facts_type();
  return kType;
}

expr::Declarations common_names(const std::vector<recipe::Param>& params) {
  Members members;
  for (const recipe::Param& param : params) members.emplace_back(param.name.text, recipe::type_of(param));
  expr::Declarations out;
  out.variable("params", Type::object(std::move(members)));
  out.variable("facts", facts_type());
  out.variable("target", Type::object({{"name", Type::of(Tag::kString)}}));
  out.variable("run", Type::object({{"id", Type::of(Tag::kString)}}));
  out.variable("env", Type::map(Type::of(Tag::kString), Type::of(Tag::kString)));
  return out;
}

void declare_results(expr::Declarations& out) {
  out.variable("stdout", Type::of(Tag::kString));
  out.variable("stderr", Type::of(Tag::kString));
  out.variable("exit_code", Type::of(Tag::kInt));
}

void StepChecker::check(const recipe::ExpressionField& field, const expr::Declarations& names,
                        std::optional<Tag> wanted, std::string_view key) {
  const auto type = type_of(field, names);
  if (!type || !wanted || type->tag() == Tag::kDyn || type->tag() == *wanted) return;
  problems_.add(
      {.code = Code::kWrongType,
       .where = field.where,
       .message = "'" + std::string(key) + "' must give " + Type::of(*wanted).text() + ", this gives " + type->text()});
}

void StepChecker::check(const recipe::TextField& field, const expr::Declarations& names) {
  const expr::Checked checked = field.text.check(names);
  add(checked.problems, field.where);
  if (checked.type) check_fits_text(*checked.type, field.where);
}

std::optional<Type> StepChecker::type_of(const recipe::TextField& field, const expr::Declarations& names) {
  expr::Checked checked = field.text.check(names);
  add(checked.problems, field.where);
  return checked.type;
}

// What can stand in an argument, a variable or a file (semantics 1.3).
void StepChecker::check_fits_text(const Type& type, const SourceSpan& where) {
  switch (type.tag()) {
    case Tag::kList:
    case Tag::kMap:
    case Tag::kObject:
    case Tag::kBytes:
    case Tag::kNull:
    case Tag::kType:
    case Tag::kOptional: break;
    default: return;
  }
  problems_.add({.code = Code::kWrongType,
                 .where = where,
                 .message = "a value of type " + type.text() + " cannot stand in text",
                 .help = type.tag() == Tag::kList ? "join its elements: x.join(\" \"), or choose one: x[0]"
                                                  : "choose a part of it, or convert it with string()"});
}

void StepChecker::check(const recipe::RunAction& run, const expr::Declarations& names) {
  for (const recipe::TextField& word : run.argv) check(word, names);
  if (!run.script) return;
  for (const recipe::ShellScript::Variable& variable : run.script->variables)
    if (const auto type = type_of(recipe::ExpressionField{variable.expression, run.script->where}, names))
      check_fits_text(*type, run.script->where);
}

std::optional<Type> StepChecker::type_of(const recipe::ExpressionField& field, const expr::Declarations& names) {
  expr::Checked checked = expr::check(field.expression, names);
  add(checked.problems, field.where);
  return checked.type;
}

Members StepChecker::outputs(const recipe::Step& step, const expr::Declarations& names) {
  Members types;
  for (const auto& [name, field] : step.outputs) {
    expr::Declarations with = names;
    with.variable("outputs", Type::object(types));
    types.emplace_back(name.text, type_of(field, with).value_or(Type::dyn()));
  }
  return types;
}

// A problem whose place is inside a synthetic text gets the place of the field, and says where inside.
void StepChecker::add(const Diagnostics& found, const SourceSpan& where) {
  for (Diagnostic problem : found.items()) {
    if (!problem.where || problem.where->source->name != where.source->name) problem.where = where;
    problems_.add(std::move(problem));
  }
}

}  // namespace assay::plan
