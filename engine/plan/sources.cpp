// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/sources.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/plan/loader.h"
#include "engine/recipe/git_source.h"

namespace assay::plan {
namespace {

constexpr std::size_t kLargestLock = std::size_t{8} << 20U;
constexpr std::size_t kShortId = 12;

std::string wanted_name(const recipe::UseAction& use) { return use.ref.empty() ? use.commit : use.ref; }

// The first problem; a lock file is either whole or not used.
Result<recipe::LockFile> lock_in(std::string text, const std::string& name) {
  auto read = recipe::read_lock_file(std::move(text), name);
  if (read.value) return std::move(*read.value);
  for (const Diagnostic& problem : read.problems.items()) {
    if (problem.severity != Severity::kError) continue;
    Diagnostic first = problem;
    if (first.help.empty()) first.help = "take the lock file from version control, or remove it and fetch again";
    return failure(std::move(first));
  }
  return failure(Code::kLockFile, "'" + name + "' is no lock file");
}

// The URL as libgit2 is to see it: paths of this machine in full.
Result<std::string> resolve(const recipe::UseAction& use, const recipe::GitUrl& url,
                            const std::filesystem::path& folder, const SourceScope& from) {
  if (!url.local()) return use.git;
  if (from.tree && from.network)
    return failure(Code::kGitSource,
                   "a recipe from another machine cannot name the repository '" + use.git + "' of this one",
                   "name it by https or ssh there");
  if (url.transport == recipe::GitTransport::kFile) return use.git;
  const std::filesystem::path path = use.git;
  if (from.tree && path.is_relative())
    return failure(Code::kGitSource,
                   "'" + use.git + "' is a path from the folder of a recipe that lies in a repository itself",
                   "name the repository by its URL or whole path");
  std::error_code error;
  const auto whole = std::filesystem::weakly_canonical(std::filesystem::absolute(folder / path), error);
  if (error) return failure(system_failure("find", folder / path, error.value()));
  return whole.string();
}

Diagnostic not_here(const recipe::UseAction& use, const std::string& name, const std::string& why) {
  return {.code = Code::kNotFetched,
          .message = "'" + name + "' at '" + wanted_name(use) + "' " + why,
          .help = "`assay fetch RECIPE` brings it and writes assay.lock"};
}

}  // namespace

Result<std::string> read_in_tree(const system::GitTree& tree, const std::filesystem::path& path, std::size_t limit) {
  const std::string asked = path.lexically_normal().lexically_relative(tree.files).string();
  const auto leads_out = [&asked] {
    return failure(Code::kGitSource, "'" + asked + "' leads out of the repository",
                   "a recipe from git can use files of its own repository, and other repositories by git");
  };
  if (asked.starts_with("..")) return leads_out();
  std::error_code error;
  // Through the links of the repository to the file that its list names.
  const auto root = std::filesystem::canonical(tree.files, error);
  const auto file = error ? path : std::filesystem::canonical(path, error);
  const std::string inner = file.lexically_relative(root).generic_string();
  if (error) return failure(Code::kFetch, "the repository has no file '" + asked + "'");
  if (inner.starts_with("..")) return leads_out();
  ASSAY_TRY(std::string text, read_file(file, limit));
  ASSAY_CHECK(system::check_git_file(tree, inner, text));
  return text;
}

std::vector<recipe::GitOrigin> origins_of(const LoadedRecipe& loaded) {
  std::map<std::tuple<std::string, std::string, std::string>, recipe::GitOrigin> found;
  std::vector<const LoadedRecipe*> open = {&loaded};
  std::set<const LoadedRecipe*> seen(open.begin(), open.end());
  while (!open.empty()) {
    const LoadedRecipe& next = *open.back();
    open.pop_back();
    if (const auto& origin = next.recipe->origin)
      found.emplace(std::tuple(origin->git, origin->ref, origin->commit), *origin);
    for (const auto& [step, inner] : next.uses) {
      if (seen.insert(inner.get()).second) open.push_back(inner.get());
    }
  }
  std::vector<recipe::GitOrigin> out;
  for (auto& [key, origin] : found) out.push_back(std::move(origin));
  return out;
}

Json to_json(const std::vector<recipe::GitOrigin>& origins) {
  Json out = Json::array();
  for (const recipe::GitOrigin& origin : origins) {
    Json one = {{"git", origin.git}};
    if (!origin.ref.empty()) one["ref"] = origin.ref;
    one["commit"] = origin.commit;
    one["tree"] = "sha256:" + origin.tree;
    out.push_back(std::move(one));
  }
  return out;
}

Sources::Sources(const std::filesystem::path& recipe, SourceSettings settings)
    : settings_(std::move(settings)), lock_path_(recipe.parent_path() / recipe::kLockFileName) {}

Result<void> Sources::read_own_lock() {
  if (lock_) return {};
  std::error_code error;
  if (!std::filesystem::exists(lock_path_, error)) {
    lock_.emplace();
    return {};
  }
  ASSAY_TRY(std::string text, read_file(lock_path_, kLargestLock));
  ASSAY_TRY(lock_, lock_in(std::move(text), lock_path_.string()));
  return {};
}

// What lock files and plans call the repository: its URL as written, but a path from the folder of assay.lock, because
// recipes of other folders may mean other repositories by the same words.
std::string Sources::name_of(const recipe::UseAction& use, const std::filesystem::path& folder,
                             const std::string& url) const {
  const auto parsed = recipe::parse_git_url(use.git);
  if (!parsed.url || parsed.url->transport != recipe::GitTransport::kFolder ||
      std::filesystem::path(use.git).is_absolute())
    return use.git;
  const auto canonical = [](const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
  };
  const std::filesystem::path own = canonical(lock_path_).parent_path();
  if (canonical(folder / "x").parent_path() == own) return use.git;
  std::string name = std::filesystem::path(url).lexically_relative(own).generic_string();
  const auto again = recipe::parse_git_url(name);  // a ':' in it could stand for another machine
  return again.url && again.url->transport == recipe::GitTransport::kFolder ? name : "./" + name;
}

Sources::Pin Sources::pin_of(const recipe::UseAction& use, const std::string& name, const SourceScope& from) const {
  const auto pin = [&](const recipe::LockEntry& entry, const std::string& by, bool own) {
    return Pin{entry.commit, entry.tree, by, own};
  };
  for (const auto& lock : from.locks) {
    if (const auto* entry = lock->lock.find(use.git, use.ref, use.commit))
      return pin(*entry, lock->path.string(), false);
  }
  if (const auto* entry = lock_->find(name, use.ref, use.commit)) return pin(*entry, lock_path_.string(), true);
  return {use.commit, {}, {}, true};
}

// Our own lock file pins each thing once, and may come to do so while we fetch.
std::string Sources::key_of(const recipe::UseAction& use, const std::string& url, const Pin& pin) {
  return url + '\n' + use.ref + '\n' + use.commit + '\n' + (pin.own ? "" : pin.commit + '\n' + pin.tree);
}

SourceUse& Sources::row_of(const recipe::UseAction& use, const std::string& name, const std::string& url,
                           const Pin& pin) {
  const auto [row, added] = rows_.try_emplace(key_of(use, url, pin), used_.size());
  if (added) {
    SourceUse fresh;
    fresh.origin = {.git = name, .ref = use.ref, .commit = pin.commit, .tree = pin.tree, .path = {}};
    fresh.url = url;
    fresh.pinned_by = pin.by.empty() && use.ref.empty() ? "recipe" : pin.by;
    fresh.own_lock = pin.own;
    used_.push_back(std::move(fresh));
  }
  return used_[row->second];
}

// The tree as the cache has it.
Result<std::optional<system::GitTree>> Sources::look(const Pin& pin, const SourceUse& row, bool repair) {
  if (pin.tree.empty()) return std::nullopt;
  std::filesystem::path folder;
  if (settings_.cache) {
    folder = *settings_.cache;
  } else {
    ASSAY_TRY(folder, system::default_cache());
  }
  auto found = system::GitCache(folder).find(pin.tree);
  if (found && *found && settings_.verify) {
    if (auto whole = system::verify_git_tree(**found); !whole) found = failure(std::move(whole).error());
  }
  if (found) return found;
  if (repair) return std::nullopt;
  return failure(Diagnostic(found.error()).with_note("files of " + row.origin.git + " at commit " + pin.commit));
}

Result<system::GitTree> Sources::tree_of(const recipe::UseAction& use, const Pin& pin, SourceUse& row,
                                         SourceFetcher* fetcher) {
  const bool moves = settings_.update && fetcher != nullptr && pin.own && !use.ref.empty() &&
                     (settings_.update_url.empty() || settings_.update_url == row.origin.git);
  if (!moves) {
    ASSAY_TRY(std::optional<system::GitTree> here, look(pin, row, settings_.repair && fetcher != nullptr));
    if (here) return std::move(*here);
  }
  if (fetcher == nullptr) {
    return failure(not_here(use, row.origin.git,
                            pin.commit.empty() ? "is not pinned by assay.lock"
                            : pin.tree.empty() ? "has not been fetched"
                                               : "is not in the cache of this user"));
  }
  const auto url = recipe::parse_git_url(use.git);
  ASSAY_TRY(system::FetchedTree fetched, fetcher->fetch({.url = row.url,
                                                         .ref = use.ref,
                                                         .commit = moves ? std::string() : pin.commit,
                                                         .network = url.url && !url.url->local()}));
  if (!moves && !pin.tree.empty() && fetched.tree.digest != pin.tree) {
    return failure(
        Code::kSourceChanged,
        "'" + row.origin.git + "' at commit " + fetched.commit + " holds other files than " + pin.by + " says",
        "the same commit cannot change by itself: ask who wrote the lock file, and who serves the repository");
  }
  row.fetched = fetched.downloaded;
  row.repaired = fetched.repaired;
  if (moves && !pin.commit.empty() && pin.commit != fetched.commit) row.moved_from = pin.commit;
  row.origin.commit = fetched.commit;
  row.origin.tree = fetched.tree.digest;
  if (pin.tree.empty() || !row.moved_from.empty()) {
    lock_->set({row.origin.git, use.ref, fetched.commit, fetched.tree.digest});
    lock_changed_ = true;
    row.pinned_by = lock_path_.string();
  }
  return std::move(fetched.tree);
}

Result<SourceScope> Sources::scope_in(const recipe::UseAction& use, const SourceUse& row, system::GitTree tree,
                                      const SourceScope& from) {
  SourceScope out{.locks = from.locks, .origin = row.origin};
  const auto url = recipe::parse_git_url(use.git);
  out.network = from.network || (url.url && !url.url->local());
  out.origin->path = use.path;
  out.name = row.origin.git + '@' + row.origin.commit.substr(0, kShortId);
  if (const std::string submodule = system::git_submodule_of(tree, use.path); !submodule.empty()) {
    return failure(Code::kFetch, "'" + use.path + "' lies in the submodule '" + submodule + "', which is not fetched",
                   "name the repository of the submodule itself");
  }
  out.tree = std::make_shared<const system::GitTree>(std::move(tree));
  const std::filesystem::path inner = std::filesystem::path(use.path).parent_path() / recipe::kLockFileName;
  if (out.tree->list->count(inner.string()) == 0) return out;
  ASSAY_TRY(std::string text, read_in_tree(*out.tree, out.tree->files / inner, kLargestLock));
  const std::string name = out.name + ':' + inner.string();
  ASSAY_TRY(recipe::LockFile lock, lock_in(std::move(text), name));
  out.locks.insert(out.locks.begin(), std::make_shared<const LockInUse>(LockInUse{name, std::move(lock)}));
  return out;
}

Result<SourceScope> Sources::find(const recipe::UseAction& use, const std::filesystem::path& folder,
                                  const SourceScope& from, Fetch fetch) {
  const auto parsed = recipe::parse_git_url(use.git);
  if (!parsed.url) return failure(parsed.problem);
  ASSAY_TRY(const std::string url, resolve(use, *parsed.url, folder, from));
  ASSAY_CHECK(read_own_lock());
  const std::string name = name_of(use, folder, url);
  const Pin pin = pin_of(use, name, from);
  const std::string key = key_of(use, url, pin);
  auto known = trees_.find(key);
  SourceUse& row = row_of(use, name, url, pin);
  if (known == trees_.end()) {
    known = trees_.emplace(key, tree_of(use, pin, row, fetch == Fetch::kYes ? settings_.fetcher : nullptr)).first;
    if (known->second) {
      row.here = true;
      row.files = known->second->list->size();
      row.bytes = known->second->bytes;
    } else {
      row.problem = known->second.error();
    }
  }
  if (!known->second) return failure(known->second.error());
  return scope_in(use, row, *known->second, from);
}

Result<void> Sources::save_lock() {
  if (!lock_changed_) return {};
  ASSAY_CHECK(write_file_atomically(lock_path_, recipe::write_lock_file(*lock_)));
  lock_changed_ = false;
  return {};
}

}  // namespace assay::plan
