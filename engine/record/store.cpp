// SPDX-License-Identifier: Apache-2.0
#include "engine/record/store.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <compare>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/text.h"

namespace assay::record {

Result<std::filesystem::path> default_store() {
  // An XDG path that is not absolute is to be ignored (XDG Base Directory Specification 0.8).
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && data[0] == '/') {
    return std::filesystem::path(data) / "assay";
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    const passwd* user = ::getpwuid(::getuid());
    home = user != nullptr ? user->pw_dir : nullptr;
  }
  if (home == nullptr || home[0] != '/') {
    return failure(Code::kUsage, "there is no home folder to keep runs in", "choose a folder: --store DIR");
  }
  return std::filesystem::path(home) / ".local" / "share" / "assay";
}

std::string make_run_id(WallTime now, std::uint32_t random) {
  std::array<char, 8> suffix{};
  std::snprintf(suffix.data(), suffix.size(), "%06x", random & 0xFFFFFFU);
  return format_compact(now) + "-" + suffix.data();
}

std::vector<std::string> list_runs(const std::filesystem::path& store) {
  struct Found {
    std::string second;  // of the id
    std::filesystem::file_time_type written;
    std::string id;
    auto operator<=>(const Found&) const = default;
  };
  std::vector<Found> found;
  std::error_code error;
  for (std::filesystem::directory_iterator it(store / "runs", error), end; !error && it != end; it.increment(error)) {
    // run.json is written once, at the start: it orders the runs that began in the same second.
    std::error_code missing;
    const auto written = std::filesystem::last_write_time(it->path() / "run.json", missing);
    if (missing) continue;
    std::string id = it->path().filename().string();
    found.push_back({id.substr(0, id.rfind('-')), written, id});
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> out;
  for (Found& one : found) out.push_back(std::move(one.id));
  return out;
}

bool is_sealed(const std::filesystem::path& run_folder) {
  // A sealed line is short: it is within the last bytes, or there is none.
  constexpr std::streamoff kTail = std::streamoff{256} << 10U;
  std::ifstream journal(run_folder / "journal.jsonl", std::ios::binary | std::ios::ate);
  if (!journal) return false;
  const std::streamoff size = journal.tellg();
  journal.seekg(std::max<std::streamoff>(0, size - kTail));
  std::string tail((std::istreambuf_iterator<char>(journal)), std::istreambuf_iterator<char>());
  if (tail.empty() || tail.back() != '\n') return false;
  tail.pop_back();
  const auto begin = tail.rfind('\n');
  const auto json = parse_json(std::string_view(tail).substr(begin == std::string::npos ? 0 : begin + 1), "journal");
  return json && json->is_object() && json->contains("type") && (*json)["type"] == "sealed";
}

Result<std::filesystem::path> find_run(const std::filesystem::path& store, const std::string& name) {
  std::error_code error;
  if (name.find('/') != std::string::npos && std::filesystem::exists(std::filesystem::path(name) / "run.json", error)) {
    return std::filesystem::path(name);
  }
  const std::vector<std::string> runs = list_runs(store);
  if (name == kLastRun && !runs.empty()) return store / "runs" / runs.back();
  std::vector<std::string> matching;
  for (const std::string& run : runs) {
    if (run == name) return store / "runs" / run;
    if (!name.empty() && run.starts_with(name)) matching.push_back(run);
  }
  if (matching.size() == 1) return store / "runs" / matching.front();
  if (matching.size() > 1) {
    return failure(Code::kNoSuchRun, "'" + name + "' is the beginning of " + std::to_string(matching.size()) + " runs",
                   "give more of it: " + join(matching, ", "));
  }
  return failure(Code::kNoSuchRun, "the store '" + store.string() + "' has no run '" + name + "'",
                 runs.empty() ? "it holds no runs yet; --store chooses another one" : did_you_mean(name, runs));
}

}  // namespace assay::record
