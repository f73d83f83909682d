// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/play.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <set>
#include <utility>

namespace assay::plan {
namespace {

class Play {
 public:
  Play(const std::vector<PlayedStep>& steps, const std::vector<PlayedGroup>& groups,
       const std::map<std::string, std::size_t>& room, std::size_t jobs)
      : steps_(steps),
        groups_(groups),
        room_(room.begin(), room.end()),
        jobs_(jobs > 0 ? jobs : steps.size()),
        cause_(steps.size()) {
    for (const PlayedGroup& group : groups) {
      needs_.push_back(group.needs);
      left_.push_back(group.members.size());
    }
  }

  Played run() {
    begin();
    start_ready();
    std::optional<std::size_t> last;
    while (!running_.empty()) {
      const auto [end, step] = running_.top();
      running_.pop();
      if (end > now_ || !last) last = step;
      now_ = std::max(now_, end);
      ended_ = step;
      if (steps_[step].alone) alone_ = false;
      give_room(step);
      settle(step);
      start_ready();
    }
    out_.end_s = now_;
    for (; last; last = cause_[*last]) out_.decisive.push_back(*last);
    std::reverse(out_.decisive.begin(), out_.decisive.end());
    return std::move(out_);
  }

 private:
  using End = std::pair<double, std::size_t>;

  void begin() {
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      if (groups_[group].needs > 0) continue;
      release(group);
      if (groups_[group].members.empty()) settle_group(group);
    }
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].settled) settle(i);
      if (steps_[i].settled || !steps_[i].running) continue;
      take_room(i);
      running_.emplace(steps_[i].takes_s, i);
      alone_ = alone_ || steps_[i].alone;
    }
  }

  void settle(std::size_t step) {
    if (--left_[steps_[step].group] == 0) settle_group(steps_[step].group);
  }
  void settle_group(std::size_t first) {
    std::vector<std::size_t> open = {first};
    while (!open.empty()) {
      const std::size_t group = open.back();
      open.pop_back();
      for (const std::size_t dependant : groups_[group].dependants) {
        if (--needs_[dependant] > 0) continue;
        release(dependant);
        if (groups_[dependant].members.empty()) open.push_back(dependant);
      }
    }
  }
  void release(std::size_t group) {
    for (const std::size_t member : groups_[group].members) {
      if (!steps_[member].settled && !steps_[member].running) ready_.insert(member);
    }
  }

  void start_ready() {
    while (!ready_.empty()) {
      const std::size_t step = *ready_.begin();
      const PlayedStep& one = steps_[step];
      if (!one.no_place && (running_.size() >= jobs_ || alone_ || (one.alone && !running_.empty()))) return;
      ready_.erase(ready_.begin());
      if (one.no_place) {
        settle(step);
        continue;
      }
      if (const std::string* full = full_pool(one)) {
        waiting_[*full].insert(step);
        // The room that it was woken for is there for the next in that queue.
        const std::string from = std::exchange(woken_for_[step], *full);
        if (!from.empty() && from != *full) wake(from);
        continue;
      }
      woken_for_.erase(step);
      take_room(step);
      cause_[step] = ended_;
      alone_ = one.alone;
      out_.begun.push_back(step);
      running_.emplace(now_ + one.takes_s, step);
    }
  }

  [[nodiscard]] const std::string* full_pool(const PlayedStep& step) const {
    if (step.pools == nullptr || running_.empty()) return nullptr;  // alone there is always room
    for (const HeldPool& held : *step.pools) {
      const auto left = room_.find(held.pool);
      if (left != room_.end() && left->second < static_cast<std::int64_t>(held.amount)) return &held.pool;
    }
    return nullptr;
  }
  void take_room(std::size_t step) { change_room(step, -1); }
  void give_room(std::size_t step) {
    change_room(step, 1);
    if (steps_[step].pools == nullptr) return;
    for (const HeldPool& held : *steps_[step].pools) wake(held.pool);
  }
  void change_room(std::size_t step, std::int64_t sign) {
    if (steps_[step].pools == nullptr) return;
    for (const HeldPool& held : *steps_[step].pools) {
      if (const auto left = room_.find(held.pool); left != room_.end())
        left->second += sign * static_cast<std::int64_t>(held.amount);
    }
  }
  // As many as there may be room for: each is looked at again when a place is free.
  void wake(const std::string& pool) {
    const auto queue = waiting_.find(pool);
    const auto left = room_.find(pool);
    if (queue == waiting_.end() || left == room_.end()) return;
    for (std::int64_t room = left->second; room > 0 && !queue->second.empty();) {
      const std::size_t step = *queue->second.begin();
      for (const HeldPool& held : *steps_[step].pools) {
        if (held.pool == pool) room -= static_cast<std::int64_t>(std::max<std::size_t>(held.amount, 1));
      }
      queue->second.erase(queue->second.begin());
      ready_.insert(step);
    }
  }

  const std::vector<PlayedStep>& steps_;
  const std::vector<PlayedGroup>& groups_;
  std::map<std::string, std::int64_t> room_;
  std::size_t jobs_;
  std::vector<std::size_t> needs_;  // by group, what is still waited for
  std::vector<std::size_t> left_;   // by group, what is not settled
  std::priority_queue<End, std::vector<End>, std::greater<>> running_;
  std::set<std::size_t> ready_;
  std::map<std::string, std::set<std::size_t>> waiting_;  // by the pool that was full
  std::map<std::size_t, std::string> woken_for_;          // the pool that a step waited for last
  std::vector<std::optional<std::size_t>> cause_;         // by step, what ended when it began
  std::optional<std::size_t> ended_;
  double now_ = 0;
  bool alone_ = false;
  Played out_;
};

}  // namespace

Played play(const std::vector<PlayedStep>& steps, const std::vector<PlayedGroup>& groups,
            const std::map<std::string, std::size_t>& room, std::size_t jobs) {
  return Play(steps, groups, room, jobs).run();
}

}  // namespace assay::plan
