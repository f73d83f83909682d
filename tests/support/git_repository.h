// SPDX-License-Identifier: Apache-2.0
// A real repository in a folder, made by git itself with no configuration of the user.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/program.h"
#include "support/temp_folder.h"

namespace assay::test {

class GitRepository {
 public:
  explicit GitRepository(const std::filesystem::path& folder) : folder_(folder) {
    std::filesystem::create_directories(folder);
    git({"init", "-q", "-b", "main"});
  }

  // Output of git without its last newline; `input` is its stdin. Fails with git's own words.
  std::string git(std::vector<std::string> arguments, const std::string& input = "") const {
    Invocation invocation{.argv = {"git", "-c", "user.name=Test", "-c", "user.email=test@example.org"},
                          .folder = folder_,
                          .environment = {{"GIT_CONFIG_NOSYSTEM", "1"},
                                          {"GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"},
                                          {"GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"}},
                          .input = input};
    invocation.argv.insert(invocation.argv.end(), arguments.begin(), arguments.end());
    Outcome outcome = run_program(invocation);
    if (outcome.exit_code != 0) throw std::runtime_error(outcome.describe(invocation));
    while (outcome.out.ends_with('\n')) outcome.out.pop_back();
    return outcome.out;
  }

  void write(const std::filesystem::path& name, std::string_view bytes) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  // All files as they are now; gives the commit's id.
  std::string commit(const std::string& message = "x") const {
    git({"add", "-A"});
    git({"commit", "-q", "--allow-empty", "-m", message});
    return git({"rev-parse", "HEAD"});
  }
  // A commit over the tree that `git mktree` makes of these lines ("100644 blob ID\tNAME"), on branch main.
  std::string commit_tree(const std::string& lines) const {
    const std::string tree = git({"mktree", "--missing"}, lines);
    const std::string commit = git({"commit-tree", "-m", "x", tree});
    git({"update-ref", "refs/heads/main", commit});
    return commit;
  }
  std::string blob(const std::string& content) const { return git({"hash-object", "-w", "--stdin"}, content); }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace assay::test
