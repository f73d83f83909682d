// SPDX-License-Identifier: Apache-2.0
// Where the recipes are that `use: { git: … }` names: in the cache, at the commit that assay.lock or the recipe pins.
// What is missing is fetched where the caller lends a fetcher, and is a P012 elsewhere: validate and plan use no
// network.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/recipe/lock_file.h"
#include "engine/recipe/model.h"
#include "engine/system/git_cache.h"

namespace assay::plan {

struct LoadedRecipe;

// The lock file that pins what a recipe uses.
struct LockInUse {
  std::filesystem::path path;
  recipe::LockFile lock;
};

// Where a recipe stands.
struct SourceScope {
  std::vector<std::shared_ptr<const LockInUse>> locks;  // of the repositories around it, innermost first
  std::shared_ptr<const system::GitTree> tree;          // the repository it is from; nullptr: a file of this machine
  std::string name;                                     // of the repository, for messages: "URL@abcdef012345"
  std::optional<recipe::GitOrigin> origin;              // of the tree
  bool network = false;                                 // the repository is not of this machine
};

// Blocks while it brings what is missing.
class SourceFetcher {
 public:
  virtual ~SourceFetcher() = default;
  virtual Result<system::FetchedTree> fetch(const system::GitWanted& wanted) = 0;
};

struct SourceSettings {
  std::optional<std::filesystem::path> cache;  // nullopt: system::default_cache()
  SourceFetcher* fetcher = nullptr;            // nullptr: what is missing stays missing
  bool verify = false;                         // read every file of every tree that is used
  bool repair = false;                         // with a fetcher: fetch again what is damaged
  bool update = false;                         // with a fetcher: branches and tags mean what the server says now …
  std::string update_url;                      // … of this repository only, if it is not empty
};

// One repository that was asked for.
struct SourceUse {
  recipe::GitOrigin origin;  // without path; commit and tree are empty where they are not known
  std::string url;           // as it was asked for: paths are absolute
  bool here = false;
  std::optional<Diagnostic> problem;  // why it is not
  bool fetched = false;               // now, from its server
  bool repaired = false;
  std::string moved_from;  // by an update: the commit it was pinned to
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  std::string pinned_by;  // "recipe", or the lock file: as a path, or its name in a repository
  bool own_lock = true;   // its pin is in the lock file beside the recipe that was given, or nowhere yet
};

enum class Fetch : std::uint8_t { kNo, kYes };

class Sources {
 public:
  // `recipe` is the file given to the verb: assay.lock lies beside it.
  Sources(const std::filesystem::path& recipe, SourceSettings settings);

  // The scope of the recipe given to the verb. The lock file is read when it is first needed.
  [[nodiscard]] SourceScope outermost() const { return {}; }
  // The scope inside the repository that a `use` names. What is not here is fetched only where `fetch` says so too.
  // Errors: P012, R060, R061, S008 to S010.
  Result<SourceScope> find(const recipe::UseAction& use, const std::filesystem::path& folder, const SourceScope& from,
                           Fetch fetch = Fetch::kYes);

  // What was asked for, in that order, each once.
  [[nodiscard]] const std::vector<SourceUse>& used() const { return used_; }
  [[nodiscard]] const std::filesystem::path& lock_path() const { return lock_path_; }
  [[nodiscard]] bool lock_changed() const { return lock_changed_; }
  // Writes the lock file, if it has changed.
  Result<void> save_lock();

 private:
  struct Pin {
    std::string commit;
    std::string tree;
    std::string by;
    bool own = true;
  };
  Result<void> read_own_lock();
  [[nodiscard]] std::string name_of(const recipe::UseAction& use, const std::filesystem::path& folder,
                                    const std::string& url) const;
  [[nodiscard]] Pin pin_of(const recipe::UseAction& use, const std::string& name, const SourceScope& from) const;
  Result<system::GitTree> tree_of(const recipe::UseAction& use, const Pin& pin, SourceUse& row, SourceFetcher* fetcher);
  Result<std::optional<system::GitTree>> look(const Pin& pin, const SourceUse& row, bool repair);
  Result<SourceScope> scope_in(const recipe::UseAction& use, const SourceUse& row, system::GitTree tree,
                               const SourceScope& from);
  static std::string key_of(const recipe::UseAction& use, const std::string& url, const Pin& pin);
  SourceUse& row_of(const recipe::UseAction& use, const std::string& name, const std::string& url, const Pin& pin);

  SourceSettings settings_;
  std::filesystem::path lock_path_;
  std::optional<recipe::LockFile> lock_;
  bool lock_changed_ = false;
  std::vector<SourceUse> used_;
  std::map<std::string, Result<system::GitTree>> trees_;  // by key_of(): asked for once
  std::map<std::string, std::size_t> rows_;
};

// The repositories that a recipe and those it uses are from, each commit once, by (git, ref, commit).
std::vector<recipe::GitOrigin> origins_of(const LoadedRecipe& loaded);
// As plans and records name them: `git`, `ref`, `commit`, `tree`.
Json to_json(const std::vector<recipe::GitOrigin>& origins);

// The text of a file of a repository, which is as its list says. Errors: it leads outside (R060), is missing, or
// changed.
Result<std::string> read_in_tree(const system::GitTree& tree, const std::filesystem::path& path, std::size_t limit);

}  // namespace assay::plan
