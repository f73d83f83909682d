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
  bool needs_unknown = false;      // there were some
  Role role = Role::kNormal;
  std::optional<std::size_t> block;  // the block it stands in
};

// In file order; a block follows its steps and needs them all. The recipe must outlive the list.
std::vector<FlatStep> flatten(const recipe::Recipe& recipe);

// Whether `step` is settled when `asker` starts: it is needed, directly or through others.
struct SettledQuestion {
  std::size_t step = 0;
  std::size_t asker = 0;
};
// The answers in the order of the questions. All are asked at once: most are answered by one tree of the needs, the
// others 64 steps at a time. Steps that need each other in a circle or need what does not exist, and what needs them,
// count as after everything: that is the mistake to tell.
std::vector<bool> settled_before(const std::vector<FlatStep>& steps, const std::vector<SettledQuestion>& questions);

}  // namespace assay::plan
