// SPDX-License-Identifier: Apache-2.0
// What the module that links libsodium offers, as one table. Both sides come from one build, so C++ types may cross.
#pragma once

#include "engine/secret/vault.h"

namespace assay::secret {

struct VaultModule {
  decltype(&open_vault) open;
  decltype(&seal_vault) seal;
};

}  // namespace assay::secret

// The only name that the module is asked for.
extern "C" const assay::secret::VaultModule* assay_vault_module();
