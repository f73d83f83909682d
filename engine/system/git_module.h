// SPDX-License-Identifier: Apache-2.0
// What the module that links libgit2 offers, as one table. Both sides come from one build, so C++ types may cross.
#pragma once

#include "engine/system/git.h"
#include "engine/system/git_objects.h"

namespace assay::system {

struct GitModule {
  decltype(&git_state_of) state_of;
  decltype(&git_remote_refs) remote_refs;
  decltype(&git_download) download;
  decltype(&git_has_commit) has_commit;
  decltype(&git_keep_commit) keep_commit;
  decltype(&git_read_commit) read_commit;
};

}  // namespace assay::system

// The only name that the module is asked for.
extern "C" const assay::system::GitModule* assay_git_module();
