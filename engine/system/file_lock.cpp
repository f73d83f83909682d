// SPDX-License-Identifier: Apache-2.0
#include "engine/system/file_lock.h"

#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/text.h"

namespace assay::system {
namespace {

constexpr std::string_view kFormat = "assay.holder/1";
constexpr std::size_t kLongestLine = 4096;

std::string user_name() {
  const passwd* user = ::getpwuid(::geteuid());
  return user != nullptr ? user->pw_name : std::to_string(::geteuid());
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : std::string();
}

// The file, to be written where that is allowed. nullopt: made by somebody else in this moment, try again.
Result<std::optional<UniqueFd>> open_file(const fs::path& path) {
  // Never O_CREAT on a file that is there: in a folder that everybody may write the kernel forbids it for files of
  // others (fs.protected_regular).
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  UniqueFd fd(::open(path.c_str(), O_RDWR | kFlags));
  if (!fd && (errno == EACCES || errno == EROFS || errno == EPERM)) fd.reset(::open(path.c_str(), O_RDONLY | kFlags));
  if (fd) return fd;
  if (errno == ELOOP) return failure(Code::kSystem, "cannot lock '" + path.string() + "': it is a symbolic link");
  if (errno != ENOENT) return failure(system_failure("lock", path, errno));
  ASSAY_CHECK(make_directories(path.parent_path()));
  fd.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | kFlags, 0644));
  if (!fd && errno == EEXIST) return std::optional<UniqueFd>();
  if (!fd) return failure(system_failure("make the lock file", path, errno));
  ::fchmod(fd.get(), 0644);  // whatever our umask is, others may see who holds it
  return fd;
}

enum class Got : std::uint8_t { kLock, kHeld, kGone };

// kGone: the file has been removed or replaced since it was opened, so its lock keeps nobody out.
Result<Got> lock_file(int fd, const fs::path& path, LockMode mode) {
  const int operation = (mode == LockMode::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  // Someone who only looks holds it for a moment (current_holder); that is no holder.
  int tries = 5;
  while (::flock(fd, operation) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) {
      if (--tries == 0) return Got::kHeld;
      ::sched_yield();
      continue;
    }
    Diagnostic problem = system_failure("lock", path, errno);
    if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) {
      problem.help =
          "its file system has no locks, and without them two runs could disturb each other: choose a store "
          "on another one";
    }
    return failure(std::move(problem));
  }
  struct stat locked {};
  struct stat named {};
  if (::fstat(fd, &locked) != 0) return failure(system_failure("lock", path, errno));
  if (!S_ISREG(locked.st_mode)) return failure(Code::kSystem, "cannot lock '" + path.string() + "': it is no file");
  const bool same =
      ::lstat(path.c_str(), &named) == 0 && named.st_dev == locked.st_dev && named.st_ino == locked.st_ino;
  return same ? Got::kLock : Got::kGone;
}

constexpr int kMostRounds = 1000;
Diagnostic changing_all_the_time(const fs::path& path) {
  return {.code = Code::kSystem,
          .message = "cannot lock '" + path.string() + "': it is removed and made again all the time"};
}

}  // namespace

std::optional<std::uint64_t> process_start_of(pid_t pid) {
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat", kLongestLine);
  if (!stat) return std::nullopt;
  const auto close = stat->rfind(')');  // the name before it may hold anything
  if (close == std::string::npos) return std::nullopt;
  const auto fields = split(trim(std::string_view(*stat).substr(close + 1)), ' ');
  constexpr std::size_t kStart = 22 - 3;  // fields are counted from 1; the first one here is the third
  if (fields.size() <= kStart) return std::nullopt;
  std::uint64_t start = 0;
  const std::string_view text = fields[kStart];
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), start);
  return error == std::errc() && stop == text.data() + text.size() ? std::optional(start) : std::nullopt;
}

LockHolder holder_here(std::string purpose, const Clock& clock) {
  const auto boot = read_file("/proc/sys/kernel/random/boot_id", kLongestLine);
  return {.pid = ::getpid(),
          .process_start = process_start_of(::getpid()).value_or(0),
          .boot = boot ? std::string(trim(*boot)) : std::string(),
          .user = user_name(),
          .host = host_name(),
          .purpose = std::move(purpose),
          .since = format_rfc3339(clock.wall())};
}

