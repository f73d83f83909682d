// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/check_names.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <unordered_set>

#include "engine/base/text.h"
#include "engine/recipe/pool_name.h"

namespace assay::plan {
namespace {

// `circle`: steps each of which needs the next; the first is also the last.
Diagnostic circle_of(const std::vector<FlatStep>& steps, const std::vector<std::size_t>& circle) {
  constexpr std::size_t kMostShown = 12;
  Diagnostic found{.code = Code::kCycle, .help = "remove one of these needs"};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < circle.size(); ++i) {
    const recipe::Step& step = *steps[circle[i]].step;
    if (names.size() < kMostShown) names.push_back(step.id.text);
    if (i + 1 == circle.size()) break;
    const recipe::Step& next = *steps[circle[i + 1]].step;
    const auto stated = step.needs ? std::find_if(step.needs->begin(), step.needs->end(),
                                                  [&](const recipe::Name& name) { return name.text == next.id.text; })
                                   : std::vector<recipe::Name>::const_iterator();
    const bool is_stated = step.needs && stated != step.needs->end();
    if (is_stated && !found.where) {
      found.where = stated->where;
    } else if (found.notes.size() < kMostShown) {
      found.notes.push_back(
          {.where = is_stated ? stated->where : step.id.where,
           .text = "'" + step.id.text + "' " + (is_stated ? "needs '" : "comes after '") + next.id.text + "'"});
    }
    if (!is_stated) found.help = "remove one of these needs, change the order of the steps, or state `order: graph`";
  }
  if (circle.size() > kMostShown) names.back() = "…";
  found.message = "steps need each other in a circle: " + join(names, " -> ");
  if (!found.where) found.where = steps[circle.front()].step->id.where;
  return found;
}

using Takes = std::vector<std::pair<const recipe::Step*, const recipe::PoolUse*>>;
void collect_takes(const std::vector<recipe::Step>& steps, Takes& out) {
  for (const recipe::Step& step : steps) {
    for (const recipe::PoolUse& use : step.pools) {
      if (!use.name_of_row) out.emplace_back(&step, &use);
    }
    if (!step.block) continue;
    for (const auto* inner : {&step.block->steps, &step.block->rescue, &step.block->always}) collect_takes(*inner, out);
  }
}

// All recipes below, each once.
std::vector<const LoadedRecipe*> recipes_in(const UsedRecipes& uses) {
  std::vector<const LoadedRecipe*> out;
  std::unordered_set<const LoadedRecipe*> seen;
  const auto add = [&](const UsedRecipes& used) {
    for (const auto& [step, loaded] : used) {
      if (loaded && seen.insert(loaded.get()).second) out.push_back(loaded.get());
    }
  };
  add(uses);
  for (std::size_t i = 0; i < out.size(); ++i) add(out[i]->uses);
  return out;
}

}  // namespace

void check_pools_inside(const recipe::Recipe& outer, const UsedRecipes& uses, Diagnostics& problems) {
  if (outer.pools.empty()) return;
  const auto size_in = [](const recipe::Recipe& recipe, const std::string& pool) {
    return std::find_if(recipe.pools.begin(), recipe.pools.end(),
                        [&](const auto& declared) { return declared.first.text == pool; });
  };
  for (const LoadedRecipe* loaded : recipes_in(uses)) {
    Takes takes;
    collect_takes(loaded->recipe->steps, takes);
    collect_takes(loaded->recipe->handlers, takes);
    for (const auto& [step, use] : takes) {
      const auto counts = size_in(outer, use->pool.text);
      const auto own = size_in(*loaded->recipe, use->pool.text);
      // What its own file rules out is told there.
      if (counts == outer.pools.end() || own == loaded->recipe->pools.end() || use->amount > own->second ||
          use->amount <= counts->second)
        continue;
      Diagnostic problem{.code = Code::kUnknownPool,
                         .where = use->pool.where,
                         .message = "step '" + step->id.text + "' takes " + std::to_string(use->amount) +
                                    " of the pool '" + use->pool.text + "', which the recipe around it makes " +
                                    std::to_string(counts->second) + ": it would never start",
                         .help = "make that pool larger, or give one of the two another name"};
      problem.notes.push_back({.where = counts->first.where, .text = "this size counts for the whole run"});
      problems.add(std::move(problem));
    }
  }
}

void check_circles(const std::vector<FlatStep>& steps, Diagnostics& problems) {
  enum class Mark : std::uint8_t { kNew, kOpen, kDone };
  std::vector<Mark> marks(steps.size(), Mark::kNew);
  std::size_t circles = 0;
  struct Visit {
    std::size_t step;
    std::size_t next = 0;
  };
  for (std::size_t start = 0; start < steps.size(); ++start) {
    if (marks[start] != Mark::kNew) continue;
    std::vector<Visit> path = {{start}};
    marks[start] = Mark::kOpen;
    while (!path.empty()) {
      Visit& visit = path.back();
      if (visit.next == steps[visit.step].needs.size()) {
        marks[visit.step] = Mark::kDone;
        path.pop_back();
        continue;
      }
      const std::size_t need = steps[visit.step].needs[visit.next++];
      if (marks[need] == Mark::kNew) {
        marks[need] = Mark::kOpen;
        path.push_back({need});
      } else if (marks[need] == Mark::kOpen) {
        constexpr std::size_t kMostCircles = 20;
        if (++circles > kMostCircles) return;
        const auto from = std::find_if(path.begin(), path.end(), [&](const Visit& v) { return v.step == need; });
        std::vector<std::size_t> circle;
        for (auto it = from; it != path.end(); ++it) circle.push_back(it->step);
        circle.push_back(need);
        // Which step is meant is known once each has its name.
        const auto unnamed = [&](std::size_t step) { return steps[step].step->id.text.empty(); };
        if (std::any_of(circle.begin(), circle.end(), unnamed)) continue;
        problems.add(circle_of(steps, circle));
      }
    }
  }
}

