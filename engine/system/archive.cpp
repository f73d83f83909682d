// SPDX-License-Identifier: Apache-2.0
#include "engine/system/archive.h"

#include "engine/system/module.h"

namespace assay::system {

Result<void> write_archive(int fd, const std::filesystem::path& shown, const std::vector<ArchiveMember>& members,
                           const ArchiveProgress& progress) {
  ASSAY_TRY(void* const function, find_in_module("archive", "assay_write_archive"));
  Result<void> result;
  reinterpret_cast<void (*)(int, const std::filesystem::path&, const std::vector<ArchiveMember>&,
                            const ArchiveProgress&, Result<void>&)>(function)(fd, shown, members, progress, result);
  return result;
}

Result<void> read_archive(const std::filesystem::path& file, const ArchiveVisitor& visitor) {
  ASSAY_TRY(void* const function, find_in_module("archive", "assay_read_archive"));
  Result<void> result;
  reinterpret_cast<void (*)(const std::filesystem::path&, const ArchiveVisitor&, Result<void>&)>(function)(
      file, visitor, result);
  return result;
}

}  // namespace assay::system
