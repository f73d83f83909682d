// SPDX-License-Identifier: Apache-2.0
#include "engine/run/gate.h"

#include <algorithm>

#include "engine/action/actions.h"
#include "engine/plan/references.h"
#include "engine/run/outcome.h"

namespace assay::run {

using plan::Role;
using record::Status;
using record::StepRecord;
using record::Verdict;

namespace {

StepRecord skipped(StepRecord out, std::string reason, std::string kind) {
  out.status = Status::kSkipped;
  out.verdict = Verdict::kSkipped;
  out.reason = std::move(reason);
  out.skip_kind = std::move(kind);
  return out;
}

StepRecord with_error(StepRecord out, const Diagnostic& problem) {
  action::set_error(out, problem);
  return out;
}

bool asks_status(const plan::PlannedStep& planned) {
  return planned.step->condition && plan::asks_status(planned.step->condition->expression);
}

bool asks_always(const plan::PlannedStep& planned) {
  return planned.step->condition && planned.step->condition->expression.calls().count("always") > 0;
}

bool failed(const StepRecord& step) { return step.verdict == Verdict::kFail || step.verdict == Verdict::kError; }

}  // namespace

std::optional<StepRecord> Gate::reason_not_to_run(std::size_t index, Stop stop, const std::string& why) {
  const plan::PlannedStep& planned = around_.plan.steps[index];
  StepRecord out = results_[index];
  if (stop == Stop::kAll || (stop == Stop::kFirst && !is_always_done(around_.plan, index))) {
    out.status = Status::kCancelled;
    out.verdict = Verdict::kSkipped;
    out.reason = "not started: " + why;
    out.skip_kind = "cancelled";
    return out;
  }
  if (planned.skip) return skipped(std::move(out), planned.skip->reason, planned.skip->kind);
  if (auto early = outside_block(index, out)) return early;
  if (auto early = not_reached(index, out)) return early;
  for (const std::size_t outer : around(index)) {
    const auto holds = lets_members_run(outer);
    if (!holds) return with_error(std::move(out), holds.error());
    if (!*holds) return skipped(std::move(out), "condition of " + around_.plan.steps[outer].id, "condition");
  }
  const bool container = !planned.members.empty();
  // Of a container that a need keeps from being entered nobody has asked: its `if` would read what is not there.
  if (planned.step->condition && (!container || asks_status(planned) || !scheduler_.culprit(index))) {
    const auto holds = container ? lets_members_run(index) : evaluate_condition(index);
    if (!holds) return with_error(std::move(out), holds.error());
    if (!*holds)
      return skipped(std::move(out), "condition: " + planned.step->condition->expression.text(), "condition");
  }
  if (container) return container_result(index, std::move(out));
  // A suite, a block or a recipe in use without a step to run: skipped or empty, there is nothing to do.
  const auto action = planned.step->action;
  if (action == recipe::ActionKind::kSuite || action == recipe::ActionKind::kUse ||
      action == recipe::ActionKind::kBlock)
    return container_result(index, std::move(out));
  return std::nullopt;
}

// A step that something before it keeps from running, and a handler that nothing has notified.
std::optional<StepRecord> Gate::not_reached(std::size_t index, const StepRecord& out) {
  const plan::PlannedStep& planned = around_.plan.steps[index];
  if (const auto handler = unnotified(index)) {
    return skipped(out, "nothing has notified " + (*handler == index ? "it" : around_.plan.steps[*handler].id),
                   "condition");
  }
  if (!planned.members.empty() || asks_status(planned) || planned.order_only || is_in(index, Role::kAlways))
    return std::nullopt;
  const auto culprit = scheduler_.culprit(index);
  if (!culprit) return std::nullopt;
  return skipped(out, "needs " + around_.plan.steps[*culprit].id, "needs");
}

std::optional<std::size_t> Gate::unnotified(std::size_t index) const {
  for (std::optional<std::size_t> at = index; at; at = around_.plan.steps[*at].container) {
    const plan::Group& group = around_.plan.groups[around_.plan.steps[*at].group];
    if (group.role == Role::kHandler && notified_.count(group.id) == 0) return at;
  }
  return std::nullopt;
}

std::vector<std::size_t> Gate::around(std::size_t index) const {
  std::vector<std::size_t> out;
  for (auto at = around_.plan.steps[index].container; at; at = around_.plan.steps[*at].container) out.push_back(*at);
  std::reverse(out.begin(), out.end());
  return out;
}

// What belongs to a part of a block whose time has not come: a rescue without a failure, the end of a block that was
// never entered.
std::optional<StepRecord> Gate::outside_block(std::size_t index, const StepRecord& out) {
  for (std::size_t at = index; around_.plan.steps[at].container; at = *around_.plan.steps[at].container) {
    const std::size_t block = *around_.plan.steps[at].container;
    const Role section = around_.plan.groups[around_.plan.steps[at].group].role;
    if (section == Role::kRescue && !broken(block))
      return skipped(out, "nothing failed in " + around_.plan.steps[block].id, "condition");
    if (section != Role::kAlways || entered(block)) continue;
    const StepRecord& first = results_[around_.plan.steps[block].members.front()];
    return skipped(out, first.reason, first.skip_kind);
  }
  return std::nullopt;
}

bool Gate::is_in(std::size_t index, Role section) const {
  return around_.plan.groups[around_.plan.steps[index].group].role == section;
}

// Whether one of the block's own steps was reached at all.
bool Gate::entered(std::size_t block) const {
  const auto& members = around_.plan.steps[block].members;
  return std::any_of(members.begin(), members.end(), [&](std::size_t member) {
    if (is_in(member, Role::kRescue) || is_in(member, Role::kAlways)) return false;
    const StepRecord& step = results_[member];
    const bool passed_by = step.skip_kind == "needs" || step.skip_kind == "cancelled" ||
                           step.reason == "condition of " + around_.plan.steps[block].id;
    return step.attempts > 0 || !passed_by;
  });
}

bool Gate::broken(std::size_t block) const {
  const auto& members = around_.plan.steps[block].members;
  return std::any_of(members.begin(), members.end(), [&](std::size_t member) {
    return !is_in(member, Role::kRescue) && !is_in(member, Role::kAlways) && failed(results_[member]);
  });
}

bool is_always_done(const plan::Plan& plan, std::size_t index) {
  if (!plan.steps[index].members.empty()) return true;  // it only stands for what was done
  for (std::size_t at = index;; at = *plan.steps[at].container) {
    const bool always = plan.groups[plan.steps[at].group].role == Role::kAlways;
    if (always || asks_always(plan.steps[at])) return true;
    if (!plan.steps[at].container) return false;
  }
}

void Gate::settled(std::size_t index) {
  const StepRecord& step = results_[index];
  if (step.attempts > 0 || step.status == Status::kFinished) begun(index);
  if (step.change != "changed") return;
  const plan::PlannedStep& planned = around_.plan.steps[index];
  for (const recipe::Name& name : planned.step->notify) notified_.insert(planned.origin->scope + name.text);
}

void Gate::begun(std::size_t index) {
  for (auto outer = around_.plan.steps[index].container; outer; outer = around_.plan.steps[*outer].container)
    open_.try_emplace(*outer, true);
}

// The condition of a container, asked once: when its first member could start.
Result<bool> Gate::lets_members_run(std::size_t container) {
  if (!around_.plan.steps[container].step->condition) return true;
  if (const auto known = open_.find(container); known != open_.end()) return known->second;
  return open_.emplace(container, evaluate_condition(container)).first->second;
}

Result<bool> Gate::evaluate_condition(std::size_t index) {
  const recipe::ExpressionField& condition = *around_.plan.steps[index].step->condition;
  action::Names names(scope_of(index));
  names.set_function("success", expr::Value::boolean(scheduler_.success(index)));
  names.set_function("failure", expr::Value::boolean(scheduler_.failure(index)));
  names.set_function("always", expr::Value::boolean(true));
  ASSAY_TRY(const expr::Value value, names.evaluate(condition.expression));
  if (value.is(expr::Kind::kBool)) return value.as_bool();
  return failure(Diagnostic{.code = Code::kWrongType,
                            .where = condition.where,
                            .message = "'if' must give bool, this gives " + expr::type_name(value)});
}

// A suite, a block or a used recipe does nothing itself: it is as good as what is inside it.
StepRecord Gate::container_result(std::size_t index, StepRecord out) {
  const plan::PlannedStep& planned = around_.plan.steps[index];
  std::vector<StepRecord> inside;
  std::optional<std::string> not_run;
  out.finished = around_.clock.wall();
  if (auto skip = skip_of_members(index))
    return skipped(std::move(out), std::move(skip->reason), std::move(skip->kind));
  for (const std::size_t member : planned.members) {
    inside.push_back(results_[member]);
    if (inside.back().started && (!out.started || *inside.back().started < *out.started))
      out.started = inside.back().started;
    if (results_[member].skip_kind == "needs") not_run = results_[member].reason;
    if (results_[member].status == Status::kCancelled) {
      out.status = Status::kCancelled;
      out.verdict = Verdict::kSkipped;
      out.reason = "stopped before its end";
      out.skip_kind = "cancelled";
      return out;
    }
  }
  if (out.started) out.duration_s = std::chrono::duration<double>(*out.finished - *out.started).count();
  out.verdict = judge_run(inside, Interruption::kNone, false).verdict;
  out.status = Status::kFinished;
  if (planned.step->action == recipe::ActionKind::kBlock) judge_block(index, out);
  if (not_run && out.verdict == Verdict::kInconclusive) return skipped(std::move(out), *not_run, "needs");
  if (out.verdict != Verdict::kPass)
    out.reason = (planned.step->action == recipe::ActionKind::kSuite ? "its tests: " : "its steps: ") +
                 std::string(record::to_string(out.verdict));
  if (planned.inside && planned.inside->recipe) read_outputs(index, out);
  return out;
}

// Where nothing was to be done inside.
std::optional<plan::PlannedSkip> Gate::skip_of_members(std::size_t index) const {
  std::vector<plan::PlannedSkip> skips;
  for (const std::size_t member : around_.plan.steps[index].members) {
    const StepRecord& step = results_[member];
    if (step.verdict != Verdict::kSkipped) return std::nullopt;
    if (!is_in(member, Role::kRescue)) skips.push_back({step.reason, step.skip_kind});
  }
  return plan::skip_of_container(skips);
}

// A failure that the rescue made up for does not count; one of the rescue or of what always follows does.
void Gate::judge_block(std::size_t index, StepRecord& out) {
  const plan::PlannedStep& planned = around_.plan.steps[index];
  std::vector<StepRecord> own;
  std::vector<StepRecord> rescue;
  std::vector<StepRecord> always;
  for (const std::size_t member : planned.members)
    (is_in(member, Role::kRescue) ? rescue : is_in(member, Role::kAlways) ? always : own).push_back(results_[member]);
  const Verdict before = judge_run(own, Interruption::kNone, false).verdict;
  const Verdict rescued = judge_run(rescue, Interruption::kNone, false).verdict;
  const bool well = (before == Verdict::kFail || before == Verdict::kError) &&
                    (rescued == Verdict::kPass || rescued == Verdict::kWaived);
  if (!well) return;
  std::vector<std::size_t> made_up_for;
  for (const std::size_t member : planned.members) {
    if (!is_in(member, Role::kRescue) && !is_in(member, Role::kAlways)) add_failed(member, made_up_for);
  }
  for (const std::size_t one : made_up_for) {
    results_[one].rescued = true;
    out.extra.edit().rescues.push_back(results_[one].id);
  }
  std::vector<StepRecord> counted = rescue;
  counted.insert(counted.end(), always.begin(), always.end());
  out.verdict = judge_run(counted, Interruption::kNone, false).verdict;
  if (out.verdict == Verdict::kPass) out.reason = "rescued: " + out.extra->rescues.front() + " had failed";
}

std::vector<std::size_t> Gate::undecided_failures() const {
  std::vector<std::size_t> out;
  for (std::size_t block = 0; block < around_.plan.steps.size(); ++block) {
    const auto& planned = around_.plan.steps[block];
    if (planned.step->action != recipe::ActionKind::kBlock || results_[block].status == Status::kFinished) continue;
    const auto& members = planned.members;
    if (std::none_of(members.begin(), members.end(), [&](std::size_t one) { return is_in(one, Role::kRescue); }))
      continue;
    for (const std::size_t member : members) {
      if (!is_in(member, Role::kRescue) && !is_in(member, Role::kAlways)) add_failed(member, out);
    }
  }
  return out;
}

// The step and what is inside it, as far as it failed.
void Gate::add_failed(std::size_t index, std::vector<std::size_t>& out) const {
  if (!failed(results_[index])) return;
  out.push_back(index);
  for (const std::size_t member : around_.plan.steps[index].members) add_failed(member, out);
}

// The outputs of a used recipe, over its steps.
void Gate::read_outputs(std::size_t index, StepRecord& out) {
  const plan::PlannedStep& planned = around_.plan.steps[index];
  plan::PlannedStep inside;
  inside.origin =
      std::make_shared<const plan::Origin>(plan::Origin{.params = planned.inside->params, .scope = planned.id + '/'});
  const action::Names names(
      {.planned = inside,
       .facts = around_.facts,
       .target = around_.target,
       .run = around_.run,
       .step_value = [this, &inside](const std::string& id) { return results_.step_value(inside, id); }});
  expr::Map outputs;
  for (const auto& [name, field] : planned.inside->recipe->outputs) {
    auto value = names.evaluate(field.expression);
    if (value) {
      outputs.set(name.text, std::move(*value));
    } else if (out.verdict == Verdict::kPass) {
      action::set_error(out, value.error());
    }
  }
  results_.set_outputs(index, expr::Value::map(outputs));
  out.outputs = expr::to_json(expr::Value::map(std::move(outputs)));
}

action::Scope Gate::scope_of(std::size_t index) const {
  const Results& seen = around_.of != nullptr ? *around_.of : results_;
  action::Scope scope{.planned = around_.plan.steps[index],
                      .facts = around_.facts,
                      .target = around_.target,
                      .run = around_.run,
                      .step_value = [this, index, &seen](const std::string& id) {
                        return seen.step_value(around_.plan.steps[index], id);
                      }};
  if (around_.of == nullptr) return scope;
  if (const auto undone = seen.find(around_.plan.steps[index].id)) scope.outputs = seen.outputs(*undone);
  return scope;
}

}  // namespace assay::run