// A handler that had its turn before hears nothing.
void check_turns(const recipe::Recipe& recipe, const std::vector<FlatStep>& steps, Diagnostics& problems) {
  std::map<std::string_view, std::size_t> handlers;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].role == Role::kHandler) handlers.emplace(steps[i].step->id.text, i);
  }
  std::vector<SettledQuestion> questions;
  std::vector<const recipe::Name*> names;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const recipe::Name& name : steps[i].step->notify) {
      const auto handler = handlers.find(name.text);
      if (handler == handlers.end() || handler->second == i) continue;
      questions.push_back({.step = i, .asker = handler->second});
      names.push_back(&name);
    }
  }
  const std::vector<bool> settled = settled_before(steps, questions);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (settled[i]) continue;
    const FlatStep& notifier = steps[questions[i].step];
    const std::string& id = notifier.step->id.text;
    const std::string& handler = names[i]->text;
    const bool in_order = recipe.order == recipe::Order::kSequence && !steps[questions[i].asker].step->needs;
    problems.add({.code = Code::kBadValue,
                  .where = names[i]->where,
                  .message = (notifier.role == Role::kHandler ? "handler '" : "step '") + id + "' notifies '" +
                             handler + "', which " + (in_order ? "has" : "may have") + " its turn before it",
                  .help = in_order ? "handlers run in their order, each once: put '" + handler + "' below '" + id + "'"
                                   : "add '" + id + "' to the needs of '" + handler + "'"});
  }
}

void check_names(const recipe::Recipe& recipe, const std::vector<FlatStep>& steps, Diagnostics& problems) {
  std::vector<std::string> ids;
  std::vector<std::string> handlers;
  for (const FlatStep& flat : steps) {
    ids.push_back(flat.step->id.text);
    if (flat.role == Role::kHandler) handlers.push_back(flat.step->id.text);
  }
  const std::unordered_set<std::string_view> known(ids.begin(), ids.end());
  std::map<std::string, std::size_t> pools = {{"noisy", 1}};
  std::vector<std::string> pool_names = {"noisy"};
  for (const auto& [name, size] : recipe.pools) {
    if (pools.emplace(name.text, size).second) pool_names.push_back(name.text);
  }
  for (const auto& [name, size] : recipe.pools) {
    if (name.text != "noisy" || size == 1) continue;
    problems.add({.code = Code::kUnknownPool,
                  .where = name.where,
                  .message = "the pool 'noisy' is the whole machine: its size is 1, not " + std::to_string(size)});
  }
  for (const FlatStep& flat : steps) {
    const recipe::Step& step = *flat.step;
    const std::span<const recipe::Name> needs = step.needs ? std::span(*step.needs) : std::span<const recipe::Name>();
    for (const recipe::Name& need : needs) {
      if (known.count(need.text) > 0) continue;
      problems.add({.code = Code::kUnknownStep,
                    .where = need.where,
                    .message = "step '" + step.id.text + "' needs '" + need.text + "', which does not exist",
                    .help = did_you_mean(need.text, ids)});
    }
    for (const recipe::Name& name : step.notify) {
      if (flat.role == Role::kHandler && name.text == step.id.text) {
        problems.add({.code = Code::kBadValue,
                      .where = name.where,
                      .message = "handler '" + name.text + "' notifies itself",
                      .expected = "another handler",
                      .help = "a handler runs once, at the end; leave 'notify' out"});
        continue;
      }
      if (std::find(handlers.begin(), handlers.end(), name.text) != handlers.end()) continue;
      problems.add({.code = Code::kUnknownStep,
                    .where = name.where,
                    .message = "step '" + step.id.text + "' notifies '" + name.text + "', which is no handler",
                    .expected = handlers.empty() ? "`handlers` with that id" : "one of: " + join(handlers, ", "),
                    .help = did_you_mean(name.text, handlers)});
    }
    for (const recipe::PoolUse& use : step.pools) {
      if (use.name_of_row) continue;  // known when it is planned
      const auto found = pools.find(use.pool.text);
      if (found == pools.end() && recipe::is_hardware_pool(use.pool.text)) {
        if (use.amount == 1 || use.pool.text == "cpu") continue;
        problems.add({.code = Code::kUnknownPool,
                      .where = use.pool.where,
                      .message = "step '" + step.id.text + "' takes " + std::to_string(use.amount) + " of '" +
                                 use.pool.text + "', of which a machine has one"});
      } else if (found == pools.end()) {
        problems.add(
            {.code = Code::kUnknownPool,
             .where = use.pool.where,
             .message = "step '" + step.id.text + "' uses the pool '" + use.pool.text + "', which does not exist",
             .expected = "one of: " + join(pool_names, ", ") +
                         "; or a pool declared in `pools`; or cpu, disk:NAME, accelerator:NUMBER",
             .help = did_you_mean(use.pool.text, pool_names)});
      } else if (use.amount > found->second) {
        problems.add({.code = Code::kUnknownPool,
                      .where = use.pool.where,
                      .message = "step '" + step.id.text + "' takes " + std::to_string(use.amount) + " of the pool '" +
                                 use.pool.text + "', which has " + std::to_string(found->second) +
                                 ": it would never start",
                      .help = "take fewer, or make the pool larger in `pools`"});
      }
    }
  }
}

}  // namespace assay::plan
