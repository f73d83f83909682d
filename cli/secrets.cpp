// SPDX-License-Identifier: Apache-2.0
#include "cli/secrets.h"

#include "cli/passphrase.h"
#include "cli/verbs.h"
#include "engine/secret/sources.h"
#include "engine/system/spawn.h"

namespace assay::cli {
namespace {

Result<secret::VaultEntries> open_vault(const StartedWith& started) {
  ASSAY_TRY(const secret::Vault vault, vault_at(started.vault));
  ASSAY_CHECK(vault.check());
  ASSAY_TRY(std::string key, passphrase(started.passphrase_file, "passphrase of the vault", false));
  auto entries = vault.read(key);
  secret::wipe(key);
  return entries;
}

}  // namespace

std::shared_ptr<const secret::Secrets> read_secrets(const Common& common, const StartedWith& started,
                                                    const plan::Plan& plan) {
  std::vector<secret::Wanted> wanted;
  for (const plan::PlannedSecret& one : plan.secrets) wanted.push_back({one.reference, one.name, one.where});
  auto read = secret::read_secrets(wanted, {.environment = system::current_environment(),
                                            .folder = started.folder,
                                            .open_vault = [&] { return open_vault(started); }});
  complain(common, read.problems);
  return std::move(read.secrets);
}

}  // namespace assay::cli
