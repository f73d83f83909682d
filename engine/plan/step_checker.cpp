// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/step_checker.h"

#include <unordered_map>

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
       .message = "'" + std::string(key) + "' must give " + Type::of(*wanted).text() + ", this gives " + type->text(),
       .expected = *wanted == Tag::kBool ? "a condition, for example exit_code == 0 or facts.cpu.cores >= 4" : ""});
}

void StepChecker::check(const recipe::TextField& field, const expr::Declarations& names, SecretsHere secrets) {
  if (const auto type = type_of(field, names, secrets)) check_fits_text(*type, field.where);
}

std::optional<Type> StepChecker::type_of(const recipe::TextField& field, const expr::Declarations& names,
                                         SecretsHere secrets) {
  if (told_ > kMostProblems) return std::nullopt;
  return judge(field.text.check(names), field.where, secrets);
}

// A secret where it would be seen is told, and nothing else of that expression. One that may stand here must be handed
// on as it is.
std::optional<Type> StepChecker::judge(expr::Checked checked, const SourceSpan& where, SecretsHere secrets) {
  add(checked.problems, where);
  if (checked.secrets.empty()) return checked.type;
  if (secrets == SecretsHere::kYes) {
    if (!checked.secret_looked_at) return checked.type;
    Diagnostics looked_at;
    looked_at.add(*checked.secret_looked_at);
    add(looked_at, where);
    return std::nullopt;
  }
  for (const expr::SecretUse& use : checked.secrets) {
    const std::string expression = use.whole ? use.expression + "." + use.name : use.expression;
    problems_.add({.code = Code::kSecretPlace,
                   .where = use.where.value_or(where),
                   .message = use.whole ? "`" + use.expression + "` as a whole holds the secret '" + use.name + "'"
                                        : "the secret '" + use.name + "' would be seen here",
                   .expected = "secrets in `env` and `stdin` only",
                   .help = "give it to the program in a variable: env: { SECRET: \"${{ " + expression + " }}\" }"});
    ++told_;
  }
  return std::nullopt;
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

void StepChecker::check_metric(const recipe::Metric& metric, const expr::Declarations& names) {
  const auto type = type_of(*metric.value, names);
  if (!type) return;
  const Type one = type->tag() == Tag::kList ? type->element() : *type;
  const auto unit = parse_unit(metric.unit);
  Diagnostic problem{.code = Code::kWrongType, .where = metric.value->where};
  switch (one.tag()) {
    case Tag::kDyn:
    case Tag::kInt:
    case Tag::kUint:
    case Tag::kDouble: return;
    case Tag::kQuantity:
      if (!unit || !one.unit() || comparable(*one.unit(), *unit)) return;
      problem.code = Code::kDimension;
      problem.message =
          "the metric '" + metric.name.text + "' is in '" + metric.unit + "', this gives '" + one.unit()->symbol + "'";
      break;
    default:
      problem.message = "the metric '" + metric.name.text + "' must be a number, this gives " + type->text();
      problem.expected = "a number, a quantity in " + metric.unit + ", or a list of them";
      if (one.tag() == Tag::kString) problem.help = "convert it: double(…)";
      if (one.tag() == Tag::kDuration) problem.help = "convert it: quantity(…)";
  }
  problems_.add(std::move(problem));
}

void StepChecker::check(const recipe::RunAction& run, const expr::Declarations& names) {
  for (const recipe::TextField& word : run.argv) check(word, names);
  if (!run.script) return;
  for (const recipe::ShellScript::Variable& variable : run.script->variables)
    if (const auto type = type_of(recipe::ExpressionField{variable.expression, run.script->where}, names))
      check_fits_text(*type, variable.expression.place().value_or(run.script->where));
}

std::optional<Type> StepChecker::type_of(const recipe::ExpressionField& field, const expr::Declarations& names) {
  if (told_ > kMostProblems) return std::nullopt;
  return judge(expr::check(field.expression, names), field.where, SecretsHere::kNo);
}

// The outputs before it that an expression names, so that thousands of outputs do not cost thousands each; all of them
// where it uses them in another way, or names one that is not there: the message lists what is.
static Members named_outputs(const expr::Expression& expression, const Members& all,
                             const std::unordered_map<std::string_view, std::size_t>& index) {
  constexpr std::string_view kPrefix = "outputs.";
  if (expression.references().count("outputs") == 0) return {};
  if (expression.uses_whole("outputs")) return all;
  Members named;
  for (auto path = expression.references().lower_bound(std::string(kPrefix));
       path != expression.references().end() && path->starts_with(kPrefix); ++path) {
    const std::string_view rest = std::string_view(*path).substr(kPrefix.size());
    const auto found = index.find(rest.substr(0, rest.find('.')));
    if (found == index.end()) return all;
    named.push_back(all[found->second]);
  }
  return named;
}

Members StepChecker::outputs(const recipe::Step& step, const expr::Declarations& names) {
  Members types;
  std::unordered_map<std::string_view, std::size_t> index;
  for (const auto& [name, field] : step.outputs) {
    expr::Declarations with(&names);
    with.variable("outputs", Type::object(named_outputs(field.expression, types, index)));
    index.emplace(name.text, types.size());
    types.emplace_back(name.text, type_of(field, with).value_or(Type::dyn()));
  }
  return types;
}

// What an expression cannot know: which names a recipe has elsewhere.
void StepChecker::improve(Diagnostic& problem) {
  if (problem.help.empty() && problem.message.ends_with(" in params")) problem.help = "declare it under `params`";
  if (problem.help.empty() && problem.message.ends_with(" in outputs"))
    problem.help = "the step gives none by that name; an output itself sees those that stand above it";
  for (const std::string name : {"foreach", "item"}) {
    if (problem.message == "unknown name '" + name + "'")
      problem.help = "the values of `foreach` are in matrix, by the names that it gives them: matrix.NAME";
  }
  for (const std::string name : {"exit_code", "stdout", "stderr", "outputs"}) {
    if (problem.message == "unknown name '" + name + "'")
      problem.help = "it is known when the step has run: in `outputs` and `ensure`" +
                     std::string(name == "exit_code" || name == "outputs" ? "; of a step before it as steps.ID." + name
                                                                          : "; a step before it gives it by `outputs`");
    if (problem.message.starts_with("unknown name '" + name + "' in steps."))
      problem.help = "a step gives what it printed by its `outputs`, for example outputs: { text: " + name + " }";
  }
}

void StepChecker::improve_call(Diagnostic& problem) {
  for (const std::string name : {"success", "failure", "always"}) {
    if (problem.help.empty() && problem.message == "unknown function '" + name + "'")
      problem.help = "it is known in `if`; elsewhere a step before this one says it as steps.ID.verdict";
  }
}

// A problem whose place is inside a synthetic text gets the place of the field.
void StepChecker::add(const Diagnostics& found, const SourceSpan& where) {
  for (Diagnostic problem : found.items()) {
    if (!problem.where || problem.where->source->name != where.source->name) problem.where = where;
    if (problem.code == Code::kUnknownName) improve(problem);
    if (problem.code == Code::kUnknownFunction) improve_call(problem);
    problems_.add(std::move(problem));
    ++told_;
  }
}

}  // namespace assay::plan
