// SPDX-License-Identifier: Apache-2.0
// What certify and run have in common: plan for this machine, carry the plan out under the eyes of the terminal, write
// the reports, show the result.
#pragma once

#include <functional>

#include "cli/verbs.h"
#include "engine/plan/plan.h"
#include "engine/plan/saved_plan.h"
#include "engine/run/engine.h"
#include "engine/target/local_target.h"

namespace assay::cli {

// A plan for this machine, made by the caller from what planning may know.
using MakePlan = std::function<plan::PlanResult(const plan::PlanInput& input)>;

// Looks at a plan before it is carried out; what it finds stops the run.
using Objections = std::function<Diagnostics(const plan::Plan& plan)>;

// Parameters from --params and -p, the latter last.
Result<std::vector<recipe::GivenParam>> given_params(const RunSettings& settings);

// What the caller wants planned.
struct Wanted {
  std::vector<recipe::GivenParam> params;
  std::string profile;
  std::vector<std::string> only;
  std::vector<std::string> skip;
  bool facts = true;  // looking at the machine costs a moment
  MakePlan make_plan;
  Json made_from = {};  // for the record: what the plan can be made from again
};

// Parameters and the choice of steps as `settings` say. Errors: a parameter file that cannot be read, a malformed -p.
Result<Wanted> wanted_of(const RunSettings& settings, bool facts, MakePlan make_plan);

// Plans and carries out. Mistakes in what the user gave end it with 2 before anything starts.
int plan_and_carry_out(const Common& common, const RunSettings& settings, Wanted wanted, Objections objections = {});

// What is carried out, on this machine.
struct Work {
  const plan::Plan& plan;
  const hardware::Facts& facts;
  const target::LocalTarget& target;
  Json made_from = {};
  run::Resumption resume = {};
  std::string undo_of = {};          // the run that is taken back
  const run::Results* of = nullptr;  // and what it knew
};

// What came of it; or the exit code, the reason has been told.
using Carried = tl::expected<run::RunResult, int>;
Carried carry_out(const Common& common, const RunSettings& settings, const Work& work);

// Reads the record back, writes the reports, shows the result; and reboots, when the run waits for that. The exit code.
// Nothing of the plan is needed any more: callers let go of it before, since the record may be as large.
int show_result(const Common& common, const RunSettings& settings, const Carried& carried);

// The recipe of `source` with all it uses, fetched where it is missing. Or the exit code; the reason has been told.
tl::expected<plan::LoadedRecipe, int> load_for_run(const Common& common, const plan::PlanSource& source, bool offline);

// Shows the plan, or hands it to `save`.
int plan_and_show(const Common& common, bool dot, const Wanted& wanted,
                  const std::function<int(const plan::Plan& plan)>& save = {});

}  // namespace assay::cli
