// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/check_values.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/text.h"
#include "engine/plan/planner.h"
#include "engine/plan/references.h"
#include "engine/plan/seen_rows.h"

namespace assay::plan {
namespace {

using expr::Kind;

constexpr std::string_view kOfFacts = "facts.";
constexpr std::string_view kOfRow = "matrix.";
constexpr std::string_view kOfSteps = "steps.";

// What a value becomes.
enum class Use : std::uint8_t { kValue, kText, kTextOrSecret };

// One expression of a step.
struct Field {
  const expr::Expression* expression;
  SourceSpan where;
  Use use = Use::kValue;
  bool of_row = false;                  // it reads the row
  std::string_view member = {};         // it is `matrix.MEMBER` and nothing else
  std::vector<std::string> steps = {};  // that it reads
  const Origin* done_for = nullptr;     // what sees no row is looked at once
};

// Whether only params, facts, target, matrix and members of `steps` are read; the steps go to `out`.
bool known_but_for_steps(const expr::Expression& expression, std::vector<std::string>& out) {
  if (known_when_planned(expression)) return true;
  if (asks_status(expression) || expression.uses_whole("steps")) return false;
  for (const std::string& name : expression.references()) {
    const std::string_view root = std::string_view(name).substr(0, name.find('.'));
    if (root == "params" || root == "facts" || root == "target" || root == "matrix" || name == "steps") continue;
    if (root != "steps") return false;
    const std::string_view rest = std::string_view(name).substr(kOfSteps.size());
    std::string id(rest.substr(0, rest.find('.')));
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(std::move(id));
  }
  return !out.empty();
}

std::vector<Field> fields_of(const recipe::Step& step) {
  std::vector<Field> out;
  const auto add = [&](const expr::Expression& expression, const SourceSpan& where, Use use) {
    Field field{.expression = &expression, .where = where, .use = use};
    if (!known_but_for_steps(expression, field.steps)) return;
    if (step.test && reads_facts(expression)) return;
    const auto& names = expression.references();
    field.of_row = std::any_of(names.begin(), names.end(),
                               [](const std::string& name) { return name == "matrix" || name.starts_with(kOfRow); });
    const std::string_view text = trim(expression.text());
    if (text.starts_with(kOfRow) && names.size() == 1 && *names.begin() == text && text.find('.', 7) == text.npos)
      field.member = text.substr(kOfRow.size());
    out.push_back(std::move(field));
  };
  const auto text = [&](const recipe::TextField& field, Use use) {
    for (const expr::TextPart& part : field.text.parts()) {
      if (part.expression) add(*part.expression, field.where, use);
    }
  };
  const auto run = [&](const recipe::RunAction& action) {
    for (const recipe::TextField& word : action.argv) text(word, Use::kText);
    if (!action.script) return;
    for (const auto& variable : action.script->variables)
      add(variable.expression, variable.expression.place().value_or(action.script->where), Use::kText);
  };
  run(step.run);
  if (step.check) {
    run(step.check->run);
    if (step.check->expect) add(step.check->expect->expression, step.check->expect->where, Use::kValue);
  }
  if (step.undo) run(step.undo->run);
  if (step.approve && step.approve->question) text(*step.approve->question, Use::kText);
  if (step.reboot) {
    for (const recipe::TextField& word : step.reboot->command) text(word, Use::kText);
  }
  for (const auto& [name, value] : step.env) text(value, Use::kTextOrSecret);
  if (step.cwd) text(*step.cwd, Use::kText);
  if (step.stdin_text) text(*step.stdin_text, Use::kTextOrSecret);
  if (step.action == recipe::ActionKind::kFacts) return out;  // its outputs are of the facts that it collects
  for (const auto& [name, output] : step.outputs) add(output.expression, output.where, Use::kValue);
  for (const recipe::ExpressionField& one : step.ensure) add(one.expression, one.where, Use::kValue);
  return out;
}

class ValueCheck {
 public:
  ValueCheck(const Plan& plan, const hardware::Facts* facts, Diagnostics& problems)
      : plan_(plan), facts_(facts), problems_(problems), rows_(plan) {
    some_undecidable_ = problems.has_errors();
    some_skipped_ = std::any_of(plan.steps.begin(), plan.steps.end(),
                                [](const PlannedStep& step) { return step.skip.has_value(); });
  }

