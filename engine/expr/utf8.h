// SPDX-License-Identifier: Apache-2.0
// Text as code points: CEL counts and indexes by them.
#pragma once

#include <string>
#include <string_view>

namespace assay::expr {

// A broken byte becomes U+FFFD.
std::u32string code_points(std::string_view text);
std::string utf8(std::u32string_view text);
void append_utf8(std::string& out, char32_t code_point);
// Not a surrogate, not above U+10FFFF.
bool is_scalar(char32_t code_point);

}  // namespace assay::expr
