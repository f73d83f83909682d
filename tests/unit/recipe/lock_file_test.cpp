// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/lock_file.h"

#include <gtest/gtest.h>

namespace assay::recipe {
namespace {

const std::string kCommit(40, '1');
const std::string kOther(40, '2');
const std::string kTree(64, 'a');

const std::string kLockText =
    "# Written by `assay fetch`: what `use: { git: … }` means for the recipes of this folder.\n"
    "# Keep it in version control; `assay fetch --update` moves branches and tags.\n"
    "format: assay.lock/1\n"
    "repositories:\n"
    "  - git: \"../mirror \\\"x\\\"\"\n"
    "    commit: \"1111111111111111111111111111111111111111\"\n"
    "    tree: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
    "  - git: \"https://h/r\"\n"
    "    ref: \"v1\"\n"
    "    commit: \"2222222222222222222222222222222222222222\"\n"
    "    tree: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";

TEST(LockFile, IsWrittenSortedAndReadAgain) {
  LockFile lock;
  lock.set({"https://h/r", "v1", kOther, kTree});
  lock.set({"../mirror \"x\"", "", kCommit, kTree});
  EXPECT_EQ(write_lock_file(lock), kLockText);
  const auto read = read_lock_file(kLockText, "assay.lock");
  ASSERT_TRUE(read.value) << render(read.problems);
  EXPECT_EQ(write_lock_file(*read.value), kLockText);
}

TEST(LockFile, PinsARefOnceAndEachCommitForItself) {
  LockFile lock;
  lock.set({"u", "main", kCommit, kTree});
  lock.set({"u", "main", kOther, kTree});
  lock.set({"u", "", kCommit, kTree});
  lock.set({"u", "", kOther, kTree});
  lock.set({"u", "", kOther, std::string(64, 'b')});
  ASSERT_EQ(lock.entries.size(), 3U);
  EXPECT_EQ(lock.find("u", "main", "")->commit, kOther);
  EXPECT_EQ(lock.find("u", "", kCommit)->tree, kTree);
  EXPECT_EQ(lock.find("u", "", kOther)->tree, std::string(64, 'b'));
  EXPECT_EQ(lock.find("u", "", std::string(40, '3')), nullptr);
  EXPECT_EQ(lock.find("u", "dev", ""), nullptr);
  EXPECT_EQ(lock.find("v", "main", ""), nullptr);
}

TEST(LockFile, OfNothingIsOne) {
  const auto read = read_lock_file(write_lock_file({}), "assay.lock");
  ASSERT_TRUE(read.value) << render(read.problems);
  EXPECT_TRUE(read.value->entries.empty());
}

// Problems, one a line: "LINE CODE message".
std::string lock_problems(const std::string& text) {
  const auto read = read_lock_file(text, "assay.lock");
  EXPECT_EQ(read.value.has_value(), !read.problems.has_errors());
  std::string out;
  for (const Diagnostic& problem : read.problems.items()) {
    out += (problem.where ? std::to_string(problem.where->line) : "-") + ' ' + std::string(info(problem.code).text) +
           ' ' + problem.message + '\n';
  }
  return out;
}

TEST(LockFile, NamesEveryMistakeWithItsPlace) {
  const std::string head = "format: assay.lock/1\nrepositories:\n";
  const std::string good = "commit: '" + kCommit + "', tree: 'sha256:" + kTree + "' }\n";
  EXPECT_EQ(lock_problems(head + "  - { git: 'https://h/r', " + good), "");
  EXPECT_EQ(lock_problems("format: assay.lock/2\nrepositories: []\n"), "1 R061 unknown format 'assay.lock/2'\n");
  EXPECT_EQ(lock_problems("repositories: []\n"), "1 R011 the lock file lacks the key 'format'\n");
  EXPECT_EQ(lock_problems("format: assay.lock/1\n"), "1 R011 the lock file lacks the key 'repositories'\n");
  EXPECT_EQ(lock_problems("[]\n"), "1 R013 'the lock file' must be a mapping, got a list\n");
  EXPECT_EQ(lock_problems(head + "  - { git: 'git://h/r', " + good),
            "3 R061 git:// neither says who answers nor keeps what is sent from being changed\n");
  EXPECT_EQ(lock_problems(head + "  - { git: 'https://h/r', ref: 'a..b', " + good),
            "3 R061 'a..b' is not a branch or tag\n");
  EXPECT_EQ(lock_problems(head + "  - { git: 'https://h/r', commit: main, tree: 'sha256:" + kTree + "' }\n"),
            "3 R061 'main' is not the full id of a commit\n");
  EXPECT_EQ(lock_problems(head + "  - { git: 'https://h/r', commit: '" + kCommit + "', tree: 'md5:1' }\n"),
            "3 R061 'md5:1' is not a digest\n");
  EXPECT_EQ(lock_problems(head + "  - { git: 'https://h/r', " + good + "  - { git: 'https://h/r', " + good),
            "4 R015 'https://h/r' has two entries for '" + kCommit + "'\n");
  EXPECT_EQ(lock_problems(head + "  - { git: 'https://h/r', date: 1, " + good),
            "3 R010 unknown key 'date' in a repository\n");
}

TEST(LockFile, ThatIsNoYamlIsNoLockFile) {
  EXPECT_NE(lock_problems("<<<<<<< ours\nformat: assay.lock/1\n").find(" Y001 "), std::string::npos);
  EXPECT_NE(lock_problems(""), "");
}

TEST(LockFile, IsBounded) {
  std::string text = "format: assay.lock/1\nrepositories:\n";
  for (int i = 0; i < 10'001; ++i) text += "  - 1\n";
  EXPECT_EQ(lock_problems(text), "3 S003 more than 10000 repositories\n");
}

}  // namespace
}  // namespace assay::recipe
