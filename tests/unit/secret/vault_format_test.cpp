// SPDX-License-Identifier: Apache-2.0
#include "engine/secret/vault_format.h"

#include <gtest/gtest.h>

namespace assay::secret {
namespace {

VaultHeader header() {
  return {.passes = 3,
          .memory = std::uint64_t{256} << 20U,
          .salt = std::string(16, 's'),
          .checksum = std::string(16, 'c'),
          .key_check = std::string(16, 'k'),
          .nonce = std::string(24, 'n'),
          .encrypted = {}};
}
std::string header_problem(std::string_view bytes) {
  const auto read = read_vault_header(bytes);
  return read ? "" : read.error().message;
}

TEST(VaultFormat, WritesWhatItReads) {
  const std::string bytes = write_vault_header(header()) + "rest";
  EXPECT_EQ(bytes.size(), kVaultHeaderSize + 4);
  EXPECT_EQ(bytes.substr(0, 26), std::string("assay.vault/1\n\x03\0\0\0\0\0\0\x10\0\0\0\0", 26));
  const auto read = read_vault_header(bytes).value();
  EXPECT_EQ(read.passes, 3U);
  EXPECT_EQ(read.memory, std::uint64_t{256} << 20U);
  EXPECT_EQ(read.salt + read.checksum + read.key_check + read.nonce,
            std::string(16, 's') + std::string(16, 'c') + std::string(16, 'k') + std::string(24, 'n'));
  EXPECT_EQ(read.encrypted, "rest");
}

TEST(VaultFormat, RefusesWhatItCannotRead) {
  EXPECT_EQ(header_problem(""), "the file is no vault");
  EXPECT_EQ(header_problem("apiVersion: assay/v1\n"), "the file is no vault");
  EXPECT_EQ(header_problem("assay.vault/2\n"), "the vault was written by a newer version of assay");
  const std::string whole = write_vault_header(header());
  for (std::size_t size = 14; size < whole.size(); ++size)
    EXPECT_EQ(header_problem(whole.substr(0, size)), "the vault is damaged: it is cut short") << size;
  for (const auto& [passes, memory] : {std::pair<std::uint32_t, std::uint64_t>{0, 1U << 20U},
                                       {17, 1U << 20U},
                                       {3, 100},
                                       {3, (std::uint64_t{1} << 30U) + 1}}) {
    VaultHeader hostile = header();
    hostile.passes = passes;
    hostile.memory = memory;
    EXPECT_EQ(header_problem(write_vault_header(hostile)),
              "the vault is damaged: it asks for more work than any vault");
  }
}

TEST(VaultFormat, KeepsEntries) {
  const VaultEntries entries = {
      {"a", ""}, {"bmc/rack-1.pw", std::string("\0\n\xff", 3)}, {"z", std::string(5000, 'z')}};
  EXPECT_EQ(read_vault_entries(write_vault_entries(entries)).value(), entries);
  EXPECT_EQ(read_vault_entries(write_vault_entries({})).value(), VaultEntries());
}

TEST(VaultFormat, RefusesDamagedEntries) {
  const std::string whole = write_vault_entries({{"name", "value"}});
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(read_vault_entries(whole.substr(0, size)));
  EXPECT_EQ(read_vault_entries(whole + "x").error().message, "the vault is damaged: there is more in it than it says");
  EXPECT_EQ(read_vault_entries(write_vault_entries({{"../x", "v"}})).error().message,
            "the vault is damaged: a name is not one of ours");
  EXPECT_EQ(read_vault_entries("\xff\xff\xff\xff").error().message,
            "the vault is damaged: it does not say what it holds");
}

TEST(VaultFormat, KnowsNames) {
  for (const char* good : {"a", "7", "bmc/rack-1.password", "A_b"}) EXPECT_TRUE(is_vault_name(good)) << good;
  for (const char* bad : {"", ".a", "-a", "/a", "a b", "a\n", "\xc3\xa9"}) EXPECT_FALSE(is_vault_name(bad)) << bad;
  EXPECT_TRUE(is_vault_name(std::string(128, 'a')));
  EXPECT_FALSE(is_vault_name(std::string(129, 'a')));
}

}  // namespace
}  // namespace assay::secret
