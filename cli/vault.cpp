// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/passphrase.h"
#include "cli/verbs.h"
#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/secret/secrets.h"
#include "engine/secret/sources.h"

namespace assay::cli {
namespace {

using secret::VaultEntries;

constexpr const char* kPrompt = "passphrase of the vault";

secret::VaultStrength strength_of(const std::string& name) {
  if (name == "interactive") return secret::VaultStrength::kInteractive;
  return name == "sensitive" ? secret::VaultStrength::kSensitive : secret::VaultStrength::kModerate;
}

// All of standard input without the line end that editors and `echo` add; or what is typed.
Result<std::string> value_for(const std::string& name) {
  std::string out;
  if (::isatty(STDIN_FILENO) == 1) {
    ASSAY_TRY(out, ask_hidden("value of " + name));
  } else {
    out.reserve(secret::kLongestValue + 3);
    char buffer[4096];
    while (out.size() <= secret::kLongestValue + 2) {
      const ssize_t n = ::read(STDIN_FILENO, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failure(system_failure("read", "standard input", errno));
      if (n == 0) break;
      out.append(buffer, static_cast<std::size_t>(n));
    }
    if (out.ends_with('\n')) out.pop_back();
    if (out.ends_with('\r')) out.pop_back();
  }
  if (!out.empty() && out.size() <= secret::kLongestValue) return out;
  const bool empty = out.empty();
  secret::wipe(out);
  return failure(Code::kVault,
                 empty ? "the value is empty"
                       : "the value is longer than " + std::to_string(secret::kLongestValue >> 10U) + " KiB");
}

tl::unexpected<Diagnostic> not_there(const std::string& name, const VaultEntries& entries) {
  std::vector<std::string> names;
  for (const auto& [known, value] : entries) names.push_back(known);
  return failure(Code::kVault, "the vault has no '" + printable(name) + "'", did_you_mean(name, names));
}

Result<void> set(const secret::Vault& vault, const VaultVerb& verb) {
  if (!secret::is_vault_name(verb.name)) {
    return failure(Diagnostic{.code = Code::kVault,
                              .message = "'" + printable(verb.name) + "' is no name for a secret",
                              .expected = "a letter or digit, then letters, digits, '_', '.', '-' and '/'"});
  }
  // Before the value: a wrong passphrase should not cost the typing of it.
  ASSAY_TRY(std::string key, passphrase(verb.passphrase_file, kPrompt, false));
  ASSAY_TRY(VaultEntries known, vault.read(key));
  secret::wipe(known);
  ASSAY_TRY(std::string value, value_for(verb.name));
  auto done = vault.change(key, key, [&](VaultEntries& entries) -> Result<void> {
    std::string& place = entries[verb.name];
    secret::wipe(place);
    place = value;
    return {};
  });
  secret::wipe(value);
  secret::wipe(key);
  return done;
}

Result<void> remove(const secret::Vault& vault, const VaultVerb& verb) {
  ASSAY_TRY(std::string key, passphrase(verb.passphrase_file, kPrompt, false));
  auto done = vault.change(key, key, [&](VaultEntries& entries) -> Result<void> {
    const auto found = entries.find(verb.name);
    if (found == entries.end()) return not_there(verb.name, entries);
    secret::wipe(found->second);
    entries.erase(found);
    return {};
  });
  secret::wipe(key);
  return done;
}

Result<void> rekey(const secret::Vault& vault, const VaultVerb& verb) {
  ASSAY_TRY(std::string key, passphrase(verb.passphrase_file, kPrompt, false));
  ASSAY_TRY(VaultEntries known, vault.read(key));
  secret::wipe(known);
  ASSAY_TRY(std::string fresh, passphrase(verb.new_passphrase_file, "new passphrase of the vault", true));
  auto done = vault.change(key, fresh, [](VaultEntries&) -> Result<void> { return {}; });
  secret::wipe(key);
  secret::wipe(fresh);
  return done;
}

Result<void> get(const secret::Vault& vault, const VaultVerb& verb) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  if (!terminal && !verb.force)
    return failure(Code::kVault, "standard output is no terminal, so the value would be kept", "--force prints it");
  ASSAY_TRY(std::string key, passphrase(verb.passphrase_file, kPrompt, false));
  auto entries = vault.read(key);
  secret::wipe(key);
  if (!entries) return failure(std::move(entries).error());
  const auto found = entries->find(verb.name);
  Result<void> done;
  if (found == entries->end()) {
    done = not_there(verb.name, *entries);
  } else {
    done = write_all(STDOUT_FILENO, found->second, "standard output");
    if (done && terminal) done = write_all(STDOUT_FILENO, "\n", "standard output");
  }
  secret::wipe(*entries);
  return done;
}

Result<void> list(const Common& common, const secret::Vault& vault, const VaultVerb& verb) {
  ASSAY_TRY(std::string key, passphrase(verb.passphrase_file, kPrompt, false));
  auto entries = vault.read(key);
  secret::wipe(key);
  if (!entries) return failure(std::move(entries).error());
  Json names = Json::array();
  for (const auto& [name, value] : *entries) names.push_back(name);
  secret::wipe(*entries);
  if (common.json) {
    std::cout << to_json_line({{"vault", vault.path().string()}, {"names", names}}) << '\n';
  } else {
    for (const Json& name : names) std::cout << name.get<std::string>() << '\n';
  }
  return {};
}

Result<void> init(const secret::Vault& vault, const VaultVerb& verb) {
  ASSAY_TRY(std::string key, passphrase(verb.passphrase_file, "passphrase for the new vault", true));
  auto done = vault.create(key, strength_of(verb.strength));
  secret::wipe(key);
  if (done) std::cerr << "made the vault " << printable(vault.path().string()) << '\n';
  return done;
}

Result<void> act(const Common& common, const VaultVerb& verb) {
  ASSAY_TRY(const secret::Vault vault, vault_at(verb.vault));
  if (verb.action != VaultVerb::Action::kInit) ASSAY_CHECK(vault.check());
  switch (verb.action) {
    case VaultVerb::Action::kInit: return init(vault, verb);
    case VaultVerb::Action::kSet: return set(vault, verb);
    case VaultVerb::Action::kGet: return get(vault, verb);
    case VaultVerb::Action::kList: return list(common, vault, verb);
    case VaultVerb::Action::kRemove: return remove(vault, verb);
    case VaultVerb::Action::kRekey: return rekey(vault, verb);
  }
  return {};
}

}  // namespace

int vault(const Common& common, const VaultVerb& verb) {
  const auto done = act(common, verb);
  if (done) return 0;
  complain(common, done.error());
  return exit_code_of(done.error());
}

}  // namespace assay::cli
