// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "engine/base/text.h"
#include "engine/plan/check_values.h"
#include "engine/plan/known_values.h"
#include "engine/plan/matrix.h"
#include "engine/plan/planner.h"
#include "engine/plan/pools.h"
#include "engine/plan/references.h"
#include "engine/plan/seen_rows.h"

namespace assay::plan {
namespace {

using Indices = std::vector<std::size_t>;

class RecipePlanner {
 public:
  explicit RecipePlanner(Planner& planner) : planner_(planner) {}

  // Adds the steps of a recipe; those without needs wait for `outer`. Gives the instances of its outermost steps.
  Indices add(const LoadedRecipe& loaded, const expr::Value& params, const std::string& prefix, const Indices& outer,
              std::vector<std::string> changing = {}) {
    const std::vector<FlatStep> flat = flatten(*loaded.recipe);
    declare_pools(*loaded.recipe, planner_.plan);
    const auto origin =
        std::make_shared<const Origin>(Origin{params, prefix, loaded.recipe->path.parent_path(), std::move(changing)});
    planner_.make_room(flat.size(), flat.size());
    std::vector<std::size_t> group_of(flat.size());
    const std::vector<std::optional<PlannedSkip>> around = closed_blocks(flat, params, prefix);
    Indices outermost;
    for (const std::size_t i : in_order(flat)) {
      Indices needs = flat[i].needs.empty() ? outer : Indices();
      for (const std::size_t need : flat[i].needs) needs.push_back(group_of[need]);
      const auto& condition = flat[i].step->condition;
      planner_.note_secrets(*flat[i].step);
      const bool decided_now = condition && known_when_planned(condition->expression);
      const Place place{loaded, flat[i], origin, std::move(needs), decided_now, around[i]};
      group_of[i] = add_instances(place);
      if (!flat[i].block) add_range(planner_.plan.groups[group_of[i]], outermost);
    }
    close_blocks(flat, group_of);
    return outermost;
  }

  // Conditions that have no value, of steps that are neither skipped nor left out; each step once.
  void tell_undecidable() {
    if (undecidable_.empty()) return;
    for (const PlannedStep& step : planner_.plan.steps) {
      const auto found = undecidable_.find(step.step.get());
      if (found == undecidable_.end() || step.skip || found->second.first != step.id) continue;
      planner_.problems().add(std::move(found->second.second));
      undecidable_.erase(found);
    }
  }

 private:
  // One step of one recipe in use.
  struct Place {
    const LoadedRecipe& loaded;
    const FlatStep& flat;
    const std::shared_ptr<const Origin>& origin;
    Indices needs;                             // groups
    bool decided_now;                          // its `if` can be decided when planning
    const std::optional<PlannedSkip>& around;  // why a block that it stands in is skipped, where that is known
  };

  // For each step why a block around it is skipped, as far as planning can tell. Blocks follow their steps.
  [[nodiscard]] std::vector<std::optional<PlannedSkip>> closed_blocks(const std::vector<FlatStep>& flat,
                                                                      const expr::Value& params,
                                                                      const std::string& prefix) const {
    std::vector<std::optional<PlannedSkip>> out(flat.size());
    for (std::size_t i = flat.size(); i-- > 0;) {
      if (!flat[i].block) continue;
      const recipe::Step& block = *flat[*flat[i].block].step;
      out[i] = out[*flat[i].block];
      const bool decided_now = !out[i] && block.condition && known_when_planned(block.condition->expression);
      if (decided_now && !holds_now(block, params, expr::Value()).value_or(true))
        out[i] = PlannedSkip{"condition of " + prefix + block.id.text, "condition"};
    }
    return out;
  }

  // What is needed first; else as the file has it. There are no circles: the recipe has been checked.
  static Indices in_order(const std::vector<FlatStep>& flat) {
    Indices order;
    std::vector<std::size_t> left(flat.size());
    std::vector<Indices> dependants(flat.size());
    std::set<std::size_t> ready;
    for (std::size_t i = 0; i < flat.size(); ++i) {
      left[i] = flat[i].needs.size();
      for (const std::size_t need : flat[i].needs) dependants[need].push_back(i);
      if (left[i] == 0) ready.insert(i);
    }
    while (!ready.empty()) {
      const std::size_t next = *ready.begin();
      ready.erase(ready.begin());
      order.push_back(next);
      for (const std::size_t dependant : dependants[next]) {
        if (--left[dependant] == 0) ready.insert(dependant);
      }
    }
    return order;
  }

  static void add_range(const Group& group, Indices& out) {
    for (std::size_t i = 0; i < group.count; ++i) out.push_back(group.first + i);
  }

