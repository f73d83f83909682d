// SPDX-License-Identifier: Apache-2.0
#include "engine/target/local_target.h"

#include <gmock/gmock.h>

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "support/cases.h"
#include "support/temp_folder.h"

namespace assay::target {
namespace {

using Environment = std::vector<std::pair<std::string, std::string>>;

struct EnvironmentCase {
  const char* name;
  Environment given;
  Environment seen;
};
class StepEnvironment : public testing::TestWithParam<EnvironmentCase> {};
TEST_P(StepEnvironment, IsWhatTheContractLists) {
  const LocalTarget target(GetParam().given);
  EXPECT_EQ(target.step_environment(), GetParam().seen);
  EXPECT_EQ(target.name(), "local");
}
const std::string kDefault = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const EnvironmentCase kEnvironments[] = {
    {"nothing", {}, {{"PATH", kDefault}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}}},
    {"what_passes",
     {{"HOME", "/h"}, {"USER", "u"}, {"TMPDIR", "/t"}, {"PATH", "/usr/sbin:/sbin"}},
     {{"HOME", "/h"},
      {"USER", "u"},
      {"TMPDIR", "/t"},
      {"PATH", "/usr/sbin:/sbin"},
      {"LC_ALL", "C.UTF-8"},
      {"TZ", "UTC"}}},
    {"path_without_system_folders",
     {{"PATH", "/opt/bin:/usr/bin"}},
     {{"PATH", "/opt/bin:/usr/bin:/usr/sbin:/sbin"}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}}},
    {"path_with_one_of_them",
     {{"PATH", "/sbin:/opt/bin"}},
     {{"PATH", "/sbin:/opt/bin:/usr/sbin"}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}}},
    {"folders_that_look_alike",
     {{"PATH", "/usr/sbin2:/my/sbin"}},
     {{"PATH", "/usr/sbin2:/my/sbin:/usr/sbin:/sbin"}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}}},
    {"proxies",
     {{"http_proxy", "1"},
      {"https_proxy", "2"},
      {"no_proxy", "3"},
      {"ftp_proxy", "4"},
      {"HTTP_PROXY", "5"},
      {"HTTPS_PROXY", "6"},
      {"NO_PROXY", "7"},
      {"all_proxy", "8"}},
     {{"http_proxy", "1"},
      {"https_proxy", "2"},
      {"no_proxy", "3"},
      {"ftp_proxy", "4"},
      {"HTTP_PROXY", "5"},
      {"HTTPS_PROXY", "6"},
      {"NO_PROXY", "7"},
      {"all_proxy", "8"},
      {"PATH", kDefault},
      {"LC_ALL", "C.UTF-8"},
      {"TZ", "UTC"}}},
    {"what_does_not_pass",
     {{"LC_ALL", "de_DE"},
      {"LANG", "zh_CN"},
      {"TZ", "Asia/Shanghai"},
      {"LD_PRELOAD", "x.so"},
      {"LD_LIBRARY_PATH", "/x"},
      {"AWS_SECRET_ACCESS_KEY", "s"},
      {"ASSAY_STEP", "run/other#1"},
      {"path", "/x"},
      {"BASH_ENV", "/x"}},
     {{"PATH", kDefault}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}}},
    {"empty_path", {{"PATH", ""}}, {{"PATH", kDefault}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}}},
};
INSTANTIATE_TEST_SUITE_P(LocalTarget, StepEnvironment, testing::ValuesIn(kEnvironments), test::case_name);

