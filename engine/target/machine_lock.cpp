// SPDX-License-Identifier: Apache-2.0
#include "engine/target/machine_lock.h"

#include <sys/stat.h>
#include <unistd.h>

#include "engine/system/spawn.h"

namespace assay::target {

using system::FileLock;
using system::LockHolder;
using system::LockMode;

namespace {

constexpr std::string_view kSignPrefix = "machine-";
constexpr std::string_view kSignSuffix = ".holder";
// A folder that everybody may write can be filled by anybody.
constexpr int kMostSigns = 1000;

// Whether locks can be kept there; makes the folder where its parent allows it. Links are not followed: the parent may
// be a folder that everybody can write.
bool can_use(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) ::chmod(folder.c_str(), 01777);  // whatever our umask is
  struct stat status {};
  return ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         ::access(folder.c_str(), R_OK | W_OK | X_OK) == 0;
}

// Calls `take` with the path of each sign in the folder until it says true.
template <class Take>
void for_each_sign(const fs::path& folder, Take take) {
  std::error_code error;
  int left = kMostSigns;
  for (fs::directory_iterator it(folder, error), end; !error && it != end && left-- > 0; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with(kSignPrefix) && name.ends_with(kSignSuffix) && take(it->path())) return;
  }
}

// What controllers that were killed left there. Those of other users stay: the folder's rights keep them.
void remove_dead_signs(const fs::path& folder) {
  for_each_sign(folder, [](const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || status.st_uid != ::geteuid()) return false;
    auto lock = FileLock::open(path);
    if (!lock) return false;
    const auto dead = lock->try_lock(LockMode::kExclusive);
    if (dead && *dead) lock->release_and_remove();
    return false;
  });
}

}  // namespace

fs::path machine_lock_folder(const std::vector<std::pair<std::string, std::string>>& environment,
                             const fs::path& fallback) {
  if (const auto chosen = system::lookup(environment, "ASSAY_LOCK_DIR"); !chosen.empty()) return chosen;
  for (const char* folder : {"/run/lock/assay", "/var/lock/assay"}) {
    if (can_use(folder)) return folder;
  }
  const auto runtime = system::lookup(environment, "XDG_RUNTIME_DIR");
  if (runtime.starts_with('/') && can_use(fs::path(runtime) / "assay")) return fs::path(runtime) / "assay";
  return fallback;
}

Result<MachineLock> MachineLock::open(const fs::path& folder, std::string purpose, const Clock& clock) {
  ASSAY_TRY(FileLock machine, FileLock::open(folder / "machine.lock"));
  ASSAY_TRY(FileLock turn, FileLock::open(folder / "machine.turn"));
  remove_dead_signs(folder);
  const LockHolder us = system::holder_here(purpose, clock);
  // One process may hold it twice (tests do), so the name has a number.
  for (int number = 0;; ++number) {
    const fs::path path =
        folder / (std::string(kSignPrefix) + std::to_string(us.pid) + '-' + std::to_string(us.process_start) + '-' +
                  std::to_string(number) + std::string(kSignSuffix));
    ASSAY_TRY(FileLock sign, FileLock::open(path));
    ASSAY_TRY(const bool ours, sign.try_lock(LockMode::kExclusive));
    if (!ours) continue;
    sign.write_holder(us);
    ASSAY_TRY(const bool shared, sign.try_lock(LockMode::kShared));
    if (!shared) continue;
    return MachineLock(folder, std::move(purpose), clock, std::move(machine), std::move(turn), std::move(sign));
  }
}

Result<std::optional<LockHolder>> MachineLock::enter(bool alone) {
  if (inside_ > 0 && (alone || alone_)) return std::optional(who_is_in());  // ours are in the way themselves
  if (!our_turn_) {
    ASSAY_TRY(our_turn_, turn_.try_lock(LockMode::kExclusive));
    if (!our_turn_) return std::optional(who_is_in());
  }
  if (inside_ == 0) {
    ASSAY_TRY(const bool in, machine_.try_lock(alone ? LockMode::kExclusive : LockMode::kShared));
    if (in && alone) sign_.write_holder(system::holder_here(purpose_, *clock_));  // since now
    raise_sign(true);
    if (!in) return std::optional(who_is_in());
  }
  ++inside_;
  alone_ = alone;
  withdraw();
  return std::optional<LockHolder>();
}

void MachineLock::leave() {
  if (inside_ == 0 || --inside_ > 0) return;
  alone_ = false;
  machine_.unlock();
  raise_sign(our_turn_);
}

void MachineLock::withdraw() {
  if (!our_turn_) return;
  our_turn_ = false;
  turn_.unlock();
  if (inside_ == 0) raise_sign(false);
}

void MachineLock::raise_sign(bool up) {
  // Who only looks may hold it for a moment; then nobody learns that it is us, and nothing else is lost.
  [[maybe_unused]] const auto raised = sign_.try_lock(up ? LockMode::kExclusive : LockMode::kShared);
}

LockHolder MachineLock::who_is_in() const {
  LockHolder found;
  for_each_sign(folder_, [&](const fs::path& path) {
    if (path == sign_.path()) return false;
    if (auto holder = system::current_holder(path)) found = std::move(*holder);
    return found.pid != 0;
  });
  return found;
}

}  // namespace assay::target
