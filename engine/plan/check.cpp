// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/check.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <unordered_map>

#include "engine/base/text.h"
#include "engine/expr/typed_json.h"
#include "engine/plan/arguments.h"
#include "engine/plan/check_matrix.h"
#include "engine/plan/check_names.h"
#include "engine/plan/flat.h"
#include "engine/plan/references.h"
#include "engine/plan/seen_rows.h"
#include "engine/plan/step_checker.h"

namespace assay::plan {
namespace {

using expr::Type;
using Tag = expr::Type::Tag;

Type text_type() { return Type::of(Tag::kString); }

// What a step looks like to another one.
struct StepTypes {
  std::vector<std::string> rows;  // the names that rows go by; empty: no matrix
  Type matrix;
  Type instance;   // one instance
  Type aggregate;  // all of them
};

Type step_type(const Type& outputs) {
  return Type::object({{"status", status_type()},
                       {"verdict", verdict_type()},
                       {"outputs", outputs},
                       {"exit_code", Type::of(Tag::kInt)}});
}

// `outputs` stands there so that its use gets the message of check_aggregates() and no second one.
Type aggregate_type(const Type& matrix, const Type& outputs) {
  const Type one = Type::object({{"target", text_type()},
                                 {"matrix", matrix},
                                 {"status", status_type()},
                                 {"verdict", verdict_type()},
                                 {"outputs", outputs}});
  return Type::object({{"status", status_type()},
                       {"verdict", verdict_type()},
                       {"instances", Type::list(one)},
                       {"outputs", Type::dyn()},
                       {"exit_code", Type::dyn()}});
}

// What a person's answer is to later steps.
Members answer_outputs(const recipe::ApproveAction& approve) {
  Type answer = text_type();
  if (approve.answer == recipe::ParamType::kBool) answer = Type::of(Tag::kBool);
  if (approve.answer == recipe::ParamType::kInt) answer = Type::of(Tag::kInt);
  if (approve.answer == recipe::ParamType::kNumber) answer = Type::of(Tag::kDouble);
  if (approve.answer == recipe::ParamType::kEnum) answer = Type::one_of(approve.choices);
  return {{"answer", answer}, {"who", text_type()}, {"note", text_type()}};
}

Members reboot_outputs() { return {{"boots", Type::of(Tag::kInt)}, {"seconds", Type::list(Type::of(Tag::kDouble))}}; }

// What the fields of a step may name.
struct Scope {
  explicit Scope(const expr::Declarations& outer) : fields(&outer), conditions(&fields), results(&fields) {
    for (const char* function : {"success", "failure", "always"}) conditions.function(function, Type::of(Tag::kBool));
    declare_results(results);
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() = default;

  expr::Declarations fields;
  expr::Declarations conditions;  // with the status functions
  expr::Declarations results;     // with stdout, stderr and exit_code
};

class RecipeChecker {
 public:
  RecipeChecker(const recipe::Recipe& recipe, const UsedRecipes& uses, Diagnostics& problems)
      : recipe_(recipe),
        uses_(uses),
        problems_(problems),
        checker_(problems),
        steps_(flatten(recipe)),
        base_(common_names(recipe.params)),
        before_others_(&base_) {
    before_others_.variable("steps", Type::dyn());
    before_others_.variable("matrix", Type::dyn());
    declare_results(before_others_);
  }

  void use_suites(const std::vector<SuiteInUse>& suites) {
    for (const SuiteInUse& use : suites) suites_.emplace(use.step, &use.suite->params);
  }

  void run() {
    check_names(recipe_, steps_, problems_);
    check_pools_inside(recipe_, uses_, problems_);
    check_turns(recipe_, steps_, problems_);
    check_circles(steps_, problems_);
    check_profiles();
    type_steps();
    for (std::size_t i = 0; i < steps_.size(); ++i) check_step(i);
    for (std::size_t i = 0; i < steps_.size(); ++i) check_references(i);
    check_settled();
    outputs();
    std::set<std::string> told;
    for (const auto& [name, field] : recipe_.outputs) check_aggregates(field.expression, field.where, {}, told);
    if (recipe_.rollout && recipe_.rollout->gate) {
      expr::Declarations names(&base_);
      names.variable("batch", Type::object({{"total", Type::of(Tag::kInt)}, {"failed", Type::of(Tag::kInt)}}));
      checker_.check(*recipe_.rollout->gate, names, Tag::kBool, "gate");
    }
  }

