// SPDX-License-Identifier: Apache-2.0
// journal.jsonl: the truth of a run. Append-only, one JSON object a line, each with `seq`, `time` and `prev`, the
// SHA-256 of the line before with its newline (of line 1: of run.json). Format: docs/formats.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/base/files.h"
#include "engine/base/json.h"
#include "engine/base/time.h"

namespace assay::record {

enum class Durable : bool { kNo, kYes };

class JournalWriter {
 public:
  // Creates the file; it must not exist. `first_prev` is the digest of run.json. `clock` must outlive the writer.
  static Result<JournalWriter> create(const std::filesystem::path& path, std::string first_prev, const Clock& clock);

  // Adds a line: `fields` begins with its "type". kYes: it and all before it are on the disk when this returns.
  // After an error nothing more is written: the file ends with a whole line or with a torn one, never with a lie.
  Result<void> append(const Json& fields, Durable durable);

  // SHA-256 of the last line: the head of the chain.
  [[nodiscard]] const std::string& head() const { return prev_; }

 private:
  JournalWriter(UniqueFd fd, std::filesystem::path path, std::string prev, const Clock& clock)
      : fd_(std::move(fd)), path_(std::move(path)), prev_(std::move(prev)), clock_(&clock) {}

  UniqueFd fd_;
  std::filesystem::path path_;
  std::string prev_;
  const Clock* clock_;
  std::uint64_t seq_ = 0;
  bool broken_ = false;
};

}  // namespace assay::record
