// SPDX-License-Identifier: Apache-2.0
// The files of one commit, kept below a folder with a list of them, and named by the SHA-256 of that list: a line
//
//   MODE SIZE SHA256 PATH            100644 31 e3b0…55 recipes/a.yaml
//
// for each file (100644, 100755 for programs), link (120000: size and digest of its target) and submodule (160000: size
// 0, the id of its commit), sorted by the bytes of the path, each ended by a newline. So the digest says what the files
// are, whoever made the commit, and does not rest on SHA-1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/system/git_objects.h"

namespace assay::system {

struct GitFile {
  std::string mode;
  std::uint64_t size = 0;
  std::string digest;  // of a submodule: its commit
};
struct GitTree {
  std::string digest;
  std::filesystem::path files;  // where they lie
  std::uint64_t bytes = 0;
  std::shared_ptr<const std::map<std::string, GitFile, std::less<>>> list;  // by path
};

// Writes the files of a commit and their list into `folder`, which must not exist: files/, list. Files are read-only.
// `go_on` false ends it; what is there then is for the caller to remove.
Result<GitTree> extract_git_tree(const std::filesystem::path& repository, const std::string& commit,
                                 const std::filesystem::path& folder, const GitTreeLimits& limits,
                                 const std::function<bool()>& go_on);

// Reads the list in `folder` and checks it against its digest; no file is looked at. Error: kSourceChanged.
Result<GitTree> open_git_tree(const std::filesystem::path& folder, const std::string& digest);

// Reads every file: nothing is missing, added or changed. Error kSourceChanged: the first difference.
Result<void> verify_git_tree(const GitTree& tree);

// Whether this is the text of a file of the tree. Error kSourceChanged.
Result<void> check_git_file(const GitTree& tree, std::string_view path, std::string_view text);

// The submodule that a path lies in; empty: none.
std::string git_submodule_of(const GitTree& tree, std::string_view path);

}  // namespace assay::system
