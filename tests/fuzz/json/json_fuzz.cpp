// SPDX-License-Identifier: Apache-2.0
// JSON: a value or a diagnostic that can be shown, and what was read is written and read again as the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = assay::parse_json(text, "input");
  if (!value) {
    if (assay::render(value.error()).empty()) std::abort();
    return 0;
  }
  const auto again = assay::parse_json(assay::to_json_line(*value), "written");
  if (!again || *again != *value) std::abort();
  return 0;
}
