// SPDX-License-Identifier: Apache-2.0
#include "engine/record/run_summary.h"

#include <fnmatch.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/record/members.h"

namespace assay::record {
namespace {

// A text below these keys; empty where there is none. Records of others may hold anything.
std::string text_at(const Json& json, std::initializer_list<const char*> keys) {
  const Json* at = &json;
  for (const char* key : keys) {
    if (!at->is_object()) return {};
    const auto found = at->find(key);
    if (found == at->end()) return {};
    at = &*found;
  }
  return at->is_string() ? at->get<std::string>() : std::string();
}

// What the record takes, without what can be made from it again.
std::uint64_t size_of(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  const auto add = [&](const std::filesystem::path& file) {
    std::error_code gone;
    if (const auto size = std::filesystem::file_size(file, gone); !gone) bytes += size;
  };
  add(folder / "run.json");
  add(folder / "journal.jsonl");
  for (std::filesystem::recursive_directory_iterator it(folder / "evidence", error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    if (it->is_regular_file(gone)) add(it->path());
  }
  return bytes;
}

bool fits(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

}  // namespace

RunSummary summarise(const RunRecord& run) {
  RunSummary out{.id = run.id,
                 .name = run.recipe_name,
                 .kind = text_at(run.header, {"source", "kind"}),
                 .version = run.recipe_version,
                 .title = run.title,
                 .status = run.status,
                 .verdict = run.verdict,
                 .exit_code = run.exit_code,
                 .started = run.started ? format_rfc3339(*run.started) : "",
                 .finished = run.status == Status::kFinished && run.finished ? format_rfc3339(*run.finished) : "",
                 .commit = text_at(run.header, {"source", "git", "commit"}),
                 .bytes = size_of(run.folder),
                 .steps = run.steps.size(),
                 .counts = count_verdicts(run),
                 .undo_of = text_at(run.header, {"undo_of"}),
                 .damage = run.damage.size()};
  for (const auto& [target, facts] : run.machines) {
    const std::string host = text_at(facts, {"facts", "os", "hostname"});
    out.machines.push_back(host.empty() ? target : host);
    if (out.facts_sha256.empty()) out.facts_sha256 = sha256_hex(to_json_line(facts));
  }
  // A recipe that asks for no facts ran somewhere all the same.
  const std::string host = text_at(run.header, {"host"});
  if (out.machines.empty() && !host.empty()) out.machines.push_back(host);
  return out;
}

std::string accepted_words(const RunRecord& run) {
  // Of an undo it stands in the header: it is a new run, made from another one.
  std::size_t count = texts_of(run.header, "accepted").size();
  for (const ResumeRecord& one : run.resumed) count += one.changes.size();
  if (count == 0) return {};
  return "with --accept-changes (" + std::to_string(count) + (count == 1 ? " change)" : " changes)");
}

std::string state_of(Status status, bool at_work) {
  switch (status) {
    case Status::kFinished: return "finished";
    case Status::kWaiting: return at_work ? "running" : "waiting";
    case Status::kCancelled: return at_work ? "running" : "stopped";
    default: return at_work ? "running" : "interrupted";
  }
}

bool matches(const RunFilter& filter, const RunSummary& run, const std::string& state) {
  const auto has = [](const std::vector<std::string>& wanted, std::string_view word) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), word) != wanted.end();
  };
  if (!filter.name.empty() && !fits(filter.name, run.name)) return false;
  if (!filter.machine.empty() &&
      std::none_of(run.machines.begin(), run.machines.end(),
                   [&](const std::string& machine) { return fits(filter.machine, machine); }))
    return false;
  if (!filter.verdicts.empty() && (run.status != Status::kFinished || !has(filter.verdicts, to_string(run.verdict))))
    return false;
  if (!has(filter.states, state)) return false;
  if (!filter.since && !filter.until) return true;
  const auto started = parse_rfc3339(run.started);
  return started && (!filter.since || *started >= *filter.since) && (!filter.until || *started < *filter.until);
}

Result<WallTime> parse_moment(const std::string& text, WallTime now) {
  if (const auto before = parse_duration(text)) return now - *before;
  if (const auto day = parse_rfc3339(text + "T00:00:00Z")) return *day;
  if (const auto time = parse_rfc3339(text)) return *time;
  return failure(
      Diagnostic{.code = Code::kUsage,
                 .message = "'" + printable(text) + "' is no moment",
                 .expected = "a day (2026-01-31), a time (2026-01-31T08:30:00Z), or how long ago (7d, 12h)"});
}

}  // namespace assay::record