std::string describe(const LockHolder& holder) {
  if (holder.pid == 0) return "a process that has not said who it is";
  return printable(holder.purpose + " of user " + holder.user + " (process " + std::to_string(holder.pid) + " on " +
                   holder.host + ", since " + holder.since + ")");
}

std::string to_json_line(const LockHolder& holder) {
  return assay::to_json_line({{"format", kFormat},
                              {"pid", holder.pid},
                              {"process_start", holder.process_start},
                              {"boot", holder.boot},
                              {"user", holder.user},
                              {"host", holder.host},
                              {"purpose", holder.purpose},
                              {"since", holder.since}});
}

std::optional<LockHolder> parse_holder(std::string_view line) {
  const auto json = parse_json(line, "the lock", {.bytes = kLongestLine, .depth = 1});
  if (!json || !json->is_object() || json->value("format", Json()) != kFormat) return std::nullopt;
  LockHolder holder;
  const auto number = [&](const char* key, auto& out) {
    const auto found = json->find(key);
    if (found == json->end() || !found->is_number_unsigned()) return false;
    const auto value = found->template get<std::uint64_t>();
    out = static_cast<std::decay_t<decltype(out)>>(value);
    return static_cast<std::uint64_t>(out) == value && out >= 0;
  };
  const auto text = [&](const char* key, std::string& out) {
    const auto found = json->find(key);
    if (found == json->end() || !found->is_string()) return false;
    out = found->template get<std::string>();
    return true;
  };
  const bool whole = number("pid", holder.pid) && number("process_start", holder.process_start) &&
                     text("boot", holder.boot) && text("user", holder.user) && text("host", holder.host) &&
                     text("purpose", holder.purpose) && text("since", holder.since);
  return whole ? std::optional(std::move(holder)) : std::nullopt;
}

Result<FileLock> FileLock::open(const fs::path& path) {
  // Each round means that somebody else removed or made the file between two calls of ours.
  for (int round = 0; round < kMostRounds; ++round) {
    ASSAY_TRY(auto fd, open_file(path));
    if (fd) return FileLock(std::move(*fd), path);
  }
  return failure(changing_all_the_time(path));
}

Result<bool> FileLock::try_lock(LockMode mode) {
  for (int round = 0; round < kMostRounds; ++round) {
    if (!fd_) {
      ASSAY_TRY(FileLock again, open(path_));
      *this = std::move(again);
    }
    ASSAY_TRY(const Got got, lock_file(fd_.get(), path_, mode));
    if (got != Got::kGone) return got == Got::kLock;
    fd_.reset();
  }
  return failure(changing_all_the_time(path_));
}

void FileLock::unlock() {
  if (fd_) ::flock(fd_.get(), LOCK_UN);
}

void FileLock::write_holder(const LockHolder& holder) const {
  const std::string line = to_json_line(holder) + '\n';
  if (::ftruncate(fd_.get(), 0) == 0 && ::pwrite(fd_.get(), line.data(), line.size(), 0) < 0) {
    // Half a line would not be read either.
    [[maybe_unused]] const int emptied = ::ftruncate(fd_.get(), 0);
  }
}

Result<std::optional<FileLock>> FileLock::try_take(const fs::path& path, const LockHolder& holder, LockMode mode) {
  ASSAY_TRY(FileLock lock, open(path));
  ASSAY_TRY(const bool taken, lock.try_lock(mode));
  if (!taken) return std::optional<FileLock>();
  if (mode == LockMode::kExclusive) lock.write_holder(holder);
  return std::optional(std::move(lock));
}

Result<FileLock> FileLock::take(const fs::path& path, const LockHolder& holder, const std::string& what) {
  ASSAY_TRY(auto lock, try_take(path, holder));
  if (lock) return std::move(*lock);
  return failure(Code::kLocked, what + " is held by " + describe(current_holder(path).value_or(LockHolder{})),
                 "wait until it has ended, or end it");
}

void FileLock::release_and_remove() {
  if (!fd_) return;
  ::unlink(path_.c_str());  // before the lock is given back: after it the file may be another one's
  fd_.reset();
}

std::optional<LockHolder> current_holder(const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return std::nullopt;
  if (::flock(fd.get(), LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) return std::nullopt;
  const auto line = read_file(path, kLongestLine);
  auto holder = line ? parse_holder(trim(*line)) : std::nullopt;
  // The line of one that was killed stays until the next one writes its own.
  if (!holder || (holder->host == host_name() && process_start_of(holder->pid) != holder->process_start))
    return LockHolder{};
  return holder;
}

}  // namespace assay::system
