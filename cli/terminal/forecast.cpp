// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/forecast.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "engine/record/critical_path.h"

namespace assay::cli {

using record::StepRecord;

Forecast::Forecast(const std::vector<StepRecord>& steps, const PastDurations& past, std::size_t jobs)
    : jobs_(std::max<std::size_t>(jobs, 1)) {
  steps_.reserve(steps.size());
  for (const StepRecord& step : steps) {
    Step one;
    if (record::is_settled(step.status)) one.state = State::kSettled;
    if (const auto found = past.find(step.id); found != past.end()) one.past_s = found->second;
    // Performance tests hold the machine (semantics of tests): a wrong guess costs accuracy, nothing else.
    one.alone = step.test_class == "performance";
    index_.emplace(step.id, steps_.size());
    steps_.push_back(std::move(one));
  }
  connect(steps);
}

void Forecast::connect(const std::vector<StepRecord>& steps) {
  std::unordered_map<std::string_view, std::size_t> groups;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto [found, fresh] = groups.emplace(record::group_id(steps[i].id), groups_.size());
    if (fresh) groups_.emplace_back();
    Group& group = groups_[found->second];
    steps_[i].group = found->second;
    group.members.push_back(i);
    if (!steps_[i].past_s) continue;
    group.known_s += *steps_[i].past_s;
    ++group.known_count;
  }
  std::vector<std::set<std::size_t>> needs(groups_.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const std::string& need : steps[i].needs) {
      const auto found = groups.find(need);
      if (found != groups.end() && found->second != steps_[i].group) needs[steps_[i].group].insert(found->second);
    }
    // What holds a step is through when the step is.
    const auto outer = index_.find(std::string(record::container_id(steps[i].id)));
    if (outer == index_.end()) continue;
    steps_[outer->second].container = true;
    needs[steps_[outer->second].group].insert(steps_[i].group);
  }
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    groups_[group].needs = needs[group].size();
    for (const std::size_t need : needs[group]) groups_[need].dependants.push_back(group);
  }
}

std::optional<std::size_t> Forecast::index_of(std::string_view id) const {
  const auto found = index_.find(std::string(id));
  return found == index_.end() ? std::nullopt : std::optional<std::size_t>(found->second);
}

void Forecast::started(std::size_t step, double now_s) {
  steps_[step].state = State::kRunning;
  steps_[step].since_s = now_s;
}

void Forecast::ran(std::size_t step, double took_s) {
  Group& group = groups_[steps_[step].group];
  if (steps_[step].past_s) {
    group.known_s += took_s - *steps_[step].past_s;
  } else {
    group.known_s += took_s;
    ++group.known_count;
  }
  steps_[step].past_s = took_s;
}

void Forecast::settled(std::size_t step) { steps_[step].state = State::kSettled; }

std::optional<double> Forecast::expected_s(std::size_t step) const {
  if (steps_[step].container) return 0;
  if (steps_[step].past_s) return steps_[step].past_s;
  const Group& group = groups_[steps_[step].group];
  if (group.known_count == 0) return std::nullopt;
  return std::max(group.known_s, 0.0) / static_cast<double>(group.known_count);
}

// One playing through.
struct Forecast::Play {
  explicit Play(const Forecast& the_plan) : plan(the_plan) {
    for (const Group& group : plan.groups_) {
      needs.push_back(group.needs);
      left.push_back(group.members.size());
    }
  }

  void settle(std::size_t step) {
    const std::size_t group = plan.steps_[step].group;
    if (--left[group] > 0) return;
    for (const std::size_t dependant : plan.groups_[group].dependants) {
      if (--needs[dependant] == 0) release(dependant);
    }
  }
  void release(std::size_t group) {
    for (const std::size_t member : plan.groups_[group].members) {
      if (plan.steps_[member].state == State::kPending) ready.push(member);
    }
  }
  // Starts what has room, in plan order.
  void start_ready(double now, Outlook& out) {
    while (!ready.empty()) {
      const std::size_t step = ready.top();
      const Step& one = plan.steps_[step];
      if (!one.container && (running.size() >= plan.jobs_ || alone || (one.alone && !running.empty()))) return;
      ready.pop();
      const std::optional<double> takes = plan.expected_s(step);
      if (!takes) ++out.unknown;
      if (one.container) {
        settle(step);
        continue;
      }
      if (out.next.size() < kMostNext) out.next.push_back(step);
      alone = one.alone;
      running.emplace(now + takes.value_or(0), step);
    }
  }

  using End = std::pair<double, std::size_t>;
  const Forecast& plan;
  std::vector<std::size_t> needs;
  std::vector<std::size_t> left;
  std::priority_queue<End, std::vector<End>, std::greater<>> running;
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  bool alone = false;
};

Outlook Forecast::look_ahead(double now_s) const {
  Outlook out;
  Play play(*this);
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    if (groups_[group].needs == 0) play.release(group);
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].state == State::kSettled) play.settle(i);
    if (steps_[i].state != State::kRunning) continue;
    const std::optional<double> takes = expected_s(i);
    if (!takes) ++out.unknown;
    // What takes longer than it should is taken to end now.
    play.running.emplace(std::max(takes.value_or(0) - (now_s - steps_[i].since_s), 0.0), i);
    play.alone = play.alone || steps_[i].alone;
  }
  double now = 0;
  play.start_ready(now, out);
  while (!play.running.empty()) {
    const auto [end, step] = play.running.top();
    play.running.pop();
    now = std::max(now, end);
    if (steps_[step].alone) play.alone = false;
    play.settle(step);
    play.start_ready(now, out);
  }
  out.left_s = now;
  return out;
}

}  // namespace assay::cli
