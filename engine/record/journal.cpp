// SPDX-License-Identifier: Apache-2.0
#include "engine/record/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "engine/base/sha256.h"
#include "engine/record/members.h"

namespace assay::record {
namespace {

tl::unexpected<Diagnostic> lost(Diagnostic problem) {
  problem.code = Code::kJournal;
  return failure(std::move(problem));
}

// A line that is not written, for messages: what it says of which step.
std::string named(const Json& fields) {
  const std::string& step = text_of(fields, "step");
  const std::string& id = step.empty() ? text_of(fields, "id") : step;
  return "the line '" + text_of(fields, "type") + "' of the journal" + (id.empty() ? "" : " for '" + id + "'");
}

bool is_full(int error) { return error == ENOSPC || error == EDQUOT; }

Result<void> lock(const UniqueFd& fd, const std::filesystem::path& path) {
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return failure(system_failure("lock", path, errno));
    return failure(Code::kLocked, "the journal '" + path.string() + "' is being written by another process");
  }
  return {};
}

// Whether the bytes from `place` on begin with the line that follows it.
Result<bool> goes_on_after(const UniqueFd& fd, const std::filesystem::path& path, const JournalPlace& place) {
  std::string line;
  std::array<char, 65536> buffer;
  while (line.size() <= kLineLimit) {
    const auto at = static_cast<off_t>(place.bytes + line.size());
    const ssize_t n = ::pread(fd.get(), buffer.data(), buffer.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(system_failure("read", path, errno));
    if (n == 0) return false;
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(n));
    const auto end = piece.find('\n');
    line += piece.substr(0, end);
    if (end != std::string_view::npos) break;
  }
  const auto json = parse_json(line, "line", {.bytes = kLineLimit});
  return json && json->is_object() && text_of(*json, "prev") == place.prev;
}

}  // namespace

Result<void> JournalFile::write(std::string_view lines, Durable durable) {
  if (broken_) return failure(Code::kJournal, "the journal '" + path_.string() + "' could not be written before");
  broken_ = true;  // until all of it has succeeded
  std::uint64_t end = bytes_;
  for (std::string_view left = lines; !left.empty();) {
    const ssize_t n = ::write(fd_.get(), left.data(), left.size());
    if (n >= 0) {
      left.remove_prefix(static_cast<std::size_t>(n));
      end += static_cast<std::uint64_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    const int error = errno;
    // The room that was kept for this moment. Without it what is whole stays, but half a line does not.
    if (is_full(error) && !reserve_.empty() && ::unlink(reserve_.c_str()) == 0) {
      reserve_.clear();
      low_on_room_ = true;
      continue;
    }
    const auto whole = lines.rfind('\n', lines.size() - left.size() - 1);
    const bool some = left.size() < lines.size() && whole != std::string_view::npos;
    if (::ftruncate(fd_.get(), static_cast<off_t>(bytes_ + (some ? whole + 1 : 0))) == 0) ::fdatasync(fd_.get());
    return lost(system_failure("write", path_, error));
  }
  if (durable == Durable::kYes && ::fdatasync(fd_.get()) != 0) return lost(system_failure("sync", path_, errno));
  bytes_ = end;
  broken_ = false;
  return {};
}

Result<JournalWriter> JournalWriter::create(const std::filesystem::path& path, std::string first_prev,
                                            const Clock& clock) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) return failure(system_failure("create", path, errno));
  ASSAY_CHECK(lock(fd, path));
  std::shared_ptr<JournalFile> file(new JournalFile(std::move(fd), path, 0));  // its constructor is ours alone
  return JournalWriter(std::move(file), {.seq = 0, .bytes = 0, .prev = std::move(first_prev)}, clock);
}

Result<JournalWriter> JournalWriter::reopen(const std::filesystem::path& path, const JournalPlace& place,
                                            const Clock& clock) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (!fd) return failure(system_failure("open", path, errno));
  ASSAY_CHECK(lock(fd, path));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failure(system_failure("open", path, errno));
  if (static_cast<std::uint64_t>(status.st_size) < place.bytes)
    return failure(Code::kRecord, "the journal '" + path.string() + "' became shorter while it was read");
  ASSAY_TRY(const bool grown, goes_on_after(fd, path, place));
  if (grown) return failure(Code::kRecord, "the journal '" + path.string() + "' became longer while it was read");
  if (static_cast<std::uint64_t>(status.st_size) > place.bytes &&
      ::ftruncate(fd.get(), static_cast<off_t>(place.bytes)) != 0) {
    return failure(system_failure("cut the torn end off", path, errno));
  }
  // A writer that was killed may have left lines that were read from memory only: nothing follows them before they are
  // on the disk.
  if (::fdatasync(fd.get()) != 0) return failure(system_failure("sync", path, errno));
  std::shared_ptr<JournalFile> file(new JournalFile(std::move(fd), path, place.bytes));
  return JournalWriter(std::move(file), place, clock);
}

void JournalWriter::reserve(const std::filesystem::path& file, std::uint64_t bytes) {
  const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return;
  if (::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes)) != 0) {
    ::unlink(file.c_str());
    return;
  }
  file_->reserve_ = file;
}

Result<void> JournalWriter::append(const Json& fields) {
  if (auto readable = check_readable(fields, named(fields)); !readable) return lost(std::move(readable).error());
  // The members of every line stand before those given; as text, so that none of them is copied.
  std::string line = "{\"seq\":" + std::to_string(seq_ + 1) + ",\"time\":\"" + format_rfc3339(clock_->wall()) +
                     "\",\"prev\":\"" + prev_ + "\",";
  line.append(to_json_line(fields), 1);
  if (fields.value("type", "") == "sealed") line.insert(line.size() - 1, ",\"digest\":\"" + sha256_hex(line) + "\"");
  if (line.size() > kLineLimit) {
    return failure(Code::kJournal, named(fields) + " would have " + std::to_string(line.size()) +
                                       " bytes, more than the " + std::to_string(kLineLimit >> 20U) +
                                       " MiB that can be read again");
  }
  line += '\n';
  ++seq_;
  prev_ = sha256_hex(line);
  waiting_ += line;
  return {};
}

std::string JournalWriter::take_waiting() { return std::exchange(waiting_, {}); }

Result<void> JournalWriter::flush(Durable durable) { return file_->write(take_waiting(), durable); }

std::string seal_digest(const Json& line) { return sha256_hex(to_json_line(line)); }

}  // namespace assay::record
