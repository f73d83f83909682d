// SPDX-License-Identifier: Apache-2.0
// journal.jsonl: the truth of a run. Append-only, one JSON object a line, each with `seq`, `time` and `prev`, the
// SHA-256 of the line before with its newline (of line 1: of run.json). Format: docs/formats.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/files.h"
#include "engine/base/json.h"
#include "engine/base/time.h"

namespace assay::record {

// No line of ours is longer, nor is run.json: readers of records from anybody stop there.
inline constexpr std::size_t kLineLimit = std::size_t{16} << 20U;

enum class Durable : bool { kNo, kYes };

// Where a journal ends: after so many whole lines of so many bytes, the last with that digest.
struct JournalPlace {
  std::uint64_t seq = 0;
  std::uint64_t bytes = 0;
  std::string prev;  // before the first line: the digest of run.json
};

// The file under a journal: takes whole lines, and keeps no half of one. Used by one thread at a time, not always the
// same. It is locked (flock) as long as it is open, so that nobody else writes it, by whatever path and from whatever
// store.
class JournalFile {
 public:
  // kYes: they are on the disk when this returns. On a full disk the reserve is given up for them (low_on_room()).
  // Other errors (kJournal): nothing more can be written, and what the disk holds ends with a whole line or a torn one.
  Result<void> write(std::string_view lines, Durable durable);
  // The reserve had to be used: nothing new should be begun.
  [[nodiscard]] bool low_on_room() const { return low_on_room_; }

 private:
  friend class JournalWriter;
  JournalFile(UniqueFd fd, std::filesystem::path path, std::uint64_t bytes)
      : fd_(std::move(fd)), path_(std::move(path)), bytes_(bytes) {}

  UniqueFd fd_;
  std::filesystem::path path_;
  std::filesystem::path reserve_;  // removed to make room; empty: none
  std::uint64_t bytes_;
  bool broken_ = false;
  std::atomic<bool> low_on_room_ = false;
};

// Makes lines and keeps them in order until they are written.
class JournalWriter {
 public:
  // Creates the file; it must not exist. `clock` must outlive the writer.
  static Result<JournalWriter> create(const std::filesystem::path& path, std::string first_prev, const Clock& clock);
  // Goes on after `place`; what the file has behind it, a torn line, is cut off. Errors: kLocked while another process
  // writes it; kRecord when it has grown or shrunk since it was read.
  static Result<JournalWriter> reopen(const std::filesystem::path& path, const JournalPlace& place, const Clock& clock);

  // Keeps so much room for the last lines in a file beside (semantics 5.5). Without that room nothing is kept.
  void reserve(const std::filesystem::path& file, std::uint64_t bytes);

  // Adds a line to those that wait: `fields` is an object that begins with its "type". kJournal: it is one that readers
  // refuse, longer than kLineLimit or nested too deeply; nothing was added.
  Result<void> append(const Json& fields);
  // Writes what waits, here and now.
  Result<void> flush(Durable durable);

  // For who writes it elsewhere: the lines that wait, which then no longer do, and the file they belong to.
  [[nodiscard]] std::string take_waiting();
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_.size(); }
  [[nodiscard]] const std::shared_ptr<JournalFile>& file() const { return file_; }

  // Lines so far, and SHA-256 of the last one: the head of the chain.
  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  [[nodiscard]] const std::string& head() const { return prev_; }

 private:
  JournalWriter(std::shared_ptr<JournalFile> file, JournalPlace place, const Clock& clock)
      : file_(std::move(file)), prev_(std::move(place.prev)), seq_(place.seq), clock_(&clock) {}

  std::shared_ptr<JournalFile> file_;
  std::string waiting_;
  std::string prev_;
  std::uint64_t seq_;
  const Clock* clock_;
};

// The `digest` that a `sealed` line ends with: SHA-256 of the line without that member. No later line names its digest.
std::string seal_digest(const Json& line);

}  // namespace assay::record
