// SPDX-License-Identifier: Apache-2.0
// write_file_atomically() for a file that is made piece by piece: readers see the old bytes or the new ones.
#pragma once

#include "engine/base/files.h"

namespace assay {

// Without a commit() nothing is left of it.
class AtomicFile {
 public:
  static Result<AtomicFile> create(const fs::path& path, unsigned mode = 0644);
  AtomicFile(AtomicFile&& other) noexcept
      : fd_(std::move(other.fd_)), path_(std::move(other.path_)), beside_(std::exchange(other.beside_, {})) {}
  AtomicFile& operator=(AtomicFile&&) = delete;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();
  Result<void> write(std::string_view bytes);
  // Synced and renamed over; nothing is written afterwards.
  Result<void> commit();

 private:
  AtomicFile(UniqueFd fd, fs::path path, std::string beside)
      : fd_(std::move(fd)), path_(std::move(path)), beside_(std::move(beside)) {}
  UniqueFd fd_;
  fs::path path_;
  std::string beside_;  // empty: committed
};

}  // namespace assay
