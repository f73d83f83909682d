// SPDX-License-Identifier: Apache-2.0
#include "engine/system/git.h"

#include "engine/system/module.h"

namespace assay::system {

GitStateResult git_state_of(const std::filesystem::path& file) {
  ASSAY_TRY(void* const function, find_in_module("git", "assay_git_state"));
  GitStateResult result;
  reinterpret_cast<void (*)(const std::filesystem::path&, GitStateResult&)>(function)(file, result);
  return result;
}

}  // namespace assay::system
