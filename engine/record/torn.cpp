// SPDX-License-Identifier: Apache-2.0
#include "engine/record/torn.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "engine/base/files.h"
#include "engine/record/journal.h"
#include "engine/record/members.h"

namespace assay::record {
namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::size_t kEnoughNuls = 64;  // of a sector that is larger, or of a journal that was moved

// Whether `bytes`, which begin at `offset` of the file, hold what a lost sector is.
bool holds_lost_sector(std::string_view bytes, std::uint64_t offset, bool at_end_of_file) {
  for (auto begin = bytes.find('\0'); begin != std::string_view::npos;) {
    const auto end = std::min(bytes.find_first_not_of('\0', begin), bytes.size());
    const bool reaches_end = (offset + end) % kSector == 0 || (at_end_of_file && end == bytes.size());
    if (reaches_end || end - begin >= kEnoughNuls) return true;
    begin = bytes.find('\0', end);
  }
  return false;
}

// Lines behind a hole, in order.
class Later {
 public:
  // Whether this line proves that the hole was on the disk before it was written.
  bool proves(std::string_view line) {
    const auto json = parse_json(line, "line", {.bytes = kLineLimit});
    if (!json || !json->is_object()) return false;
    const std::string& type = text_of(*json, "type");
    if (type == "sealed" || type == "resumed") return true;
    const std::string& step = text_of(*json, "step");
    if (type == "started") {
      // Of an attempt that begins with a command: it waits for the disk. Later parts of it, and people, need not.
      if (member_of(*json, "command") != nullptr && text_of(*json, "part").empty()) started_.insert(step);
      return false;
    }
    return !step.empty() && started_.count(step) > 0;
  }

 private:
  std::set<std::string> started_;
};

}  // namespace

bool may_be_torn(bool has_newline, std::string_view line) {
  return !has_newline || line.find('\0') != std::string_view::npos;
}

bool is_torn(const std::filesystem::path& journal, std::uint64_t offset) {
  std::ifstream file(journal, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  if (!file) return false;
  LineReader lines(file, kLineLimit);
  std::string line;
  const LineReader::Got got = lines.next(line);
  const bool last = got == LineReader::Got::kTorn;
  if (got != LineReader::Got::kLine && !last) return false;
  // The beginning of a line is no JSON. One that is, but for its last byte, had another one there.
  if (last && parse_json(std::string_view(line).substr(0, line.size() - 1), "line", {.bytes = kLineLimit}))
    return false;
  if (line.find('\0') == std::string::npos) return last;
  if (!holds_lost_sector(line, offset, last)) return false;
  Later later;
  for (;;) {
    switch (lines.next(line)) {
      case LineReader::Got::kLine:
        if (later.proves(line)) return false;
        break;
      case LineReader::Got::kTorn:
      case LineReader::Got::kEnd: return true;
      case LineReader::Got::kTooLong: return false;
    }
  }
}

}  // namespace assay::record
