// SPDX-License-Identifier: Apache-2.0
// What a controller that died has left running, found by the mark in its environment (semantics 4.5).
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/system/descendants.h"

namespace assay::system {

// Ends every process of this machine whose mark begins with `prefix` ("RUN/") and that we may signal: TERM once for
// each, also for those that come while others end; after `grace` KILL, until none is left or five seconds have passed
// after that. Blocks. Returns how many there were.
std::size_t end_orphans(std::string_view prefix, std::chrono::milliseconds grace);

struct LeftBehind {
  std::size_t ended = 0;
  std::size_t refused = 0;  // that we may not signal, or that did not end: they are still at work
};
// The same for what is left of the groups that these have led, whatever mark it has (find_left()).
LeftBehind end_left(const std::vector<KnownProcess>& leaders, std::chrono::milliseconds grace);

}  // namespace assay::system
