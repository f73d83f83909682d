// SPDX-License-Identifier: Apache-2.0
// Vault files and what is encrypted in them: a value or a diagnostic, and what was read is written as the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/secret/vault_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const auto header = secret::read_vault_header(bytes)) {
    if (secret::write_vault_header(*header) + std::string(header->encrypted) != bytes) std::abort();
  } else if (render(header.error()).empty()) {
    std::abort();
  }
  if (const auto entries = secret::read_vault_entries(bytes)) {
    const auto again = secret::read_vault_entries(secret::write_vault_entries(*entries));
    if (!again || *again != *entries) std::abort();
  }
  return 0;
}
