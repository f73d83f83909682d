// SPDX-License-Identifier: Apache-2.0
// Makes the plan of a recorded run again and compares what it is made from with what it was: for verbs that go on with
// a run, or take it back.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/verbs.h"
#include "engine/plan/plan.h"
#include "engine/target/local_target.h"

namespace assay::cli {

struct Replanned {
  explicit Replanned(const std::vector<std::pair<std::string, std::string>>& environment);
  target::LocalTarget target;
  hardware::Facts facts;  // of the beginning of the run; empty where it collected none
  plan::Plan plan;
  Json made_from;
  std::vector<std::string> accepted;  // what has changed, where that is accepted
};

// Files by digest, parameters, steps, tools and the identity of the machine are compared; a difference ends it unless
// `accept_changes`. `verb` is named in the help. The machine is not compared while a step that reboots it is at that
// itself. Or the exit code; the reason has been told.
tl::expected<std::unique_ptr<Replanned>, int> replan(const Common& common, const record::RunRecord& record,
                                                     const std::string& verb, bool accept_changes);

}  // namespace assay::cli
