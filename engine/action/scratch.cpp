// SPDX-License-Identifier: Apache-2.0
#include "engine/action/scratch.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <string_view>

namespace assay::action {
namespace {

// Nothing in it, and its rights as they were made.
bool is_as_new(const std::filesystem::path& folder) {
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || (status.st_mode & 07777U) != 0700)
    return false;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), ::closedir);
  if (!directory) return false;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name(entry->d_name);
    if (name != "." && name != "..") return false;
  }
  return true;
}

}  // namespace

Result<ScratchFolder> ScratchFolders::take() {
  while (!idle_.empty()) {
    std::filesystem::path folder = std::move(idle_.back());
    idle_.pop_back();
    if (is_as_new(folder)) return ScratchFolder(this, std::move(folder));
    std::error_code ignored;  // somebody changed it while nobody had it; it goes with the root at the latest
    std::filesystem::remove_all(folder, ignored);
  }
  std::string name = (root_ / "step-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return failure(system_failure("make a folder in", root_, errno));
  return ScratchFolder(this, std::filesystem::path(name));
}

void ScratchFolders::give_back(std::filesystem::path folder) {
  constexpr std::size_t kMostIdle = 64;
  if (idle_.size() < kMostIdle && is_as_new(folder)) {
    idle_.push_back(std::move(folder));
    return;
  }
  std::error_code ignored;  // what cannot be removed goes with the root
  std::filesystem::remove_all(folder, ignored);
}

}  // namespace assay::action
