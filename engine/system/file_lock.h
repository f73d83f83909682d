// SPDX-License-Identifier: Apache-2.0
// A kernel lock on a file (flock). It is gone with the process that holds it, however that ends, so it is never stale;
// programs that the holder starts do not inherit it. The file's one line of JSON says who holds it (docs/formats.md,
// "Locks"); it is for people, the kernel decides.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/files.h"
#include "engine/base/time.h"

namespace assay::system {

// Who holds a lock. A pid alone names nobody: pids come again, on another machine and after a boot.
struct LockHolder {
  pid_t pid = 0;                    // 0: not known
  std::uint64_t process_start = 0;  // clock ticks after the boot, field 22 of /proc/PID/stat
  std::string boot = {};            // /proc/sys/kernel/random/boot_id
  std::string user = {};
  std::string host = {};
  std::string purpose = {};  // "run 20260131T083000Z-0a1b2c"
  std::string since = {};    // RFC 3339
  bool operator==(const LockHolder&) const = default;
};

// This process, from now on.
LockHolder holder_here(std::string purpose, const Clock& clock);
// Clock ticks after the boot at which the process started; nullopt: there is none with that pid.
std::optional<std::uint64_t> process_start_of(pid_t pid);
// "run … of user ann (process 312 on lab7, since 2026-01-31T08:30:00Z)", or that it is not known. Safe to print.
std::string describe(const LockHolder& holder);
std::string to_json_line(const LockHolder& holder);
// nullopt: not written by to_json_line(). Hostile text is fine.
std::optional<LockHolder> parse_holder(std::string_view line);

enum class LockMode : std::uint8_t { kShared, kExclusive };

class FileLock {
 public:
  // The file, not yet locked. Makes it (0644) and its folders. Errors: it cannot be made, is a link or no regular file.
  static Result<FileLock> open(const fs::path& path);
  // Takes the lock, or changes its mode; never waits. false: another one holds it (a lock held before is then lost).
  // Errors: the file system has no locks, or the file is removed and made again all the time.
  Result<bool> try_lock(LockMode mode);
  // Gives the lock back and keeps the file open.
  void unlock();
  // Best effort: a lock holds also on a full disk, and in a file of another user.
  void write_holder(const LockHolder& holder) const;

  // open(), try_lock() and, for an exclusive lock, write_holder(); nullopt while another one holds it.
  static Result<std::optional<FileLock>> try_take(const fs::path& path, const LockHolder& holder,
                                                  LockMode mode = LockMode::kExclusive);
  // The same where it is an error that another one holds it: "WHAT is held by …" (kLocked).
  static Result<FileLock> take(const fs::path& path, const LockHolder& holder, const std::string& what);

  [[nodiscard]] const fs::path& path() const { return path_; }
  // Gives the lock back and leaves the file. So does the end of the object's life.
  void release() { fd_.reset(); }
  // The same, and removes the file: whoever waits for it makes a new one.
  void release_and_remove();

 private:
  FileLock(UniqueFd fd, fs::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;
  fs::path path_;
};

// Who holds the lock exclusively now; pid 0: somebody who has not said so. nullopt: nobody, or there is no such file.
std::optional<LockHolder> current_holder(const fs::path& path);

}  // namespace assay::system
