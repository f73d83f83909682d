// SPDX-License-Identifier: Apache-2.0
// The functions of git_objects.h as the module carries them out; not for anybody else.
#pragma once

#include "engine/system/git_objects.h"

namespace assay::system::objects {

Result<std::vector<GitRef>> remote_refs(const std::string& url, const GitAccess& access);
Result<void> download(const std::filesystem::path& repository, const std::string& url,
                      const std::vector<std::string>& wanted, const GitAccess& access);
Result<bool> has_commit(const std::filesystem::path& repository, const std::string& commit);
Result<void> keep_commit(const std::filesystem::path& repository, const std::string& commit);
Result<void> read_commit(const std::filesystem::path& repository, const std::string& commit,
                         const GitTreeLimits& limits, const TakeGitEntry& take);

}  // namespace assay::system::objects
