// SPDX-License-Identifier: Apache-2.0
// The evidence of a run: bytes by digest, evidence/sha256/ab/abcd…. Small output stays in the journal, large output
// goes to disk as it comes, compressed on the way, so memory and room are bounded whatever a tool prints.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/files.h"
#include "engine/base/sha256.h"
#include "engine/record/run_record.h"
#include "engine/secret/redactor.h"
#include "engine/system/zstd.h"

namespace assay::record {

// Output up to this size is inside the journal line (semantics 5.1).
inline constexpr std::size_t kInlineLimit = 4096;

// The file of a digest below a run's folder.
std::filesystem::path evidence_path(const std::filesystem::path& run_folder, std::string_view sha256);

struct StoredBytes {
  EvidenceRef ref;
  std::string inline_bytes;  // all bytes when they are few and UTF-8; else empty and the file holds them
  bool is_inline = true;
};

// How bytes beyond kInlineLimit lie in their file.
enum class Packing : std::uint8_t { kZstd, kAsTheyCame };

// What is on its way into evidence has a name that begins so, beside the folders of the digests.
inline constexpr std::string_view kIncoming = ".incoming-";
// Removes what writers that were killed have left of it. Only by who alone writes the run.
void remove_incoming(const std::filesystem::path& run_folder);

// One stream of bytes on its way to evidence, secrets taken out. Move only; an unfinished one leaves nothing behind.
// Errors: kJournal, it cannot be written, synced or named; kNoRoom.
class EvidenceWriter {
 public:
  explicit EvidenceWriter(std::filesystem::path run_folder, secret::Redactor redactor = {},
                          Packing packing = Packing::kZstd)
      : folder_(std::move(run_folder)), redacted_(std::move(redactor)), packing_(packing) {}
  EvidenceWriter(const EvidenceWriter&) = delete;
  EvidenceWriter& operator=(const EvidenceWriter&) = delete;
  EvidenceWriter(EvidenceWriter&&) = default;
  EvidenceWriter& operator=(EvidenceWriter&&) = default;
  ~EvidenceWriter();

  Result<void> append(std::string_view bytes);
  // The stream has ended: what could have been the beginning of a secret goes on. size() and beginning() are whole.
  Result<void> end();
  // Names the bytes and, when they are in a file, syncs it: the line that names it may be written after this.
  Result<StoredBytes> finish(std::string name);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  // The first bytes, at most `kept` of them, for expressions and messages.
  [[nodiscard]] const std::string& beginning() const { return beginning_; }
  void keep_at_most(std::size_t kept) { kept_ = kept; }

 private:
  Result<void> open_file();
  Result<void> keep(std::string_view bytes);
  Result<void> to_file(std::string_view bytes);
  system::TakeBytes keep_stored();

  std::filesystem::path folder_;
  secret::RedactedStream redacted_;
  Packing packing_;
  std::filesystem::path spool_;
  UniqueFd fd_;
  Sha256 hash_;  // of the bytes as they come
  std::optional<system::ZstdCompressor> compressor_;
  Sha256 stored_hash_;  // of what the compressor gives
  std::uint64_t size_ = 0;
  std::string beginning_;
  std::size_t kept_ = std::size_t{8} << 20U;
};

// Copies a file into evidence. It stays as it is, so that any tool can read it where it lies, unless it is larger
// than 64 KiB and 256 KiB each of its beginning, middle and end together shrink to half or less: logs and dumps are
// worth it, images and archives are not.
Result<StoredBytes> store_file(const std::filesystem::path& run_folder, const std::filesystem::path& file,
                               std::string name, const secret::Redactor& redactor = {});
Result<StoredBytes> store_bytes(const std::filesystem::path& run_folder, std::string_view bytes, std::string name,
                                const secret::Redactor& redactor = {});

// Reads the file of a piece of evidence of a record from anybody, in pieces and in constant memory: `take` (may be
// empty) gets the bytes as they came. Both digests and the size are checked; more bytes than `limit` are an error
// before they are made. kRecord: missing, changed, or of an unknown encoding.
Result<void> read_evidence_file(const std::filesystem::path& run_folder, const EvidenceRef& ref, std::uint64_t limit,
                                const system::TakeBytes& take);
// A digest becomes a path; anything else could lead out of the run's folder.
bool is_digest(std::string_view text);

}  // namespace assay::record
