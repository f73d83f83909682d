// SPDX-License-Identifier: Apache-2.0
#include "engine/secret/vault_format.h"

#include <algorithm>

namespace assay::secret {
namespace {

constexpr std::string_view kMagic = "assay.vault/1\n";
constexpr std::string_view kAnyVersion = "assay.vault/";
constexpr std::uint32_t kMostPasses = 16;
constexpr std::uint64_t kLeastMemory = std::uint64_t{8} << 10U;
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 30U;
constexpr std::size_t kLongestName = 128;
constexpr std::uint32_t kMostEntries = 100'000;

tl::unexpected<Diagnostic> damaged(const std::string& what) {
  return failure(Code::kVault, "the vault is damaged: " + what, "take it from a backup");
}

// Takes little-endian numbers and runs of bytes off the front.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  // False: fewer are left.
  bool take(std::size_t size, std::string_view& out) {
    if (rest_.size() < size) return false;
    out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  template <class Number>
  bool take(Number& out) {
    std::string_view bytes;
    if (!take(sizeof(Number), bytes)) return false;
    out = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;)
      out = static_cast<Number>(out << 8U | static_cast<unsigned char>(bytes[i]));
    return true;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

template <class Number>
void put(Number number, std::string& out) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) out += static_cast<char>(number >> (8 * i) & 0xFFU);
}

}  // namespace

bool is_vault_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= kLongestName && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || std::string_view("_.-/").find(c) != std::string_view::npos;
         });
}

Result<VaultHeader> read_vault_header(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) {
    if (bytes.starts_with(kAnyVersion))
      return failure(Code::kVault, "the vault was written by a newer version of assay", "use that version");
    return failure(Code::kVault, "the file is no vault", "`assay vault init` makes one");
  }
  if (bytes.size() > kLargestVault) return damaged("it is larger than 16 MiB");
  Cursor cursor(bytes.substr(kMagic.size()));
  VaultHeader out;
  std::string_view salt;
  std::string_view checksum;
  std::string_view key_check;
  std::string_view nonce;
  if (!cursor.take(out.passes) || !cursor.take(out.memory) || !cursor.take(16, salt) || !cursor.take(16, checksum) ||
      !cursor.take(16, key_check) || !cursor.take(24, nonce)) {
    return damaged("it is cut short");
  }
  if (out.passes < 1 || out.passes > kMostPasses || out.memory < kLeastMemory || out.memory > kMostMemory)
    return damaged("it asks for more work than any vault");
  out.salt = salt;
  out.checksum = checksum;
  out.key_check = key_check;
  out.nonce = nonce;
  out.encrypted = cursor.rest();
  return out;
}

std::string write_vault_header(const VaultHeader& header) {
  std::string out(kMagic);
  put(header.passes, out);
  put(header.memory, out);
  out += header.salt + header.checksum + header.key_check + header.nonce;
  return out;
}

Result<VaultEntries> read_vault_entries(std::string_view bytes) {
  Cursor cursor(bytes);
  std::uint32_t count = 0;
  VaultEntries out;
  if (!cursor.take(count) || count > kMostEntries) return damaged("it does not say what it holds");
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t size = 0;
    std::string_view name;
    std::string_view value;
    if (!cursor.take(size) || !cursor.take(size, name) || !cursor.take(size) || !cursor.take(size, value))
      return damaged("an entry is cut short");
    if (!is_vault_name(name) || !out.emplace(name, value).second) return damaged("a name is not one of ours");
  }
  if (!cursor.rest().empty()) return damaged("there is more in it than it says");
  return out;
}

std::string write_vault_entries(const VaultEntries& entries) {
  std::size_t size = 4;
  for (const auto& [name, value] : entries) size += 8 + name.size() + value.size();
  std::string out;
  out.reserve(size);  // so that no copy of a value is left behind
  put(static_cast<std::uint32_t>(entries.size()), out);
  for (const auto& [name, value] : entries) {
    put(static_cast<std::uint32_t>(name.size()), out);
    out += name;
    put(static_cast<std::uint32_t>(value.size()), out);
    out += value;
  }
  return out;
}

}  // namespace assay::secret
