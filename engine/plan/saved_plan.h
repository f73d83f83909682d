// SPDX-License-Identifier: Apache-2.0
// A plan in a file: what was looked at and approved is what a run does, or it says what changed.
#pragma once

#include <filesystem>
#include <string>

#include "engine/plan/plan.h"

namespace assay::plan {

// What the plan was made from: enough to make it again.
struct PlanSource {
  std::filesystem::path recipe;  // or the programme
  std::vector<std::filesystem::path> overlays;
  std::vector<recipe::GivenParam> params;
  std::string profile;
  std::vector<std::string> only;
  std::vector<std::string> skip;
  bool programme = false;
};

// As JSON, with the digests of all files that were read.
Json source_json(const LoadedRecipe& loaded, const PlanSource& source);
Json source_json(const LoadedProgramme& loaded, const PlanSource& source);
// Reads what source_json() gave. Error P008.
Result<PlanSource> read_source(const Json& source);
// The files that are not what `before` says, or that it does not know.
Diagnostics changed_files(const Json& before, const Json& now);

// "assay.plan/1" with `source`: the recipe, digests of all its files, and what was given.
Json saved_plan(const Plan& plan, const LoadedRecipe& loaded, const PlanSource& source);

// Reads what saved_plan() wrote. Error P008: not such a file.
Result<PlanSource> read_plan_source(const Json& saved);

// Every difference between the saved plan and the one made now: files, parameters, steps. Empty: they are the same.
Diagnostics changes_since(const Json& saved, const Plan& plan, const LoadedRecipe& loaded);

}  // namespace assay::plan
