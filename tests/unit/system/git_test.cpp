// SPDX-License-Identifier: Apache-2.0
#include "engine/system/git.h"

#include <gmock/gmock.h>

#include "engine/base/text.h"
#include "engine/system/spawn.h"
#include "support/temp_folder.h"

namespace assay::system {
namespace {

// A folder with a real repository, made by git itself.
class GitStateTest : public testing::Test {
 protected:
  std::string git(std::vector<std::string> arguments, const std::string& below = "") {
    std::vector<std::string> argv = {
        "git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto result = run_captured(
        {.argv = argv, .env = {{"PATH", "/usr/bin:/bin"}, {"HOME", folder_.path().string()}}, .cwd = folder_ / below},
        std::chrono::seconds(20));
    if (!result) throw std::runtime_error(result.error().message);
    if (result->exit_code != 0) throw std::runtime_error(result->err);
    return std::string(trim(result->out));
  }
  // recipe.yaml, committed.
  std::filesystem::path committed() {
    auto file = folder_.write("recipe.yaml", "one\n");
    git({"init", "-q"});
    git({"add", "."});
    git({"commit", "-q", "-m", "x"});
    return file;
  }
  // "COMMIT", "COMMIT modified", "none" or "error: …" with the folder as FOLDER.
  std::string state_of(const std::filesystem::path& file) {
    const auto state = git_state_of(file);
    if (!state) return "error: " + replace_all(state.error().message, folder_.path().string(), "FOLDER");
    if (!*state) return "none";
    return (*state)->commit + ((*state)->modified ? " modified" : "");
  }
  test::TempFolder folder_;
};

TEST_F(GitStateTest, AFileThatGitDoesNotTrackIsModified) {
  committed();
  EXPECT_EQ(state_of(folder_.write("new.yaml", "x")), git({"rev-parse", "HEAD"}) + " modified");
}

TEST_F(GitStateTest, AChangeInTheIndexIsAChange) {
  const auto file = committed();
  const std::string commit = git({"rev-parse", "HEAD"});
  folder_.write("recipe.yaml", "two\n");
  git({"add", "recipe.yaml"});
  EXPECT_EQ(state_of(file), commit + " modified");
  git({"commit", "-q", "-m", "y"});
  EXPECT_EQ(state_of(file), git({"rev-parse", "HEAD"}));
  EXPECT_NE(state_of(file), commit);
}

TEST_F(GitStateTest, TheStateOfOtherFilesDoesNotMatter) {
  const auto file = committed();
  folder_.write("other.yaml", "x");
  EXPECT_EQ(state_of(file), git({"rev-parse", "HEAD"}));
}

TEST_F(GitStateTest, ADetachedHeadIsACommitToo) {
  const auto file = committed();
  const std::string first = git({"rev-parse", "HEAD"});
  folder_.write("recipe.yaml", "two\n");
  git({"commit", "-q", "-a", "-m", "y"});
  git({"checkout", "-q", "--detach", first});
  EXPECT_EQ(state_of(file), first);
}

TEST_F(GitStateTest, AWorktreeHasACommitOfItsOwn) {
  committed();
  git({"worktree", "add", "-q", "-b", "side", "side"});
  git({"commit", "-q", "--allow-empty", "-m", "z"}, "side");
  EXPECT_EQ(state_of(folder_ / "side/recipe.yaml"), git({"rev-parse", "side"}));
  EXPECT_NE(git({"rev-parse", "side"}), git({"rev-parse", "HEAD"}));
}

TEST_F(GitStateTest, ALinkLeadsToTheRepositoryOfItsFile) {
  const auto file = committed();
  const test::TempFolder elsewhere;
  std::filesystem::create_symlink(file, elsewhere / "link.yaml");
  EXPECT_EQ(state_of(elsewhere / "link.yaml"), git({"rev-parse", "HEAD"}));
}

TEST_F(GitStateTest, AFolderInBetweenIsLookedThrough) {
  committed();
  const auto deep = folder_.write("a/b/c/recipe.yaml", "x\n");
  git({"add", "."});
  git({"commit", "-q", "-m", "y"});
  EXPECT_EQ(state_of(deep), git({"rev-parse", "HEAD"}));
}

TEST_F(GitStateTest, NamesAreNotTakenForPatterns) {
  committed();
  const auto file = folder_.write("r[1]*.yaml", "x\n");
  folder_.write("r1.yaml", "x\n");
  git({"add", "."});
  git({"commit", "-q", "-m", "y"});
  folder_.write("r1.yaml", "changed\n");
  EXPECT_EQ(state_of(file), git({"rev-parse", "HEAD"}));
}

TEST_F(GitStateTest, AFileThatIsGoneIsModified) {
  const auto file = committed();
  std::filesystem::remove(file);
  EXPECT_EQ(state_of(file), git({"rev-parse", "HEAD"}) + " modified");
}

TEST_F(GitStateTest, ABrokenRepositoryIsAnErrorOrNoneNeverACommit) {
  const auto file = committed();
  for (const char* head : {"garbage\n", "", "ref: refs/heads/none\n"}) {
    folder_.write(".git/HEAD", head);
    const std::string state = state_of(file);
    EXPECT_TRUE(state == "none" || state.starts_with("error: cannot read the git state of 'FOLDER/recipe.yaml': "))
        << state;
  }
}

TEST_F(GitStateTest, ABrokenIndexIsAnErrorWithItsReason) {
  const auto file = committed();
  folder_.write(".git/index", "garbage");
  EXPECT_THAT(state_of(file), testing::MatchesRegex("error: cannot read the git state of 'FOLDER/recipe.yaml': .+ "
                                                    ".libgit2."));
}

TEST_F(GitStateTest, ALostCommitIsNeverTakenForTheFilesState) {
  const auto file = committed();
  folder_.write(".git/refs/heads/main", std::string(40, '1') + "\n");
  EXPECT_THAT(state_of(file), testing::AnyOf(testing::StartsWith("error: cannot read the git state of "),
                                             testing::EndsWith("1 modified")));
}

TEST_F(GitStateTest, NamesCommitAndChange) {
  const auto file = folder_.write("sub/recipe.yaml", "one\n");
  git({"init", "-q"});
  EXPECT_EQ(state_of(file), "none") << "a repository without a commit has no state";
  git({"add", "."});
  git({"commit", "-q", "-m", "x"});
  const std::string commit = git({"rev-parse", "HEAD"});
  EXPECT_EQ(commit.size(), 40U);
  EXPECT_EQ(state_of(file), commit);
  folder_.write("sub/recipe.yaml", "two\n");
  EXPECT_EQ(state_of(file), commit + " modified");
}

TEST_F(GitStateTest, IsAbsentOutsideARepository) { EXPECT_EQ(state_of(folder_.write("recipe.yaml", "")), "none"); }

}  // namespace
}  // namespace assay::system
