// SPDX-License-Identifier: Apache-2.0
#include "engine/record/journal_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "engine/record/journal.h"

namespace assay::record {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;

}  // namespace

Result<JournalTail> JournalTail::open(const std::filesystem::path& run_folder) {
  std::filesystem::path file = run_folder / "journal.jsonl";
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failure(system_failure("read", file, errno));
  return JournalTail(std::move(file), std::move(fd));
}

Result<std::vector<Json>> JournalTail::next() {
  const std::size_t before = rest_.size();
  rest_.resize(before + kPiece);
  ssize_t n = 0;
  do {
    n = ::read(fd_.get(), rest_.data() + before, kPiece);
  } while (n < 0 && errno == EINTR);
  rest_.resize(before + static_cast<std::size_t>(n < 0 ? 0 : n));
  if (n < 0) return failure(system_failure("read", file_, errno));
  read_ += static_cast<std::uint64_t>(n);
  if (n == 0) {
    // A resumed run begins with cutting off a torn line: what comes instead of it is at its place.
    struct stat status {};
    if (::fstat(fd_.get(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) < read_) {
      read_ -= rest_.size();
      rest_.clear();
      ::lseek(fd_.get(), static_cast<off_t>(read_), SEEK_SET);
    }
    return std::vector<Json>();
  }
  std::vector<Json> out;
  std::size_t at = 0;
  for (auto end = rest_.find('\n', before); end != std::string::npos; end = rest_.find('\n', at)) {
    const std::string place = file_.string() + " line " + std::to_string(++number_);
    auto json = parse_json(std::string_view(rest_).substr(at, end - at), place, {.bytes = kLineLimit});
    if (!json || !json->is_object()) return failure(Code::kRecord, "'" + place + "' is not a JSON object");
    out.push_back(std::move(*json));
    at = end + 1;
  }
  rest_.erase(0, at);
  if (rest_.size() > kLineLimit)
    return failure(Code::kRecord, "'" + file_.string() + "' has a line that is longer than 16 MiB");
  return out;
}

}  // namespace assay::record
