// SPDX-License-Identifier: Apache-2.0
#include "engine/run/scheduler.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "engine/plan/references.h"

namespace assay::run {

using record::Verdict;
using Interval = boost::icl::interval<std::size_t>;

Scheduler::Scheduler(const plan::Plan& plan, std::size_t jobs)
    : plan_(plan),
      jobs_(std::max<std::size_t>(jobs, 1)),
      room_(plan.pools.begin(), plan.pools.end()),
      groups_(plan.groups.size()),
      started_(plan.steps.size(), false),
      settled_(plan.steps.size(), false) {
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    groups_[i].needs_left = plan.groups[i].needs.size();
    groups_[i].unsettled = plan.groups[i].count;
    for (const std::size_t need : plan.groups[i].needs) groups_[need].dependants.push_back(i);
  }
  find_containers();
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    if (plan.groups[i].needs.empty() && make_ready(i)) finish_group(i);
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
      Nesting& around = groups_[*container].nesting.edit();
      const auto& condition = plan_.steps[plan_.groups[*container].first].step->condition;
      groups_[i].nesting.edit().inside.push_back({*container, plan_.groups[part].role});
      around.container = true;
      around.decides = condition && plan::asks_status(condition->expression);
      part = *container;
    }
  }
  for (std::size_t i = 0; i < plan_.groups.size(); ++i) {
    find_outer_needs(i);
    find_named_needs(i);
  }
}

// What a part needs and is no part itself, the container waits for.
void Scheduler::find_outer_needs(std::size_t part) {
  for (const Inside& one : groups_[part].nesting->inside) {
    Nesting& container = groups_[one.container].nesting.edit();
    std::vector<std::size_t> outside;
    for (const std::size_t need : plan_.groups[part].needs) {
      if (need != one.container && part_of(need, one.container) == nullptr) outside.push_back(need);
    }
    for (const std::size_t need : outside) {
      if (container.outer.empty() || container.outer.back() != need) container.outer.push_back(need);
    }
    // Those that need no other part come first, and each of them needs all that the container does.
    if (!container.decides || outside.size() != plan_.groups[part].needs.size()) continue;
    std::sort(outside.begin(), outside.end());
    if (container.before) {
      std::vector<std::size_t> both;
      std::set_intersection(container.before->begin(), container.before->end(), outside.begin(), outside.end(),
                            std::back_inserter(both));
      outside = std::move(both);
    }
    container.before = std::move(outside);
  }
}

void Scheduler::find_named_needs(std::size_t group) {
  GroupState& state = groups_[group];
  if (std::none_of(state.nesting->inside.begin(), state.nesting->inside.end(),
                   [&](const Inside& one) { return groups_[one.container].nesting->decides; }))
    return;
  const plan::PlannedStep& first = plan_.steps[plan_.groups[group].first];
  if (!first.step->needs) return;
  std::unordered_set<std::string> names;
  for (const recipe::Name& name : *first.step->needs) names.insert(first.origin->scope + name.text);
  std::vector<std::size_t>& named = state.nesting.edit().named;
  for (const std::size_t need : plan_.groups[group].needs) {
    if (names.count(plan_.groups[need].id) > 0) named.push_back(need);
  }
  std::sort(named.begin(), named.end());
}

// Which part of the container the group belongs to; nullptr: none.
const Scheduler::Inside* Scheduler::part_of(std::size_t group, std::size_t container) const {
  for (const Inside& one : groups_[group].nesting->inside) {
    if (one.container == container) return &one;
  }
  return nullptr;
}

bool Scheduler::is_passed_over(std::size_t need, std::size_t dependant) const {
  const auto names = [&](std::size_t group) {
    const std::vector<std::size_t>& named = groups_[group].nesting->named;
    return std::binary_search(named.begin(), named.end(), need);
  };
  bool named = names(dependant);
  for (const Inside& mine : groups_[dependant].nesting->inside) {
    if (const Inside* other = part_of(need, mine.container)) {
      const bool later = mine.section == plan::Role::kRescue || mine.section == plan::Role::kAlways;
      return later && other->section != mine.section;
    }
    const bool decides =
        groups_[mine.container].nesting->decides || plan_.groups[mine.container].role == plan::Role::kAlways;
    if (decides && !named) return true;
    named = named || names(mine.container);
  }
  return false;
}

