// SPDX-License-Identifier: Apache-2.0
// Reads a run's folder. The record may be torn, unfinished or hostile: what is whole is given, what is not is named.
#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "engine/record/run_record.h"

namespace assay::record {

// Error only when run.json cannot be read or has another format. A broken chain, a torn last line, a digest that does
// not fit are listed in RunRecord::damage.
Result<RunRecord> read_run(const std::filesystem::path& folder);

// The bytes of a piece of evidence, from the journal or from its file; its digest is checked. At most `limit` bytes.
Result<std::string> read_evidence(const RunRecord& run, const EvidenceRef& ref, std::size_t limit = 64U << 20U);

// Its last `kept` bytes at most, read in constant memory, of evidence that has at most `limit` bytes.
Result<std::string> read_evidence_end(const RunRecord& run, const EvidenceRef& ref, std::size_t kept,
                                      std::uint64_t limit);

// The pieces with these digests that are inside the journal, by digest, in one pass; at most `limit` bytes in all.
// What lies in files, or does not have its digest, is left out.
std::unordered_map<std::string, std::string> small_texts(const RunRecord& run,
                                                         const std::unordered_set<std::string>& digests,
                                                         std::size_t limit);

}  // namespace assay::record
