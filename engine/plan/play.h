// SPDX-License-Identifier: Apache-2.0
// Plays steps through in thought: with so many places, pools of such sizes and the times that are known, when the last
// one ends and what decides that. It is how both a plan and a run that goes on tell how long they take.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/plan.h"

namespace assay::plan {

struct PlayedStep {
  std::size_t group = 0;
  double takes_s = 0;                            // what is left of it
  bool settled = false;                          // it is over already
  bool running = false;                          // it has begun
  bool alone = false;                            // nothing runs beside it
  bool no_place = false;                         // it takes no time and no place: it only holds others, or is skipped
  const std::vector<HeldPool>* pools = nullptr;  // what it holds; nullptr: nothing
};

// Steps that are waited for together.
struct PlayedGroup {
  std::vector<std::size_t> members;
  std::vector<std::size_t> dependants;  // groups
  std::size_t needs = 0;                // how many groups it waits for
};

struct Played {
  double end_s = 0;
  std::vector<std::size_t> begun;     // steps that took a place, in the order of their start
  std::vector<std::size_t> decisive;  // the steps that decide the end, in order: each begins when the one before ends
};

// In plan order, as a run does it (a step waits for the pools it holds while later ones begin). `room`: sizes of pools;
// of one that is not there is room for all. `jobs`: places; 0: as many as there are steps. What waits for itself never
// begins. Cost: n log n in the steps and what they hold.
Played play(const std::vector<PlayedStep>& steps, const std::vector<PlayedGroup>& groups,
            const std::map<std::string, std::size_t>& room, std::size_t jobs);

}  // namespace assay::plan
