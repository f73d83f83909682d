// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

namespace assay::test {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace assay::test
