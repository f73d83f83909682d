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

std::filesystem::path evidence_path(const std::filesystem::path& run_folder, std::string_view sha256) {
  return run_folder / "evidence" / "sha256" / sha256.substr(0, 2) / sha256;
}

EvidenceWriter::~EvidenceWriter() {
  if (fd_ && !spool_.empty()) ::unlink(spool_.c_str());
}

Result<void> EvidenceWriter::open_file() {
  const std::filesystem::path parent = folder_ / "evidence" / "sha256";
  ASSAY_CHECK(make_durable_directories(parent));
  std::string name = (parent / ".incoming-XXXXXX").string();
  fd_.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd_) return failure(system_failure("write", parent, errno));
  spool_ = name;
  return write_all(fd_.get(), beginning_, spool_);
}

Result<void> EvidenceWriter::append(std::string_view bytes) { return keep(redacted_.append(bytes)); }

Result<void> EvidenceWriter::end() { return keep(redacted_.finish()); }

Result<void> EvidenceWriter::keep(std::string_view bytes) {
  hash_.update(bytes);
  const bool fits = size_ + bytes.size() <= kInlineLimit;
  if (!fits && !fd_) ASSAY_CHECK(open_file());
  if (fd_) ASSAY_CHECK(write_all(fd_.get(), bytes, spool_));
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
  if (!fd_) ASSAY_CHECK(open_file());  // bytes that are no text cannot stand in a line of JSON
  stored.is_inline = false;
  const std::filesystem::path file = evidence_path(folder_, stored.ref.sha256);
  ASSAY_CHECK(make_durable_directories(file.parent_path()));
  if (::fchmod(fd_.get(), 0444) != 0 || ::fdatasync(fd_.get()) != 0 || ::rename(spool_.c_str(), file.c_str()) != 0) {
    return failure(system_failure("store", file, errno));
  }
  spool_.clear();
  fd_.reset();
  ASSAY_CHECK(sync_directory(file.parent_path()));
  return stored;
}

Result<StoredBytes> store_file(const std::filesystem::path& run_folder, const std::filesystem::path& file,
                               std::string name, const secret::Redactor& redactor) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return failure(system_failure("read", file, errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failure(system_failure("read", file, errno));
  if (!S_ISREG(status.st_mode)) return failure(system_failure("read", file, EINVAL));
  EvidenceWriter writer(run_folder, redactor);
  writer.keep_at_most(0);
  std::vector<char> buffer(std::size_t{256} << 10U);
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(system_failure("read", file, errno));
    if (n == 0) return writer.finish(std::move(name));
    ASSAY_CHECK(writer.append(std::string_view(buffer.data(), static_cast<std::size_t>(n))));
  }
}

Result<StoredBytes> store_bytes(const std::filesystem::path& run_folder, std::string_view bytes, std::string name,
                                const secret::Redactor& redactor) {
  EvidenceWriter writer(run_folder, redactor);
  writer.keep_at_most(0);
  ASSAY_CHECK(writer.append(bytes));
  return writer.finish(std::move(name));
}

}  // namespace assay::record
