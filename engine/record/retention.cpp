// SPDX-License-Identifier: Apache-2.0
#include "engine/record/retention.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/record/index.h"
#include "engine/record/journal.h"
#include "engine/record/members.h"
#include "engine/record/run_lock.h"
#include "engine/record/store.h"

namespace assay::record {
namespace {

constexpr std::size_t kIdSize = 23;  // YYYYMMDDThhmmssZ-xxxxxx

bool is_run_id(std::string_view text) {
  if (text.size() != kIdSize || text[8] != 'T' || text[15] != 'Z' || text[16] != '-') return false;
  for (std::size_t i = 0; i < kIdSize; ++i) {
    const char c = text[i];
    if (i == 8 || i == 15 || i == 16) continue;
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(i > 16 && c >= 'a' && c <= 'f')) return false;
  }
  return true;
}

// What runs say of each other in their heads.
struct References {
  std::unordered_map<std::string, std::string> named;      // run -> a run that names it and does not take it back
  std::vector<std::pair<std::string, std::string>> undos;  // a run that takes another one back, and that one
};

// The run that this head says it takes back; empty: none.
std::string undone_by(const std::string& header) {
  if (header.find("\"undo_of\"") == std::string::npos) return {};
  const auto json = parse_json(header, "run.json");
  return json && json->is_object() ? text_of(*json, "undo_of") : std::string();
}

// Whatever the member is called that names a run: undo_of, and what later versions write.
References references(const std::filesystem::path& store, const std::vector<std::string>& ids) {
  References out;
  for (const std::string& id : ids) {
    const auto header = read_file(store / "runs" / id / "run.json", kLineLimit);
    if (!header) continue;
    const std::string undone = undone_by(*header);
    if (!undone.empty()) out.undos.emplace_back(id, undone);
    for (auto at = header->find("Z-"); at != std::string::npos; at = header->find("Z-", at + 2)) {
      if (at < 15) continue;
      const std::string_view word = std::string_view(*header).substr(at - 15, kIdSize);
      if (is_run_id(word) && word != id && word != undone) out.named.try_emplace(std::string(word), id);
    }
  }
  return out;
}

// A run and those that take it back go together or not at all: the rest would tell something else.
void keep_together(const std::filesystem::path& store, const References& references, std::vector<Discarded>& runs) {
  std::unordered_map<std::string, Discarded*> by_name;
  for (Discarded& run : runs) by_name[run.name] = &run;
  const auto stays = [&](const std::string& id) {
    const auto found = by_name.find(id);
    std::error_code error;
    return found != by_name.end() ? !found->second->why_not.empty()
                                  : std::filesystem::exists(store / "runs" / id, error);
  };
  const auto keep = [&](const std::string& id, const std::string& why) {
    const auto found = by_name.find(id);
    if (found == by_name.end() || !found->second->why_not.empty()) return false;
    found->second->why_not = why;
    return true;
  };
  for (bool more = true; more;) {
    more = false;
    for (const auto& [undo, undone] : references.undos) {
      if (stays(undo)) more = keep(undone, "the run " + undo + " names it") || more;
      if (stays(undone)) more = keep(undo, "it takes back the run " + undone + ", which stays") || more;
    }
  }
}

std::uint64_t size_below(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    if (it->symlink_status(gone).type() != std::filesystem::file_type::regular) continue;
    if (const auto size = it->file_size(gone); !gone) bytes += size;
  }
  return bytes;
}

// Why a run stays that is old enough.
std::string reason_to_stay(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder / "certificate.jsonl", error)) return "it is signed";
  if (std::filesystem::exists(folder / "pin", error)) return "it is pinned";
  return {};
}

// What lies in tmp/ and locks/ for a run begins with its id and a dot.
std::string run_of(const std::string& leftover) {
  const std::string name = leftover.substr(leftover.rfind('/') + 1);
  return name.substr(0, name.find('.'));
}

std::vector<Discarded> find_leftovers(const std::filesystem::path& store) {
  std::vector<Discarded> out;
  const auto look_in = [&](const std::string& folder, std::string_view ending) {
    std::error_code error;
    for (std::filesystem::directory_iterator it(store / folder, error), end; !error && it != end; it.increment(error)) {
      std::string name = folder + "/" + it->path().filename().string();
      if (!name.ends_with(ending) || !is_run_id(run_of(name)) || run_holder(store, run_of(name))) continue;
      std::error_code gone;
      const bool is_file = it->symlink_status(gone).type() == std::filesystem::file_type::regular;
      const std::uint64_t bytes = is_file ? it->file_size(gone) : size_below(it->path());
      out.push_back({.name = std::move(name), .bytes = bytes});
    }
  };
  look_in("tmp", "");
  look_in("locks", ".reserve");
  std::sort(out.begin(), out.end(), [](const Discarded& a, const Discarded& b) { return a.name < b.name; });
  return out;
}

