// SPDX-License-Identifier: Apache-2.0
#include "engine/run/resume.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "engine/action/actions.h"
#include "engine/plan/show.h"
#include "engine/record/critical_path.h"
#include "engine/record/step_json.h"
#include "engine/run/gate.h"

namespace assay::run {
namespace {

using record::Status;
using record::StepRecord;
using Groups = std::unordered_set<std::string_view>;
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

// The last of what the step came after, as the record has it, that has no end; nullptr: all of it has one.
const std::string* open_need(const StepRecord& step, const Groups& open) {
  const auto found = std::find_if(step.needs.rbegin(), step.needs.rend(),
                                  [&](const std::string& need) { return open.count(need) > 0; });
  return found != step.needs.rend() ? &*found : nullptr;
}

// What came before a step that was carried out only because the run was stopped: its result does not count, so that
// what is always done after it is open too. By index in the plan; nullptr: it is no such step.
std::vector<const std::string*> carried_out_early(const plan::Plan& plan, const record::RunRecord& record,
                                                  const std::vector<const StepRecord*>& of) {
  std::vector<const std::string*> out(plan.steps.size(), nullptr);
  Groups open;
  for (const StepRecord& step : record.steps) {
    if (!is_done(step)) open.insert(record::group_id(step.id));
  }
  for (bool more = !open.empty(); more;) {
    more = false;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      if (of[i] == nullptr || out[i] != nullptr || !is_done(*of[i]) || !is_always_done(plan, i)) continue;
      out[i] = open_need(*of[i], open);
      if (out[i] != nullptr) more = open.insert(record::group_id(of[i]->id)).second || more;
    }
  }
  return out;
}

// What becomes of a step that the record has, and why it is done again. `early`: what came before it and has no end.
Again again(const plan::PlannedStep& planned, const StepRecord& step, const std::string* early,
            const TextById& taken_back, std::string& why) {
  const auto back = taken_back.find(step.id);
  const bool done = is_done(step) && back == taken_back.end();
  if (done && early == nullptr) return Again::kDone;
  if (step.attempts == 0) return Again::kFresh;
  const Again out = begun(planned, step, why);
  if (back != taken_back.end()) {
    why = back->second;
  } else if (done) {
    // It was not cut off, so that is no reason for it to fail.
    if (out == Again::kFail) return Again::kDone;
    why = "it was carried out when the run was stopped, and '" + *early + "', which comes before it, is not done";
  }
  return out == Again::kFail && is_done(step) ? Again::kAsk : out;
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

Taken take_up(const plan::Plan& plan, const record::RunRecord& record, const TextById& taken_back) {
  const ById steps = by_id(record);
  Taken out{.instances = std::vector<Again>(plan.steps.size(), Again::kFresh),
            .of = std::vector<const StepRecord*>(plan.steps.size(), nullptr)};
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (const auto found = steps.find(plan.steps[i].id); found != steps.end()) out.of[i] = found->second;
  }
  const auto early = carried_out_early(plan, record, out.of);
  const auto is_settled = [&out](std::size_t index) { return out.instances[index] == Again::kDone; };
  // Groups stand in the order of their needs: the members of a container are decided before it.
  for (const plan::Group& group : plan.groups) {
    for (std::size_t i = group.first; i < group.first + group.count; ++i) {
      if (out.of[i] == nullptr) continue;
      const plan::PlannedStep& planned = plan.steps[i];
      const StepRecord& step = *out.of[i];
      if (!planned.members.empty()) {
        // It stands for them, also for those that came since.
        const bool done = is_done(step) && std::all_of(planned.members.begin(), planned.members.end(), is_settled);
        if (done) out.instances[i] = Again::kDone;
        continue;
      }
      std::string why;
      out.instances[i] = again(planned, step, early[i], taken_back, why);
      if (!is_settled(i) && out.instances[i] != Again::kFresh) out.redone[step.id] = std::move(why);
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
