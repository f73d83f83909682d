// SPDX-License-Identifier: Apache-2.0
// The steps of a recipe as one list, blocks opened and handlers at the end, with what each waits for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/recipe/model.h"

namespace assay::plan {

enum class Role : std::uint8_t {
  kNormal,
  kRescue,   // runs when a step of its block failed
  kAlways,   // runs in any case
  kHandler,  // runs when a step has notified it
};

struct FlatStep {
  const recipe::Step* step = nullptr;
  std::vector<std::size_t> needs;  // indices in the list; unknown names are left out
  Role role = Role::kNormal;
  std::optional<std::size_t> block;  // the block it stands in
};

// In file order; a block follows its steps and needs them all. The recipe must outlive the list.
std::vector<FlatStep> flatten(const recipe::Recipe& recipe);

// Answers whether one step is settled before another starts. Runs of steps that each need just the one before are
// passed in one stride, so that a question costs as many strides as there are such runs.
class Before {
 public:
  explicit Before(const std::vector<FlatStep>& steps);
  [[nodiscard]] bool settled(std::size_t step, std::size_t when_starts) const;

 private:
  const std::vector<FlatStep>& steps_;
  std::vector<std::size_t> run_begin_;  // first step of the run that the step is in
};

}  // namespace assay::plan
