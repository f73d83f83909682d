// SPDX-License-Identifier: Apache-2.0
// The bytes of a vault file and of what is encrypted in it (docs/formats.md, "assay.vault/1"). Pure, without
// cryptography; every input is hostile.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay::secret {

using VaultEntries = std::map<std::string, std::string>;  // name -> value

// Letters, digits and "_.-/", beginning with a letter or digit, at most 128.
bool is_vault_name(std::string_view name);

struct VaultHeader {
  std::uint32_t passes = 0;    // of Argon2id
  std::uint64_t memory = 0;    // of Argon2id, in bytes
  std::string salt;            // 16 bytes
  std::string checksum;        // 16 bytes over all before it: damage is told from a wrong passphrase
  std::string key_check;       // 16 bytes, made of the key and all before it
  std::string nonce;           // 24 bytes
  std::string_view encrypted;  // the rest of the file
};

// How much of the file, from its beginning, the checksum covers; the key check; and what is authenticated with the
// rest.
inline constexpr std::size_t kChecksumCovers = 42;
inline constexpr std::size_t kKeyCheckCovers = 58;
inline constexpr std::size_t kVaultHeaderSize = 98;
inline constexpr std::size_t kLargestVault = std::size_t{16} << 20U;

// Errors (kVault): no vault, one of a newer version, cut short, or asking for more work than any vault of ours.
// `encrypted` points into `bytes`.
Result<VaultHeader> read_vault_header(std::string_view bytes);
// The header as bytes; `encrypted` is not among them.
std::string write_vault_header(const VaultHeader& header);

// Errors (kVault): what was decrypted is not what we write.
Result<VaultEntries> read_vault_entries(std::string_view bytes);
std::string write_vault_entries(const VaultEntries& entries);

}  // namespace assay::secret
