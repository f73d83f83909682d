// SPDX-License-Identifier: Apache-2.0
// Text as code points: CEL counts and indexes by them.
#pragma once

#include <string>
#include <string_view>

namespace assay::expr {

// A broken byte becomes U+FFFD.
std::u32string code_points(std::string_view text);
std::string utf8(std::u32string_view text);
// The text with one U+FFFD in the place of each run of bytes that are no UTF-8.
std::string with_runs_replaced(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);
// Where `part` begins in `text`, at the byte `from` or behind it; npos: nowhere. In linear time.
std::size_t find_text(std::string_view text, std::string_view part, std::size_t from = 0);
// The last place that is not behind the byte `last`.
std::size_t find_last_text(std::string_view text, std::string_view part, std::size_t last);
// Not a surrogate, not above U+10FFFF.
bool is_scalar(char32_t code_point);

}  // namespace assay::expr
