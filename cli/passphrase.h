// SPDX-License-Identifier: Apache-2.0
// What people type that nobody else may see.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/secret/vault.h"

namespace assay::cli {

// A line from the terminal of the process, not shown while it is typed, whatever standard input is. Errors (kVault):
// there is no terminal; Ctrl-C or Ctrl-D.
Result<std::string> ask_hidden(const std::string& prompt);

// The first line of `file`, or what is typed; twice when it is `fresh`. Error: it is empty.
Result<std::string> passphrase(const std::optional<std::filesystem::path>& file, const std::string& prompt, bool fresh);

// The vault that `file` names, else the user's own.
Result<secret::Vault> vault_at(const std::optional<std::filesystem::path>& file);

}  // namespace assay::cli
