// SPDX-License-Identifier: Apache-2.0
// The lock of a run, STORE/locks/<run id>.lock: one controller at a time writes its journal.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/system/file_lock.h"

namespace assay::record {

// Held as long as the object lives; the file is removed at the end of an orderly life.
class RunLock {
 public:
  // Error kLocked, with who holds it: another controller is at work on this run.
  static Result<RunLock> take(const std::filesystem::path& store, const std::string& run, const Clock& clock);
  RunLock(RunLock&&) noexcept = default;
  RunLock& operator=(RunLock&& other) noexcept;
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  ~RunLock() { lock_.release_and_remove(); }

 private:
  explicit RunLock(system::FileLock lock) : lock_(std::move(lock)) {}
  system::FileLock lock_;
};

// Who is at work on the run now; nullopt: nobody.
std::optional<system::LockHolder> run_holder(const std::filesystem::path& store, const std::string& run);

}  // namespace assay::record