std::optional<std::size_t> Scheduler::blame_for(std::size_t need, std::size_t dependant) const {
  if (is_passed_over(need, dependant)) return std::nullopt;
  if (groups_[need].blame) return groups_[need].blame;
  // What a container let its parts pass over still counts for who needs one of them from outside.
  for (const Inside& around : groups_[need].nesting->inside) {
    const Nesting& container = *groups_[around.container].nesting;
    if (part_of(dependant, around.container) != nullptr) break;
    if (!container.decides || !container.before) continue;
    for (const std::size_t before : *container.before) {
      if (const auto blame = blame_for(before, dependant)) return blame;
    }
    break;
  }
  return std::nullopt;
}

Scheduler::Chain Scheduler::over(const std::vector<std::size_t>& needs) const {
  Chain out;
  for (const std::size_t need : needs) {
    const GroupState& state = groups_[need];
    out.ok = out.ok && state.own.ok && state.chain.ok;
    out.failed = out.failed || state.own.failed || state.chain.failed;
  }
  return out;
}

Scheduler::Chain Scheduler::chain_of(std::size_t group) const {
  const GroupState& state = groups_[group];
  return state.nesting->before ? over(*state.nesting->before) : state.chain;
}

void Scheduler::look_at_needs(std::size_t group) {
  GroupState& state = groups_[group];
  // A container stands for its parts: what failed among them is in its own result, or was made up for.
  const std::vector<std::size_t>& needs = state.nesting->container ? state.nesting->outer : plan_.groups[group].needs;
  state.chain = over(needs);
  for (auto need = needs.begin(); need != needs.end() && !state.kept_by; ++need)
    state.kept_by = blame_for(*need, group);
}

bool Scheduler::make_ready(std::size_t group) {
  const plan::Group& planned = plan_.groups[group];
  look_at_needs(group);
  if (groups_[group].unsettled == 0) return true;
  ready_.add(Interval::right_open(planned.first, planned.first + planned.count));
  if (groups_[group].unsettled == planned.count) return false;
  for (std::size_t i = planned.first; i < planned.first + planned.count; ++i) {
    if (settled_[i]) ready_.subtract(i);
  }
  return false;
}

const std::string* Scheduler::full_pool(std::size_t index) const {
  const auto oldest = by_ticket_.begin();
  const auto waiter = waiters_.find(index);
  const bool behind = oldest != by_ticket_.end() && oldest->second != index &&
                      (waiter == waiters_.end() || oldest->first < waiter->second.ticket);
  for (const plan::HeldPool& held : plan_.steps[index].pools) {
    const auto left = room_.find(held.pool);
    if (left == room_.end()) continue;
    std::int64_t room = left->second;
    if (behind) {
      for (const plan::HeldPool& claim : plan_.steps[oldest->second].pools)
        if (claim.pool == held.pool) room -= static_cast<std::int64_t>(claim.amount);
    }
    if (room < static_cast<std::int64_t>(held.amount)) return &held.pool;
  }
  return nullptr;
}

std::optional<std::size_t> Scheduler::next() {
  if (running_ >= jobs_ || noisy_running_) return std::nullopt;
  while (!ready_.empty()) {
    const std::size_t index = boost::icl::first(ready_);
    const plan::PlannedStep& step = plan_.steps[index];
    // A noisy step waits until nothing runs, and nothing later overtakes it: it would wait for ever.
    if (step.noisy && running_ > 0) return std::nullopt;
    const std::string* full = full_pool(index);
    if (full == nullptr) return index;
    wait_for(*full, index);
  }
  return std::nullopt;
}

void Scheduler::wait_for(const std::string& pool, std::size_t index) {
  ready_.subtract(index);
  const auto [waiter, is_new] = waiters_.try_emplace(index, Waiter{tickets_, pool, false});
  if (is_new) by_ticket_.emplace(tickets_++, index);
  const std::string from = std::exchange(waiter->second.pool, pool);
  waiter->second.in_queue = true;
  queues_[pool].emplace(waiter->second.ticket, index);
  // The room that it was woken for is there for the next in that queue. Each step moves once: room does not change
  // here.
  if (from != pool) wake_waiting(from);
}

void Scheduler::stop_waiting(std::size_t index) {
  const auto waiter = waiters_.find(index);
  if (waiter == waiters_.end()) return;
  if (waiter->second.in_queue) queues_[waiter->second.pool].erase(waiter->second.ticket);
  by_ticket_.erase(waiter->second.ticket);
  waiters_.erase(waiter);
}

