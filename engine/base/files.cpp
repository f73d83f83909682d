// SPDX-License-Identifier: Apache-2.0
#include "engine/base/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <istream>
#include <system_error>

#include "engine/base/atomic_file.h"

namespace assay {

void UniqueFd::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Diagnostic system_failure(std::string_view what, const fs::path& path, int error_number) {
  Diagnostic diagnostic;
  diagnostic.code = Code::kSystem;
  diagnostic.message =
      "cannot " + std::string(what) + " '" + path.string() + "': " + std::generic_category().message(error_number);
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      diagnostic.code = Code::kNoRoom;
      diagnostic.help = "the disk is full: free some room, or choose another folder";
      break;
    case EROFS: diagnostic.help = "the file system is read-only: choose a folder that can be written"; break;
    case EACCES:
    case EPERM: diagnostic.help = "check who owns it and which rights it has"; break;
    default: break;
  }
  return diagnostic;
}

Result<std::string> read_file(const fs::path& path, std::size_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failure(system_failure("read", path, errno));
  std::string text;
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && status.st_size > 0) {
    text.reserve(std::min<std::size_t>(static_cast<std::size_t>(status.st_size), limit) + 1);
  }
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(system_failure("read", path, errno));
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > limit) {
      return failure(Code::kTooLarge, "'" + path.string() + "' is larger than " + std::to_string(limit) + " bytes");
    }
  }
}

Result<void> write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(system_failure("write", path, errno));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> write_file_atomically(const fs::path& path, std::string_view bytes, unsigned mode) {
  ASSAY_TRY(AtomicFile file, AtomicFile::create(path, mode));
  ASSAY_CHECK(file.write(bytes));
  return file.commit();
}

Result<void> make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return failure(system_failure("make the folder", path, error.value()));
  return {};
}

Result<void> make_durable_directories(const fs::path& path) {
  std::error_code error;
  if (path.empty() || fs::is_directory(path, error)) return {};
  const fs::path parent = path.has_filename() ? path.parent_path() : path.parent_path().parent_path();
  ASSAY_CHECK(make_durable_directories(parent));
  ASSAY_CHECK(make_directories(path));
  return sync_directory(parent.empty() ? fs::path(".") : parent);
}

Result<void> sync_directory(const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return failure(system_failure("sync the folder", path, errno));
  return {};
}

namespace {

constexpr std::string_view kRandomPart = "XXXXXX";

// Never what a link of that name points to.
UniqueFd open_folder(const fs::path& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

}  // namespace

Result<TemporaryDirectory> TemporaryDirectory::create(const fs::path& parent, std::string_view prefix) {
  for (;;) {
    std::string name = (parent / (std::string(prefix).append(kRandomPart))).string();
    if (::mkdtemp(name.data()) == nullptr) return failure(system_failure("make a folder in", parent, errno));
    UniqueFd lock = open_folder(name);
    const bool taken = lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    // Somebody who removes abandoned ones may have come between: then it is not ours any more.
    std::error_code error;
    if (!taken && fs::exists(name, error)) return TemporaryDirectory(fs::path(name), std::move(lock));
  }
}

void TemporaryDirectory::remove_abandoned(const fs::path& parent, std::string_view prefix) {
  std::error_code error;
  for (fs::directory_iterator it(parent, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(prefix) || name.size() != prefix.size() + kRandomPart.size()) continue;
    const UniqueFd folder = open_folder(it->path());
    struct stat status {};
    if (!folder || ::fstat(folder.get(), &status) != 0 || status.st_uid != ::geteuid()) continue;
    if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) continue;
    std::error_code ignored;  // the next one tries again
    fs::remove_all(it->path(), ignored);
  }
}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

TemporaryDirectory::~TemporaryDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;  // a destructor has nobody to tell; what stays is below the system's temporary folder
  fs::remove_all(path_, ignored);
}

// What the stream has at hand, one byte at least; false at its end.
bool LineReader::fill() {
  constexpr std::streamsize kMost = 65536;
  std::streambuf& stream = *in_.rdbuf();
  const int first = stream.sbumpc();
  if (first == std::char_traits<char>::eof()) return false;
  const std::streamsize more = std::clamp<std::streamsize>(stream.in_avail(), 0, kMost - 1);
  buffer_.resize(static_cast<std::size_t>(more) + 1);
  buffer_[0] = static_cast<char>(first);
  const std::streamsize got = more > 0 ? stream.sgetn(buffer_.data() + 1, more) : 0;
  buffer_.resize(static_cast<std::size_t>(got) + 1);
  at_ = 0;
  return true;
}

LineReader::Got LineReader::next(std::string& line) {
  line.clear();
  bool too_long = false;
  bool any = false;
  while (at_ < buffer_.size() || fill()) {
    any = true;
    const std::size_t end = buffer_.find('\n', at_);
    const std::size_t size = std::min(end, buffer_.size()) - at_;
    if (!too_long && size > limit_ - line.size()) {
      too_long = true;
      line = {};
    }
    if (!too_long) line.append(buffer_, at_, size);
    at_ += size;
    if (end == std::string::npos) continue;
    ++at_;
    return too_long ? Got::kTooLong : Got::kLine;
  }
  if (too_long) return Got::kTooLong;
  return any ? Got::kTorn : Got::kEnd;
}

}  // namespace assay
