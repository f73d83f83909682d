// SPDX-License-Identifier: Apache-2.0
// Private folders of steps: fresh to each that takes one. One that was given back empty is used again, since making and
// removing folders is a good part of what a small step costs.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/base/files.h"

namespace assay::action {

// A folder on loan. What is in it goes with it.
class ScratchFolder;

class ScratchFolders {
 public:
  explicit ScratchFolders(std::filesystem::path root) : root_(std::move(root)) {}
  ScratchFolders(const ScratchFolders&) = delete;
  ScratchFolders& operator=(const ScratchFolders&) = delete;
  ~ScratchFolders() = default;

  // An empty folder with mode 0700 that nobody else has. It must not outlive this object.
  Result<ScratchFolder> take();

 private:
  friend class ScratchFolder;
  void give_back(std::filesystem::path folder);

  std::filesystem::path root_;
  std::vector<std::filesystem::path> idle_;
};

class ScratchFolder {
 public:
  ScratchFolder(ScratchFolder&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), path_(std::move(other.path_)) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    if (owner_ != nullptr) owner_->give_back(std::move(path_));
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  friend class ScratchFolders;
  ScratchFolder(ScratchFolders* owner, std::filesystem::path path) : owner_(owner), path_(std::move(path)) {}
  ScratchFolders* owner_;
  std::filesystem::path path_;
};

}  // namespace assay::action
