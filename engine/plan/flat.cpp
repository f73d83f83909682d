// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/flat.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

namespace assay::plan {
namespace {

using Indices = std::vector<std::size_t>;
using Index = std::unordered_map<std::string_view, std::size_t>;

class Flattener {
 public:
  explicit Flattener(bool sequence) : sequence_(sequence) {}

  // Adds a list whose first step waits for `outer`; gives the indices of the list's own steps.
  Indices add(const std::vector<recipe::Step>& list, const Indices& outer, Role role,
              std::optional<std::size_t> block) {
    Indices own;
    for (const recipe::Step& step : list) {
      const Indices before = sequence_ && !own.empty() && !step.needs ? Indices{own.back()} : outer;
      own.push_back(step.action == recipe::ActionKind::kBlock ? add_block(step, before, role, block)
                                                              : add_step(step, before, role, block));
    }
    return own;
  }

  std::vector<FlatStep> finish() {
    Index index;
    index.reserve(steps_.size());
    for (std::size_t i = 0; i < steps_.size(); ++i) index.emplace(steps_[i].step->id.text, i);
    for (FlatStep& flat : steps_) {
      add_named(flat, *flat.step, index);
      // What a block needs, its steps need.
      for (auto block = flat.block; block; block = steps_[*block].block) add_named(flat, *steps_[*block].step, index);
    }
    return std::move(steps_);
  }

 private:
  static void add_named(FlatStep& flat, const recipe::Step& step, const Index& index) {
    if (!step.needs) return;
    for (const recipe::Name& need : *step.needs) {
      const auto found = index.find(need.text);
      if (found == index.end()) continue;
      if (std::find(flat.needs.begin(), flat.needs.end(), found->second) == flat.needs.end())
        flat.needs.push_back(found->second);
    }
  }

  std::size_t add_step(const recipe::Step& step, Indices needs, Role role, std::optional<std::size_t> block) {
    steps_.push_back({.step = &step, .needs = std::move(needs), .role = role, .block = block});
    return steps_.size() - 1;
  }

  std::size_t add_block(const recipe::Step& step, const Indices& outer, Role role, std::optional<std::size_t> block) {
    const std::size_t first = steps_.size();
    Indices inside = add(step.block, outer, Role::kNormal, std::nullopt);
    const Indices rescue = add(step.rescue, inside, Role::kRescue, std::nullopt);
    inside.insert(inside.end(), rescue.begin(), rescue.end());
    const Indices always = add(step.always, inside, Role::kAlways, std::nullopt);
    inside.insert(inside.end(), always.begin(), always.end());
    const std::size_t self = add_step(step, inside, role, block);
    for (std::size_t i = first; i < self; ++i) {
      if (!steps_[i].block) steps_[i].block = self;
    }
    return self;
  }

  bool sequence_;
  std::vector<FlatStep> steps_;
};

}  // namespace

std::vector<FlatStep> flatten(const recipe::Recipe& recipe) {
  Flattener flattener(recipe.order == recipe::Order::kSequence);
  const Indices steps = flattener.add(recipe.steps, {}, Role::kNormal, std::nullopt);
  flattener.add(recipe.handlers, steps, Role::kHandler, std::nullopt);
  return flattener.finish();
}

Before::Before(const std::vector<FlatStep>& steps) : steps_(steps), run_begin_(steps.size()) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool continues = i > 0 && steps[i].needs.size() == 1 && steps[i].needs[0] == i - 1;
    run_begin_[i] = continues ? run_begin_[i - 1] : i;
  }
}

bool Before::settled(std::size_t step, std::size_t when_starts) const {
  std::set<std::size_t> seen;
  Indices open = steps_[when_starts].needs;
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    const std::size_t begin = run_begin_[at];
    if (step >= begin && step <= at) return true;
    if (!seen.insert(begin).second) continue;
    open.insert(open.end(), steps_[begin].needs.begin(), steps_[begin].needs.end());
  }
  return false;
}

}  // namespace assay::plan
