// SPDX-License-Identifier: Apache-2.0
// Which step may start now, and what becomes of those that may not. Pure state, no clock, no processes.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "engine/plan/plan.h"
#include "engine/record/run_record.h"

namespace assay::run {

class Scheduler {
 public:
  Scheduler(const plan::Plan& plan, std::size_t jobs);

  // The next step to settle: its needs are settled and there is room for it. Ties go to plan order. nullopt: none now.
  std::optional<std::size_t> next();
  // `index` came from next() and is now running.
  void start(std::size_t index);
  // Settles a step, running or not.
  void settle(std::size_t index, const record::StepRecord& result);

  // success(), failure() and what they mean for a step whose needs are settled (semantics 2.5).
  [[nodiscard]] bool success(std::size_t index) const { return chain_ok_[index]; }
  [[nodiscard]] bool failure(std::size_t index) const { return chain_failed_[index]; }
  // A need that keeps the step from running, for its reason.
  [[nodiscard]] std::optional<std::size_t> culprit(std::size_t index) const;

  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] bool done() const { return settled_count_ == needs_left_.size(); }

 private:
  const plan::Plan& plan_;
  std::size_t jobs_;
  std::size_t running_ = 0;
  std::size_t settled_count_ = 0;
  bool noisy_running_ = false;
  std::set<std::size_t> ready_;
  std::vector<std::size_t> needs_left_;
  std::vector<std::vector<std::size_t>> dependants_;
  std::vector<bool> chain_ok_;      // all needs, transitively, passed or were skipped by their own `if`
  std::vector<bool> chain_failed_;  // one of them failed or could not be carried out
  std::vector<bool> self_ok_;
  std::vector<bool> started_;
};

}  // namespace assay::run
