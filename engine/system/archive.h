// SPDX-License-Identifier: Apache-2.0
// One file that holds many: tar, compressed by zstd, through libarchive. What may be in it is for callers to say: here
// a hostile archive costs constant memory and an error, nothing is written to the disk. Needs the module with
// libarchive (system/module.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace assay::system {

struct ArchiveMember {
  std::string name;            // in the archive
  std::filesystem::path file;  // whose bytes they are
  std::uint64_t size = 0;      // how many of them, from the beginning; fewer there is an error
};
// Bytes of members written so far.
using ArchiveProgress = std::function<void(std::uint64_t bytes)>;

// Writes to `fd`; errors call it `shown`. The same members give the same bytes: in the order given, mode 0644, without
// time and owner.
Result<void> write_archive(int fd, const std::filesystem::path& shown, const std::vector<ArchiveMember>& members,
                           const ArchiveProgress& progress);

struct ArchiveEntry {
  std::string name;
  std::string kind;        // "file", "folder", "link", "hard link", "device" …
  std::uint64_t size = 0;  // as its head says
};
struct ArchiveVisitor {
  std::function<Result<void>(const ArchiveEntry& entry)> entry;  // each before its bytes
  std::function<Result<void>(std::string_view bytes)> bytes;     // of the last entry, in order
};
// From the beginning to the end of the archive, or to the first error of a visitor. kArchive: it is none, or is
// damaged.
Result<void> read_archive(const std::filesystem::path& file, const ArchiveVisitor& visitor);

}  // namespace assay::system
