// SPDX-License-Identifier: Apache-2.0
#include "engine/secret/vault.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/secret/secrets.h"
#include "engine/secret/vault_module.h"
#include "engine/system/module.h"

namespace assay::secret {
namespace {

Result<const VaultModule*> module() {
  ASSAY_TRY(void* const function, system::find_in_module("vault", "assay_vault_module"));
  return reinterpret_cast<decltype(&assay_vault_module)>(function)();
}

std::string quoted(const std::filesystem::path& path) { return "'" + printable(path.string()) + "'"; }

// Held while a vault is read and replaced: a lock of the folder, gone with its holder.
Result<UniqueFd> lock(const std::filesystem::path& folder) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return failure(system_failure("open", folder, errno));
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return failure(system_failure("lock", folder, errno));
  }
  return fd;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

// What a vault's name leads to: who made a link to it wants it kept.
std::filesystem::path behind_links(std::filesystem::path path) {
  constexpr int kMost = 40;  // as the kernel follows
  std::error_code error;
  for (int i = 0; i < kMost && std::filesystem::is_symlink(path, error); ++i)
    path = folder_of(path) / std::filesystem::read_symlink(path, error);
  return path;
}

// The strength of an existing vault, by its memory.
VaultStrength strength_of(const VaultHeader& header) {
  if (header.memory >= std::uint64_t{1} << 30U) return VaultStrength::kSensitive;
  return header.memory >= std::uint64_t{256} << 20U ? VaultStrength::kModerate : VaultStrength::kInteractive;
}

Result<std::string> bytes_of(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return failure(Code::kVault, "there is no vault " + quoted(path), "`assay vault init` makes one");
  return read_file(path, kLargestVault);
}

}  // namespace

Result<VaultEntries> open_vault(std::string_view bytes, std::string_view passphrase) {
  ASSAY_TRY(const VaultModule* const vault, module());
  return vault->open(bytes, passphrase);
}

Result<std::string> seal_vault(const VaultEntries& entries, std::string_view passphrase, VaultStrength strength) {
  ASSAY_TRY(const VaultModule* const vault, module());
  return vault->seal(entries, passphrase, strength);
}

Result<void> Vault::create(std::string_view passphrase, VaultStrength strength) const {
  const std::filesystem::path file = behind_links(path_);
  const std::filesystem::path folder = folder_of(file);
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) {
    ASSAY_CHECK(make_directories(folder));
    if (::chmod(folder.c_str(), 0700) != 0) return failure(system_failure("close to others", folder, errno));
  }
  ASSAY_TRY(const UniqueFd held, lock(folder));
  if (std::filesystem::exists(path_, error))
    return failure(Code::kVault, "there is a vault " + quoted(path_) + " already", "`assay vault set NAME` adds to it");
  ASSAY_TRY(const std::string bytes, seal_vault({}, passphrase, strength));
  return write_file_atomically(file, bytes, 0600);
}

Result<void> Vault::check() const {
  ASSAY_TRY(const std::string bytes, bytes_of(path_));
  if (auto header = read_vault_header(bytes); !header) return failure(std::move(header).error());
  return {};
}

Result<VaultEntries> Vault::read(std::string_view passphrase) const {
  ASSAY_TRY(const std::string bytes, bytes_of(path_));
  return open_vault(bytes, passphrase);
}

Result<void> Vault::change(std::string_view passphrase, std::string_view new_passphrase,
                           const std::function<Result<void>(VaultEntries& entries)>& edit) const {
  const std::filesystem::path file = behind_links(path_);
  ASSAY_TRY(const UniqueFd held, lock(folder_of(file)));
  ASSAY_TRY(const std::string before, bytes_of(file));
  ASSAY_TRY(const VaultHeader header, read_vault_header(before));
  ASSAY_TRY(VaultEntries entries, open_vault(before, passphrase));
  auto edited = edit(entries);
  auto after = edited ? seal_vault(entries, new_passphrase, strength_of(header))
                      : Result<std::string>(failure(std::move(edited).error()));
  wipe(entries);
  if (!after) return failure(std::move(after).error());
  return write_file_atomically(file, *after, 0600);
}

Result<std::filesystem::path> default_vault() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && config[0] == '/') return std::filesystem::path(config) / "assay/vault";
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return std::filesystem::path(home) / ".config/assay/vault";
  const passwd* user = ::getpwuid(::getuid());
  if (user != nullptr && user->pw_dir != nullptr) return std::filesystem::path(user->pw_dir) / ".config/assay/vault";
  return failure(Code::kVault, "HOME is not set, so the vault has no place", "name it: --vault FILE");
}

void wipe(VaultEntries& entries) {
  for (auto& [name, value] : entries) wipe(value);
  entries.clear();
}

}  // namespace assay::secret
