// SPDX-License-Identifier: Apache-2.0
// Names for the rows of a table: INSTANTIATE_TEST_SUITE_P(Durations, Duration, ::testing::ValuesIn(kCases), case_name).
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace assay::test {

// For any row with a member `name` of letters and digits.
inline constexpr auto case_name = [](const auto& row) { return std::string(row.param.name); };

}  // namespace assay::test
