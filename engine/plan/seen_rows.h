// SPDX-License-Identifier: Apache-2.0
// Which instance of a step with a matrix another step means by `steps.x` (semantics 2.4): one rule, for the check of
// types, for planning and for the run.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/plan/plan.h"

namespace assay::plan {

// The names by which others find a row: those of the axes; without axes, those of `include`. What `include` adds to
// rows of axes is not among them.
std::vector<std::string> row_names(const recipe::Matrix& matrix);

// Whether a step whose rows go by `own` (none: it has no matrix) sees one instance of a step whose rows go by `seen`:
// its own row has all those names. Else it sees all instances together.
bool sees_one_instance(const std::vector<std::string>& seen, const std::vector<std::string>& own);

// Finds rows of a plan, which must outlive it. Each group is looked through once, when it is first asked for. Not
// shared between threads.
class SeenRows {
 public:
  explicit SeenRows(const Plan& plan) : plan_(plan) {}

  // The instance of `group` that has the viewer's row; nullopt: the viewer sees all of them, there is none, or several
  // and none is the same in everything.
  [[nodiscard]] std::optional<std::size_t> find(const Group& group, const PlannedStep& viewer) const;

 private:
  struct Rows {
    std::vector<std::string> names;
    std::unordered_multimap<std::string, std::size_t> instances;  // by what their rows have under these names
  };
  const Rows& rows_of_group(const Group& group) const;

  const Plan& plan_;
  mutable std::unordered_map<const Group*, Rows> groups_;
};

// Rows for which a step looks at one instance of another step (at more than its status and verdict) that is not there.
// Rows that are skipped, or whose `if` is false whatever the steps before give, look at nothing.
void check_seen_rows(const Plan& plan, const hardware::Facts* facts, Diagnostics& problems);

}  // namespace assay::plan
