// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace assay::cli {
inline constexpr const char* kVersion = ASSAY_VERSION;  // from the project() call of the root CMakeLists.txt
}  // namespace assay::cli
