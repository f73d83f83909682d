// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/flat.h"

#include <algorithm>
#include <map>
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
      if (found == index.end()) {
        flat.needs_unknown = true;
        continue;
      }
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
    Indices inside = add(step.block->steps, outer, Role::kNormal, std::nullopt);
    const Indices rescue = add(step.block->rescue, inside, Role::kRescue, std::nullopt);
    inside.insert(inside.end(), rescue.begin(), rescue.end());
    const Indices always = add(step.block->always, inside, Role::kAlways, std::nullopt);
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

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// What needs what, in an order in which each step follows all that it needs.
class Needs {
 public:
  explicit Needs(const std::vector<FlatStep>& steps)
      : steps_(steps),
        dependants_(steps.size()),
        place_(steps.size(), kNone),
        unsure_(steps.size()),
        enter_(steps.size()),
        leave_(steps.size()) {
    sort();
    grow_tree();
  }

  // Part of a circle, or behind one.
  [[nodiscard]] bool circular(std::size_t step) const { return place_[step] == kNone; }

  // What is needed is a circle or does not exist.
  [[nodiscard]] bool unsure(std::size_t step) const { return circular(step) || unsure_[step]; }

  // Whether the tree alone shows that `step` is settled before `asker`, by itself or by one that needs it.
  [[nodiscard]] bool seen_in_tree(std::size_t step, std::size_t asker) const {
    constexpr std::size_t kMost = 8;  // dependants that are looked at
    if (step != asker && is_above(step, asker)) return true;
    const Indices& next = dependants_[step];
    return std::any_of(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(std::min(kMost, next.size())),
                       [&](std::size_t one) { return is_above(one, asker); });
  }

  // Answers questions about the 64 steps from `first` on.
  template <class Question>
  void answer_block(std::size_t first, const std::vector<Question>& questions, std::vector<bool>& answers) const {
    std::size_t last = 0;
    for (const Question& one : questions) last = std::max(last, place_[one.asker]);
    std::vector<std::uint64_t> before(steps_.size());
    for (std::size_t at = 0; at <= last; ++at) {
      const std::size_t step = order_[at];
      for (const std::size_t need : steps_[step].needs) {
        before[step] |= before[need];
        if (need - first < 64) before[step] |= std::uint64_t{1} << (need - first);  // wraps below `first`
      }
    }
    for (const Question& one : questions) answers[one.number] = (before[one.asker] >> (one.step - first) & 1U) != 0;
  }

 private:
  void sort() {
    std::vector<std::size_t> left(steps_.size());
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      left[i] = steps_[i].needs.size();
      for (const std::size_t need : steps_[i].needs) dependants_[need].push_back(i);
      if (left[i] == 0) order_.push_back(i);
    }
    for (std::size_t at = 0; at < order_.size(); ++at) {
      place_[order_[at]] = at;
      const FlatStep& step = steps_[order_[at]];
      unsure_[order_[at]] = step.needs_unknown || std::any_of(step.needs.begin(), step.needs.end(),
                                                              [&](std::size_t need) { return unsure_[need]; });
      for (const std::size_t next : dependants_[order_[at]]) {
        if (--left[next] == 0) order_.push_back(next);
      }
    }
  }

  // A tree in which each step stands below the last of those it needs, as intervals: what is above contains.
  void grow_tree() {
    std::vector<Indices> below(steps_.size());
    Indices open;
    for (auto step = order_.rbegin(); step != order_.rend(); ++step) {
      const Indices& needs = steps_[*step].needs;
      const auto last = std::max_element(needs.begin(), needs.end(),
                                         [&](std::size_t a, std::size_t b) { return place_[a] < place_[b]; });
      (last == needs.end() ? open : below[*last]).push_back(*step);
    }
    std::size_t clock = 0;
    while (!open.empty()) {
      const std::size_t step = open.back();
      if (enter_[step] == 0) {
        enter_[step] = ++clock;
        open.insert(open.end(), below[step].begin(), below[step].end());
      } else {
        leave_[step] = ++clock;
        open.pop_back();
      }
    }
  }

  [[nodiscard]] bool is_above(std::size_t step, std::size_t other) const {
    return enter_[step] <= enter_[other] && leave_[other] <= leave_[step] && !circular(step) && !circular(other);
  }

  const std::vector<FlatStep>& steps_;
  std::vector<Indices> dependants_;
  Indices order_;
  Indices place_;             // in the order; kNone: in a circle or behind one
  std::vector<bool> unsure_;  // outside of circles: it needs what does not exist, or one of those
  Indices enter_;
  Indices leave_;
};

}  // namespace

std::vector<bool> settled_before(const std::vector<FlatStep>& steps, const std::vector<SettledQuestion>& questions) {
  struct Open {
    std::size_t step;
    std::size_t asker;
    std::size_t number;
  };
  constexpr std::size_t kBlock = 64;
  const Needs needs(steps);
  std::vector<bool> answers(questions.size());
  std::map<std::size_t, std::vector<Open>> open;  // by block of steps
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto [step, asker] = questions[i];
    answers[i] = needs.unsure(asker) || needs.seen_in_tree(step, asker);
    // What is in or behind a circle is never settled.
    if (!answers[i] && !needs.circular(step)) open[step / kBlock].push_back({step, asker, i});
  }
  for (const auto& [block, those] : open) needs.answer_block(block * kBlock, those, answers);
  return answers;
}

}  // namespace assay::plan
