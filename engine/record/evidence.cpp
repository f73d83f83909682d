// SPDX-License-Identifier: Apache-2.0
#include "engine/record/evidence.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "engine/base/text.h"

namespace assay::record {
namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10U;
constexpr std::size_t kWorthPacking = std::size_t{64} << 10U;
constexpr const char* kZstdEncoding = "zstd";

// As many bytes as the buffer holds, fewer only at the end of the file.
// Evidence is a part of the record: where it cannot be kept the run must end, as where the journal cannot. A full disk
// has a code of its own.
Diagnostic not_kept(Diagnostic problem) {
  if (problem.code == Code::kSystem) problem.code = Code::kJournal;
  return problem;
}
Result<void> kept(Result<void> done) {
  return done ? std::move(done) : Result<void>(failure(not_kept(std::move(done).error())));
}

Result<std::string_view> next_piece(int fd, std::vector<char>& buffer, const std::filesystem::path& file) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t n = ::read(fd, buffer.data() + filled, buffer.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(system_failure("read", file, errno));
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
  }
  return std::string_view(buffer.data(), filled);
}

// By the beginning, the middle and the end of a file: a head of other bytes than the rest is common.
Result<Packing> packing_for(int fd, std::uint64_t size, const std::filesystem::path& file) {
  if (size <= kWorthPacking) return Packing::kAsTheyCame;
  std::vector<char> buffer(kPiece);
  std::uint64_t plain = 0;
  std::uint64_t packed = 0;
  const std::uint64_t last = size > kPiece ? size - kPiece : 0;
  for (const std::uint64_t at :
       last > 0 ? std::vector<std::uint64_t>{0, last / 2, last} : std::vector<std::uint64_t>{0}) {
    const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(system_failure("read", file, errno));
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(n));
    ASSAY_TRY(const std::string small, system::zstd_compressed(piece));
    plain += piece.size();
    packed += small.size();
  }
  return packed <= plain / 2 ? Packing::kZstd : Packing::kAsTheyCame;
}

std::string named(const EvidenceRef& ref) { return "'" + ref.name + "' (" + ref.sha256.substr(0, 12) + "…)"; }

tl::unexpected<Diagnostic> wrong_digest(const EvidenceRef& ref, const std::string& sha256) {
  return failure(Code::kRecord,
                 "the evidence '" + ref.name + "' does not have its digest " + sha256.substr(0, 12) + "…");
}

}  // namespace

std::filesystem::path evidence_path(const std::filesystem::path& run_folder, std::string_view sha256) {
  return run_folder / "evidence" / "sha256" / sha256.substr(0, 2) / sha256;
}

void remove_incoming(const std::filesystem::path& run_folder) {
  std::error_code error;
  std::vector<std::filesystem::path> left;
  for (std::filesystem::directory_iterator it(run_folder / "evidence" / "sha256", error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().filename().string().starts_with(kIncoming)) left.push_back(it->path());
  }
  for (const auto& path : left) ::unlink(path.c_str());  // what cannot be removed is told by `verify`
}

EvidenceWriter::~EvidenceWriter() {
  if (fd_ && !spool_.empty()) ::unlink(spool_.c_str());
}

Result<void> EvidenceWriter::open_file() {
  const std::filesystem::path parent = folder_ / "evidence" / "sha256";
  ASSAY_CHECK(make_durable_directories(parent));
  std::string name = (parent / (std::string(kIncoming) + "XXXXXX")).string();
  fd_.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd_) return failure(system_failure("write", parent, errno));
  spool_ = name;
  return to_file(beginning_);
}

system::TakeBytes EvidenceWriter::keep_stored() {
  return [this](std::string_view piece) {
    stored_hash_.update(piece);
    return write_all(fd_.get(), piece, spool_);
  };
}

Result<void> EvidenceWriter::to_file(std::string_view bytes) {
  return compressor_ ? compressor_->write(bytes, keep_stored()) : write_all(fd_.get(), bytes, spool_);
}

Result<void> EvidenceWriter::append(std::string_view bytes) { return keep(redacted_.append(bytes)); }

Result<void> EvidenceWriter::end() { return keep(redacted_.finish()); }

Result<void> EvidenceWriter::keep(std::string_view bytes) {
  hash_.update(bytes);
  const bool fits = size_ + bytes.size() <= kInlineLimit;
  if (!fits && !fd_) {
    if (packing_ == Packing::kZstd) compressor_.emplace();
    ASSAY_CHECK(kept(open_file()));
  }
  if (fd_) ASSAY_CHECK(kept(to_file(bytes)));
  size_ += bytes.size();
  const std::size_t room = std::max(kept_, kInlineLimit) - std::min(beginning_.size(), std::max(kept_, kInlineLimit));
  beginning_.append(bytes.substr(0, room));
  return {};
}

