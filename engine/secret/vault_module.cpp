// SPDX-License-Identifier: Apache-2.0
// The module that knows libsodium: built as a shared library of its own, opened by vault.cpp on first use.
#include "engine/secret/vault_module.h"

#include <sodium.h>

#include <array>

namespace assay::secret {
namespace {

static_assert(crypto_pwhash_SALTBYTES == 16 && crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == 24);
constexpr std::size_t kShortHash = 16;
constexpr std::size_t kPadding = 1024;  // how much is in the vault shows only in such steps

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

tl::unexpected<Diagnostic> no_library() { return failure(Code::kVault, "libsodium cannot be used on this machine"); }

// A buffer that is not swapped out while it is used, and is overwritten at its end.
class Hidden {
 public:
  explicit Hidden(std::string bytes) : bytes_(std::move(bytes)) {
    static_cast<void>(sodium_mlock(bytes_.data(), bytes_.size()));  // where the limit of locked memory allows it
  }
  explicit Hidden(std::size_t size) : Hidden(std::string(size, '\0')) {}
  ~Hidden() { sodium_munlock(bytes_.data(), bytes_.size()); }  // overwrites
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
  [[nodiscard]] unsigned char* data() { return bytes_of(bytes_); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::string_view view() const { return bytes_; }

 private:
  std::string bytes_;
};

std::string short_hash(std::string_view bytes, std::string_view key) {
  std::string out(kShortHash, '\0');
  crypto_generichash(bytes_of(out), out.size(), bytes_of(bytes), bytes.size(), key.empty() ? nullptr : bytes_of(key),
                     key.size());
  return out;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

// The two keys: for the check, and for what is encrypted.
struct Keys {
  Hidden check{crypto_generichash_KEYBYTES};
  Hidden box{crypto_aead_xchacha20poly1305_ietf_KEYBYTES};
};

bool derive(std::string_view passphrase, const VaultHeader& header, Keys& out) {
  Hidden root(crypto_kdf_KEYBYTES);
  if (crypto_pwhash(root.data(), root.size(), passphrase.data(), passphrase.size(), bytes_of(header.salt),
                    header.passes, header.memory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return false;
  }
  crypto_kdf_derive_from_key(out.check.data(), out.check.size(), 1, "assayvlt", root.data());
  crypto_kdf_derive_from_key(out.box.data(), out.box.size(), 2, "assayvlt", root.data());
  return true;
}

tl::unexpected<Diagnostic> no_memory(const VaultHeader& header) {
  return failure(Code::kVault,
                 "the key cannot be made: it takes " + std::to_string(header.memory >> 20U) + " MiB of memory");
}

// `beginning`: the header as it was when the vault was sealed.
bool decrypt(const VaultHeader& header, std::string_view beginning, Keys& keys, Hidden& out, std::size_t& size) {
  unsigned long long written = 0;
  const int result = crypto_aead_xchacha20poly1305_ietf_decrypt(
      out.data(), &written, nullptr, bytes_of(header.encrypted), header.encrypted.size(), bytes_of(beginning),
      beginning.size(), bytes_of(header.nonce), keys.box.data());
  size = written;
  return result == 0;
}

Result<VaultEntries> open(std::string_view bytes, std::string_view passphrase) {
  if (sodium_init() < 0) return no_library();
  ASSAY_TRY(const VaultHeader header, read_vault_header(bytes));
  const auto damaged = [](const char* what) {
    return failure(Code::kVault, std::string("the vault is damaged: ") + what, "take it from a backup");
  };
  if (!same(header.checksum, short_hash(bytes.substr(0, kChecksumCovers), {})))
    return damaged("its beginning has changed");
  Keys keys;
  if (!derive(passphrase, header, keys)) return no_memory(header);
  const std::string key_check = short_hash(bytes.substr(0, kKeyCheckCovers), keys.check.view());
  const bool right = same(header.key_check, key_check);
  if (header.encrypted.size() < crypto_aead_xchacha20poly1305_ietf_ABYTES)
    return right ? damaged("it is cut short") : failure(Code::kVault, "the passphrase is wrong");
  Hidden plain(header.encrypted.size());
  std::size_t size = 0;
  // The check may itself have changed: with the one that belongs there, only the right passphrase opens what follows.
  std::string beginning(bytes.substr(0, kVaultHeaderSize));
  beginning.replace(kKeyCheckCovers, key_check.size(), key_check);
  const bool opened = decrypt(header, beginning, keys, plain, size);
  if (!right && !opened) return failure(Code::kVault, "the passphrase is wrong");
  if (!right) return damaged("its check of the passphrase has changed");
  if (!opened) return damaged("what is encrypted has changed");
  std::size_t unpadded = 0;
  if (sodium_unpad(&unpadded, plain.data(), size, kPadding) != 0) return damaged("it has no end");
  return read_vault_entries(plain.view().substr(0, unpadded));
}

void set_limits(VaultStrength strength, VaultHeader& header) {
  switch (strength) {
    case VaultStrength::kInteractive:
      header.passes = crypto_pwhash_OPSLIMIT_INTERACTIVE;
      header.memory = crypto_pwhash_MEMLIMIT_INTERACTIVE;
      break;
    case VaultStrength::kModerate:
      header.passes = crypto_pwhash_OPSLIMIT_MODERATE;
      header.memory = crypto_pwhash_MEMLIMIT_MODERATE;
      break;
    case VaultStrength::kSensitive:
      header.passes = crypto_pwhash_OPSLIMIT_SENSITIVE;
      header.memory = crypto_pwhash_MEMLIMIT_SENSITIVE;
      break;
  }
}

std::string random_bytes(std::size_t size) {
  std::string out(size, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

Result<std::string> seal(const VaultEntries& entries, std::string_view passphrase, VaultStrength strength) {
  if (sodium_init() < 0) return no_library();
  VaultHeader header;
  set_limits(strength, header);
  header.salt = random_bytes(crypto_pwhash_SALTBYTES);
  header.nonce = random_bytes(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  header.checksum = short_hash(write_vault_header(header).substr(0, kChecksumCovers), {});
  Keys keys;
  if (!derive(passphrase, header, keys)) return no_memory(header);
  header.key_check = short_hash(write_vault_header(header).substr(0, kKeyCheckCovers), keys.check.view());
  const std::string beginning = write_vault_header(header);
  const Hidden entries_bytes(write_vault_entries(entries));
  const std::size_t used = entries_bytes.size();
  Hidden plain((used / kPadding + 1) * kPadding);
  entries_bytes.view().copy(reinterpret_cast<char*>(plain.data()), used);
  std::size_t padded = 0;
  if (sodium_pad(&padded, plain.data(), used, kPadding, plain.size()) != 0) return no_library();
  std::string encrypted(padded + crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  unsigned long long size = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(encrypted), &size, plain.data(), padded, bytes_of(beginning),
                                             beginning.size(), nullptr, bytes_of(header.nonce), keys.box.data());
  encrypted.resize(size);
  if (beginning.size() + encrypted.size() > kLargestVault)
    return failure(Code::kVault, "the vault would be larger than 16 MiB");
  return beginning + encrypted;
}

}  // namespace
}  // namespace assay::secret

extern "C" const assay::secret::VaultModule* assay_vault_module() {
  static constexpr assay::secret::VaultModule kModule = {&assay::secret::open, &assay::secret::seal};
  return &kModule;
}