struct ToolCase {
  const char* name;
  const char* script;   // of the tool, after "#!/bin/sh"
  const char* version;  // as it is recorded
};
class Identify : public testing::TestWithParam<ToolCase> {};
TEST_P(Identify, TakesTheFirstLineWithText) {
  const test::TempFolder folder;
  const auto path = folder.write("bin/tool", std::string("#!/bin/sh\n") + GetParam().script + "\n");
  std::filesystem::permissions(path, std::filesystem::perms(0755));
  const LocalTarget target({{"PATH", (folder / "bin").string() + ":/usr/bin:/bin:/usr/sbin:/sbin"}});
  const auto tool = target.identify_tool("tool");
  ASSERT_TRUE(tool) << tool.error().message;
  EXPECT_EQ(tool->name, "tool");
  EXPECT_EQ(tool->path, path.string());
  EXPECT_EQ(tool->sha256, sha256_hex(test::slurp(path)));
  EXPECT_EQ(tool->version, GetParam().version);
}
const ToolCase kTools[] = {
    {"plain", "echo tool 1.2.3", "tool 1.2.3"},
    {"asked_with_an_option", "echo \"asked with $*\"", "asked with --version"},
    {"on_stderr", "echo tool 1.2 >&2", "tool 1.2"},
    {"stdout_wins", "echo warning >&2; echo tool 1.2", "tool 1.2"},
    {"after_empty_lines", "printf '\\n  \\n   tool 1.2  \\nmore\\n'", "tool 1.2"},
    {"exit_code_does_not_matter", "echo tool 1.2; exit 3", "tool 1.2"},
    {"silent", "exit 1", ""},
    {"colours_become_visible", "printf '\\033[1mtool\\033[0m\\n'", "?[1mtool?[0m"},
    {"in_our_language", "echo $LC_ALL", "C.UTF-8"},
    {"too_much_output", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", ""},
    {"never_answers", "exec sleep 60", ""},
};
INSTANTIATE_TEST_SUITE_P(LocalTarget, Identify, testing::ValuesIn(kTools), test::case_name);

TEST(LocalTarget, ALongVersionIsShortened) {
  const test::TempFolder folder;
  const auto path = folder.write("tool", "#!/bin/sh\necho " + std::string(500, 'x') + "\n");
  std::filesystem::permissions(path, std::filesystem::perms(0755));
  const auto tool = LocalTarget({{"PATH", folder.path().string() + ":/usr/sbin:/sbin"}}).identify_tool("tool");
  ASSERT_TRUE(tool);
  EXPECT_EQ(tool->version, shorten(std::string(500, 'x'), 120));
}

TEST(LocalTarget, FindsToolsOnThePathOfSteps) {
  const test::TempFolder folder;
  std::filesystem::permissions(folder.write("one/tool", "#!/bin/sh\n"), std::filesystem::perms(0755));
  folder.write("one/plain", "not executable");
  const LocalTarget target({{"PATH", (folder / "one").string() + ":/usr/sbin:/sbin"}});
  EXPECT_EQ(target.find_tool("tool"), folder / "one/tool");
  EXPECT_EQ(target.find_tool("plain"), std::nullopt);
  EXPECT_EQ(target.find_tool("one/tool"), std::nullopt);
  EXPECT_EQ(target.find_tool(""), std::nullopt);
  EXPECT_EQ(target.find_tool((folder / "one/tool").string()), folder / "one/tool");
}

TEST(LocalTarget, AToolThatIsMissingIsAnError) {
  const auto tool = LocalTarget({}).identify_tool("no-such-tool");
  ASSERT_FALSE(tool);
  EXPECT_EQ(tool.error().message, "cannot start 'no-such-tool': not found on PATH");
}

TEST(LocalTarget, KnowsItsBoot) {
  const auto boot = LocalTarget({}).boot();
  ASSERT_TRUE(boot) << boot.error().message;
  EXPECT_EQ(boot->id.size(), 36U);
  EXPECT_EQ(boot->id.find_first_not_of("0123456789abcdef-"), std::string::npos);
  const auto later = LocalTarget({}).boot();
  EXPECT_EQ(later->id, boot->id);
  EXPECT_GE(later->up, boot->up);
  EXPECT_GT(boot->up, Nanoseconds(0));
}

TEST(LocalTarget, CollectsTheFactsOfThisMachine) {
  const hardware::Facts facts = LocalTarget({}).collect_facts(false);
  ASSERT_NE(facts.tree.member("cpu"), nullptr);
  EXPECT_NE(facts.tree.member("memory"), nullptr);
}

}  // namespace
}  // namespace assay::target
