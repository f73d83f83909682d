// SPDX-License-Identifier: Apache-2.0
// A run in a line: what lists show and filters ask for. Derived from the record alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/record/run_record.h"

namespace assay::record {

struct RunSummary {
  std::string id;
  std::string name;  // of the recipe or programme
  std::string kind;  // "Recipe", "Programme"
  std::string version;
  std::string title;
  Status status = Status::kRunning;  // as in RunRecord
  Verdict verdict = Verdict::kInconclusive;
  int exit_code = 3;
  std::string started;   // RFC 3339; empty: not known
  std::string finished;  // empty: not sealed
  std::vector<std::string>
      machines;  // names of hosts; of a target that tells none its own; without facts that of the controller
  std::string facts_sha256;  // of the facts of the first target as one line of JSON; empty: none
  std::string commit;        // of the recipe; empty: not from git
  std::uint64_t bytes = 0;   // of the record: run.json, journal, evidence
  std::uint64_t steps = 0;
  std::map<std::string, int> counts;  // as count_verdicts()
  std::string undo_of;                // the run that this one undoes; empty: none
  std::uint64_t damage = 0;           // what the reader found broken

  bool operator==(const RunSummary&) const = default;
};

RunSummary summarise(const RunRecord& run);

// "with --accept-changes (2 changes)": stands beside the verdict of a run that went on although what it was made from
// had changed (semantics 3). Empty for every other one.
std::string accepted_words(const RunRecord& run);

// What of a list is asked for; what is empty asks for nothing.
struct RunFilter {
  std::string name;                   // pattern with * and ? for the name
  std::string machine;                // the same for one of the machines
  std::vector<std::string> verdicts;  // of ended runs
  std::vector<std::string> states;    // see state_of()
  std::optional<WallTime> since;      // started then or later
  std::optional<WallTime> until;      // started before
  std::size_t last = 0;               // so many at most, the newest; 0: all
};

// "finished", "waiting", "stopped", or of one that recorded no end "running" when somebody is `at_work` on it now, else
// "interrupted".
std::string state_of(Status status, bool at_work);

// Whether the run is asked for. `last` is not looked at.
bool matches(const RunFilter& filter, const RunSummary& run, const std::string& state);

// "2026-01-31", "2026-01-31T08:30:00Z", or a duration before `now`: "7d". A day begins at 00:00 UTC.
Result<WallTime> parse_moment(const std::string& text, WallTime now);

}  // namespace assay::record
