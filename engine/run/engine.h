// SPDX-License-Identifier: Apache-2.0
// Carries out a plan: one loop, one thread that owns all state, steps as coroutines. Every transition is in the journal
// before anyone is told and before anything that waited for it starts.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/plan/plan.h"
#include "engine/run/events.h"
#include "engine/run/outcome.h"
#include "engine/run/world.h"

namespace assay::run {

struct RunOptions {
  std::filesystem::path store;
  std::size_t jobs = 0;  // 0: as many as there are processors
  std::chrono::nanoseconds grace = std::chrono::seconds(5);
  std::vector<std::string> command_line;  // for the record
  std::string assay_version;
  bool measure_preconditions = false;  // look at the machine's state first
  bool ask_git = true;                 // for the commit of the recipe
};

struct RunResult {
  std::string id;
  std::filesystem::path folder;
  Outcome outcome;
  std::string problem;  // why the run ended early; empty otherwise
};

// Blocks until the run is over. SIGINT and SIGTERM end it in order: a first one with grace, a second at once. Errors:
// the record cannot be created; nothing was started.
Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock,
                               World& world);
// In the real world.
Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock);

}  // namespace assay::run
