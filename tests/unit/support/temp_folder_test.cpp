// SPDX-License-Identifier: Apache-2.0
#include "support/temp_folder.h"

#include <gtest/gtest.h>

namespace assay::test {
namespace {

TEST(TempFolder, IsGoneAfterItsLife) {
  std::filesystem::path path;
  {
    const TempFolder folder;
    path = folder.path();
    folder.write("a/b/c.txt", "text");
    ASSERT_TRUE(std::filesystem::exists(path / "a/b/c.txt"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TempFolder, TwoOfOneNameDiffer) {
  const TempFolder first("空 格");
  const TempFolder second("空 格");
  EXPECT_NE(first.path(), second.path());
}

TEST(TempFolder, WritesAndReadsBytes) {
  const TempFolder folder;
  const std::string bytes("a\0\xff\r\n", 5);
  EXPECT_EQ(slurp(folder.write("bytes", bytes)), bytes);
}

TEST(TempFolder, AMissingFileIsNotAnEmptyOne) {
  const TempFolder folder;
  EXPECT_THROW(slurp(folder / "missing"), std::runtime_error);
}

}  // namespace
}  // namespace assay::test
