// SPDX-License-Identifier: Apache-2.0
// A file of secrets under a passphrase: the key comes from Argon2id, names and values are encrypted and authenticated
// by XChaCha20-Poly1305 (libsodium, in a module of its own). Format: docs/formats.md.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "engine/secret/vault_format.h"

namespace assay::secret {

// How hard guessing is made: 64 MiB, 256 MiB (about a second) or 1 GiB of memory for each guess.
enum class VaultStrength : std::uint8_t { kInteractive, kModerate, kSensitive };

// In memory. Errors (kVault): the passphrase is wrong; the file is damaged; it is no vault.
Result<VaultEntries> open_vault(std::string_view bytes, std::string_view passphrase);
Result<std::string> seal_vault(const VaultEntries& entries, std::string_view passphrase, VaultStrength strength);

// The file of a vault. Its owner alone can read it; it is replaced as a whole, and one writer waits for another. A link
// stays one: what it leads to is replaced.
class Vault {
 public:
  explicit Vault(std::filesystem::path path) : path_(std::move(path)) {}

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Error kVault: there is one already.
  Result<void> create(std::string_view passphrase, VaultStrength strength) const;
  // Whether there is a vault that can be read, as far as it shows without the passphrase. Ask before you ask people.
  [[nodiscard]] Result<void> check() const;
  [[nodiscard]] Result<VaultEntries> read(std::string_view passphrase) const;
  // Reads, lets `edit` change, writes under `new_passphrase` with the same strength.
  Result<void> change(std::string_view passphrase, std::string_view new_passphrase,
                      const std::function<Result<void>(VaultEntries& entries)>& edit) const;

 private:
  std::filesystem::path path_;
};

// $XDG_CONFIG_HOME/assay/vault, else ~/.config/assay/vault. Error: neither is known.
Result<std::filesystem::path> default_vault();

void wipe(VaultEntries& entries);

}  // namespace assay::secret
