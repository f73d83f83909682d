// SPDX-License-Identifier: Apache-2.0
#include "engine/run/scheduler.h"

#include <algorithm>

namespace assay::run {

using record::Verdict;

Scheduler::Scheduler(const plan::Plan& plan, std::size_t jobs)
    : plan_(plan),
      jobs_(std::max<std::size_t>(jobs, 1)),
      room_(plan.pools.begin(), plan.pools.end()),
      groups_(plan.groups.size()),
      started_(plan.steps.size(), false) {
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    groups_[i].needs_left = plan.groups[i].needs.size();
    groups_[i].unsettled = plan.groups[i].count;
    for (const std::size_t need : plan.groups[i].needs) groups_[need].dependants.push_back(i);
  }
  find_containers();
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    if (plan.groups[i].needs.empty()) make_ready(i);
  }
}

void Scheduler::find_containers() {
  const auto container_of = [&](std::size_t group) -> std::optional<std::size_t> {
    const plan::Group& planned = plan_.groups[group];
    if (planned.count == 0 || !plan_.steps[planned.first].container) return std::nullopt;
    return plan_.steps[*plan_.steps[planned.first].container].group;
  };
  for (std::size_t i = 0; i < plan_.groups.size(); ++i) {
    std::size_t part = i;
    for (auto container = container_of(i); container; container = container_of(part)) {
      groups_[i].inside.push_back({*container, plan_.groups[part].role});
      groups_[*container].container = true;
      part = *container;
    }
  }
  // What a part needs and is no part itself, the container waits for.
  for (std::size_t i = 0; i < plan_.groups.size(); ++i) {
    for (const Inside& one : groups_[i].inside) {
      for (const std::size_t need : plan_.groups[i].needs) {
        const auto& around = groups_[need].inside;
        const bool inside =
            need == one.container || std::any_of(around.begin(), around.end(),
                                                 [&](const Inside& other) { return other.container == one.container; });
        auto& outer = groups_[one.container].outer;
        if (!inside && (outer.empty() || outer.back() != need)) outer.push_back(need);
      }
    }
  }
}

bool Scheduler::in_earlier_section(std::size_t group, std::size_t dependant) const {
  for (const Inside& mine : groups_[dependant].inside) {
    if (mine.section != plan::Role::kRescue && mine.section != plan::Role::kAlways) continue;
    for (const Inside& other : groups_[group].inside) {
      if (other.container == mine.container) return other.section != mine.section;
    }
  }
  return false;
}

void Scheduler::make_ready(std::size_t group) {
  const plan::Group& planned = plan_.groups[group];
  for (std::size_t i = 0; i < planned.count; ++i) ready_.insert(ready_.end(), planned.first + i);
  if (planned.count == 0) finish_group(group);
}

const std::string* Scheduler::full_pool(const plan::PlannedStep& step) const {
  if (!step.step) return nullptr;
  for (const recipe::PoolUse& use : step.step->pools) {
    const auto left = room_.find(use.pool.text);
    if (left != room_.end() && left->second < use.amount) return &use.pool.text;
  }
  return nullptr;
}

std::optional<std::size_t> Scheduler::next() {
  if (running_ >= jobs_ || noisy_running_) return std::nullopt;
  while (!ready_.empty()) {
    const std::size_t index = *ready_.begin();
    const plan::PlannedStep& step = plan_.steps[index];
    // A noisy step waits until nothing runs, and nothing later overtakes it: it would wait for ever.
    if (step.noisy && running_ > 0) return std::nullopt;
    const std::string* full = full_pool(step);
    if (full == nullptr) return index;
    waiting_[*full].insert(index);
    ready_.erase(ready_.begin());
  }
  return std::nullopt;
}

void Scheduler::take_room(const plan::PlannedStep& step) {
  if (!step.step) return;
  for (const recipe::PoolUse& use : step.step->pools) {
    if (const auto left = room_.find(use.pool.text); left != room_.end()) left->second -= use.amount;
  }
}

void Scheduler::give_room(const plan::PlannedStep& step) {
  if (!step.step) return;
  for (const recipe::PoolUse& use : step.step->pools) {
    const auto left = room_.find(use.pool.text);
    if (left == room_.end()) continue;
    left->second += use.amount;
  }
}

// As many as could begin with the room there is; one that needs more waits again.
void Scheduler::wake_waiting(const plan::PlannedStep& step) {
  if (!step.step) return;
  for (const recipe::PoolUse& use : step.step->pools) {
    const auto left = room_.find(use.pool.text);
    const auto waiting = waiting_.find(use.pool.text);
    if (left == room_.end() || waiting == waiting_.end()) continue;
    for (std::size_t i = 0; i < left->second && !waiting->second.empty(); ++i) {
      ready_.insert(*waiting->second.begin());
      waiting->second.erase(waiting->second.begin());
    }
  }
}

void Scheduler::start(std::size_t index) {
  const plan::PlannedStep& step = plan_.steps[index];
  ready_.erase(index);
  started_[index] = true;
  ++running_;
  if (step.noisy) noisy_running_ = true;
  take_room(step);
}

void Scheduler::settle(std::size_t index, const record::StepRecord& result) {
  const plan::PlannedStep& step = plan_.steps[index];
  if (started_[index]) {
    --running_;
    if (step.noisy) noisy_running_ = false;
    give_room(step);
  }
  wake_waiting(step);  // also when this one never took its room: it may have been woken for it
  ready_.erase(index);
  ++settled_count_;
  GroupState& group = groups_[step.group];
  const bool skipped_well = result.verdict == Verdict::kSkipped && result.skip_kind != "needs";
  if (result.verdict != Verdict::kPass && result.verdict != Verdict::kWaived && !skipped_well) {
    if (!group.culprit) group.culprit = index;
    group.ok = false;
  }
  if (result.verdict == Verdict::kFail || result.verdict == Verdict::kError) group.failed = true;
  if (--group.unsettled == 0) finish_group(step.group);
}

void Scheduler::finish_group(std::size_t group) {
  GroupState& state = groups_[group];
  if (state.container) {
    // It stands for its parts: what failed among them is in its own result, or was made up for.
    state.chain_ok = true;
    state.chain_failed = false;
    for (const std::size_t need : state.outer) {
      state.chain_ok = state.chain_ok && groups_[need].ok && groups_[need].chain_ok;
      state.chain_failed = state.chain_failed || groups_[need].failed || groups_[need].chain_failed;
    }
  }
  for (const std::size_t dependant : state.dependants) {
    GroupState& other = groups_[dependant];
    if (!in_earlier_section(group, dependant)) {
      if (!state.ok || !state.chain_ok) other.chain_ok = false;
      if (state.failed || state.chain_failed) other.chain_failed = true;
    }
    if (--other.needs_left == 0) make_ready(dependant);
  }
}

void Scheduler::lend_job(std::size_t index) {
  --running_;
  if (plan_.steps[index].noisy) noisy_running_ = false;
  give_room(plan_.steps[index]);
  wake_waiting(plan_.steps[index]);
  started_[index] = false;
}

void Scheduler::take_back(std::size_t index) { start(index); }

std::optional<std::size_t> Scheduler::culprit(std::size_t index) const {
  for (const std::size_t need : plan_.groups[group_of(index)].needs) {
    if (groups_[need].culprit) return groups_[need].culprit;
    if (!groups_[need].chain_ok) return plan_.groups[need].first;
  }
  return std::nullopt;
}

}  // namespace assay::run
