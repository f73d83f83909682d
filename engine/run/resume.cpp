// SPDX-License-Identifier: Apache-2.0
#include "engine/run/resume.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "engine/action/actions.h"
#include "engine/plan/show.h"
#include "engine/record/step_json.h"

namespace assay::run {
namespace {

using record::Status;
using record::StepRecord;
using ById = std::unordered_map<std::string_view, const StepRecord*>;

ById by_id(const record::RunRecord& record) {
  ById out;
  out.reserve(record.steps.size());
  for (const StepRecord& step : record.steps) out.emplace(step.id, &step);
  return out;
}

// A step that was begun and has no end.
Again begun(const plan::PlannedStep& planned, const StepRecord& step, std::string& why) {
  const recipe::Step& declared = *planned.step;
  why = step.status == Status::kCancelled ? "stopped on request" : "interrupted";
  if (declared.action == recipe::ActionKind::kApprove) why = "it waited for an answer";
  if (declared.action == recipe::ActionKind::kReboot) {
    why = "its reboots are not over: the boot id is checked";
    return Again::kRedo;
  }
  // A check tells what the system is like, so that nobody has to.
  if (declared.check || plan::effect_of(planned) != recipe::Effect::kDestroys) {
    if (declared.check) why += "; its check is asked first";
    return Again::kRedo;
  }
  switch (declared.on_interrupt.value_or(recipe::OnInterrupt::kAsk)) {
    case recipe::OnInterrupt::kRerun: return Again::kRedo;
    case recipe::OnInterrupt::kFail: return Again::kFail;
    case recipe::OnInterrupt::kAsk: break;
  }
  return Again::kAsk;
}

// The parameters of a step, without those that are other each time.
Json steady_params(const StepRecord& step, const plan::PlannedStep& planned) {
  Json out = step.extra->params;
  if (!planned.inside || !out.is_object()) return out;
  for (const std::string& name : planned.inside->changing) out.erase(name);
  return out;
}

// Whether what is there of the record's plan is how this one begins.
bool begins_with(const plan::Plan& plan, const record::RunRecord& record) {
  const auto same = [](const plan::PlannedStep& now, const StepRecord& then) { return now.id == then.id; };
  return record.steps.size() <= plan.steps.size() &&
         std::equal(plan.steps.begin(), plan.steps.begin() + static_cast<std::ptrdiff_t>(record.steps.size()),
                    record.steps.begin(), same);
}

}  // namespace

bool is_done(const StepRecord& step) {
  return step.status == Status::kFinished || step.status == Status::kError || step.status == Status::kSkipped;
}

bool has_only_plan(const record::RunRecord& record) {
  return record.status == Status::kRunning && record.machines.empty() && record.tools.empty() &&
         record.preconditions.empty() && record.questions.empty() &&
         std::all_of(record.steps.begin(), record.steps.end(),
                     [](const StepRecord& step) { return step.status == Status::kPending && step.attempts == 0; });
}

Taken take_up(const plan::Plan& plan, const record::RunRecord& record) {
  const ById steps = by_id(record);
  Taken out{.instances = std::vector<Again>(plan.steps.size(), Again::kFresh),
            .of = std::vector<const StepRecord*>(plan.steps.size(), nullptr)};
  // Groups stand in the order of their needs: what one needs is decided before it.
  std::vector<bool> open(plan.groups.size(), false);
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const plan::Group& group = plan.groups[g];
    const std::size_t* open_need = nullptr;
    for (const std::size_t& need : group.needs) {
      if (open[need]) open_need = &need;
    }
    for (std::size_t i = group.first; i < group.first + group.count; ++i) {
      const auto found = steps.find(plan.steps[i].id);
      const StepRecord* const step = found != steps.end() ? found->second : nullptr;
      if (step == nullptr) {
        open[g] = true;
        continue;
      }
      out.of[i] = step;
      if (is_done(*step) && open_need == nullptr) {
        out.instances[i] = Again::kDone;
        continue;
      }
      open[g] = true;
      if (step->attempts == 0 || !plan.steps[i].members.empty()) continue;
      std::string why;
      if (is_done(*step)) {
        why = "it was carried out when the run was stopped, and '" + plan.groups[*open_need].id +
              "', which comes before it, is not done";
        out.instances[i] = Again::kRedo;
      } else {
        out.instances[i] = begun(plan.steps[i], *step, why);
      }
      out.redone[step->id] = why;
    }
  }
  return out;
}

Diagnostics differences(const plan::Plan& plan, const record::RunRecord& record) {
  Diagnostics out;
  const auto changed = [&out](std::string message) {
    out.add({.code = Code::kRunChanged, .message = std::move(message)});
  };
  ById before = by_id(record);
  const bool cut_off = has_only_plan(record) && begins_with(plan, record);
  for (const plan::PlannedStep& planned : plan.steps) {
    const auto found = before.find(planned.id);
    if (found == before.end()) {
      if (cut_off) continue;
      changed("the step '" + planned.id + "' was not in the run");
      continue;
    }
    const StepRecord& old = *found->second;
    const StepRecord now = action::planned_record(planned, old.target);
    for (const auto& [what, then, today] :
         {std::tuple("action", old.action, now.action), std::tuple("effect", old.effect, now.effect),
          std::tuple("class", old.test_class, now.test_class)}) {
      if (then == today) continue;
      changed("the " + std::string(what) + " of the step '" + planned.id + "' was '" + then + "' and is now '" + today +
              "'");
    }
    if (steady_params(old, planned) != steady_params(now, planned))
      changed("the step '" + planned.id + "' is given other parameters");
    before.erase(found);
  }
  for (const StepRecord& step : record.steps) {
    if (before.count(step.id) > 0) changed("the step '" + step.id + "' of the run is not there any more");
  }
  return out;
}

}  // namespace assay::run
