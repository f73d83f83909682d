// SPDX-License-Identifier: Apache-2.0
// Whether a record is still what was written: every link of the chain from run.json on, every digest of the evidence,
// nothing missing. It says nothing about who wrote it; signatures do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace assay::record {

struct VerifyProblem {
  std::string file;        // relative to the folder of the run
  std::uint64_t line = 0;  // 0: the file as a whole
  std::string text;
};

struct Verification {
  std::string run;
  bool sealed = false;
  std::uint64_t lines = 0;              // whole lines of the journal, from the first on, that follow one another
  std::string head;                     // SHA-256 of the last of them; of run.json where there is none
  std::uint64_t inline_pieces = 0;      // of evidence in the journal, digests recomputed
  std::uint64_t files = 0;              // of evidence, digests recomputed
  std::uint64_t file_bytes = 0;         // as they are stored
  std::vector<VerifyProblem> problems;  // something was changed, is missing or damaged
  std::vector<VerifyProblem> warnings;  // worth knowing, and no fault of the record

  [[nodiscard]] bool good() const { return problems.empty(); }
};

using VerifyProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;

// Reads everything, in constant memory but for the names of the evidence. At most 100 problems are kept. Error only
// when the folder holds no run that can be looked at. A run that has no end is whole as far as it goes.
Result<Verification> verify_record(const std::filesystem::path& run_folder, const VerifyProgress& progress = {});

}  // namespace assay::record
