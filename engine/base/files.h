// SPDX-License-Identifier: Apache-2.0
// Files as values. Every error names the path, what was being done, and the system's own words last.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay {

namespace fs = std::filesystem;

// Owns a file descriptor and closes it.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

// "cannot WHAT 'PATH': No such file or directory", from errno at the time of the call.
Diagnostic system_failure(std::string_view what, const fs::path& path, int error_number);

// The whole file, at most `limit` bytes; a larger one is an error that names the limit. Works for /proc and /sys, whose
// sizes are not known before.
Result<std::string> read_file(const fs::path& path, std::size_t limit = 64U << 20U);
// Written beside, synced, renamed over: readers see the old bytes or the new ones.
Result<void> write_file_atomically(const fs::path& path, std::string_view bytes, unsigned mode = 0644);
Result<void> write_all(int fd, std::string_view bytes, const fs::path& path);
Result<void> make_directories(const fs::path& path);
// The same, and each new folder's name is on the disk: what is synced in it can be found after a power cut.
Result<void> make_durable_directories(const fs::path& path);
// Syncs the folder's entries to the disk.
Result<void> sync_directory(const fs::path& path);

// Lines of a stream whose writer is not trusted: none is taken whole into memory that is longer than `limit` bytes.
class LineReader {
 public:
  enum class Got : std::uint8_t {
    kLine,     // a whole line; its newline is not in it
    kTorn,     // the last bytes of the stream, without a newline
    kTooLong,  // the line has been passed over; `line` is empty
    kEnd,
  };
  // `in` must outlive the reader, which may have read more of it than it gave. Waits only for bytes that a line needs.
  LineReader(std::istream& in, std::size_t limit) : in_(in), limit_(limit) {}
  Got next(std::string& line);

 private:
  bool fill();

  std::istream& in_;
  std::size_t limit_;
  std::string buffer_;
  std::size_t at_ = 0;  // in buffer_: what was given lies before
};

// A fresh private folder below `parent`, removed with all its contents at the end of its life. It is locked (flock) for
// as long, so that a folder whose process was killed can be told from one in use.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> create(const fs::path& parent, std::string_view prefix);
  // Removes folders of that name and of this user in `parent` that nobody holds any more. What cannot be removed stays.
  static void remove_abandoned(const fs::path& parent, std::string_view prefix);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept
      : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  TemporaryDirectory(fs::path path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  fs::path path_;
  UniqueFd lock_;  // the folder itself; without it where the file system has no locks
};

}  // namespace assay
