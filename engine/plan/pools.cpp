// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/pools.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/recipe/pool_name.h"

namespace assay::plan {
namespace {

constexpr std::string_view kDisk = "disk:";
constexpr std::string_view kAccelerator = "accelerator:";

const expr::Value* fact(const hardware::Facts* facts, std::string_view name) {
  return facts != nullptr && facts->tree.is(expr::Kind::kMap) ? facts->tree.member(std::string(name)) : nullptr;
}

// The pools that the machine gives, of the kind that `like` is of.
std::vector<std::string> hardware_like(std::string_view like, const hardware::Facts* facts) {
  std::vector<std::string> out;
  const bool disk = like.starts_with(kDisk);
  const expr::Value* list = fact(facts, disk ? "disks" : "accelerators");
  if (list == nullptr || !list->is(expr::Kind::kList)) return out;
  std::size_t number = 0;
  for (const expr::Value& item : list->as_list()) {
    if (!disk) {
      out.push_back(std::string(kAccelerator) + std::to_string(number++));
    } else if (const expr::Value* name = item.is(expr::Kind::kMap) ? item.member("name") : nullptr;
               name != nullptr && name->is(expr::Kind::kString)) {
      out.push_back(std::string(kDisk) + name->as_string());
    }
  }
  return out;
}

Result<std::size_t> hardware_size(const std::string& name, const hardware::Facts* facts) {
  if (name == "cpu") {
    const expr::Value* cpu = fact(facts, "cpu");
    const expr::Value* threads = cpu != nullptr && cpu->is(expr::Kind::kMap) ? cpu->member("threads") : nullptr;
    if (threads != nullptr && threads->is(expr::Kind::kInt) && threads->as_int() > 0)
      return static_cast<std::size_t>(threads->as_int());
    return failure(Code::kUnknownPool, "the pool 'cpu' has no size: the facts do not say how many processors there are",
                   "declare it: pools: { cpu: 4 }");
  }
  const auto there = hardware_like(name, facts);
  if (std::find(there.begin(), there.end(), name) != there.end()) return std::size_t{1};
  constexpr std::size_t kMostShown = 16;
  std::vector<std::string> shown(there.begin(),
                                 there.begin() + static_cast<std::ptrdiff_t>(std::min(there.size(), kMostShown)));
  if (there.size() > kMostShown) shown.emplace_back("…");
  return failure(Diagnostic{.code = Code::kUnknownPool,
                            .message = "this machine has no '" + name + "'",
                            .expected = there.empty() ? "no such hardware was found" : "one of: " + join(shown, ", "),
                            .help = did_you_mean(name, there)});
}

Result<std::string> name_of(const recipe::PoolUse& use, const PlannedStep& instance, const hardware::Facts* facts) {
  if (!use.name_of_row) return use.pool.text;
  ASSAY_TRY(const expr::Value value,
            use.name_of_row->text.evaluate(planning_names(instance.origin->params, facts, instance.matrix)));
  if (!value.is(expr::Kind::kString))
    return failure(Code::kWrongType, "a pool goes by a name, this gives " + expr::type_name(value));
  if (auto problem = recipe::pool_name_problem(value.as_string())) return failure(std::move(*problem));
  return value.as_string();
}

Result<HeldPool> resolve(const recipe::PoolUse& use, const PlannedStep& instance, Planner& planner) {
  const hardware::Facts* facts = planner.input().facts;
  ASSAY_TRY(std::string name, name_of(use, instance, facts));
  auto known = planner.plan.pools.find(name);
  if (known == planner.plan.pools.end() && recipe::is_hardware_pool(name)) {
    ASSAY_TRY(const std::size_t size, hardware_size(name, facts));
    known = planner.plan.pools.emplace(name, size).first;
  }
  const std::size_t size = known != planner.plan.pools.end() ? known->second : name == "noisy" ? 1 : 0;
  if (size == 0) {
    std::vector<std::string> names = {"noisy"};
    for (const auto& [declared, ignored] : planner.plan.pools) names.push_back(declared);
    return failure(Diagnostic{.code = Code::kUnknownPool,
                              .message = "the pool '" + name + "' does not exist",
                              .expected = "one of: " + join(names, ", "),
                              .help = did_you_mean(name, names)});
  }
  if (use.amount > size) {
    return failure(Code::kUnknownPool, "'" + instance.id + "' takes " + std::to_string(use.amount) + " of the pool '" +
                                           name + "', which has " + std::to_string(size) + ": it would never start");
  }
  return HeldPool{std::move(name), use.amount};
}

}  // namespace

void declare_pools(const recipe::Recipe& recipe, Plan& plan) {
  for (const auto& [name, size] : recipe.pools) plan.pools.emplace(name.text, size);
}

void resolve_pools(PlannedStep& instance, Planner& planner) {
  if (instance.skip) return;  // a disk that is not there may be why
  for (const recipe::PoolUse& use : instance.step->pools) {
    auto held = resolve(use, instance, planner);
    if (!held) {
      Diagnostic problem = std::move(held).error();
      if (!problem.where) problem.where = use.pool.where;
      planner.problems().add(std::move(problem).with_note("while planning '" + instance.id + "'"));
      continue;
    }
    // Two rows of text may make one name.
    const auto same = std::find_if(instance.pools.begin(), instance.pools.end(),
                                   [&](const HeldPool& other) { return other.pool == held->pool; });
    if (same == instance.pools.end()) {
      instance.pools.push_back(std::move(*held));
    } else {
      planner.problems().add({.code = Code::kDuplicateName,
                              .where = use.pool.where,
                              .message = "'" + instance.id + "' names the pool '" + held->pool + "' twice"});
    }
  }
  instance.noisy = std::any_of(instance.pools.begin(), instance.pools.end(),
                               [](const HeldPool& held) { return held.pool == "noisy"; });
}

}  // namespace assay::plan