void Scheduler::take_room(const plan::PlannedStep& step) {
  for (const plan::HeldPool& held : step.pools) {
    if (const auto left = room_.find(held.pool); left != room_.end())
      left->second -= static_cast<std::int64_t>(held.amount);
  }
}

void Scheduler::give_room(const plan::PlannedStep& step) {
  for (const plan::HeldPool& held : step.pools) {
    if (const auto left = room_.find(held.pool); left != room_.end())
      left->second += static_cast<std::int64_t>(held.amount);
  }
}

// Those that came first, as many as the room is enough for; one that needs more waits again.
void Scheduler::wake_waiting(const std::string& pool) {
  const auto left = room_.find(pool);
  const auto queue = queues_.find(pool);
  if (left == room_.end() || queue == queues_.end()) return;
  for (std::int64_t room = left->second; room > 0 && !queue->second.empty();) {
    const std::size_t index = queue->second.begin()->second;
    for (const plan::HeldPool& held : plan_.steps[index].pools)
      if (held.pool == pool) room -= static_cast<std::int64_t>(held.amount);
    ready_.add(index);
    waiters_.at(index).in_queue = false;
    queue->second.erase(queue->second.begin());
  }
}

void Scheduler::wake_waiting(const plan::PlannedStep& step) {
  for (const plan::HeldPool& held : step.pools) wake_waiting(held.pool);
}

void Scheduler::start(std::size_t index) {
  const plan::PlannedStep& step = plan_.steps[index];
  ready_.subtract(index);
  started_[index] = true;
  ++running_;
  if (step.noisy) noisy_running_ = true;
  take_room(step);
  const bool waited = waiters_.count(index) > 0;
  stop_waiting(index);
  if (waited) wake_waiting(step);  // its claim is gone
}

void Scheduler::settle(std::size_t index, const record::StepRecord& result) {
  const plan::PlannedStep& step = plan_.steps[index];
  if (started_[index]) {
    --running_;
    if (step.noisy) noisy_running_ = false;
    give_room(step);
  }
  stop_waiting(index);
  wake_waiting(step);  // also when this one never took its room: it may have been woken for it, or had a claim on it
  ready_.subtract(index);
  settled_[index] = true;
  ++settled_count_;
  GroupState& group = groups_[step.group];
  const bool well = result.verdict == Verdict::kPass || result.verdict == Verdict::kWaived ||
                    (result.verdict == Verdict::kSkipped && plan::is_skipped_well(result.skip_kind));
  if (!well) {
    const bool for_need = result.verdict == Verdict::kSkipped && result.skip_kind == "needs";
    if (!group.culprit || (group.skipped_for_need && !for_need)) {
      group.culprit = index;
      group.skipped_for_need = for_need;
    }
    group.own.ok = false;
  }
  if (result.verdict == Verdict::kFail || result.verdict == Verdict::kError) group.own.failed = true;
  if (--group.unsettled == 0 && group.needs_left == 0) finish_group(step.group);
}

void Scheduler::finish_group(std::size_t group) {
  // Not by recursion: a chain of what had been settled before is as long as the plan.
  std::vector<std::size_t> finished = {group};
  while (!finished.empty()) {
    const std::size_t one = finished.back();
    finished.pop_back();
    pass_on(one, finished);
  }
}

void Scheduler::pass_on(std::size_t group, std::vector<std::size_t>& finished) {
  GroupState& state = groups_[group];
  if (!state.culprit || state.skipped_for_need) state.blame = state.kept_by;
  if (!state.blame) state.blame = state.culprit;
  for (const std::size_t dependant : state.dependants) {
    if (--groups_[dependant].needs_left == 0 && make_ready(dependant)) finished.push_back(dependant);
  }
}

void Scheduler::lend_job(std::size_t index) {
  --running_;
  if (plan_.steps[index].noisy) noisy_running_ = false;
  give_room(plan_.steps[index]);
  wake_waiting(plan_.steps[index]);
  started_[index] = false;
}

void Scheduler::take_back(std::size_t index) { ready_.add(index); }

void Scheduler::withdraw(std::size_t index) {
  ready_.subtract(index);
  stop_waiting(index);
  wake_waiting(plan_.steps[index]);
}

}  // namespace assay::run
