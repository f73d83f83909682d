// SPDX-License-Identifier: Apache-2.0
#include "engine/run/scheduler.h"

#include <algorithm>

namespace assay::run {

using record::Verdict;

Scheduler::Scheduler(const plan::Plan& plan, std::size_t jobs)
    : plan_(plan),
      jobs_(std::max<std::size_t>(jobs, 1)),
      needs_left_(plan.steps.size()),
      dependants_(plan.steps.size()),
      chain_ok_(plan.steps.size(), true),
      chain_failed_(plan.steps.size(), false),
      self_ok_(plan.steps.size(), false),
      started_(plan.steps.size(), false) {
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    needs_left_[i] = plan.steps[i].needs.size();
    for (const std::size_t need : plan.steps[i].needs) dependants_[need].push_back(i);
    if (needs_left_[i] == 0) ready_.insert(i);
  }
}

std::optional<std::size_t> Scheduler::next() {
  if (running_ >= jobs_ || noisy_running_) return std::nullopt;
  for (const std::size_t index : ready_) {
    // A noisy step waits until nothing runs, and nothing later overtakes it: it would wait for ever.
    if (plan_.steps[index].noisy && running_ > 0) return std::nullopt;
    return index;
  }
  return std::nullopt;
}

void Scheduler::start(std::size_t index) {
  ready_.erase(index);
  started_[index] = true;
  ++running_;
  if (plan_.steps[index].noisy) noisy_running_ = true;
}

void Scheduler::settle(std::size_t index, const record::StepRecord& result) {
  if (started_[index]) {
    --running_;
    if (plan_.steps[index].noisy) noisy_running_ = false;
  }
  ready_.erase(index);
  ++settled_count_;
  const bool failed = result.verdict == Verdict::kFail || result.verdict == Verdict::kError;
  const bool skipped_well = result.verdict == Verdict::kSkipped && result.skip_kind != "needs";
  self_ok_[index] = result.verdict == Verdict::kPass || result.verdict == Verdict::kWaived || skipped_well;
  for (const std::size_t dependant : dependants_[index]) {
    if (!self_ok_[index] || !chain_ok_[index]) chain_ok_[dependant] = false;
    if (failed || chain_failed_[index]) chain_failed_[dependant] = true;
    if (--needs_left_[dependant] == 0) ready_.insert(dependant);
  }
}

std::optional<std::size_t> Scheduler::culprit(std::size_t index) const {
  for (const std::size_t need : plan_.steps[index].needs) {
    if (!self_ok_[need] || !chain_ok_[need]) return need;
  }
  return std::nullopt;
}

}  // namespace assay::run
