// SPDX-License-Identifier: Apache-2.0
// assay.lock: which commit each `use: { git: … }` of the recipes beside and below it means, and what that commit holds.
// Written by `assay fetch` and `assay run`, kept beside the recipe in version control.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace assay::recipe {

inline constexpr std::string_view kLockFileName = "assay.lock";

struct LockEntry {
  std::string git;     // URL as the recipe writes it; a path is one from the folder of this file
  std::string ref;     // branch or tag; empty: the recipe states the commit itself
  std::string commit;  // full id
  std::string tree;    // SHA-256 over the list of its files (system/git_tree.h), 64 digits
};

// Entries by (git, ref, commit), each (git, ref) once, and each commit without ref once.
struct LockFile {
  std::vector<LockEntry> entries;

  // The pin of a ref; or, with an empty ref, that of a commit.
  [[nodiscard]] const LockEntry* find(std::string_view git, std::string_view ref, std::string_view commit) const;
  // Adds, or takes the place of the one for the same ref or commit.
  void set(LockEntry entry);
};

// `name` is how messages call the file. Problems name their places; with any, there is no value.
struct LockResult {
  std::optional<LockFile> value;
  Diagnostics problems;
};
LockResult read_lock_file(std::string text, std::string name);
// The same entries always give the same bytes.
std::string write_lock_file(const LockFile& lock);

}  // namespace assay::recipe
