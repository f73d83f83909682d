// SPDX-License-Identifier: Apache-2.0
#include "engine/system/git.h"

#include <gtest/gtest.h>

#include "engine/system/spawn.h"
#include "support/temp_folder.h"

namespace assay::system {
namespace {

// A real repository, made by git itself.
void git(const test::TempFolder& folder, std::vector<std::string> arguments) {
  std::vector<std::string> argv = {"git", "-c", "user.name=Test", "-c", "user.email=test@example.org"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const auto result = run_captured(
      {.argv = argv, .env = {{"PATH", "/usr/bin:/bin"}, {"HOME", folder.path().string()}}, .cwd = folder.path()},
      std::chrono::seconds(20));
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->exit_code, 0) << result->err;
}

TEST(GitState, NamesCommitAndChange) {
  const test::TempFolder folder;
  const auto file = folder.write("sub/recipe.yaml", "one\n");
  git(folder, {"init", "-q"});
  const auto empty = git_state_of(file);
  ASSERT_TRUE(empty) << empty.error().message;
  EXPECT_FALSE(*empty) << "a repository without a commit has no state";
  git(folder, {"add", "."});
  git(folder, {"commit", "-q", "-m", "x"});
  const auto clean = git_state_of(file);
  ASSERT_TRUE(clean && *clean) << (clean ? "" : clean.error().message);
  EXPECT_EQ((*clean)->commit.size(), 40U);
  EXPECT_FALSE((*clean)->modified);
  folder.write("sub/recipe.yaml", "two\n");
  const auto changed = git_state_of(file);
  ASSERT_TRUE(changed && *changed);
  EXPECT_EQ((*changed)->commit, (*clean)->commit);
  EXPECT_TRUE((*changed)->modified);
}

TEST(GitState, IsAbsentOutsideARepository) {
  const test::TempFolder folder;
  const auto state = git_state_of(folder.write("recipe.yaml", ""));
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_FALSE(*state);
}

}  // namespace
}  // namespace assay::system
