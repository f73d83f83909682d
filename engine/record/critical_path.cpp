// SPDX-License-Identifier: Apache-2.0
#include "engine/record/critical_path.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace assay::record {
namespace {

// What starting a step takes; an end within this time of the need's end is no better reason than the need.
constexpr double kStartTakesS = 0.02;

// The timed steps by the order of their ends, and what was the last to end of each group.
class Ends {
 public:
  Ends(const RunRecord& run, std::vector<std::size_t> steps) : run_(run), order_(std::move(steps)) {
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return end(a) < end(b); });
    for (std::size_t at = 0; at < order_.size(); ++at) last_of_group_[group_id(run_.steps[order_[at]].id)] = at;
  }

  [[nodiscard]] std::size_t last() const { return order_.size() - 1; }
  [[nodiscard]] std::size_t step(std::size_t at) const { return order_[at]; }

  // What the step at `at` of the order waited for; nullopt: nothing ended before it started.
  [[nodiscard]] std::optional<std::size_t> before(std::size_t at) const {
    const StepRecord& step = run_.steps[order_[at]];
    const auto after = std::upper_bound(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(at), *step.started,
                                        [&](WallTime time, std::size_t other) { return time < end(other); });
    if (after == order_.begin()) return std::nullopt;
    const auto latest = static_cast<std::size_t>(after - order_.begin()) - 1;
    const std::optional<std::size_t> need = latest_need(step, latest);
    if (need && seconds_between(end(order_[*need]), end(order_[latest])) <= kStartTakesS) return need;
    return latest;
  }

 private:
  [[nodiscard]] WallTime end(std::size_t step) const { return *run_.steps[step].finished; }

  [[nodiscard]] std::optional<std::size_t> latest_need(const StepRecord& step, std::size_t latest) const {
    std::optional<std::size_t> out;
    for (const std::string& need : step.needs) {
      const auto found = last_of_group_.find(need);
      if (found == last_of_group_.end() || found->second > latest) continue;
      if (!out || found->second > *out) out = found->second;
    }
    return out;
  }

  const RunRecord& run_;
  std::vector<std::size_t> order_;
  std::unordered_map<std::string_view, std::size_t> last_of_group_;
};

}  // namespace

double seconds_between(WallTime from, WallTime to) {
  constexpr long double kNanosecondsInASecond = 1e9L;
  const auto nanoseconds = static_cast<long double>(to.time_since_epoch().count()) -
                           static_cast<long double>(from.time_since_epoch().count());
  return static_cast<double>(nanoseconds / kNanosecondsInASecond);
}

std::string_view group_id(std::string_view instance) {
  const std::size_t slash = instance.rfind('/');
  const std::size_t end = instance.find_first_of("[@", slash == std::string_view::npos ? 0 : slash);
  return instance.substr(0, end);
}

std::string_view container_id(std::string_view instance) {
  const std::size_t slash = instance.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : instance.substr(0, slash);
}

std::vector<std::size_t> timed_steps(const RunRecord& run) {
  std::unordered_set<std::string_view> containers;
  for (const StepRecord& step : run.steps) {
    for (std::string_view outer = container_id(step.id); !outer.empty(); outer = container_id(outer)) {
      if (!containers.insert(outer).second) break;
    }
  }
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    const StepRecord& step = run.steps[i];
    const bool timed = step.started && step.finished && *step.finished >= *step.started;
    if (timed && step.attempts > 0 && !containers.contains(step.id)) out.push_back(i);
  }
  std::stable_sort(out.begin(), out.end(),
                   [&](std::size_t a, std::size_t b) { return *run.steps[a].started < *run.steps[b].started; });
  return out;
}

CriticalPath critical_path(const RunRecord& run) {
  CriticalPath out;
  std::vector<std::size_t> steps = timed_steps(run);
  if (steps.empty()) return out;
  const WallTime first = *run.steps[steps.front()].started;
  const Ends ends(run, std::move(steps));
  out.total_s = seconds_between(first, *run.steps[ends.step(ends.last())].finished);
  for (std::optional<std::size_t> at = ends.last(); at; at = ends.before(*at)) {
    const StepRecord& step = run.steps[ends.step(*at)];
    out.steps.push_back(ends.step(*at));
    out.busy_s += seconds_between(*step.started, *step.finished);
  }
  std::reverse(out.steps.begin(), out.steps.end());
  return out;
}

}  // namespace assay::record
