// SPDX-License-Identifier: Apache-2.0
// How a secret may look in a stream of bytes: as it is, and in the encodings of semantics 7.1, as regular expressions
// in the syntax of RE2 over bytes (Latin-1). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::secret {

// A value below this many bytes is found only as a whole token: "pin" in "pin=7", not in "spinning".
inline constexpr std::size_t kShortest = 8;

struct Spelling {
  std::string pattern;
  std::size_t longest = 0;  // bytes of the longest match
};

// Of a value that is not empty:
// - as text: each character as itself, percent-encoded, escaped as in JSON, XML or a shell, in any mixture;
// - base64, standard and for URLs, at each of the three places that it can have in longer data; lines may be broken;
// - hexadecimal, upper and lower case, also with spaces, colons or line ends between bytes;
// - UTF-16, little-endian.
std::vector<Spelling> spellings(std::string_view value);

}  // namespace assay::secret
