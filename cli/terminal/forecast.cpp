// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/forecast.h"

#include <algorithm>
#include <set>

#include "engine/record/critical_path.h"

namespace assay::cli {

using record::StepRecord;

Forecast::Forecast(const std::vector<StepRecord>& steps, const PastDurations& past, std::size_t jobs,
                   const plan::Plan* plan)
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
  if (plan != nullptr) read_plan(*plan);
  connect(steps);
}

void Forecast::read_plan(const plan::Plan& plan) {
  room_ = plan.pools;
  for (const plan::PlannedStep& planned : plan.steps) {
    const auto found = index_.find(planned.id);
    if (found == index_.end()) continue;
    Step& step = steps_[found->second];
    step.alone = planned.noisy;
    step.skipped = planned.skip.has_value();
    step.pools = &planned.pools;
  }
}

void Forecast::connect(const std::vector<StepRecord>& steps) {
  std::unordered_map<std::string_view, std::size_t> groups;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto [found, fresh] = groups.emplace(record::group_id(steps[i].id), groups_.size());
    if (fresh) groups_.emplace_back();
    known_.resize(groups_.size());
    steps_[i].group = found->second;
    groups_[found->second].members.push_back(i);
    if (!steps_[i].past_s) continue;
    known_[found->second].sum_s += *steps_[i].past_s;
    ++known_[found->second].count;
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
  Known& known = known_[steps_[step].group];
  if (steps_[step].past_s) {
    known.sum_s += took_s - *steps_[step].past_s;
  } else {
    known.sum_s += took_s;
    ++known.count;
  }
  steps_[step].past_s = took_s;
}

void Forecast::settled(std::size_t step) { steps_[step].state = State::kSettled; }

std::optional<double> Forecast::expected_s(std::size_t step) const {
  if (steps_[step].container) return 0;
  if (steps_[step].past_s) return steps_[step].past_s;
  const Known& known = known_[steps_[step].group];
  if (known.count == 0) return std::nullopt;
  return std::max(known.sum_s, 0.0) / static_cast<double>(known.count);
}

Outlook Forecast::look_ahead(double now_s) const {
  Outlook out;
  std::vector<plan::PlayedStep> steps(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    plan::PlayedStep& played = steps[i];
    played = {.group = step.group,
              .settled = step.state == State::kSettled,
              .running = step.state == State::kRunning && !step.container,
              .alone = step.alone,
              .no_place = step.container || step.skipped,
              .pools = step.pools};
    if (played.settled || played.no_place) continue;
    const std::optional<double> takes = expected_s(i);
    // What takes longer than it should is taken to end now.
    played.takes_s = std::max(takes.value_or(0) - (played.running ? now_s - step.since_s : 0), 0.0);
  }
  const plan::Played played = plan::play(steps, groups_, room_, jobs_);
  out.left_s = played.end_s;
  out.next.assign(played.begun.begin(),
                  played.begun.begin() + static_cast<std::ptrdiff_t>(std::min(played.begun.size(), kMostNext)));
  const auto unknown = [&](std::size_t step) { return !expected_s(step); };
  out.unknown = static_cast<std::size_t>(std::count_if(played.begun.begin(), played.begun.end(), unknown));
  for (std::size_t i = 0; i < steps_.size(); ++i) out.unknown += steps[i].running && unknown(i) ? 1 : 0;
  return out;
}

}  // namespace assay::cli
