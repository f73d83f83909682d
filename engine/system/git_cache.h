// SPDX-License-Identifier: Apache-2.0
// Where repositories are kept that recipes use: CACHE/git/KEY, a bare repository for each URL (KEY is its SHA-256), and
// CACHE/git/trees/DIGEST, the files of a commit (system/git_tree.h). Shared by all recipes and processes of a user:
// writers hold CACHE/git/KEY.lock, and a tree appears by a rename. Everything in it can be removed; it is then fetched
// again.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/system/git_tree.h"
#include "engine/system/interruptible.h"

namespace assay::system {

// $XDG_CACHE_HOME/assay, else ~/.cache/assay. Error kUsage: there is no home folder.
Result<std::filesystem::path> default_cache();

// What is to be there. With `commit`, that one, wherever it is; `ref` then says where to look first.
struct GitWanted {
  std::string url;  // as libgit2 takes it; paths are absolute
  std::string ref;
  std::string commit;
  bool network = true;   // false: the URL is a path of this machine
  bool offline = false;  // the network must not be used
  std::string token;     // for https
};

struct FetchedTree {
  std::string commit;
  GitTree tree;
  bool downloaded = false;  // else all was in the cache
  bool repaired = false;    // its files were there and damaged
};

class GitCache {
 public:
  explicit GitCache(const std::filesystem::path& cache, GitTreeLimits limits = {})
      : folder_(cache / "git"), limits_(limits) {}

  // The tree of that digest, by its list alone. nullopt: it is not here. Error kSourceChanged.
  [[nodiscard]] Result<std::optional<GitTree>> find(const std::string& digest) const;

  // Makes the tree be here, whole. Blocks; `on_progress` may be called often. Errors: kFetch, kGitContent, kSystem.
  [[nodiscard]] Result<FetchedTree> fetch(const GitWanted& wanted, WorkWatch& watch,
                                          const std::function<void(const GitProgress&)>& on_progress = {}) const;

  // The commit that a branch or tag of the server leads to now. Errors: kFetch.
  [[nodiscard]] static Result<std::string> commit_of_ref(const GitWanted& wanted, WorkWatch& watch);

 private:
  Result<void> bring(const GitWanted& wanted, const std::filesystem::path& repository, std::string& commit,
                     const GitAccess& access, bool& downloaded) const;
  Result<void> place(const std::filesystem::path& fresh, FetchedTree& fetched) const;

  std::filesystem::path folder_;
  GitTreeLimits limits_;
};

}  // namespace assay::system
