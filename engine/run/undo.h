// SPDX-License-Identifier: Apache-2.0
// Takes back what a run has changed: a run of its own, over every step that changed something, failed or was cut off,
// in the reverse order of their start (semantics 5.4). What was found to be nothing to do (`skip_exit`) is none of
// these.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/plan/plan.h"
#include "engine/record/run_record.h"

namespace assay::run {

// What earlier runs have taken back of a run.
struct TakenBack {
  struct Step {
    WallTime when;    // the last time that it was undone with a pass, …
    std::string run;  // … and by which run
  };
  std::vector<std::string> runs;      // that took it back and came to their end, oldest first
  std::map<std::string, Step> steps;  // that they undid
};
// The earlier runs of `store` that undo the run `of`; with `before` those that began before that one. Error
// (kNotUndone): one of them has not come to its end.
Result<TakenBack> taken_back(const std::filesystem::path& store, const std::string& of, const std::string& before = {});

// The steps of `record` that were taken back and that nobody has done again since, and by which run: a run that goes on
// has to do them again.
std::map<std::string, std::string> still_taken_back(const record::RunRecord& record, const TakenBack& earlier);
// Whether a run that takes `run` back began after it was last at work.
bool is_undone(const std::filesystem::path& store, const std::string& run);

// The plan of the undo of `record`, a run of `plan`. A step goes by the name of what it takes back. One that states no
// `undo` is skipped, and its reason says that what it changed stays. With a `check`, one that does not hold any more is
// not undone, and one that still holds afterwards has failed. The first that fails keeps the rest from running: what
// was done before may still be needed. What `earlier` has taken back and nobody has done again since is left out.
plan::Plan undo_plan(const plan::Plan& plan, const record::RunRecord& record, const TakenBack& earlier = {});

}  // namespace assay::run
