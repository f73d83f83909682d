// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/lock_file.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/recipe/git_source.h"
#include "engine/recipe/read_context.h"
#include "engine/recipe/yaml.h"

namespace assay::recipe {
namespace {

using C = ReadContext;
using N = YamlNode;

constexpr std::string_view kFormat = "assay.lock/1";
constexpr std::string_view kTreePrefix = "sha256:";
constexpr std::size_t kMostEntries = 10'000;

bool less(const LockEntry& a, const LockEntry& b) {
  return std::tie(a.git, a.ref, a.commit) < std::tie(b.git, b.ref, b.commit);
}
bool same(const LockEntry& entry, std::string_view git, std::string_view ref, std::string_view commit) {
  return entry.git == git && entry.ref == ref && (!ref.empty() || entry.commit == commit);
}

constexpr std::array<Row<LockEntry>, 4> kEntryRows = {{
    {"git", "text", Needed::kYes, "URL of the repository",
     [](C& c, const N& n, LockEntry& e) {
       e.git = c.text(n, "git").value_or("");
       const auto parsed = parse_git_url(e.git);
       hide(n.span(), parsed.secret);
       if (!e.git.empty() && !parsed.url) c.error(Code::kLockFile, n, parsed.problem.message);
     }},
    {"ref", "text", Needed::kNo, "Branch or tag",
     [](C& c, const N& n, LockEntry& e) {
       e.ref = c.text(n, "ref").value_or("");
       if (!is_ref_name(e.ref)) c.error(Code::kLockFile, n, "'" + e.ref + "' is not a branch or tag");
     }},
    {"commit", "text", Needed::kYes, "Full id of the commit",
     [](C& c, const N& n, LockEntry& e) {
       e.commit = c.text(n, "commit").value_or("");
       if (!is_commit_id(e.commit)) c.error(Code::kLockFile, n, "'" + e.commit + "' is not the full id of a commit");
     }},
    {"tree", "text", Needed::kYes, "Digest of its files",
     [](C& c, const N& n, LockEntry& e) {
       const std::string text = c.text(n, "tree").value_or("");
       const bool good = text.starts_with(kTreePrefix) && text.size() == kTreePrefix.size() + 64 &&
                         is_commit_id(std::string_view(text).substr(kTreePrefix.size()));
       if (!good) return c.error(Code::kLockFile, n, "'" + text + "' is not a digest", "sha256:, then 64 digits");
       e.tree = text.substr(kTreePrefix.size());
     }},
}};

struct Draft {
  std::string format;
  LockFile lock;
};
constexpr std::array<Row<Draft>, 2> kLockRows = {{
    {"format", "text", Needed::kYes, "Version of the format",
     [](C& c, const N& n, Draft& d) {
       d.format = c.text(n, "format").value_or("");
       if (d.format == kFormat) return;
       c.error(Code::kLockFile, n, "unknown format '" + d.format + "'", std::string(kFormat),
               d.format.starts_with("assay.lock/") ? "a newer assay wrote it and can read it" : "");
     }},
    {"repositories", "list of mapping", Needed::kYes, "What is pinned",
     [](C& c, const N& n, Draft& d) {
       if (n.kind == N::Kind::kNull || !c.expect(n, N::Kind::kSequence, "repositories", "a list")) return;
       if (n.items.size() > kMostEntries)
         return c.error(Code::kTooLarge, n, "more than " + std::to_string(kMostEntries) + " repositories");
       for (const NodePtr& item : n.items) {
         LockEntry entry;
         read_mapping<LockEntry>(c, *item, kEntryRows, "a repository", entry);
         if (d.lock.find(entry.git, entry.ref, entry.commit) != nullptr) {
           c.error(Code::kDuplicateName, *item,
                   "'" + entry.git + "' has two entries for '" + (entry.ref.empty() ? entry.commit : entry.ref) + "'",
                   {}, "keep one of them; `assay fetch` writes the file anew");
           continue;
         }
         d.lock.set(std::move(entry));
       }
     }},
}};

}  // namespace

const LockEntry* LockFile::find(std::string_view git, std::string_view ref, std::string_view commit) const {
  const auto first = std::lower_bound(entries.begin(), entries.end(), std::tie(git, ref),
                                      [](const LockEntry& entry, const auto& wanted) {
                                        return std::tuple<std::string_view, std::string_view>(entry.git, entry.ref) <
                                               std::tuple<std::string_view, std::string_view>(wanted);
                                      });
  for (auto it = first; it != entries.end() && it->git == git && it->ref == ref; ++it) {
    if (same(*it, git, ref, commit)) return &*it;
  }
  return nullptr;
}

void LockFile::set(LockEntry entry) {
  if (const LockEntry* old = find(entry.git, entry.ref, entry.commit))
    entries.erase(entries.begin() + (old - entries.data()));
  entries.insert(std::upper_bound(entries.begin(), entries.end(), entry, less), std::move(entry));
}

LockResult read_lock_file(std::string text, std::string name) {
  LockResult result;
  // Small limits: a lock file has a few lines for each repository.
  const YamlDocument document =
      parse_yaml(std::move(text), std::move(name), {.bytes = 8U << 20U, .depth = 8, .nodes = 200'000});
  result.problems.add(document.problems);
  if (!document.root) return result;
  ReadContext context(result.problems);
  Draft draft;
  read_mapping<Draft>(context, *document.root, kLockRows, "the lock file", draft);
  result.problems.sort();
  if (!result.problems.has_errors()) result.value = std::move(draft.lock);
  return result;
}

std::string write_lock_file(const LockFile& lock) {
  const auto quoted = [](const std::string& text) { return to_json_line(Json(text)); };
  std::string out =
      "# Written by `assay fetch`: what `use: { git: … }` means for the recipes of this folder.\n"
      "# Keep it in version control; `assay fetch --update` moves branches and tags.\n"
      "format: " +
      std::string(kFormat) + "\nrepositories:\n";
  for (const LockEntry& entry : lock.entries) {
    out += "  - git: " + quoted(entry.git) + '\n';
    if (!entry.ref.empty()) out += "    ref: " + quoted(entry.ref) + '\n';
    out += "    commit: " + quoted(entry.commit) + '\n';
    out += "    tree: " + std::string(kTreePrefix) + entry.tree + '\n';
  }
  return out;
}

}  // namespace assay::recipe
