// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/planner.h"

#include <algorithm>
#include <array>
#include <set>

#include "engine/base/text.h"
#include "engine/plan/arguments.h"

namespace assay::plan {

bool is_skipped_well(std::string_view kind) {
  constexpr std::array<std::string_view, 4> kKinds{"condition", "not_applicable", "not_selected", "no_undo"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

std::optional<PlannedSkip> skip_of_container(const std::vector<PlannedSkip>& of_steps) {
  constexpr std::string_view kBefore = "its steps are skipped";
  if (of_steps.empty()) return std::nullopt;
  const PlannedSkip& first = of_steps.front();
  bool same_kind = true;
  bool same_reason = true;
  for (const PlannedSkip& skip : of_steps) {
    if (!is_skipped_well(skip.kind)) return std::nullopt;
    same_kind = same_kind && skip.kind == first.kind;
    same_reason = same_reason && skip.reason == first.reason;
  }
  std::string reason(kBefore);
  if (same_reason) reason = first.reason.starts_with(kBefore) ? first.reason : reason + ": " + first.reason;
  return PlannedSkip{std::move(reason), same_kind ? first.kind : "condition"};
}

expr::Activation planning_names(const expr::Value& params, const hardware::Facts* facts, expr::Value matrix) {
  return planning_names(params, facts != nullptr ? &facts->tree : nullptr, std::move(matrix));
}

expr::Activation planning_names(const expr::Value& params, const expr::Value* facts, expr::Value matrix) {
  expr::Activation names;
  names.variable = [&params, facts, matrix = std::move(matrix)](std::string_view name) -> std::optional<expr::Value> {
    if (name == "params") return params;
    if (name == "facts" && facts != nullptr) return *facts;
    if (name == "matrix" && !matrix.is(expr::Kind::kNull)) return matrix;
    if (name == "target") {
      expr::Map target;
      target.set("name", expr::Value::string("local"));
      return expr::Value::map(std::move(target));
    }
    return std::nullopt;
  };
  return names;
}

std::size_t Planner::begin_group(std::string id, std::vector<std::size_t> needs, Role role) {
  plan.groups.push_back(
      {.id = std::move(id), .first = plan.steps.size(), .count = 0, .needs = std::move(needs), .role = role});
  return plan.groups.size() - 1;
}

void Planner::make_room(std::size_t instances, std::size_t groups) {
  // At least twice what there is, so that many small calls move things seldom.
  const auto reserve = [](auto& list, std::size_t more) {
    const std::size_t wanted = list.size() + more;
    if (wanted > list.capacity()) list.reserve(std::max(wanted, list.size() * 2));
  };
  reserve(plan.steps, instances);
  reserve(plan.groups, groups);
}

std::size_t Planner::add_step(PlannedStep step) {
  step.group = plan.groups.size() - 1;
  ++plan.groups.back().count;
  plan.steps.push_back(std::move(step));
  return plan.steps.size() - 1;
}

namespace {

ParamOrigins origins_of(const std::vector<recipe::Param>& params, const std::vector<recipe::GivenParam>& given) {
  ParamOrigins out;
  for (const recipe::Param& param : params) out[param.name.text] = "default";
  for (const recipe::GivenParam& item : given) {
    out[item.name] = !item.origin.empty() || !item.where ? item.origin : place_text(*item.where);
  }
  return out;
}

}  // namespace

void Planner::note_secret(const std::string& reference, const std::string& name,
                          const std::optional<SourceSpan>& where) {
  if (secrets_.insert(reference).second) plan.secrets.push_back({reference, name, where});
}

void Planner::note_secrets(const std::vector<recipe::Param>& params, const std::vector<recipe::GivenParam>& given,
                           const expr::Value& values) {
  for (const recipe::Param& param : params) {
    const expr::Value* value = values.member(param.name.text);
    if (value == nullptr || !value->is(expr::Kind::kSecret)) continue;
    std::optional<SourceSpan> where = param.name.where;
    for (const recipe::GivenParam& item : given) {
      if (item.name == param.name.text && item.where) where = item.value_at ? item.value_at : item.where;
    }
    for (const expr::Secret::Part& part : value->as_secret().parts) {
      if (part.is_reference) note_secret(part.text, param.name.text, where);
    }
  }
}

void Planner::note_secrets(const recipe::Step& step) {
  const auto look = [&](const recipe::TextField& field) {
    for (const expr::TextPart& part : field.text.parts()) {
      if (!part.expression) continue;
      for (const std::string& reference : part.expression->secret_references())
        note_secret(reference, {}, part.expression->place().value_or(field.where));
    }
  };
  for (const auto& [name, text] : step.env) look(text);
  if (step.stdin_text) look(*step.stdin_text);
}

void Planner::keep_needed_secrets() {
  if (plan.secrets.empty()) return;
  std::set<std::string> needed;
  const auto look = [&](const PlannedStep& step, const recipe::TextField& field) {
    for (const expr::TextPart& part : field.text.parts()) {
      if (!part.expression) continue;
      for (std::string& reference : part.expression->secret_references()) needed.insert(std::move(reference));
      const std::set<std::string>& names = part.expression->references();
      const bool any = part.expression->uses_whole("params");
      if (!step.origin->params.is(expr::Kind::kMap)) continue;
      for (const auto& [name, value] : step.origin->params.as_map().entries()) {
        if (!value.is(expr::Kind::kSecret) || (!any && names.count("params." + name.as_string()) == 0)) continue;
        for (const expr::Secret::Part& secret : value.as_secret().parts) {
          if (secret.is_reference) needed.insert(secret.text);
        }
      }
    }
  };
  for (const PlannedStep& step : plan.steps) {
    if (step.skip) continue;  // what is inside something that does not run says so itself
    for (const auto& [name, text] : step.step->env) look(step, text);
    if (step.step->stdin_text) look(step, *step.step->stdin_text);
  }
  std::erase_if(plan.secrets, [&](const PlannedSecret& one) { return needed.count(one.reference) == 0; });
}

void Planner::bind(const std::vector<recipe::Param>& params, std::vector<recipe::GivenParam> given) {
  given.insert(given.end(), input_.params.begin(), input_.params.end());
  plan.params = expr::Value::map(recipe::bind_params(params, given, problems_));
  plan.param_origins = origins_of(params, given);
  note_secrets(params, given, plan.params);
}

Planner::Inner Planner::inner_params(const std::vector<recipe::Param>& params,
                                     const std::vector<recipe::GivenParam>& given, const expr::Value& outer,
                                     const recipe::Name* user) {
  std::vector<recipe::GivenParam> all;
  std::vector<recipe::Param> bound;
  for (const recipe::Param& param : params) {
    const std::string& name = param.name.text;
    // A parameter of the same name but another kind is another thing.
    const expr::Value* value = outer.member(name);
    const auto fits = value != nullptr ? std::optional(recipe::convert_param(param, *value)) : std::nullopt;
    if (fits && *fits) all.push_back({name, *value, std::nullopt, handed_down(name)});
    const bool has_value = (fits && *fits) || param.fallback ||
                           std::any_of(given.begin(), given.end(), [&](const auto& one) { return one.name == name; });
    if (has_value || user == nullptr) {
      bound.push_back(param);
      continue;
    }
    if (value != nullptr && value->is(expr::Kind::kNull)) continue;  // a mistake outside, which is told
    Diagnostic problem = missing_argument(*user, name);
    if (fits) {
      const Diagnostic& why = fits->error();
      problem.notes.push_back({.text = "that of the same name here does not fit: " + why.message +
                                       (why.expected.empty() ? "" : ", expected " + why.expected)});
    }
    problems_.add(std::move(problem));
  }
  all.insert(all.end(), given.begin(), given.end());
  auto values = expr::Value::map(recipe::bind_params(bound, all, problems_));
  note_secrets(params, all, values);
  return {.values = std::move(values), .from = std::make_shared<const ParamOrigins>(origins_of(params, all))};
}

std::size_t Planner::add_test(const SuiteInUse& use, const recipe::Step& test, const std::string& prefix,
                              std::shared_ptr<const Origin> origin) {
  note_secrets(test);
  PlannedStep step;
  step.id = prefix + test.id.text;
  step.step = std::shared_ptr<const recipe::Step>(use.suite, &test);
  step.origin = std::move(origin);
  step.blocker = test.test->blocker;
  step.noisy = test.action == recipe::ActionKind::kRun;
  step.skip = reason_to_skip(*test.test, step.origin->params);
  if (!step.skip) step.skip = missing_tool(*test.test);
  return add_step(std::move(step));
}

void Planner::select() {
  if (input_.only.empty() && input_.skip.empty()) return;
  const auto matches = [](const std::string& id, const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
      if (pattern.ends_with('*')) return id.starts_with(pattern.substr(0, pattern.size() - 1));
      // A step stands for its rows and for what is inside it.
      return id.starts_with(pattern) &&
             (id.size() == pattern.size() || id[pattern.size()] == '[' || id[pattern.size()] == '/');
    });
  };
  std::vector<std::string> ids;
  std::vector<bool> kept(plan.steps.size());
  std::vector<bool> left_out(plan.steps.size());
  // Backwards, as a container follows what is inside it: who names a block means its steps.
  for (std::size_t i = plan.steps.size(); i-- > 0;) {
    PlannedStep& step = plan.steps[i];
    kept[i] = matches(step.id, input_.only) || (step.container && kept[*step.container]);
    left_out[i] = matches(step.id, input_.skip) || (step.container && left_out[*step.container]);
    if (!input_.only.empty() && !kept[i]) step.skip = PlannedSkip{"not selected by --only", "not_selected"};
    if (left_out[i]) step.skip = PlannedSkip{"left out by --skip", "not_selected"};
  }
  for (const PlannedStep& step : plan.steps) ids.push_back(step.id);
  for (const auto* patterns : {&input_.only, &input_.skip}) {
    for (const std::string& pattern : *patterns) {
      if (std::any_of(ids.begin(), ids.end(), [&](const std::string& id) { return matches(id, {pattern}); })) continue;
      problems_.add({.code = Code::kUnknownStep,
                     .message = "no step is called '" + pattern + "'",
                     .help = did_you_mean(pattern, ids)});
    }
  }
}

void Planner::skip_empty_containers() {
  // Those inside come first.
  for (PlannedStep& container : plan.steps) {
    if (container.skip || container.members.empty()) continue;
    std::vector<PlannedSkip> skips;
    const bool all = std::all_of(container.members.begin(), container.members.end(), [&](std::size_t member) {
      const PlannedStep& step = plan.steps[member];
      if (plan.groups[step.group].role == Role::kRescue) return true;  // there is nothing that could fail
      if (step.skip) skips.push_back(*step.skip);
      return static_cast<bool>(step.skip);
    });
    if (auto skip = all ? skip_of_container(skips) : std::nullopt) container.skip = std::move(*skip);
  }
}

void Planner::collect_tools() {
  std::set<std::string> names;
  for (const Group& group : plan.groups) {
    for (std::size_t i = group.first; i < group.first + group.count; ++i) {
      const PlannedStep& step = plan.steps[i];
      if (!step.step->test) break;  // all of a group are of one step
      if (!step.skip) names.insert(step.step->test->tools.begin(), step.step->test->tools.end());
    }
  }
  plan.tools.assign(names.begin(), names.end());
}

std::optional<PlannedSkip> Planner::reason_to_skip(const recipe::TestPart& test, const expr::Value& params) const {
  for (const recipe::Requirement& item : test.requires_) {
    if (!item.condition) continue;
    const auto value = expr::evaluate(item.condition->expression, planning_names(params, input_.facts, expr::Value()));
    if (value && value->is(expr::Kind::kBool) && value->as_bool()) continue;
    // A fact that could not be read makes the condition undecidable: that is a right or a tool that is missing here.
    const std::string why = value ? item.reason : item.reason + " (" + value.error().message + ")";
    return PlannedSkip{why, std::string(recipe::to_string(item.kind))};
  }
  return std::nullopt;
}

std::optional<PlannedSkip> Planner::missing_tool(const recipe::TestPart& test) const {
  for (const std::string& tool : test.tools) {
    if (!input_.has_tool || input_.has_tool(tool)) continue;
    std::string package = tool;
    for (const auto& [name, value] : test.packages) {
      if (name.text == tool) package = value;
    }
    return PlannedSkip{"the tool '" + tool + "' is not installed: apt-get install " + package, "not_possible"};
  }
  return std::nullopt;
}

}  // namespace assay::plan
