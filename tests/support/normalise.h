// SPDX-License-Identifier: Apache-2.0
// Makes the output of two runs comparable: what differs from run to run becomes a name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::test {

struct Replacement {
  std::string text;  // taken literally; empty texts are ignored
  std::string name;  // "<folder>"
};

// Known texts first (the longest first, so that a folder wins over its parent), then by form:
//   <run>      run ids                      20260131T083000Z-1a2b3c
//   <time>     RFC 3339 and compact times   2026-01-31T08:30:00.123456Z, 20260131T083000Z
//   <sha256>   64 hex digits
//   <elapsed>  measured times for people    0.3 s, 12 s, 1 m 30 s, 2 h 05 m; and JSON's "duration_s": 1.25
//   <pid>      "pid 4711", "pid":4711
//   <version>  "assay 0.1.0", "assay v1.2.3-4-gabcdef"
// Durations as recipes write them (90s, 5m, "5 s" in quotes) stay: they come from the input, not from a clock.
std::string normalise(std::string_view text, std::vector<Replacement> known = {});

}  // namespace assay::test
