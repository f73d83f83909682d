// SPDX-License-Identifier: Apache-2.0
#include "engine/system/git.h"

#include "engine/system/git_module.h"
#include "engine/system/module.h"

namespace assay::system {
namespace {

Result<const GitModule*> module_of() {
  ASSAY_TRY(void* const function, find_in_module("git", "assay_git_module"));
  return reinterpret_cast<decltype(&assay_git_module)>(function)();
}

}  // namespace

GitStateResult git_state_of(const std::filesystem::path& file) {
  ASSAY_TRY(const GitModule* const module, module_of());
  return module->state_of(file);
}

Result<std::vector<GitRef>> git_remote_refs(const std::string& url, const GitAccess& access) {
  ASSAY_TRY(const GitModule* const module, module_of());
  return module->remote_refs(url, access);
}

Result<void> git_download(const std::filesystem::path& repository, const std::string& url,
                          const std::vector<std::string>& wanted, const GitAccess& access) {
  ASSAY_TRY(const GitModule* const module, module_of());
  return module->download(repository, url, wanted, access);
}

Result<bool> git_has_commit(const std::filesystem::path& repository, const std::string& commit) {
  ASSAY_TRY(const GitModule* const module, module_of());
  return module->has_commit(repository, commit);
}

Result<void> git_keep_commit(const std::filesystem::path& repository, const std::string& commit) {
  ASSAY_TRY(const GitModule* const module, module_of());
  return module->keep_commit(repository, commit);
}

Result<void> git_read_commit(const std::filesystem::path& repository, const std::string& commit,
                             const GitTreeLimits& limits, const TakeGitEntry& take) {
  ASSAY_TRY(const GitModule* const module, module_of());
  return module->read_commit(repository, commit, limits, take);
}

}  // namespace assay::system
