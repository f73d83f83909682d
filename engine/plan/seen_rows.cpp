// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/seen_rows.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "engine/plan/matrix.h"
#include "engine/plan/planner.h"
#include "engine/plan/references.h"

namespace assay::plan {
namespace {

// What a row has under these names, in their order; a row of `include` may lack some.
std::string row_key(const std::vector<std::string>& names, const expr::Value& row) {
  expr::Map part;
  for (const std::string& name : names) {
    if (const expr::Value* value = row.member(name)) part.set(name, *value);
  }
  return instance_id({}, part);
}

// "steps.load.outputs.x" -> "load", where more is read than both an instance and all of them have.
std::string_view step_read(std::string_view reference) {
  constexpr std::string_view kSteps = "steps.";
  if (!reference.starts_with(kSteps)) return {};
  reference.remove_prefix(kSteps.size());
  const std::size_t end = std::min(reference.find('.'), reference.size());
  const std::string_view member = reference.substr(std::min(end + 1, reference.size()));
  return member == "status" || member == "verdict" ? std::string_view() : reference.substr(0, end);
}

class RowCheck {
 public:
  RowCheck(const Plan& plan, const hardware::Facts* facts, Diagnostics& problems)
      : plan_(plan), facts_(facts), problems_(problems), rows_(plan) {}

  void check() {
    for (const Group& group : plan_.groups) {
      if (group.count == 0 || !plan_.steps[group.first].step->matrix) continue;
      for_each_expression(*plan_.steps[group.first].step,
                          [&](const expr::Expression& expression, const SourceSpan& where) {
                            for (const std::string& reference : expression.references())
                              look(group, step_read(reference), expression.place().value_or(where));
                          });
    }
  }

 private:
  void look(const Group& viewers, std::string_view id, const SourceSpan& where) {
    if (id.empty()) return;
    const PlannedStep& first = plan_.steps[viewers.first];
    const Group* const seen = find_group(first.origin->scope + std::string(id));
    if (seen == nullptr || seen->count == 0 || !plan_.steps[seen->first].step->matrix) return;
    if (!sees_one_instance(row_names(*plan_.steps[seen->first].step->matrix), row_names(*first.step->matrix))) return;
    for (std::size_t i = viewers.first; i < viewers.first + viewers.count; ++i) {
      const PlannedStep& viewer = plan_.steps[i];
      if (viewer.skip || rows_.find(*seen, viewer) || is_false(viewer)) continue;
      if (!told_.insert({viewer.step.get(), seen->id}).second) return;
      problems_.add(
          {.code = Code::kAggregate,
           .where = where,
           .message = "'" + viewer.id + "' looks at the same row of '" + std::string(id) + "', which has no such row",
           .help = "leave the row out here too, with `exclude` or `if`"});
      return;
    }
  }

  // `false && steps.x…` is false.
  [[nodiscard]] bool is_false(const PlannedStep& step) const {
    if (!step.step->condition) return false;
    const auto holds =
        expr::evaluate(step.step->condition->expression, planning_names(step.origin->params, facts_, step.matrix));
    return holds && holds->is(expr::Kind::kBool) && !holds->as_bool();
  }

  const Group* find_group(const std::string& id) {
    if (groups_.empty()) {
      for (const Group& group : plan_.groups) groups_.emplace(group.id, &group);
    }
    const auto found = groups_.find(id);
    return found != groups_.end() ? found->second : nullptr;
  }

  const Plan& plan_;
  const hardware::Facts* facts_;
  Diagnostics& problems_;
  SeenRows rows_;
  std::unordered_map<std::string_view, const Group*> groups_;  // by id, made when first asked
  std::set<std::pair<const recipe::Step*, std::string>> told_;
};

}  // namespace

std::vector<std::string> row_names(const recipe::Matrix& matrix) {
  std::vector<std::string> names;
  for (const recipe::Axis& axis : matrix.axes) names.push_back(axis.name.text);
  if (!names.empty()) return names;
  for (const auto& entry : matrix.include) {
    for (const auto& [key, value] : entry) {
      if (std::find(names.begin(), names.end(), key.text) == names.end()) names.push_back(key.text);
    }
  }
  return names;
}

bool sees_one_instance(const std::vector<std::string>& seen, const std::vector<std::string>& own) {
  return !seen.empty() && std::all_of(seen.begin(), seen.end(), [&](const std::string& name) {
    return std::find(own.begin(), own.end(), name) != own.end();
  });
}

const SeenRows::Rows& SeenRows::rows_of_group(const Group& group) const {
  const auto [rows, is_new] = groups_.try_emplace(&group);
  if (!is_new) return rows->second;
  const auto& matrix = plan_.steps[group.first].step->matrix;
  if (matrix) rows->second.names = row_names(*matrix);
  for (std::size_t i = group.first; matrix && i < group.first + group.count; ++i) {
    if (plan_.steps[i].matrix.is(expr::Kind::kMap))
      rows->second.instances.emplace(row_key(rows->second.names, plan_.steps[i].matrix), i);
  }
  return rows->second;
}

std::optional<std::size_t> SeenRows::find(const Group& group, const PlannedStep& viewer) const {
  if (group.count == 0 || !viewer.step->matrix || !viewer.matrix.is(expr::Kind::kMap)) return std::nullopt;
  const Rows& rows = rows_of_group(group);
  if (!sees_one_instance(rows.names, row_names(*viewer.step->matrix))) return std::nullopt;
  const auto [begin, end] = rows.instances.equal_range(row_key(rows.names, viewer.matrix));
  if (begin != end && std::next(begin) == end) return begin->second;
  // Rows of `include` may differ in what is no axis.
  const auto same = std::find_if(
      begin, end, [&](const auto& one) { return expr::equal(plan_.steps[one.second].matrix, viewer.matrix); });
  if (same != end) return same->second;
  // Maps that have the same name may differ.
  const auto has_its_values = [&](const auto& one) {
    return std::all_of(rows.names.begin(), rows.names.end(), [&](const std::string& name) {
      const expr::Value* const there = plan_.steps[one.second].matrix.member(name);
      const expr::Value* const here = viewer.matrix.member(name);
      return (there == nullptr) == (here == nullptr) && (there == nullptr || expr::equal(*there, *here));
    });
  };
  const auto first = std::find_if(begin, end, has_its_values);
  const bool only = first != end && std::find_if(std::next(first), end, has_its_values) == end;
  return only ? std::optional(first->second) : std::nullopt;
}

void check_seen_rows(const Plan& plan, const hardware::Facts* facts, Diagnostics& problems) {
  RowCheck(plan, facts, problems).check();
}

}  // namespace assay::plan
