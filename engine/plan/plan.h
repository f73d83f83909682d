// SPDX-License-Identifier: Apache-2.0
// model + parameters + facts -> what will be done, in order, with the reason for everything that will not. Pure: the
// same input gives the same plan, byte for byte.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/rare.h"
#include "engine/hardware/facts.h"
#include "engine/hardware/steady.h"
#include "engine/plan/flat.h"
#include "engine/plan/loader.h"

namespace assay::plan {

// Where the value of each parameter comes from: "default", "profile fast", "-p", "site.yaml:4".
using ParamOrigins = std::map<std::string, std::string>;

// A bound of one metric, in the metric's unit.
struct PlannedLimit {
  std::string metric;
  std::optional<double> min;
  std::optional<double> max;
  std::string source;
};

struct PlannedSkip {
  std::string reason;
  std::string kind;  // "condition", "not_applicable", "not_possible", "not_selected"; of an undo "no_undo"
};

// Whether a step skipped for a reason of this kind holds up nothing that needs it (semantics 2.5): there was nothing to
// do. One that could not be carried out, or was not because of a need or a stop, does.
bool is_skipped_well(std::string_view kind);
// What becomes of a container whose steps (without its rescue) are all skipped, each for the reason given; nullopt: one
// of them is not skipped well, or there are none.
std::optional<PlannedSkip> skip_of_container(const std::vector<PlannedSkip>& of_steps);

// A secret that the run reads before it begins.
struct PlannedSecret {
  std::string reference;            // "env:TOKEN"
  std::string name;                 // of the first parameter that it is the value of; empty: named by secret()
  std::optional<SourceSpan> where;  // where that says so
};

// So much of a pool.
struct HeldPool {
  std::string pool;
  std::size_t amount = 1;
  bool operator==(const HeldPool&) const = default;
};

// What the steps of a file have in common, for one use of it.
struct Origin {
  expr::Value params;              // of the file
  std::string scope;               // before the ids that its expressions name: "outer/"
  std::filesystem::path base_dir;  // folder of the file
  // Parameters with values from facts that change by themselves (hardware/steady.h).
  std::vector<std::string> changing = {};
};

// What is inside a `use` or `suite` step.
struct Inside {
  std::shared_ptr<const recipe::Recipe> recipe;  // of a `use` step
  expr::Value params;
  std::shared_ptr<const ParamOrigins> from;  // where each comes from
  std::vector<std::string> changing = {};    // as in Origin
};

// One instance of a step. There may be a million: what many have in common is shared, what few have stands apart.
struct PlannedStep {
  std::string id;  // instance id (semantics 2.3)
  std::shared_ptr<const recipe::Step> step;
  std::size_t group = 0;             // in Plan::groups
  std::vector<std::size_t> members;  // instances whose results make up this one's (suite, use, block); empty for others
  std::optional<std::size_t> container;  // the instance that this one is a member of
  Rare<Inside> inside;                   // of a `use` or `suite` step that is not skipped
  std::shared_ptr<const Origin> origin;  // never null in a plan
  expr::Value matrix;                    // this instance's row; null: the step has no matrix
  Rare<PlannedSkip> skip;
  std::vector<PlannedLimit> limits;    // of a test in a programme
  std::vector<std::string> unlimited;  // metrics without a limit for this hardware
  bool blocker = true;
  bool order_only = false;      // its needs only come first: it runs whatever came of them
  std::vector<HeldPool> pools;  // what it holds while it runs, all at once
  bool noisy = false;           // holds the machine's `noisy` pool: nothing else runs beside it
};

// All instances of one step, next to each other in Plan::steps. They wait for the same groups, so that the plan of a
// large matrix stays as small as the matrix.
struct Group {
  std::string id;  // the step's id without a row
  std::size_t first = 0;
  std::size_t count = 0;
  std::vector<std::size_t> needs;  // groups
  Role role = Role::kNormal;
};

struct Plan {
  std::string kind;  // "Recipe" or "Programme"
  recipe::Metadata metadata;
  std::filesystem::path path;
  std::shared_ptr<const SourceText> source;  // the file at `path`; never null in a plan that was made from one
  std::vector<recipe::AppliedOverlay> overlays;
  std::vector<recipe::GitOrigin> sources;  // repositories that recipes in use are from
  expr::Value params;
  ParamOrigins param_origins;
  std::shared_ptr<const hardware::SteadyFacts> facts;  // that it was made with; nullptr: not collected
  std::vector<PlannedSecret> secrets;                  // each reference once
  std::map<std::string, std::size_t> pools;  // sizes: declared ones, and those of the hardware that steps take from
  std::vector<PlannedStep> steps;
  std::vector<Group> groups;
  std::optional<Nanoseconds> deadline;      // of the run
  std::optional<std::size_t> retry_budget;  // attempts after the first, of all steps together
  std::vector<std::string> tools;           // declared tools that were found, sorted
  Diagnostics not_carried_out;              // what this version plans but does not carry out yet: a run refuses it
};

// What planning knows of the machine.
struct PlanInput {
  std::vector<recipe::GivenParam> params;
  std::string profile;                                    // of the recipe; empty: none
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
// Whether an expression, a pool or a suite does: not for the identity that reboots compare.
bool reads_facts(const LoadedRecipe& loaded);

}  // namespace assay::plan
