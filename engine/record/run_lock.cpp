// SPDX-License-Identifier: Apache-2.0
#include "engine/record/run_lock.h"

namespace assay::record {
namespace {

std::filesystem::path lock_path(const std::filesystem::path& store, const std::string& run) {
  return store / "locks" / (run + ".lock");
}

}  // namespace

Result<RunLock> RunLock::take(const std::filesystem::path& store, const std::string& run, const Clock& clock) {
  ASSAY_TRY(system::FileLock lock,
            system::FileLock::take(lock_path(store, run), system::holder_here("run " + run, clock), "run " + run));
  return RunLock(std::move(lock));
}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  if (this == &other) return *this;
  lock_.release_and_remove();
  lock_ = std::move(other.lock_);
  return *this;
}

std::optional<system::LockHolder> run_holder(const std::filesystem::path& store, const std::string& run) {
  return system::current_holder(lock_path(store, run));
}

}  // namespace assay::record
