// SPDX-License-Identifier: Apache-2.0
// `assay fmt` on real files: what is written, what is left alone, and that the shipped files are as it leaves them.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "e2e/harness.h"
#include "engine/base/text.h"

namespace assay::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::string_view kMessy = "apiVersion:   assay/v1\nsteps: # all\n- id: a\n";
constexpr std::string_view kTidy = "apiVersion: assay/v1\nsteps:  # all\n  - id: a\n";

class FmtVerb : public EndToEnd {
 protected:
  static ::mode_t mode_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
  }
  [[nodiscard]] std::size_t files_in(const fs::path& folder) const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }
};

TEST_F(FmtVerb, RewritesInPlaceAndKeepsTheMode) {
  const fs::path file = write("my recipe.yaml", kMessy);
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  const std::size_t before = files_in(folder_.path());
  const Outcome outcome = run({"fmt", "my recipe.yaml"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "my recipe.yaml\n");
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(slurp(file), kTidy);
  EXPECT_EQ(mode_of(file), 0640U);
  EXPECT_EQ(files_in(folder_.path()), before);
  const Outcome again = run({"fmt", "my recipe.yaml"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.out, "");
}

TEST_F(FmtVerb, LeavesACanonicalFileUntouched) {
  const fs::path file = write("a.yaml", kTidy);
  struct stat before {};
  ASSERT_EQ(::stat(file.c_str(), &before), 0);
  EXPECT_EQ(run({"fmt", "a.yaml"}).exit_code, 0);
  struct stat after {};
  ASSERT_EQ(::stat(file.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(FmtVerb, RewritesWhatALinkLeadsTo) {
  const fs::path file = write("real/a.yaml", kMessy);
  fs::create_symlink("real/a.yaml", folder_ / "link.yaml");
  EXPECT_EQ(run({"fmt", "link.yaml"}).exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "link.yaml"));
  EXPECT_EQ(slurp(file), kTidy);
}

TEST_F(FmtVerb, LooksAtNoLinksAndNoHiddenFoldersBelowAFolder) {
  const fs::path outside = write("outside.yaml", kMessy);
  const fs::path hidden = write("site/.git/a.yaml", kMessy);
  const fs::path inside = write("site/deep/a.yaml", kMessy);
  fs::create_symlink(outside, folder_ / "site/link.yaml");
  fs::create_directory_symlink(folder_.path(), folder_ / "site/up");
  const Outcome outcome = run({"fmt", "site"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "site/deep/a.yaml\n");
  EXPECT_EQ(slurp(inside), kTidy);
  EXPECT_EQ(slurp(outside), kMessy);
  EXPECT_EQ(slurp(hidden), kMessy);
}

TEST_F(FmtVerb, CheckAndDiffWriteNothing) {
  const fs::path file = write("a.yaml", kMessy);
  EXPECT_EQ(run({"fmt", "--check", "a.yaml"}).exit_code, 1);
  EXPECT_EQ(run({"fmt", "--diff", "a.yaml"}).exit_code, 1);
  EXPECT_EQ(slurp(file), kMessy);
}

// Lines that stay and lines that go are the file; lines that stay and lines that come are its canonical form.
TEST_F(FmtVerb, ItsDiffHoldsBothFiles) {
  const fs::path file = write("a.yaml", std::string(kMessy) + "  run: [a,\n  b]\nlast: {c: 1}\n");
  const Outcome diff = run({"fmt", "--diff", "a.yaml"});
  std::string before;
  std::string after;
  for (const std::string_view line : lines(diff.out)) {
    if (line.starts_with("---") || line.starts_with("+++") || line.starts_with("@@")) continue;
    const std::string text = std::string(line.substr(1)) + '\n';
    if (line.front() != '+') before += text;
    if (line.front() != '-') after += text;
  }
  EXPECT_EQ(before, slurp(file));
  EXPECT_EQ(after, std::string(kTidy) + "    run: [a, b]\nlast: { c: 1 }\n");
}

TEST_F(FmtVerb, ABrokenFileStaysAndTheOthersAreDone) {
  const fs::path broken = write("broken.yaml", "a: [1\n  \n");
  const fs::path good = write("good.yaml", kMessy);
  const Outcome outcome = run({"fmt", "broken.yaml", "missing.yaml", "good.yaml"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "good.yaml\n");
  EXPECT_THAT(outcome.err, HasSubstr("broken.yaml:"));
  EXPECT_THAT(outcome.err, HasSubstr("[Y001]"));
  EXPECT_THAT(outcome.err, HasSubstr("missing.yaml"));
  EXPECT_EQ(slurp(broken), "a: [1\n  \n");
  EXPECT_EQ(slurp(good), kTidy);
}

TEST_F(FmtVerb, AFileThatMayNotBeWrittenStays) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write every file";
  const fs::path file = write("a.yaml", kMessy);
  ASSERT_EQ(::chmod(file.c_str(), 0444), 0);
  const Outcome outcome = run({"fmt", "a.yaml"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("cannot write 'a.yaml'"));
  EXPECT_EQ(slurp(file), kMessy);
}

TEST_F(FmtVerb, AFullDiskLeavesTheOldFile) {
  const fs::path file = write("a.yaml", std::string(kMessy) + "text: |\n    " + std::string(100'000, 'x') + "\n");
  const std::string before = slurp(file);
  Invocation limited = invocation({"fmt", "a.yaml"});
  limited.argv.insert(limited.argv.begin(), {"sh", "-c", "ulimit -f 8; exec \"$@\"", "sh"});
  const Outcome outcome = run(limited);
  EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(slurp(file), before);
}

TEST_F(FmtVerb, WaitsForNoPipe) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe.yaml").c_str(), 0600), 0);
  const Outcome outcome = run({"fmt", "pipe.yaml"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("neither a file nor a folder"));
}

TEST_F(FmtVerb, HostileNamesReachTheTerminalHarmless) {
  const std::string name = "\x1b[2Jevil\n\u202e.yaml";
  write(name, kMessy);
  for (const char* option : {"--check", "--diff"}) {
    const Outcome outcome = run({"fmt", option, name});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
    EXPECT_EQ(outcome.out.find("\u202e"), std::string::npos);
    EXPECT_THAT(outcome.out, HasSubstr("?[2Jevil??.yaml\n"));
  }
  const Json json = last_json(run({"fmt", "--json", "--check", name}));
  EXPECT_EQ(json["changed"], Json::array({name}));
}

TEST_F(FmtVerb, TextOfADiffReachesTheTerminalHarmless) {
  write("a.yaml", "apiVersion:   assay/v1\n# \u202e turned\n");
  Invocation in_terminal = invocation({"fmt", "--diff", "a.yaml"});
  in_terminal.terminal = TerminalSize{};
  EXPECT_EQ(run(in_terminal).out.find("\u202e"), std::string::npos);
  EXPECT_THAT(run({"fmt", "--diff", "a.yaml"}).out, HasSubstr("\u202e turned"));
}

TEST_F(FmtVerb, FormatsStandardInput) {
  Invocation piped = invocation({"fmt", "-"});
  piped.input = kMessy;
  const Outcome outcome = run(piped);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, kTidy);
  piped.input = "a: [\n";
  const Outcome broken = run(piped);
  EXPECT_EQ(broken.exit_code, 2);
  EXPECT_EQ(broken.out, "");
  piped.input = std::string((16U << 20U) + 1, '#');
  EXPECT_THAT(run(piped).err, HasSubstr("[S003]"));
}

TEST(ShippedFiles, AreFormatted) {
  Invocation check{.argv = {ASSAY_PROGRAM, "fmt", "--diff", "recipes", "testsuites"}, .folder = ASSAY_SOURCE_DIR};
  const Outcome outcome = run_program(check);
  EXPECT_EQ(outcome.exit_code, 0) << "assay fmt recipes testsuites\n" << outcome.out << outcome.err;
}

}  // namespace
}  // namespace assay::test
