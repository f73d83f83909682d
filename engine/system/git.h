// SPDX-License-Identifier: Apache-2.0
// What git knows about a file, read through libgit2 (no git program, no network, no hooks or filters).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/result.h"

namespace assay::system {

struct GitState {
  std::string commit;     // 40 hex digits of HEAD
  bool modified = false;  // the file differs from HEAD, or git does not track it
};

using GitStateResult = Result<std::optional<GitState>>;

// nullopt when the file lies in no repository or the repository has no commit.
GitStateResult git_state_of(const std::filesystem::path& file);

}  // namespace assay::system