Result<StoredBytes> EvidenceWriter::finish(std::string name) {
  ASSAY_CHECK(end());
  StoredBytes stored;
  stored.ref = {.name = std::move(name), .sha256 = hash_.finish(), .size = size_};
  if (!fd_ && is_valid_utf8(beginning_)) {
    stored.inline_bytes = beginning_;
    return stored;
  }
  if (!fd_) ASSAY_CHECK(kept(open_file()));  // bytes that are no text cannot stand in a line of JSON
  if (compressor_) {
    ASSAY_CHECK(kept(compressor_->finish(keep_stored())));
    compressor_.reset();
    stored.ref.encoding = kZstdEncoding;
    stored.ref.raw_sha256 = std::exchange(stored.ref.sha256, stored_hash_.finish());
  }
  stored.is_inline = false;
  const std::filesystem::path file = evidence_path(folder_, stored.ref.sha256);
  ASSAY_CHECK(kept(make_durable_directories(file.parent_path())));
  if (::fchmod(fd_.get(), 0444) != 0 || ::fdatasync(fd_.get()) != 0 || ::rename(spool_.c_str(), file.c_str()) != 0) {
    return failure(not_kept(system_failure("store", file, errno)));
  }
  spool_.clear();
  fd_.reset();
  ASSAY_CHECK(kept(sync_directory(file.parent_path())));
  return stored;
}

Result<StoredBytes> store_file(const std::filesystem::path& run_folder, const std::filesystem::path& file,
                               std::string name, const secret::Redactor& redactor) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return failure(system_failure("read", file, errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failure(system_failure("read", file, errno));
  if (!S_ISREG(status.st_mode)) return failure(system_failure("read", file, EINVAL));
  ASSAY_TRY(const Packing packing, packing_for(fd.get(), static_cast<std::uint64_t>(status.st_size), file));
  EvidenceWriter writer(run_folder, redactor, packing);
  writer.keep_at_most(0);
  std::vector<char> buffer(kPiece);
  for (;;) {
    ASSAY_TRY(const std::string_view piece, next_piece(fd.get(), buffer, file));
    if (piece.empty()) return writer.finish(std::move(name));
    ASSAY_CHECK(writer.append(piece));
  }
}

Result<StoredBytes> store_bytes(const std::filesystem::path& run_folder, std::string_view bytes, std::string name,
                                const secret::Redactor& redactor) {
  EvidenceWriter writer(run_folder, redactor);
  writer.keep_at_most(0);
  ASSAY_CHECK(writer.append(bytes));
  return writer.finish(std::move(name));
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<void> read_evidence_file(const std::filesystem::path& run_folder, const EvidenceRef& ref, std::uint64_t limit,
                                const system::TakeBytes& take) {
  const bool packed = ref.encoding == kZstdEncoding;
  if (!is_digest(ref.sha256) || (packed && !is_digest(ref.raw_sha256)))
    return failure(Code::kRecord, "evidence '" + ref.name + "' is named by something that is no SHA-256");
  if (!packed && !ref.encoding.empty()) {
    return failure(Code::kRecord, "the evidence '" + ref.name + "' has the unknown encoding '" + ref.encoding + "'",
                   "a newer assay wrote it: use that one to read it");
  }
  const std::filesystem::path file = evidence_path(run_folder, ref.sha256);
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return failure(Code::kRecord, "the evidence " + named(ref) + " is missing");
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return failure(system_failure("read", file, errno));
  if (!S_ISREG(status.st_mode)) return failure(system_failure("read", file, EINVAL));
  if (ref.size > limit || (!packed && static_cast<std::uint64_t>(status.st_size) > limit)) {
    return failure(Code::kTooLarge, "'" + file.string() + "' is larger than " + std::to_string(limit) + " bytes");
  }
  Sha256 stored;
  Sha256 raw;
  std::uint64_t size = 0;
  const system::TakeBytes keep = [&](std::string_view piece) -> Result<void> {
    if (packed) raw.update(piece);
    size += piece.size();
    return take ? take(piece) : Result<void>();
  };
  // What the journal says is what there may be: a frame that becomes more is no evidence of ours.
  system::ZstdDecompressor decompressor(ref.size);
  std::optional<Diagnostic> unreadable;
  std::vector<char> buffer(kPiece);
  for (;;) {
    ASSAY_TRY(const std::string_view piece, next_piece(fd.get(), buffer, file));
    if (piece.empty()) break;
    stored.update(piece);
    if (!packed) {
      ASSAY_CHECK(keep(piece));
    } else if (!unreadable) {
      auto written = decompressor.write(piece, keep);
      if (!written && written.error().code != Code::kCompression && written.error().code != Code::kTooLarge)
        return written;
      if (!written) unreadable = std::move(written).error();
    }
  }
  if (stored.finish() != ref.sha256) return wrong_digest(ref, ref.sha256);
  if (packed && !unreadable) {
    if (auto ended = decompressor.finish(); !ended) unreadable = std::move(ended).error();
  }
  if (unreadable) return failure(std::move(*unreadable).with_note("in the evidence " + named(ref)));
  if (packed && raw.finish() != ref.raw_sha256) return wrong_digest(ref, ref.raw_sha256);
  if (size != ref.size)
    return failure(Code::kRecord, "the evidence " + named(ref) + " has " + std::to_string(size) + " bytes, not " +
                                      std::to_string(ref.size));
  return {};
}

}  // namespace assay::record
