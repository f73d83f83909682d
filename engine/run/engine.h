// SPDX-License-Identifier: Apache-2.0
// Carries out a plan: one loop, one thread that owns all state, steps as coroutines. Every transition is in the journal
// before anyone is told and before anything that waited for it has an effect. docs/durable-runs.md says what that
// gives.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/plan/plan.h"
#include "engine/run/events.h"
#include "engine/run/outcome.h"
#include "engine/run/questions.h"
#include "engine/run/reboot.h"
#include "engine/run/results.h"
#include "engine/run/resume.h"
#include "engine/run/world.h"
#include "engine/secret/secrets.h"
#include "engine/system/orphans.h"
#include "engine/target/machine_lock.h"

namespace assay::run {

// A run that is taken up again.
struct Resumption {
  const record::RunRecord* record = nullptr;  // of it, read whole but for a torn end
  std::vector<std::string> accepted;          // what had changed and is accepted
  TextById taken_back = {};                   // steps that an undo of it has taken back, and why they are done again
  bool at_boot = false;                       // as part of the machine's boot, not by hand later
};

struct RunOptions {
  std::filesystem::path store;
  std::size_t jobs = 0;  // 0: as many as there are processors
  std::chrono::nanoseconds grace = std::chrono::seconds(5);
  std::vector<std::string> command_line;  // for the record
  std::string assay_version;
  Json made_from;                      // for the record: what the plan can be made from again (plan/saved_plan.h)
  Json machine_signs;                  // for the record: by what the machine is known again (hardware/machine_signs.h)
  bool measure_preconditions = false;  // look at the machine's state first
  bool ask_git = true;                 // for the commit of the recipe
  // The machine as runs share it, for the run of that id. None: no other run is on it.
  std::function<Result<std::unique_ptr<target::MachineAccess>>(const std::string& run)> machine = {};
  // What a controller that died had left at work without the mark of a step was ended; or could not be.
  std::function<void(const system::LeftBehind&)> left_behind = {};
  std::shared_ptr<const secret::Secrets> secrets = nullptr;  // those that the plan names, read; nullptr: it names none
  Person* person = nullptr;                                  // who can be asked at once; nullptr: nobody
  std::map<std::string, GivenAnswer> answers = {};           // by step; one that does not fit its question is none
  Resumption resume = {};                                    // its record nullptr: a new run
  std::string undo_of = {};                                  // the run whose changes are taken back; empty: none
  const Results* of = nullptr;                               // what expressions see as `steps`: those of that run
};

enum class Ending : std::uint8_t {
  kSealed,   // it came to its end
  kStopped,  // by a signal, or because the disk is full: can be resumed
  kWaiting,  // for a person or a reboot: can be resumed
  kLost,     // the journal cannot be written
};

struct RunResult {
  std::string id;
  std::filesystem::path folder;
  Outcome outcome;
  Ending ending = Ending::kSealed;
  std::string problem;                                       // why the run ended early; empty otherwise
  std::optional<Reboot> reboot = std::nullopt;               // what it waits for, where that is a reboot
  std::shared_ptr<target::MachineAccess> machine = nullptr;  // then no other run gets in before it
};

// Blocks until the run is over. SIGINT and SIGTERM end it in order: a first one with grace, a second at once. Errors:
// the record cannot be created or taken up; nothing was started.
Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock,
                               World& world);
// In the real world.
Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock);

}  // namespace assay::run
