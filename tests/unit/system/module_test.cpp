// SPDX-License-Identifier: Apache-2.0
#include "engine/system/module.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "engine/base/text.h"

namespace assay::system {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

std::string build_folder() { return std::filesystem::path(ASSAY_BUILD_DIR).lexically_normal().string(); }
// The folder above the one of this program.
std::filesystem::path beside() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path().lexically_normal();
}

TEST(OwnFolders, AreBesideTheProgramFirst) {
  std::vector<std::string> folders;
  for (const auto& folder : own_folders("share/assay")) folders.push_back(folder.lexically_normal().string());
  EXPECT_THAT(folders, ElementsAre((beside() / "share/assay").string(), build_folder() + "/share/assay"));
}

TEST(FindData, FindsWhatShips) {
  const auto quick = find_data("testsuites/programmes/quick.yaml");
  ASSERT_TRUE(quick) << quick.error().message;
  EXPECT_TRUE(std::filesystem::exists(*quick));
  EXPECT_TRUE(quick->is_absolute());
}

TEST(FindData, NamesEveryPlaceItLookedAt) {
  const auto none = find_data("recipes/none.yaml");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kSystem);
  EXPECT_EQ(none.error().message, "'recipes/none.yaml' is not installed: looked for " +
                                      (beside() / "share/assay/recipes/none.yaml").string() + ", " + build_folder() +
                                      "/share/assay/recipes/none.yaml, " + ASSAY_SOURCE_DIR "/recipes/none.yaml");
}

TEST(FindProbe, NamesEveryPlaceItLookedAt) {
  const auto none = find_probe("none");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "the probe 'none' is not installed: looked for " +
                                      (beside() / "libexec/assay/probes/none").string() + ", " + build_folder() +
                                      "/libexec/assay/probes/none");
}

TEST(FindInModule, OpensItOnceAndFindsTheFunction) {
  const auto first = find_in_module("git", "assay_git_module");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(*find_in_module("git", "assay_git_module"), *first);
}

TEST(FindInModule, SaysThatAModuleIsNotInstalled) {
  const auto none = find_in_module("none", "f");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "the module 'none' is not installed: looked for " +
                                      (beside() / "lib/assay/libassay_none.so").string() + ", " + build_folder() +
                                      "/lib/assay/libassay_none.so");
}

TEST(FindInModule, SaysThatAFunctionIsMissing) {
  const auto none = find_in_module("git", "no_such_function");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, StartsWith("cannot open the module 'git': "));
  EXPECT_THAT(none.error().message, testing::HasSubstr("undefined symbol: no_such_function"));
}

TEST(FindInModule, SaysWhyAFileIsNoModule) {
  const std::string name = "broken_" + std::to_string(::getpid());
  const std::filesystem::path file = beside() / "lib/assay" / ("libassay_" + name + ".so");
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << "not a library, however long it may be";
  const auto broken = find_in_module(name, "f");
  std::filesystem::remove(file);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message, "cannot open the module '" + name + "': " + file.string() + ": file too short");
}

}  // namespace
}  // namespace assay::system
