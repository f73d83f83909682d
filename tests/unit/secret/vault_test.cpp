// SPDX-License-Identifier: Apache-2.0
// Vaults on the disk: what is wrong is told apart, and nothing of what they hold can be seen.
#include "engine/secret/vault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_folder.h"

namespace assay::secret {
namespace {

constexpr const char* kPassphrase = "correct horse battery staple";

std::string sealed(const VaultEntries& entries) {
  return seal_vault(entries, kPassphrase, VaultStrength::kInteractive).value();
}
std::string problem(std::string_view bytes, std::string_view passphrase = kPassphrase) {
  const auto opened = open_vault(bytes, passphrase);
  return opened ? "" : opened.error().message;
}
unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return status.st_mode & 0777U;
}

TEST(Vault, GivesBackWhatWasPutIn) {
  const VaultEntries entries = {{"bmc", "hunter2hunter2"}, {"key", std::string("\0\xff\n", 3)}};
  EXPECT_EQ(open_vault(sealed(entries), kPassphrase).value(), entries);
}

TEST(Vault, ShowsNeitherNamesNorValuesNorHowManyThereAre) {
  const std::string one = sealed({{"bmc-name", "hunter2hunter2"}});
  EXPECT_EQ(one.find("bmc-name"), std::string::npos);
  EXPECT_EQ(one.find("hunter2"), std::string::npos);
  EXPECT_EQ(one.size(), sealed({}).size());
  EXPECT_NE(one, sealed({{"bmc-name", "hunter2hunter2"}}));  // salt and nonce are new each time
}

TEST(Vault, TellsAWrongPassphraseFromDamage) {
  const std::string good = sealed({{"a", "b"}});
  EXPECT_EQ(problem(good, "wrong"), "the passphrase is wrong");
  EXPECT_EQ(problem(good, ""), "the passphrase is wrong");
  const auto changed = [&](std::size_t at) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    return bytes;
  };
  EXPECT_EQ(problem(changed(14)), "the vault is damaged: its beginning has changed");      // passes
  EXPECT_EQ(problem(changed(30)), "the vault is damaged: its beginning has changed");      // salt
  EXPECT_EQ(problem(changed(45)), "the vault is damaged: its beginning has changed");      // checksum
  EXPECT_EQ(problem(changed(80)), "the vault is damaged: what is encrypted has changed");  // nonce
  EXPECT_EQ(problem(changed(good.size() - 1)), "the vault is damaged: what is encrypted has changed");
  EXPECT_EQ(problem(good.substr(0, good.size() - 1)), "the vault is damaged: what is encrypted has changed");
  EXPECT_EQ(problem(good.substr(0, kVaultHeaderSize)), "the vault is damaged: it is cut short");
  EXPECT_EQ(problem(good + "x"), "the vault is damaged: what is encrypted has changed");
}

TEST(Vault, ADamagedCheckOfThePassphraseIsDamage) {
  const std::string good = sealed({{"a", "b"}});
  for (const std::size_t at : {kKeyCheckCovers, kKeyCheckCovers + 2, kKeyCheckCovers + 15}) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    EXPECT_EQ(problem(bytes), "the vault is damaged: its check of the passphrase has changed") << at;
    EXPECT_EQ(problem(bytes, "wrong"), "the passphrase is wrong") << at;
  }
}

TEST(Vault, IsAFileOfItsOwnerAlone) {
  const test::TempFolder folder;
  const Vault vault(folder / "config/assay/vault");
  ASSERT_TRUE(vault.create(kPassphrase, VaultStrength::kInteractive));
  EXPECT_EQ(mode_of(vault.path()), 0600U);
  EXPECT_EQ(mode_of(folder / "config/assay"), 0700U);
  EXPECT_EQ(vault.read(kPassphrase).value(), VaultEntries());
  EXPECT_EQ(vault.create(kPassphrase, VaultStrength::kInteractive).error().message,
            "there is a vault '" + vault.path().string() + "' already");
}

TEST(Vault, IsChangedAsAWholeOrNotAtAll) {
  const test::TempFolder folder;
  const Vault vault(folder / "vault");
  ASSERT_TRUE(vault.create(kPassphrase, VaultStrength::kInteractive));
  const auto put = [](VaultEntries& entries) -> Result<void> {
    entries["bmc"] = "hunter2hunter2";
    return {};
  };
  ASSERT_TRUE(vault.change(kPassphrase, kPassphrase, put));
  EXPECT_EQ(vault.read(kPassphrase).value().at("bmc"), "hunter2hunter2");
  EXPECT_EQ(mode_of(vault.path()), 0600U);
  const std::string before = test::slurp(vault.path());
  EXPECT_FALSE(vault.change("wrong", "wrong", put));
  EXPECT_FALSE(vault.change(kPassphrase, kPassphrase,
                            [](VaultEntries&) -> Result<void> { return failure(Code::kVault, "no"); }));
  EXPECT_EQ(test::slurp(vault.path()), before);
  ASSERT_TRUE(vault.change(kPassphrase, "another one", [](VaultEntries&) -> Result<void> { return {}; }));
  EXPECT_EQ(vault.read(kPassphrase).error().message, "the passphrase is wrong");
  EXPECT_EQ(vault.read("another one").value().size(), 1U);
}

TEST(Vault, ALinkStaysOne) {
  const test::TempFolder folder;
  const auto real = folder / "kept/elsewhere";
  std::filesystem::create_directories(folder / "kept");
  std::filesystem::create_symlink("kept/second", folder / "vault");
  std::filesystem::create_symlink(real, folder / "kept/second");
  const Vault vault(folder / "vault");
  ASSERT_TRUE(vault.create(kPassphrase, VaultStrength::kInteractive));
  ASSERT_TRUE(vault.change(kPassphrase, kPassphrase, [](VaultEntries& entries) -> Result<void> {
    entries["bmc"] = "hunter2hunter2";
    return {};
  }));
  EXPECT_TRUE(std::filesystem::is_symlink(vault.path()));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "kept/second"));
  EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(real)));
  EXPECT_EQ(mode_of(real), 0600U);
  EXPECT_EQ(Vault(real).read(kPassphrase).value().size(), 1U);
}

TEST(Vault, IsNotThere) {
  const test::TempFolder folder;
  const auto read = Vault(folder / "vault").read(kPassphrase);
  EXPECT_EQ(read.error().message, "there is no vault '" + (folder / "vault").string() + "'");
  EXPECT_EQ(read.error().help, "`assay vault init` makes one");
}

}  // namespace
}  // namespace assay::secret