  // Blocks stand for their steps; known only now that those have instances.
  void close_blocks(const std::vector<FlatStep>& flat, const std::vector<std::size_t>& group_of) {
    for (std::size_t i = 0; i < flat.size(); ++i) {
      if (!flat[i].block || planner_.plan.groups[group_of[*flat[i].block]].count == 0) continue;
      const std::size_t block = planner_.plan.groups[group_of[*flat[i].block]].first;
      const Group& group = planner_.plan.groups[group_of[i]];
      add_range(group, planner_.plan.steps[block].members);
      for (std::size_t k = 0; k < group.count; ++k) planner_.plan.steps[group.first + k].container = block;
    }
  }

  // The rows of a step; nullopt where there is no matrix, and after a problem.
  std::optional<MatrixRows> rows(const Place& place) {
    const recipe::Step& step = *place.flat.step;
    if (!step.matrix) return std::nullopt;
    auto made = rows_of(*step.matrix, planning_names(place.origin->params, planner_.input().facts, expr::Value()),
                        planner_.plan.facts.get());
    if (made) return std::move(*made);
    Diagnostic problem = std::move(made).error();
    if (!problem.where) problem.where = step.matrix->where;
    planner_.problems().add(std::move(problem).with_note("while planning step '" + step.id.text + "'"));
    return std::nullopt;
  }

  // `row`: nullopt where there is no matrix.
  PlannedStep instance_of(const Place& place, std::optional<expr::Map> row, const ValueNames& names = {}) {
    const recipe::Step& step = *place.flat.step;
    PlannedStep out;
    out.id = place.origin->scope + (row ? instance_id(step.id.text, *row, names) : step.id.text);
    out.step = std::shared_ptr<const recipe::Step>(place.loaded.recipe, &step);
    out.origin = place.origin;
    if (row) out.matrix = expr::Value::map(std::move(*row));
    if (place.around) {
      out.skip = *place.around;
    } else if (place.decided_now) {
      decide(out);
    }
    if (!step.pools.empty()) resolve_pools(out, planner_);
    if (step.action == recipe::ActionKind::kReboot) out.noisy = true;
    return out;
  }

  // `if` as far as planning can tell (semantics 2.5).
  [[nodiscard]] Result<bool> holds_now(const recipe::Step& step, const expr::Value& params,
                                       const expr::Value& matrix) const {
    ASSAY_TRY(const expr::Value holds,
              expr::evaluate(step.condition->expression, planning_names(params, planner_.input().facts, matrix)));
    return !holds.is(expr::Kind::kBool) || holds.as_bool();
  }

  void decide(PlannedStep& instance) {
    const recipe::ExpressionField& condition = *instance.step->condition;
    auto holds = holds_now(*instance.step, instance.origin->params, instance.matrix);
    if (holds && !*holds) instance.skip = PlannedSkip{"condition: " + condition.expression.text(), "condition"};
    const hardware::Facts* const facts = planner_.input().facts;
    if (holds || (facts == nullptr && reads_facts(condition.expression))) return;
    Diagnostic problem = std::move(holds).error();
    if (!problem.where) problem.where = condition.where;
    if (facts != nullptr) explain_missing_fact(problem, condition.expression, *facts, true);
    undecidable_.try_emplace(instance.step.get(), instance.id,
                             std::move(problem).with_note("while planning '" + instance.id + "'"));
  }

  // Gives every instance of a step to `take`.
  template <class Take>
  void for_each_instance(const Place& place, Take take) {
    auto made = rows(place);
    if (!made) return take(instance_of(place, std::nullopt));
    planner_.make_room(made->rows.size());
    std::unordered_set<std::string> ids;
    for (expr::Map& row : made->rows) {
      PlannedStep instance = instance_of(place, std::move(row), made->names);
      if (made->distinct || ids.insert(instance.id).second) {
        take(std::move(instance));
      } else {
        planner_.problems().add(same_instance(*place.flat.step->matrix, instance.id));
      }
    }
    if (!made->rows.empty()) return;
    // A list without elements must be seen, not vanish.
    PlannedStep none;
    none.id = place.origin->scope + place.flat.step->id.text;
    none.step = std::shared_ptr<const recipe::Step>(place.loaded.recipe, place.flat.step);
    none.origin = place.origin;
    none.skip = PlannedSkip{"its matrix has no rows on this machine", "not_applicable"};
    take(std::move(none));
  }

