// SPDX-License-Identifier: Apache-2.0
// What a store may let go. Runs that have not come to their end, that are signed, pinned or named by another record
// stay, whatever is asked.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace assay::record {

struct Retention {
  std::optional<std::size_t> keep;        // so many of the newest runs stay
  std::optional<Nanoseconds> older_than;  // what ended later stays
  // Both given: a run goes when both say so. Neither: no run goes, only what dead controllers left.
};

struct Discarded {
  std::string name;  // of the run, or below the store: "tmp/20260131T083000Z-abcdef.x"
  std::uint64_t bytes = 0;
  std::string why_not;  // empty: it goes; else why it stays although it is old enough
};

struct RetentionPlan {
  std::vector<Discarded> runs;       // that are old enough, oldest first
  std::vector<Discarded> leftovers;  // private folders and reserves of runs that nobody is at work on
  std::size_t kept = 0;              // runs that are not old enough

  [[nodiscard]] std::uint64_t bytes() const;  // of all that goes
};

// What would go; changes nothing.
RetentionPlan plan_retention(const std::filesystem::path& store, const Retention& rule, WallTime now);

// Lets go what the plan says. A run is held meanwhile and vanishes at once; what came to be needed since is left, with
// the reason in `why_not`. Gives what happened, in the same form. Error: the store cannot be written.
Result<RetentionPlan> carry_out_retention(const std::filesystem::path& store, RetentionPlan plan);

}  // namespace assay::record
