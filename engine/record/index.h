// SPDX-License-Identifier: Apache-2.0
// STORE/index.db: summaries of all runs, so that a list need not read every journal. Derived: it may be missing, old,
// broken or not writable at any time, and is made again or done without; the journals are the truth.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/record/run_summary.h"

namespace assay::record {

struct StoreSummary {
  std::vector<RunSummary> runs;        // oldest first
  std::vector<Diagnostic> unreadable;  // folders in runs/ that cannot be read as a run
  std::size_t read = 0;                // journals that had to be read
};

// All runs of the store as they are now: from the index where the journal has the size and time of then, else from the
// record; the index is brought up to date on the way. Never fails for the index. Any number of processes may do this
// at once.
StoreSummary summarise_store(const std::filesystem::path& store);

}  // namespace assay::record
