// SPDX-License-Identifier: Apache-2.0
// The module that knows libarchive.
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/system/archive.h"

namespace assay::system {
namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10U;

struct FreeArchive {
  void operator()(archive* handle) const noexcept { archive_free(handle); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const noexcept { archive_entry_free(entry); }
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;
using EntryHandle = std::unique_ptr<archive_entry, FreeEntry>;

std::string reason(archive* handle) {
  const char* text = archive_error_string(handle);
  return text != nullptr ? printable(text) : "unknown error";
}

tl::unexpected<Diagnostic> not_written(archive* handle, const std::filesystem::path& shown) {
  const int error = archive_errno(handle);
  if (error > 0 && error < 4096) return failure(system_failure("write", shown, error));
  return failure(Code::kArchive, "cannot write '" + shown.string() + "': " + reason(handle));
}

tl::unexpected<Diagnostic> not_read(archive* handle, const std::filesystem::path& file) {
  return failure(Code::kArchive, "'" + file.string() + "' cannot be read as an archive: " + reason(handle));
}

Result<void> write_member(archive* handle, const std::filesystem::path& shown, const ArchiveMember& member,
                          std::uint64_t& written, const ArchiveProgress& progress) {
  const UniqueFd fd(::open(member.file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return failure(system_failure("read", member.file, errno));
  const EntryHandle entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), member.name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.size));
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (archive_write_header(handle, entry.get()) != ARCHIVE_OK) return not_written(handle, shown);
  std::vector<char> buffer(kPiece);
  for (std::uint64_t left = member.size; left > 0;) {
    const ssize_t n = ::read(fd.get(), buffer.data(), std::min<std::uint64_t>(left, buffer.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(system_failure("read", member.file, errno));
    if (n == 0) return failure(Code::kArchive, "'" + member.file.string() + "' became shorter while it was read");
    for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
      const la_ssize_t took = archive_write_data(handle, buffer.data() + at, static_cast<std::size_t>(n) - at);
      if (took <= 0) return not_written(handle, shown);
      at += static_cast<std::size_t>(took);
    }
    left -= static_cast<std::uint64_t>(n);
    written += static_cast<std::uint64_t>(n);
    if (progress) progress(written);
  }
  return {};
}

Result<void> write(int fd, const std::filesystem::path& shown, const std::vector<ArchiveMember>& members,
                   const ArchiveProgress& progress) {
  const ArchiveHandle handle(archive_write_new());
  // The plain form of tar wherever it can say all, an extended head only for what it cannot (8 GiB and more).
  if (archive_write_set_format_pax_restricted(handle.get()) != ARCHIVE_OK ||
      archive_write_add_filter_zstd(handle.get()) != ARCHIVE_OK ||
      archive_write_open_fd(handle.get(), fd) != ARCHIVE_OK)
    return not_written(handle.get(), shown);
  std::uint64_t written = 0;
  for (const ArchiveMember& member : members) ASSAY_CHECK(write_member(handle.get(), shown, member, written, progress));
  if (archive_write_close(handle.get()) != ARCHIVE_OK) return not_written(handle.get(), shown);
  return {};
}

std::string kind_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return "hard link";
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG: return "file";
    case AE_IFDIR: return "folder";
    case AE_IFLNK: return "link";
    case AE_IFIFO: return "pipe";
    case AE_IFSOCK: return "socket";
    default: return "device";
  }
}

Result<void> read(const std::filesystem::path& file, const ArchiveVisitor& visitor) {
  const ArchiveHandle handle(archive_read_new());
  // Only what write() makes, so that little of the library meets bytes of strangers.
  archive_read_support_format_tar(handle.get());
  archive_read_support_filter_zstd(handle.get());
  if (archive_read_open_filename(handle.get(), file.c_str(), kPiece) != ARCHIVE_OK) return not_read(handle.get(), file);
  std::vector<char> buffer(kPiece);
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(handle.get(), &entry);
    if (status == ARCHIVE_EOF) return {};
    if (status != ARCHIVE_OK) return not_read(handle.get(), file);  // a warning is a head that is not as it should be
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr)
      return failure(Code::kArchive, "'" + file.string() + "' has an entry without a name that can be read");
    ASSAY_CHECK(
        visitor.entry({.name = name,
                       .kind = kind_of(entry),
                       .size = static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0))}));
    for (;;) {
      const la_ssize_t n = archive_read_data(handle.get(), buffer.data(), buffer.size());
      if (n == 0) break;
      if (n < 0) return not_read(handle.get(), file);
      ASSAY_CHECK(visitor.bytes(std::string_view(buffer.data(), static_cast<std::size_t>(n))));
    }
  }
}

}  // namespace
}  // namespace assay::system

// Both sides come from one build, so C++ types may cross.
extern "C" void assay_write_archive(int fd, const std::filesystem::path& shown,
                                    const std::vector<assay::system::ArchiveMember>& members,
                                    const assay::system::ArchiveProgress& progress, assay::Result<void>& out) {
  out = assay::system::write(fd, shown, members, progress);
}
extern "C" void assay_read_archive(const std::filesystem::path& file, const assay::system::ArchiveVisitor& visitor,
                                   assay::Result<void>& out) {
  out = assay::system::read(file, visitor);
}
