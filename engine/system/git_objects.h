// SPDX-License-Identifier: Apache-2.0
// Repositories of others, through libgit2: what a server has, its objects into a bare repository of ours, and the files
// of a commit out of it. No git program, no working tree: hooks, filters, LFS and submodules have no part in it, and no
// configuration of the user is read. Calls block; `on_progress` is where they can be ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace assay::system {

struct GitRef {
  std::string name;    // "refs/heads/main", "refs/tags/v1"
  std::string commit;  // what it leads to; of an annotated tag the commit where the server says it
};

struct GitProgress {
  std::size_t objects = 0;
  std::size_t all_objects = 0;  // 0: not known yet
  std::uint64_t bytes = 0;
};

// How to reach a server.
struct GitAccess {
  std::function<bool(const GitProgress&)> on_progress;  // false: end the transfer
  std::string token;                                    // for https, given to the server when it asks; empty: none
  std::uint64_t most_bytes = 0;                         // of a transfer
};

enum class GitEntryKind : std::uint8_t { kFile, kProgram, kLink, kSubmodule };
struct GitEntry {
  std::string path;  // checked: relative, without "..", ".git", control characters and backslashes
  GitEntryKind kind = GitEntryKind::kFile;
  std::string commit;  // of a submodule
};
// The content of a file, the target of a link; nothing for a submodule.
using TakeGitEntry = std::function<Result<void>(const GitEntry& entry, std::string_view content)>;

struct GitTreeLimits {
  std::size_t entries = 100'000;  // files, links, submodules and folders
  std::uint64_t file_bytes = std::uint64_t{256} << 20U;
  std::uint64_t all_bytes = std::uint64_t{2} << 30U;
  std::size_t depth = 64;
  std::size_t path_bytes = 1024;
};

// Branches and tags of a repository. Errors: kFetch.
Result<std::vector<GitRef>> git_remote_refs(const std::string& url, const GitAccess& access);
// Brings the objects that `wanted` (names of refs) need into a bare repository, which is made where there is none.
Result<void> git_download(const std::filesystem::path& repository, const std::string& url,
                          const std::vector<std::string>& wanted, const GitAccess& access);
// Whether a commit is in the repository. A repository that is not there has none. Errors: kFetch, damaged.
Result<bool> git_has_commit(const std::filesystem::path& repository, const std::string& commit);
// Makes a commit stay, and a next transfer short.
Result<void> git_keep_commit(const std::filesystem::path& repository, const std::string& commit);
// All entries of a commit, folders before what is in them. Errors: what `take` says; kGitContent; kFetch, damaged.
Result<void> git_read_commit(const std::filesystem::path& repository, const std::string& commit,
                             const GitTreeLimits& limits, const TakeGitEntry& take);

}  // namespace assay::system