  // All instances of a step with what is inside them; gives its group.
  std::size_t add_instances(const Place& place) {
    const recipe::Step& step = *place.flat.step;
    const std::string id = place.origin->scope + step.id.text;
    if (planner_.plan.steps.size() > kMostSteps) {
      if (!too_many_) {
        planner_.problems().add({.code = Code::kTooLarge,
                                 .where = step.id.where,
                                 .message = "the plan has more than " + std::to_string(kMostSteps) + " steps",
                                 .help = "split the recipe, or give its matrices fewer rows"});
      }
      too_many_ = true;
      return planner_.begin_group(id, place.needs, place.flat.role);
    }
    if (step.action != recipe::ActionKind::kSuite && step.action != recipe::ActionKind::kUse) {
      const std::size_t group = planner_.begin_group(id, place.needs, place.flat.role);
      for_each_instance(place, [&](PlannedStep instance) { planner_.add_step(std::move(instance)); });
      return group;
    }
    std::vector<PlannedStep> instances;
    Indices needs = place.needs;
    const std::size_t first_inside = planner_.plan.groups.size();
    for_each_instance(place, [&](PlannedStep instance) {
      instance.members =
          step.action == recipe::ActionKind::kSuite ? add_suite(place, instance) : add_use(place, instance);
      instances.push_back(std::move(instance));
    });
    for (std::size_t i = first_inside; i < planner_.plan.groups.size(); ++i) needs.push_back(i);
    const std::size_t group = planner_.begin_group(id, std::move(needs), place.flat.role);
    for (PlannedStep& instance : instances) {
      const Indices members = instance.members;
      const std::size_t index = planner_.add_step(std::move(instance));
      for (const std::size_t member : members) planner_.plan.steps[member].container = index;
    }
    return group;
  }

  // The parameters a step gives, for one instance.
  std::vector<recipe::GivenParam> arguments(const recipe::Step& step, const PlannedStep& instance) {
    std::vector<recipe::GivenParam> out;
    for (const auto& [name, argument] : step.with) {
      if (const auto* value = std::get_if<expr::Value>(&argument)) {
        out.push_back({name.text, *value, name.where});
        continue;
      }
      const auto& field = std::get<recipe::TextField>(argument);
      auto value =
          field.text.evaluate(planning_names(instance.origin->params, planner_.input().facts, instance.matrix));
      if (value) {
        out.push_back({name.text, std::move(*value), name.where});
        continue;
      }
      Diagnostic problem = std::move(value).error();
      if (!problem.where) problem.where = field.where;
      planner_.problems().add(std::move(problem).with_note("while planning '" + instance.id + "'"));
    }
    return out;
  }

  // The parameters inside whose values are made of facts that change by themselves.
  [[nodiscard]] std::vector<std::string> changing_params(const recipe::Step& step, const PlannedStep& instance,
                                                         const Planner::Inner& inner) const {
    std::vector<std::string> out;
    if (planner_.plan.facts == nullptr) return out;
    const KnownValues known(planner_.plan);
    for (const auto& [name, argument] : step.with) {
      const auto* const text = std::get_if<recipe::TextField>(&argument);
      if (text != nullptr && known.changes(instance, *text)) out.push_back(name.text);
    }
    for (const std::string& name : instance.origin->changing) {
      const auto from = inner.from->find(name);
      if (from != inner.from->end() && from->second == Planner::handed_down(name)) out.push_back(name);
    }
    return out;
  }

  Indices add_suite(const Place& place, PlannedStep& instance) {
    Indices members;
    const recipe::Step& step = *place.flat.step;
    for (const SuiteInUse& use : place.loaded.suites) {
      if (use.step != step.id.text || instance.skip) continue;
      Planner::Inner inner =
          planner_.inner_params(use.suite->params, arguments(step, instance), place.origin->params, &step.id);
      std::vector<std::string> changing = changing_params(step, instance, inner);
      const auto origin =
          std::make_shared<const Origin>(Origin{inner.values, {}, use.suite->path.parent_path(), changing});
      instance.inside =
          Inside{.params = std::move(inner.values), .from = std::move(inner.from), .changing = std::move(changing)};
      for (const recipe::Step& test : use.suite->tests) {
        planner_.begin_group(instance.id + '/' + test.id.text, place.needs);
        members.push_back(planner_.add_test(use, test, instance.id + '/', origin));
      }
    }
    return members;
  }

  Indices add_use(const Place& place, PlannedStep& instance) {
    const recipe::Step& step = *place.flat.step;
    const auto found = place.loaded.uses.find(step.id.text);
    if (found == place.loaded.uses.end() || instance.skip) return {};
    const LoadedRecipe& inner = *found->second;
    const Planner::Inner given =
        planner_.inner_params(inner.recipe->params, arguments(step, instance), place.origin->params, &step.id);
    std::vector<std::string> changing = changing_params(step, instance, given);
    instance.inside = Inside{inner.recipe, given.values, given.from, changing};
    return add(inner, given.values, instance.id + '/', place.needs, std::move(changing));
  }

