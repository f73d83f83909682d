// SPDX-License-Identifier: Apache-2.0
// What a controller that died has left running, found by the mark in its environment (semantics 4.5).
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace assay::system {

// Ends every process of this machine whose mark begins with `prefix` ("RUN/") and that we may signal: TERM once for
// each, also for those that come while others end; after `grace` KILL, until none is left or five seconds have passed
// after that. Blocks. Returns how many there were.
std::size_t end_orphans(std::string_view prefix, std::chrono::milliseconds grace);

}  // namespace assay::system