  void check() {
    for (const Group& group : plan_.groups) {
      if (group.count == 0) continue;
      std::vector<Field> fields = fields_of(*plan_.steps[group.first].step);
      std::erase_if(fields, [&](const Field& field) { return told_.count(&field.expression->impl()) > 0; });
      if (fields.empty() && !plan_.steps[group.first].step->condition) continue;
      for (std::size_t i = group.first; i < group.first + group.count; ++i) {
        if (plan_.steps[i].skip || !is_carried_out(plan_.steps[i])) continue;
        for (std::size_t k = fields.size(); k-- > 0;) {
          if (!look(plan_.steps[i], fields[k])) fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(k));
        }
      }
    }
  }

 private:
  // Whether the run comes to its fields as far as its `if`, and those around it, have a say. One that asks for no value
  // (`always()`) keeps nothing from failing.
  bool is_carried_out(const PlannedStep& step) {
    for (const PlannedStep* at = &step; at != nullptr; at = at->container ? &plan_.steps[*at->container] : nullptr) {
      const auto& condition = at->step->condition;
      if (!condition || condition->expression.references().empty()) continue;
      const bool decided = known_when_planned(condition->expression);
      if (decided && some_undecidable_) {
        const auto value = value_of(*at, {.expression = &condition->expression, .where = {}});
        if (value && !*value) return false;
      }
      if (!decided && !holds(*at, *condition)) return false;
    }
    return true;
  }

  // An `if` over steps that are skipped has its value already.
  bool holds(const PlannedStep& step, const recipe::ExpressionField& condition) {
    Field field{.expression = &condition.expression, .where = condition.where};
    if (!some_skipped_ || !known_but_for_steps(condition.expression, field.steps)) return false;
    const auto value = value_of(step, field);
    if (!value) return false;
    if (*value) return (*value)->is(Kind::kBool) && (*value)->as_bool();
    if (is_on_the_way(step) && told_.insert(&condition.expression.impl()).second)
      tell_skipped(step, field, value->error());
    return false;
  }

  // A handler or a rescue step is reached only by what others did: maybe just by what is skipped.
  [[nodiscard]] bool is_on_the_way(const PlannedStep& step) const {
    for (const PlannedStep* at = &step; at != nullptr; at = at->container ? &plan_.steps[*at->container] : nullptr) {
      const Role role = plan_.groups[at->group].role;
      if (role == Role::kHandler || role == Role::kRescue) return false;
    }
    return true;
  }

  // nullopt: it is not known yet.
  std::optional<Result<expr::Value>> value_of(const PlannedStep& step, const Field& field) {
    if (facts_ == nullptr && reads_facts(*field.expression)) return std::nullopt;
    expr::Activation names = planning_names(step.origin->params, facts_, step.matrix);
    if (field.steps.empty()) return expr::evaluate(*field.expression, names);
    expr::Map steps;
    for (const std::string& id : field.steps) {
      const PlannedStep* const seen = seen_step(step, id);
      // What is not skipped well holds this step up, and one that holds others may have outputs of its own.
      if (seen == nullptr || !seen->skip || !is_skipped_well(seen->skip->kind) || !seen->members.empty())
        return std::nullopt;
      expr::Map skipped;  // as the run has it
      skipped.set("status", expr::Value::string("skipped"));
      skipped.set("verdict", expr::Value::string("skipped"));
      steps.set(id, expr::Value::map(std::move(skipped)));
    }
    const auto all = expr::Value::map(std::move(steps));
    names.variable = [&all, others = std::move(names.variable)](std::string_view name) {
      return name == "steps" ? std::optional(all) : others(name);
    };
    return expr::evaluate(*field.expression, names);
  }

  // The one instance that `steps.ID` means; nullptr: it means all of them.
  const PlannedStep* seen_step(const PlannedStep& viewer, const std::string& id) {
    if (groups_.empty()) {
      for (const Group& group : plan_.groups) groups_.emplace(group.id, &group);
    }
    const auto found = groups_.find(viewer.origin->scope + id);
    if (found == groups_.end() || found->second->count == 0) return nullptr;
    const Group& group = *found->second;
    const PlannedStep& first = plan_.steps[group.first];
    if (group.count == 1 && !first.step->matrix) return &first;
    const auto row = rows_.find(group, viewer);
    return row ? &plan_.steps[*row] : nullptr;
  }