  static constexpr std::size_t kMostSteps = 1'000'000;
  Planner& planner_;
  bool too_many_ = false;
  // By step: the first instance whose `if` has no value, and why.
  std::map<const recipe::Step*, std::pair<std::string, Diagnostic>> undecidable_;
};

// What a run of this version refuses, instead of leaving it out. Each recipe once (`seen`), however many use it.
void note_what_waits(const LoadedRecipe& loaded, std::set<const LoadedRecipe*>& seen, Diagnostics& out) {
  const auto refuse = [&](const SourceSpan& where, const std::string& what) {
    out.add({.code = Code::kNotCarriedOut,
             .where = where,
             .message = what + " is checked and planned, but not carried out by this version",
             .help = "leave it out to run the recipe"});
  };
  for (const FlatStep& flat : flatten(*loaded.recipe)) {
    const recipe::Step& step = *flat.step;
    if (!step.on.empty() && step.on != "local" && step.on != "all") refuse(step.id.where, "'on' with another target");
    if (step.refresh_facts) refuse(recipe::place_of(step, "refresh"), "'refresh: facts'");
  }
  if (loaded.recipe->rollout && !loaded.recipe->steps.empty())
    refuse(loaded.recipe->steps.front().id.where, "the recipe's 'rollout'");
  for (const auto& [step, inner] : loaded.uses) {
    if (!seen.insert(inner.get()).second) continue;
    for (const char* of_the_run : {"deadline", "retry_budget"}) {
      const auto key = std::find_if(inner->recipe->keys.begin(), inner->recipe->keys.end(),
                                    [&](const recipe::Name& name) { return name.text == of_the_run; });
      if (key != inner->recipe->keys.end())
        refuse(key->where, "the '" + std::string(of_the_run) + "' of a recipe in use");
    }
    note_what_waits(*inner, seen, out);
  }
}

// What the recipe's own files give, the strongest last: the profile, then the overlays in their order.
std::vector<recipe::GivenParam> values_of_files(const recipe::Recipe& recipe, const std::string& chosen,
                                                Diagnostics& problems) {
  std::vector<recipe::GivenParam> given;
  std::vector<std::string> names;
  for (const recipe::Profile& profile : recipe.profiles) {
    names.push_back(profile.name.text);
    if (profile.name.text != chosen) continue;
    for (const auto& [name, value] : profile.params)
      given.push_back({name.text, value, name.where, "profile " + chosen});
  }
  if (!chosen.empty() && std::find(names.begin(), names.end(), chosen) == names.end()) {
    problems.add({.code = Code::kBadParam,
                  .message = "the recipe has no profile '" + chosen + "'",
                  .expected = names.empty() ? "no profile: none is declared" : "one of: " + join(names, ", "),
                  .help = did_you_mean(chosen, names)});
  }
  for (const recipe::AppliedOverlay& overlay : recipe.overlays) {
    for (const auto& [name, value] : overlay.params)
      given.push_back({name.text, value, name.where, "overlay " + place_text(name.where)});
  }
  return given;
}

}  // namespace

PlanResult plan_recipe(const LoadedRecipe& loaded, const PlanInput& input) {
  PlanResult result;
  Planner planner(input, result.problems);
  const recipe::Recipe& recipe = *loaded.recipe;
  planner.plan.kind = "Recipe";
  planner.plan.metadata = recipe.metadata;
  planner.plan.path = recipe.path;
  planner.plan.source = recipe.source;
  planner.plan.overlays = recipe.overlays;
  planner.plan.sources = origins_of(loaded);
  planner.plan.deadline = recipe.deadline;
  planner.plan.retry_budget = recipe.retry_budget;
  planner.bind(recipe.params, values_of_files(recipe, input.profile, result.problems));
  const expr::Value params = planner.plan.params;
  RecipePlanner steps(planner);
  steps.add(loaded, params, {}, {});
  std::set<const LoadedRecipe*> seen;
  note_what_waits(loaded, seen, planner.plan.not_carried_out);
  planner.select();
  planner.skip_empty_containers();
  // A matrix with a mistake has no rows.
  const bool has_rows = !result.problems.has_errors();
  steps.tell_undecidable();
  if (!result.problems.has_errors()) check_seen_rows(planner.plan, input.facts, result.problems);
  if (has_rows) check_values(planner.plan, input.facts, result.problems);
  planner.collect_tools();
  planner.keep_needed_secrets();
  if (!result.problems.has_errors()) result.plan = std::move(planner.plan);
  return result;
}

}  // namespace assay::plan
