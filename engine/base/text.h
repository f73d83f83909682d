// SPDX-License-Identifier: Apache-2.0
// Small functions over UTF-8 text that several modules need.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
// Without line ends ("\n" or "\r\n"); a last line without an end counts, an empty rest does not.
std::vector<std::string_view> lines(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// Every `from`, left to right, in linear time; an empty `from` changes nothing.
std::string replace_all(std::string text, std::string_view from, std::string_view to);

bool is_valid_utf8(std::string_view text);
// Code points of valid UTF-8; a broken byte counts as one.
std::size_t count_code_points(std::string_view text);
// Bytes of the code point that begins at `at`, which lies inside `text`; 1 for a broken byte.
std::size_t code_point_size(std::string_view text, std::size_t at);
// Columns on a terminal: East Asian wide characters take two, combining marks none.
std::size_t display_width(std::string_view text);
// For people to read: control characters, broken UTF-8 and bidirectional overrides become '?'; a tab becomes a space;
// line ends stay only with `keep_lines`.
enum class KeepLines : bool { kNo, kYes };
std::string printable(std::string_view text, KeepLines keep_lines = KeepLines::kNo);
// The same where white space matters: line ends and tabs as \n, \r and \t.
std::string visible(std::string_view text);
// At most `width` columns, with '…' where something was cut.
std::string shorten(std::string_view text, std::size_t width);

// The candidate that differs from `word` in upper and lower case only; else the nearest by edit distance (insert, delete,
// change, swap), if near enough to be a slip; else one
// that begins alike for at least half of both ('retries' for 'retry'); else empty.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
// "did you mean 'x'?" or empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

std::string base64(std::string_view bytes);
// RFC 4648 with the standard alphabet, with padding or without; nullopt: not that.
std::optional<std::string> decode_base64(std::string_view text);
std::string hex(std::string_view bytes);

}  // namespace assay
