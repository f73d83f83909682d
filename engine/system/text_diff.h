// SPDX-License-Identifier: Apache-2.0
// The difference of two texts for people and for `patch`.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay::system {

// The hunks of a unified diff ("@@ -1,3 +1,3 @@" and lines), without a head that names files; empty when the texts are
// equal. Needs the module with libgit2 (system/module.h).
Result<std::string> unified_hunks(std::string_view before, std::string_view after);

}  // namespace assay::system