  // Whether it has to be looked at for the next instance too.
  bool look(const PlannedStep& step, Field& field) {
    if (!field.steps.empty() && (!some_skipped_ || !is_on_the_way(step))) return false;
    if (!field.of_row && field.steps.empty()) {
      if (field.done_for == step.origin.get()) return true;
      field.done_for = step.origin.get();
    }
    if (!field.member.empty()) {  // most of them, and the row says it at once
      const expr::Value* const value = step.matrix.member(field.member);
      if (value != nullptr && (field.use == Use::kValue || expr::to_text(*value))) return true;
    }
    auto value = value_of(step, field);
    if (!value) return true;
    if (*value) {
      const bool secret = (*value)->is(Kind::kSecret);
      if (field.use == Use::kValue || expr::to_text(**value) || (secret && field.use == Use::kTextOrSecret))
        return true;
      tell(step, field,
           {.code = Code::kWrongType,
            .message = "a value of type " + expr::type_name(**value) + " cannot stand in text",
            .help = "choose a part of it, or convert it with string()"});
    } else if (!field.steps.empty()) {
      tell_skipped(step, field, value->error());
    } else {
      Diagnostic problem = std::move(*value).error();
      if (facts_ != nullptr) explain_missing_fact(problem, *field.expression, *facts_, false);
      tell(step, field, std::move(problem));
    }
    told_.insert(&field.expression->impl());
    return false;
  }

  void tell(const PlannedStep& step, const Field& field, Diagnostic problem) {
    if (!problem.where) problem.where = field.expression->place().value_or(field.where);
    problems_.add(std::move(problem).with_note("while planning '" + step.id + "'"));
  }

  void tell_skipped(const PlannedStep& step, const Field& field, const Diagnostic& why) {
    Diagnostic problem{
        .code = Code::kNotYetRun,
        .where = why.where,
        .message = "step '" + step.step->id.text + "' reads what a skipped step does not have: " + why.message,
        .help = "read it as an optional: `steps." + field.steps.front() +
                ".?outputs.?NAME.orValue(…)`, or skip this step too"};
    for (const std::string& id : field.steps)
      problem.notes.push_back({.text = "'" + id + "' is skipped: " + seen_step(step, id)->skip->reason});
    tell(step, field, std::move(problem));
  }

  const Plan& plan_;
  const hardware::Facts* facts_;
  Diagnostics& problems_;
  SeenRows rows_;
  bool some_skipped_ = false;
  bool some_undecidable_ = false;                              // steps whose `if` has no value, which is told
  std::unordered_map<std::string_view, const Group*> groups_;  // by id, made when first asked
  std::unordered_set<const expr::Expression::Impl*> told_;
};

}  // namespace

void explain_missing_fact(Diagnostic& problem, const expr::Expression& expression, const hardware::Facts& facts,
                          bool condition) {
  for (const std::string& reference : expression.references()) {
    if (!reference.starts_with(kOfFacts)) continue;
    std::string path = "facts";
    const expr::Value* at = &facts.tree;
    for (const std::string_view name : split(std::string_view(reference).substr(kOfFacts.size()), '.')) {
      const expr::Value* const next = at != nullptr ? at->member(name) : nullptr;
      const bool is_it = at != nullptr && at->is(Kind::kMap) && next == nullptr &&
                         problem.message == "no key '" + std::string(name) + "' in " + path;
      path += '.' + std::string(name);
      at = next;
      if (!is_it) continue;
      for (std::string missing = path.substr(kOfFacts.size()); !missing.empty();) {
        const auto why = facts.missing.find(missing);
        if (why != facts.missing.end()) {
          problem.notes.push_back({.text = "facts." + missing + ": " + why->second});
          break;
        }
        missing.resize(missing.find('.') == std::string::npos ? 0 : missing.rfind('.'));
      }
      const std::string optional = "facts.?" + replace_all(reference.substr(kOfFacts.size()), ".", ".?");
      problem.help = "for machines without it: `" +
                     (condition && path == reference ? "has(" + reference + ") && …`" : optional + ".orValue(…)`");
      return;
    }
  }
}

void check_values(const Plan& plan, const hardware::Facts* facts, Diagnostics& problems) {
  ValueCheck(plan, facts, problems).check();
}

}  // namespace assay::plan
