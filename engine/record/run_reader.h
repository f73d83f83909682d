// SPDX-License-Identifier: Apache-2.0
// Reads a run's folder. The record may be torn, unfinished or hostile: what is whole is given, what is not is named.
#pragma once

#include <filesystem>
#include <string>

#include "engine/record/run_record.h"

namespace assay::record {

// Error only when run.json cannot be read or has another format. A broken chain, a torn last line, a digest that does
// not fit are listed in RunRecord::damage.
Result<RunRecord> read_run(const std::filesystem::path& folder);

// The bytes of a piece of evidence, from the journal or from its file; its digest is checked. At most `limit` bytes.
Result<std::string> read_evidence(const RunRecord& run, const EvidenceRef& ref, std::size_t limit = 64U << 20U);

}  // namespace assay::record
