// SPDX-License-Identifier: Apache-2.0
#include "engine/system/text_diff.h"

#include "engine/system/module.h"

namespace assay::system {

Result<std::string> unified_hunks(std::string_view before, std::string_view after) {
  ASSAY_TRY(void* const function, find_in_module("git", "assay_unified_hunks"));
  Result<std::string> result;
  reinterpret_cast<void (*)(std::string_view, std::string_view, Result<std::string>&)>(function)(before, after, result);
  return result;
}

}  // namespace assay::system
