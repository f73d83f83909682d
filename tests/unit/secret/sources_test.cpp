// SPDX-License-Identifier: Apache-2.0
// Secrets from variables, files, programs and a vault; every problem at once, and never a value in a message.
#include "engine/secret/sources.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_folder.h"

namespace assay::secret {
namespace {

class Sources : public testing::Test {
 protected:
  Sources() {
    surroundings_.environment = {{"PATH", "/usr/bin:/bin"},
                                 {"HOME", folder_.path().string()},
                                 {"TOKEN", "tok-123456"},
                                 {"EMPTY", ""},
                                 {"SHORT", "pin"}};
    surroundings_.folder = folder_.path();
    surroundings_.open_vault = [this]() -> Result<std::map<std::string, std::string>> {
      ++opened_;
      return std::map<std::string, std::string>{{"bmc", "vault-value"}};
    };
  }
  std::string value_of(const std::string& reference) {
    read_ = read_secrets({{reference, "key", std::nullopt}}, surroundings_);
    if (!read_.secrets) return "";
    return read_.secrets->reveal({{{reference, true}}}).value();
  }
  std::string problem_of(const std::string& reference) {
    value_of(reference);
    return read_.problems.empty() ? "" : read_.problems.items().front().message;
  }
  void write_private(const char* name, std::string_view text) { ::chmod(folder_.write(name, text).c_str(), 0600); }

  test::TempFolder folder_;
  Surroundings surroundings_;
  Read read_;
  int opened_ = 0;
};

TEST_F(Sources, GiveValues) {
  write_private("token", "from-a-file\n");
  write_private("windows", "from-a-file\r\n");
  write_private("two", "two\nlines\n\n");
  EXPECT_EQ(value_of("env:TOKEN"), "tok-123456");
  EXPECT_EQ(value_of("file:token"), "from-a-file");
  EXPECT_EQ(value_of("file:" + (folder_ / "token").string()), "from-a-file");
  EXPECT_EQ(value_of("file:~/token"), "from-a-file");
  EXPECT_EQ(value_of("file:windows"), "from-a-file");
  EXPECT_EQ(value_of("file:two"), "two\nlines\n");
  EXPECT_EQ(value_of("command:printf  %s-%s from command"), "from-command");
  EXPECT_EQ(value_of("command:echo $HOME ; `id`"), "$HOME ; `id`");
  EXPECT_EQ(value_of("vault:bmc"), "vault-value");
  EXPECT_TRUE(read_.problems.empty());
}

TEST_F(Sources, SayWhatIsWrong) {
  folder_.write("big", std::string(16 * 1024 + 1, 'x'));
  std::filesystem::create_directory(folder_ / "folder");
  const std::string path = folder_.path().string();
  EXPECT_EQ(problem_of("env:NOT_THERE"),
            "the secret 'key' ('env:NOT_THERE') cannot be read: the variable 'NOT_THERE' is not set");
  EXPECT_EQ(read_.problems.items()[0].help, "set it before the run: export NOT_THERE=…");
  EXPECT_EQ(problem_of("env:EMPTY"), "the secret 'key' ('env:EMPTY') cannot be read: it is empty");
  EXPECT_EQ(problem_of("file:none"), "the secret 'key' ('file:none') cannot be read: cannot read '" + path +
                                         "/none': No such file or directory");
  EXPECT_EQ(problem_of("file:folder"),
            "the secret 'key' ('file:folder') cannot be read: '" + path + "/folder' is no file");
  value_of("file:big");
  EXPECT_EQ(read_.problems.items().back().message,
            "the secret 'key' ('file:big') cannot be read: it is longer than 16 KiB");
  EXPECT_EQ(problem_of("vault:bmcc"), "the secret 'key' ('vault:bmcc') cannot be read: the vault has no 'bmcc'");
  EXPECT_EQ(read_.problems.items()[0].help, "did you mean 'bmc'?");
}

TEST_F(Sources, NeverShowWhatAProgramSaid) {
  const std::string program =
      folder_.write("leak", "#!/bin/sh\necho out-hunter2; echo err-hunter2 >&2; exit 3\n").string();
  ::chmod(program.c_str(), 0700);
  value_of("command:" + program);
  ASSERT_EQ(read_.problems.items().size(), 1U);
  EXPECT_TRUE(read_.problems.items()[0].message.ends_with("cannot be read: '" + program + "' ended with exit code 3"))
      << read_.problems.items()[0].message;
  EXPECT_EQ(render(read_.problems).find("hunter2"), std::string::npos);
  EXPECT_NE(problem_of("command:no-such-program").find("no-such-program"), std::string::npos);
}

TEST_F(Sources, WarnOfFilesThatOthersReadAndOfShortValues) {
  ::chmod(folder_.write("open", "from-a-file").c_str(), 0644);
  EXPECT_EQ(value_of("file:open"), "from-a-file");
  ASSERT_EQ(read_.problems.items().size(), 1U);
  EXPECT_EQ(read_.problems.items()[0].severity, Severity::kWarning);
  EXPECT_EQ(read_.problems.items()[0].code, Code::kSecretExposed);
  EXPECT_EQ(value_of("env:SHORT"), "pin");
  ASSERT_EQ(read_.problems.items().size(), 1U);
  EXPECT_EQ(read_.problems.items()[0].code, Code::kSecretShort);
  EXPECT_EQ(read_.problems.items()[0].message,
            "the secret 'key' ('env:SHORT') has under 8 bytes: it is masked only where it stands alone as a word");
}

TEST_F(Sources, TellEveryProblemAndOpenTheVaultOnce) {
  surroundings_.open_vault = [this]() -> Result<std::map<std::string, std::string>> {
    ++opened_;
    return failure(Code::kVault, "the passphrase is wrong");
  };
  read_ =
      read_secrets({{"env:A", "a", {}}, {"vault:x", "b", {}}, {"vault:y", "", {}}, {"env:A", "c", {}}}, surroundings_);
  EXPECT_FALSE(read_.secrets);
  ASSERT_EQ(read_.problems.items().size(), 3U);
  EXPECT_EQ(read_.problems.items()[1].code, Code::kVault);
  EXPECT_EQ(read_.problems.items()[2].message, "the secret 'vault:y' cannot be read: the passphrase is wrong");
  EXPECT_EQ(opened_, 1);
}

TEST_F(Sources, AskNothingOfTheWorldWithoutSecrets) {
  EXPECT_TRUE(read_secrets({}, surroundings_).secrets->redactor().finds_nothing());
  EXPECT_EQ(opened_, 0);
}

}  // namespace
}  // namespace assay::secret