  // The types of the recipe's own outputs.
  Members outputs() {
    Members types;
    if (recipe_.outputs.empty()) return types;
    const Scope& scope = outside();
    for (const auto& [name, field] : recipe_.outputs)
      types.emplace_back(name.text, checker_.type_of(field, scope.fields).value_or(Type::dyn()));
    return types;
  }

  Type steps() { return *outside().fields.find_variable("steps"); }

 private:
  // Names outside all steps.
  const Scope& outside() {
    type_steps();
    return scope_of({});
  }

  void check_profiles() {
    for (const recipe::Profile& profile : recipe_.profiles) {
      for (const auto& [name, value] : profile.params) check_argument(recipe_.params, name, &value, problems_);
    }
  }

  // What each step looks like to others; once.
  void type_steps() {
    if (!types_.empty()) return;
    index_.reserve(steps_.size());
    types_.resize(steps_.size());
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const recipe::Step& step = *steps_[i].step;
      index_.emplace(step.id.text, i);
      longest_id_ = std::max(longest_id_, step.id.text.size());
      if (!step.matrix) continue;
      types_[i].rows = row_names(*step.matrix);
      types_[i].matrix = check_matrix(step, checker_, base_, problems_);
    }
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].step->outputs.empty()) {
        set_outputs(i, declared_outputs(*steps_[i].step));
      } else {
        open.push_back(i);
      }
    }
    type_outputs(std::move(open));
  }

  // The outputs of steps whose expressions do not make them; nullopt: of a recipe that is not here.
  std::optional<Members> declared_outputs(const recipe::Step& step) const {
    if (step.approve) return answer_outputs(*step.approve);
    if (step.action == recipe::ActionKind::kReboot) return reboot_outputs();
    const auto used = uses_.find(step.id.text);
    if (used == uses_.end()) return Members();
    return used->second ? std::optional(used->second->output_types) : std::nullopt;
  }

  void set_outputs(std::size_t i, std::optional<Members> outputs) {
    const recipe::Step& step = *steps_[i].step;
    StepTypes& out = types_[i];
    const bool none = outputs && outputs->empty();
    const Type output_type = !outputs ? Type::dyn() : none ? no_outputs_ : Type::object(std::move(*outputs));
    if (step.action != recipe::ActionKind::kSuite) out.instance = none ? without_outputs_ : step_type(output_type);
    if (step.matrix) out.aggregate = aggregate_type(out.matrix, output_type);
  }

  // Types outputs before any step is checked, those first that others are made of; what is wrong with them is told
  // when their step is checked. In a circle, which is a mistake of its own, something is dyn.
  void type_outputs(std::vector<std::size_t> open) {
    enum class State : std::uint8_t { kOpen, kBegun, kTyped };
    std::vector<State> states(steps_.size(), State::kTyped);
    for (const std::size_t i : open) states[i] = State::kOpen;
    std::reverse(open.begin(), open.end());
    while (!open.empty()) {
      const std::size_t i = open.back();
      if (states[i] == State::kTyped) {
        open.pop_back();
        continue;
      }
      const OutputReads reads = reads_of_outputs(*steps_[i].step);
      if (states[i] == State::kOpen) {
        states[i] = State::kBegun;
        const std::size_t before = open.size();
        std::copy_if(reads.steps.begin(), reads.steps.end(), std::back_inserter(open),
                     [&](std::size_t one) { return states[one] == State::kOpen; });
        if (open.size() > before) continue;
      }
      states[i] = State::kTyped;
      open.pop_back();
      set_outputs(i, typed_outputs(i, reads));
    }
  }

  struct OutputReads {
    std::set<std::size_t> steps;
    bool any_step = false;  // which ones is not known
  };
  [[nodiscard]] OutputReads reads_of_outputs(const recipe::Step& step) const {
    OutputReads out;
    for (const auto& [name, field] : step.outputs) {
      for (const std::string& path : field.expression.references()) {
        if (path == "steps" && field.expression.uses_whole(path)) out.any_step = true;
        if (!path.starts_with("steps.")) continue;
        const auto found = index_.find(std::string_view(path).substr(6, path.find('.', 6) - 6));
        if (found != index_.end()) out.steps.insert(found->second);
      }
    }
    return out;
  }

  Members typed_outputs(std::size_t i, const OutputReads& reads) {
    const recipe::Step& step = *steps_[i].step;
    Diagnostics unheard;
    if (!step.matrix && (reads.steps.empty() || reads.any_step))
      return StepChecker(unheard).outputs(step, before_others_);
    expr::Declarations names(&before_others_);
    if (step.matrix) names.variable("matrix", types_[i].matrix);
    if (!reads.any_step && !reads.steps.empty()) {
      Members seen;
      for (const std::size_t other : reads.steps) {
        if (other != i) seen.emplace_back(steps_[other].step->id.text, seen_type(other, types_[i].rows));
      }
      names.variable("steps", Type::object(std::move(seen)));
    }
    return StepChecker(unheard).outputs(step, names);
  }

  // How a step whose rows go by `own` sees another one.
  [[nodiscard]] const Type& seen_type(std::size_t i, const std::vector<std::string>& own) const {
    const StepTypes& types = types_[i];
    return !steps_[i].step->matrix || sees_one_instance(types.rows, own) ? types.instance : types.aggregate;
  }

  // Names for a step whose rows go by `own`; made once for each set of those.
  const Scope& scope_of(const std::vector<std::string>& own) {
    const auto [scope, added] = scopes_.try_emplace(join(own, ","), base_);
    if (!added) return scope->second;
    Members steps;
    steps.reserve(steps_.size());
    for (std::size_t i = 0; i < steps_.size(); ++i) steps.emplace_back(steps_[i].step->id.text, seen_type(i, own));
    scope->second.fields.variable("steps", Type::object(std::move(steps)));
    return scope->second;
  }

  void check_step(std::size_t i) {
    const recipe::Step& step = *steps_[i].step;
    const std::size_t before = problems_.items().size();
    const Scope& shared = scope_of(types_[i].rows);
    if (step.matrix) {
      Scope own(shared.fields);
      own.fields.variable("matrix", types_[i].matrix);
      check_fields(step, own);
    } else {
      check_fields(step, shared);
    }
    if (step.run.script && step.run.script->has_pipeline && !step.run.bash && problems_.items().size() == before) {
      problems_.add({.code = Code::kShellPipeline,
                     .severity = Severity::kWarning,
                     .where = step.run.script->where,
                     .message = "a pipeline in sh reports only the last command's result",
                     .help = "add `shell: bash`, which stops at the first failure in a pipeline"});
    }
  }

  void check_fields(const recipe::Step& step, const Scope& scope) {
    const expr::Declarations& names = scope.fields;
    if (step.condition) checker_.check(*step.condition, scope.conditions, Tag::kBool, "if");
    checker_.check(step.run, names);
    for (const auto& [name, value] : step.env) checker_.check(value, names, SecretsHere::kYes);
    if (step.cwd) checker_.check(*step.cwd, names);
    if (step.stdin_text) checker_.check(*step.stdin_text, names, SecretsHere::kYes);
    check_arguments(step, names);
    check_pools(step, names);
    if (step.approve && step.approve->question) checker_.check(*step.approve->question, names);
    if (step.reboot) {
      for (const recipe::TextField& word : step.reboot->command) checker_.check(word, names);
    }
    if (step.check) {
      checker_.check(step.check->run, names);
      if (step.check->expect) checker_.check(*step.check->expect, scope.results, Tag::kBool, "expect");
    }
    if (step.outputs.empty() && step.ensure.empty() && !step.undo) return;
    expr::Declarations after(&scope.results);
    after.variable("outputs", Type::object(checker_.outputs(step, scope.results)));
    for (const recipe::ExpressionField& field : step.ensure) checker_.check(field, after, Tag::kBool, "ensure");
    if (!step.undo) return;
    expr::Declarations undo(&names);  // knows what the step gave, and nothing of its process
    undo.variable("outputs", *after.find_variable("outputs"));
    checker_.check(step.undo->run, undo);
  }

  // What the recipe or suite of a step declares; nullptr: it is not here.
  const std::vector<recipe::Param>* params_of(const recipe::Step& step) const {
    const auto used = uses_.find(step.id.text);
    if (used != uses_.end()) return used->second ? &used->second->recipe->params : nullptr;
    const auto suite = suites_.find(step.id.text);
    return suite != suites_.end() ? suite->second : nullptr;
  }

  // A secret may be handed on to a secret; what a recipe that is not here takes is checked when it is.
  static SecretsHere takes_secrets(const std::vector<recipe::Param>* params, const recipe::Name& name) {
    const bool takes =
        params == nullptr || std::any_of(params->begin(), params->end(), [&](const recipe::Param& param) {
          return param.name.text == name.text && param.type == recipe::ParamType::kSecret;
        });
    return takes ? SecretsHere::kYes : SecretsHere::kNo;
  }

  // `with`: what a step gives to a recipe or suite. Values for a suite are checked where it is loaded.
  void check_arguments(const recipe::Step& step, const expr::Declarations& names) {
    const std::vector<recipe::Param>* const params = params_of(step);
    for (const auto& [name, argument] : step.with) {
      const auto* text = std::get_if<recipe::TextField>(&argument);
      if (text == nullptr) continue;
      const bool late = std::any_of(
          text->text.parts().begin(), text->text.parts().end(),
          [](const expr::TextPart& part) { return part.expression && !known_when_planned(*part.expression); });
      if (late) {
        problems_.add({.code = Code::kNotYetRun,
                       .where = text->where,
                       .message = "'with' is read when the run is planned; this is known only later",
                       .expected = "expressions over params, facts, target and matrix"});
      } else if (const auto type = checker_.type_of(*text, names, takes_secrets(params, name))) {
        if (params != nullptr) check_argument_type(*params, name, *type, text->where, problems_);
      }
    }
    if (params == nullptr || step.action == recipe::ActionKind::kSuite) return;
    plan::check_arguments(*params, step.with, problems_);
    check_missing(*params, step.with, recipe_.params, step.id, problems_);
  }

  // Names of pools that rows make.
  void check_pools(const recipe::Step& step, const expr::Declarations& names) {
    for (const recipe::PoolUse& use : step.pools) {
      if (!use.name_of_row) continue;
      const auto& parts = use.name_of_row->text.parts();
      const bool late = std::any_of(parts.begin(), parts.end(), [](const expr::TextPart& part) {
        return part.expression && !known_when_planned(*part.expression);
      });
      const auto type = late ? std::nullopt : checker_.type_of(*use.name_of_row, names);
      if (late) {
        problems_.add({.code = Code::kNotYetRun,
                       .where = use.pool.where,
                       .message = "'pool' is read when the run is planned; this is known only later",
                       .expected = "expressions over params, facts, target and matrix"});
      } else if (type && type->tag() != Tag::kString && type->tag() != Tag::kDyn) {
        problems_.add({.code = Code::kWrongType,
                       .where = use.pool.where,
                       .message = "a pool goes by a name, this gives " + type->text()});
      }
    }
  }

  // What the expressions of a step may name: steps that are settled, see check_settled(), and outputs of one instance.
  void check_references(std::size_t i) {
    std::set<std::string> told;
    for_each_expression(*steps_[i].step, [&](const expr::Expression& expression, const SourceSpan& where) {
      for (const std::string& path : expression.references()) {
        const auto seen = step_in(path, expression);
        if (!seen) continue;
        if (told.insert(steps_[*seen].step->id.text).second) {
          questions_.push_back({.step = *seen, .asker = i});
          asked_in_.emplace_back(&expression, &where);
        }
      }
      check_aggregates(expression, where, types_[i].rows, told);
    });
  }

  // The step that "steps.ID.outputs.x" is of.
  [[nodiscard]] std::optional<std::size_t> step_in(const std::string& path, const expr::Expression& expression) const {
    if (!path.starts_with("steps.")) return std::nullopt;
    const std::string id = path.substr(6, path.find('.', 6) - 6);
    const auto found = index_.find(id);
    if (found == index_.end() || begins_longer_name(id, expression)) return std::nullopt;
    return found->second;
  }

  // What only an instance has, of a step of which all are seen. `told`: "ID/outputs" where that was said.
  void check_aggregates(const expr::Expression& expression, const SourceSpan& where,
                        const std::vector<std::string>& own, std::set<std::string>& told) {
    for (const std::string& path : expression.references()) {
      const auto seen = step_in(path, expression);
      if (!seen || !steps_[*seen].step->matrix || sees_one_instance(types_[*seen].rows, own)) continue;
      const std::string& id = steps_[*seen].step->id.text;
      for (const std::string member : {"outputs", "exit_code"}) {
        if (!(path + '.').starts_with("steps." + id + '.' + member + '.') || !told.insert(id + '/' + member).second)
          continue;
        const bool outputs = member == "outputs";
        problems_.add({.code = Code::kAggregate,
                       .where = expression.place().value_or(where),
                       .message = "'" + id + "' has a matrix: " +
                                  (outputs ? "its outputs are those of its instances"
                                           : "it has no exit code, only its instances end with one"),
                       .help = "for example: steps." + id + ".instances." +
                               (outputs ? "map(i, i.outputs.NAME)" : "all(i, i.verdict == 'pass')")});
      }
    }
  }

  // "steps.disk-check" names no step 'disk'; the expression itself is told of.
  [[nodiscard]] bool begins_longer_name(const std::string& id, const expr::Expression& expression) const {
    constexpr std::string_view kSteps = "steps.";
    const std::string_view text = expression.text();
    const std::string longer = std::string(kSteps) + id + '-';
    for (std::size_t at = text.find(longer); at != std::string_view::npos; at = text.find(longer, at + 1)) {
      const std::size_t begin = at + kSteps.size();
      for (std::size_t end = at + longer.size(); end <= text.size(); ++end) {
        if (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
          continue;
        if (end - begin > longest_id_) break;
        if (index_.count(text.substr(begin, end - begin)) > 0) return true;
        if (end == text.size() || text[end] != '-') break;
      }
    }
    return false;
  }

  // steps.x must be settled before.
  void check_settled() {
    const std::vector<bool> settled = settled_before(steps_, questions_);
    std::vector<SettledQuestion> other_way;
    for (const SettledQuestion& question : questions_)
      other_way.push_back({.step = question.asker, .asker = question.step});
    const std::vector<bool> comes_later =
        std::count(settled.begin(), settled.end(), false) > 0 ? settled_before(steps_, other_way) : settled;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      if (settled[i]) continue;
      const auto& [expression, where] = asked_in_[i];
      problems_.add({.code = Code::kNotYetRun,
                     .where = expression->place().value_or(*where),
                     .message = "step '" + id_of(questions_[i].asker) + "' uses '" + id_of(questions_[i].step) +
                                "', which may not have run yet",
                     .help = settled_cure(questions_[i], comes_later[i])});
    }
  }

  [[nodiscard]] const std::string& id_of(std::size_t step) const { return steps_[step].step->id.text; }

  // `comes_later`: the step that is looked at needs the one that looks, so that it cannot be needed in turn.
  [[nodiscard]] std::string settled_cure(const SettledQuestion& question, bool comes_later) const {
    const std::string& id = id_of(question.step);
    if (question.asker == question.step) return "a step sees what came of it as stdout, exit_code and outputs";
    if (!comes_later) return "add '" + id + "' to its needs";
    return "'" + id + "' comes after it: move '" + id + "' before '" + id_of(question.asker) + "'";
  }

  const recipe::Recipe& recipe_;
  const UsedRecipes& uses_;
  std::map<std::string_view, const std::vector<recipe::Param>*> suites_;  // by the step that uses it
  Diagnostics& problems_;
  StepChecker checker_;
  std::vector<FlatStep> steps_;
  const Type no_outputs_ = Type::object({});
  const Type without_outputs_ = step_type(no_outputs_);  // most steps
  expr::Declarations base_;
  expr::Declarations before_others_;  // for types of outputs, before the other steps are known
  std::vector<StepTypes> types_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::size_t longest_id_ = 0;
  std::map<std::string, Scope> scopes_;
  std::vector<SettledQuestion> questions_;  // which steps the expressions of others name, and …
  std::vector<std::pair<const expr::Expression*, const SourceSpan*>> asked_in_;  // … where
};

}  // namespace

Type status_type() {
  static const Type kType =
      Type::one_of({"pending", "running", "waiting", "finished", "error", "skipped", "cancelled"});
  return kType;
}
Type verdict_type() {
  static const Type kType = Type::one_of({"pass", "fail", "inconclusive", "waived", "skipped", "error"});
  return kType;
}

Members output_types(const recipe::Recipe& recipe, const UsedRecipes& uses) {
  Diagnostics unheard;  // check_recipe() tells them
  return RecipeChecker(recipe, uses, unheard).outputs();
}

Type steps_type(const recipe::Recipe& recipe, const UsedRecipes& uses) {
  Diagnostics unheard;
  return RecipeChecker(recipe, uses, unheard).steps();
}

Diagnostics check_recipe(const recipe::Recipe& recipe, const UsedRecipes& uses, const std::vector<SuiteInUse>& suites) {
  Diagnostics problems;
  RecipeChecker checker(recipe, uses, problems);
  checker.use_suites(suites);
  checker.run();
  return problems;
}

}  // namespace assay::plan
