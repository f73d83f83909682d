// SPDX-License-Identifier: Apache-2.0
// Reboots as a step (docs/durable-runs.md): what the record tells of them, and whether the machine that came back is
// the one that went. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/expr/value.h"
#include "engine/recipe/model.h"
#include "engine/record/run_record.h"
#include "engine/target/target.h"

namespace assay::run {

// A reboot that a run waits for.
struct Reboot {
  record::QuestionRecord asked;  // of type "boot"
  // Asked for just now, so that the machine is to be rebooted. False: it was before, and the machine has not been
  // rebooted; whoever reads the record must not do it again.
  bool due = false;
  std::vector<std::string> command;  // argv; empty: what the machine has
};

// The reboots of a step since it was begun.
struct Boots {
  bool begun = false;
  std::vector<double> seconds;  // of each that is over, from the call to the return
  std::string problem;          // why the machine that came back is not good; empty: it is
  std::optional<record::QuestionRecord> open = std::nullopt;  // not known to be over
  WallTime left;  // of that: when the machine was last seen in the boot that ends
};
Boots boots_so_far(const record::RunRecord& record, const record::StepRecord& step);

// The machine after a reboot.
struct Returned {
  target::Boot boot;
  WallTime left;  // see Boots
  WallTime now;
  // Whether this is part of the boot. If not, somebody goes on by hand, at any time: what counts is when the kernel
  // started.
  bool at_boot = false;
  const hardware::Facts& before;  // at the start of the run
  const hardware::Facts& facts;
};

// The question that `asked` is, with its answer. All times are UTC: those of the journal, and now.
record::QuestionRecord judge_return(const record::QuestionRecord& asked, const Returned& returned, Nanoseconds within);

// `boots` and `seconds`.
expr::Value outputs_of(const Boots& boots);

}  // namespace assay::run