Result<void> remove_tree(const std::filesystem::path& folder) {
  // A step may have taken away its own right to change a folder.
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->symlink_status(ignored).type() == std::filesystem::file_type::directory)
      std::filesystem::permissions(it->path(), std::filesystem::perms::owner_all, std::filesystem::perm_options::add,
                                   ignored);
  }
  std::filesystem::remove_all(folder, error);
  if (error) return failure(system_failure("remove", folder, error.value()));
  return {};
}

Result<void> remove_run(const std::filesystem::path& store, Discarded& run) {
  const std::filesystem::path folder = store / "runs" / run.name;
  const auto held = RunLock::take(store, run.name, SystemClock());
  if (!held && held.error().code != Code::kLocked) return failure(held.error());
  if (!held) {
    run.why_not = "it is in use";
    return {};
  }
  run.why_not = reason_to_stay(folder);
  if (!run.why_not.empty()) return {};
  // Out of the list at once; if this ends early, the rest is a leftover like others.
  ASSAY_CHECK(make_directories(store / "tmp"));
  const std::filesystem::path aside = store / "tmp" / (run.name + ".gone");
  if (::rename(folder.c_str(), aside.c_str()) != 0) {
    if (errno != ENOENT) return failure(system_failure("remove", folder, errno));
    run.why_not = "it was removed by somebody else";
    return {};
  }
  return remove_tree(aside);
}

}  // namespace

std::uint64_t RetentionPlan::bytes() const {
  std::uint64_t sum = 0;
  for (const auto* list : {&runs, &leftovers}) {
    for (const Discarded& one : *list) sum += one.why_not.empty() ? one.bytes : 0;
  }
  return sum;
}

RetentionPlan plan_retention(const std::filesystem::path& store, const Retention& rule, WallTime now) {
  RetentionPlan out;
  const StoreSummary summary = summarise_store(store);
  std::vector<std::string> ids;
  for (const RunSummary& run : summary.runs) ids.push_back(run.id);
  const References names = references(store, ids);
  for (std::size_t i = 0; i < summary.runs.size(); ++i) {
    const RunSummary& run = summary.runs[i];
    const auto ended = parse_rfc3339(run.finished.empty() ? run.started : run.finished);
    const bool beyond = !rule.keep || summary.runs.size() - i > *rule.keep;
    const bool old = !rule.older_than || (ended && *ended < now - *rule.older_than);
    if ((!rule.keep && !rule.older_than) || !beyond || !old) {
      ++out.kept;
      continue;
    }
    const std::filesystem::path folder = store / "runs" / run.id;
    Discarded one{.name = run.id, .bytes = size_below(folder), .why_not = reason_to_stay(folder)};
    if (run.status != Status::kFinished) one.why_not = "it has not come to its end";
    if (const auto by = names.named.find(run.id); by != names.named.end())
      one.why_not = "the run " + by->second + " names it";
    out.runs.push_back(std::move(one));
  }
  keep_together(store, names, out.runs);
  out.kept += summary.unreadable.size();
  out.leftovers = find_leftovers(store);
  return out;
}

Result<RetentionPlan> carry_out_retention(const std::filesystem::path& store, RetentionPlan plan) {
  // What takes a run back goes after it, so that nobody finds the run without it.
  for (const bool undos : {false, true}) {
    for (Discarded& run : plan.runs) {
      const std::string undone = undone_by(read_file(store / "runs" / run.name / "run.json", kLineLimit).value_or(""));
      if (!run.why_not.empty() || undone.empty() == undos) continue;
      std::error_code error;
      if (undos && std::filesystem::exists(store / "runs" / undone, error)) {
        run.why_not = "it takes back the run " + undone + ", which stays";
      } else {
        ASSAY_CHECK(remove_run(store, run));
      }
    }
  }
  for (Discarded& leftover : plan.leftovers) {
    const auto held = RunLock::take(store, run_of(leftover.name), SystemClock());
    if (!held && held.error().code != Code::kLocked) return failure(held.error());
    if (!held) {
      leftover.why_not = "it is in use";
      continue;
    }
    ASSAY_CHECK(remove_tree(store / leftover.name));
  }
  if (!plan.runs.empty()) summarise_store(store);  // so that the index forgets them too
  return plan;
}

}  // namespace assay::record
