// SPDX-License-Identifier: Apache-2.0
// The disk that loses its power must lose what it should, and nothing else: else the test that stands on it proves
// nothing.
#include "fault/drop_tree.h"

#include <gmock/gmock.h>

#include <cerrno>

namespace assay::test {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Disk : public ::testing::Test {
 protected:
  DropTree::Id file(const std::string& path, const std::string& bytes) {
    DropTree::Id id = 0;
    EXPECT_EQ(tree_.create(path, 0644, id), 0) << path;
    tree_.write(id, bytes, 0);
    return id;
  }
  DropTree::Id id(const std::string& path) const {
    DropTree::Id id = 0;
    EXPECT_EQ(tree_.find(path, id), 0) << path;
    return id;
  }
  std::string text(const std::string& path) const {
    std::string out(4096, '\0');
    out.resize(static_cast<std::size_t>(tree_.read(id(path), out.data(), out.size(), 0)));
    return out;
  }
  void cut(Torn torn = Torn::kNothing, unsigned seed = 1) {
    std::mt19937 random(seed);
    tree_.cut(torn, random);
  }
  DropTree tree_;
};

TEST_F(Disk, AFileWhoseNameWasNotSyncedIsGone) {
  tree_.sync_file(file("/a", "text"));
  cut();
  EXPECT_THAT(tree_.names(id("")), IsEmpty());
}

TEST_F(Disk, AFileWhoseBytesWereNotSyncedIsEmpty) {
  file("/a", "text");
  tree_.sync_folder(id(""));
  EXPECT_EQ(text("/a"), "text");
  cut();
  EXPECT_EQ(text("/a"), "");
}

TEST_F(Disk, WhatWasSyncedStays) {
  const auto a = file("/a", "one");
  tree_.sync_file(a);
  tree_.sync_folder(id(""));
  tree_.write(a, "two", 3);
  cut();
  EXPECT_EQ(text("/a"), "one");
}

TEST_F(Disk, ARenameThatWasNotSyncedHasNotHappened) {
  for (const char* name : {"/old", "/new"}) tree_.sync_file(file(name, name));
  tree_.sync_folder(id(""));
  ASSERT_EQ(tree_.rename("/new", "/old", true), 0);
  EXPECT_THAT(tree_.names(id("")), ElementsAre("old"));
  cut();
  EXPECT_THAT(tree_.names(id("")), ElementsAre("new", "old"));
  EXPECT_EQ(text("/old"), "/old");
}

TEST_F(Disk, ASyncOfAFolderIsNoSyncOfTheFolderAbove) {
  ASSERT_EQ(tree_.make_folder("/a", 0755), 0);
  ASSERT_EQ(tree_.make_folder("/a/b", 0755), 0);
  tree_.sync_folder(id("/a"));
  cut();
  EXPECT_THAT(tree_.names(id("")), IsEmpty());
}

TEST_F(Disk, APrefixEndsAtASector) {
  bool torn = false;
  for (unsigned seed = 0; seed < 50; ++seed) {
    tree_ = DropTree();
    const auto a = file("/a", "begin");
    tree_.sync_file(a);
    tree_.sync_folder(id(""));
    tree_.write(a, std::string(1200, 'x'), 5);
    cut(Torn::kPrefix, seed);
    EXPECT_THAT(text("/a").size(), AnyOf(5U, 512U, 1024U, 1205U)) << seed;
    EXPECT_TRUE(text("/a").starts_with("begin")) << seed;
    torn = torn || text("/a").size() == 512;
  }
  EXPECT_TRUE(torn);
}

TEST_F(Disk, SectorsComeInAnyOrder) {
  bool hole = false;
  for (unsigned seed = 0; seed < 50; ++seed) {
    tree_ = DropTree();
    file("/a", std::string(1536, 'x'));
    tree_.sync_folder(id(""));
    cut(Torn::kSectors, seed);
    const std::string left = text("/a");
    EXPECT_EQ(left.size() % DropTree::kSector, 0U) << seed;
    hole = hole || (left.size() == 1536 && left[0] == '\0' && left[1535] == 'x');
  }
  EXPECT_TRUE(hole);
}

TEST_F(Disk, AnswersAsAFileSystemDoes) {
  file("/a", "");
  ASSERT_EQ(tree_.make_folder("/d", 0755), 0);
  file("/d/b", "");
  DropTree::Id none = 0;
  EXPECT_EQ(tree_.find("/x", none), -ENOENT);
  EXPECT_EQ(tree_.find("/a/x", none), -ENOTDIR);
  EXPECT_EQ(tree_.create("/a", 0644, none), -EEXIST);
  EXPECT_EQ(tree_.make_folder("/d", 0755), -EEXIST);
  EXPECT_EQ(tree_.remove_folder("/d"), -ENOTEMPTY);
  EXPECT_EQ(tree_.remove_file("/d"), -EISDIR);
  EXPECT_EQ(tree_.rename("/a", "/d", true), -ENOTEMPTY);
  EXPECT_EQ(tree_.rename("/a", "/d/b", false), -EEXIST);
  EXPECT_EQ(tree_.rename("/a", "/d/b", true), 0);
  EXPECT_EQ(tree_.remove_file("/d/b"), 0);
  EXPECT_EQ(tree_.remove_folder("/d"), 0);
  EXPECT_THAT(tree_.names(id("")), IsEmpty());
}

}  // namespace
}  // namespace assay::test
