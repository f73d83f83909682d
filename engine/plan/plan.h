// SPDX-License-Identifier: Apache-2.0
// model + parameters + facts -> what will be done, in order, with the reason for everything that will not. Pure: the
// same input gives the same plan, byte for byte.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hardware/facts.h"
#include "engine/plan/loader.h"

namespace assay::plan {

// A bound of one metric, in the metric's unit.
struct PlannedLimit {
  std::string metric;
  std::optional<double> min;
  std::optional<double> max;
  std::string source;
};

struct PlannedSkip {
  std::string reason;
  std::string kind;  // "not_applicable", "not_possible", "not_selected"
};

struct PlannedStep {
  std::string id;  // instance id
  std::shared_ptr<const recipe::Step> step;
  std::vector<std::size_t> needs;   // indices in Plan::steps
  std::vector<std::size_t> groups;  // indices that a suite step stands for; empty for others
  expr::Value params;               // of the file the step is from
  std::filesystem::path base_dir;   // folder of that file
  std::optional<PlannedSkip> skip;
  std::vector<PlannedLimit> limits;    // of a test in a programme
  std::vector<std::string> unlimited;  // metrics without a limit for this hardware
  bool blocker = true;
  bool order_only = false;  // its needs only come first: it runs whatever came of them
  bool noisy = false;       // holds the machine's `noisy` pool: nothing else runs beside it
};

struct Plan {
  std::string kind;  // "Recipe" or "Programme"
  recipe::Metadata metadata;
  std::filesystem::path path;
  std::string source_text;
  expr::Value params;
  std::vector<PlannedStep> steps;
  bool wants_facts = false;        // some expression or test reads facts
  std::vector<std::string> tools;  // declared tools that were found, sorted
};

// What planning knows of the machine.
struct PlanInput {
  std::vector<recipe::GivenParam> params;
  const hardware::Facts* facts = nullptr;                 // nullptr: not collected
  std::function<bool(const std::string& tool)> has_tool;  // whether a program is found
  std::vector<std::string> only;                          // ids (or prefixes ending in '*') to keep; empty: all
  std::vector<std::string> skip;                          // ids to leave out
};

struct PlanResult {
  std::optional<Plan> plan;
  Diagnostics problems;
};

PlanResult plan_recipe(const LoadedRecipe& loaded, const PlanInput& input);
PlanResult plan_programme(const LoadedProgramme& loaded, const PlanInput& input);

// Whether planning or running the recipe needs facts: some expression names them, or a suite is used.
bool needs_facts(const LoadedRecipe& loaded);

}  // namespace assay::plan
