// SPDX-License-Identifier: Apache-2.0
// The words of an expression. Only engine/expr includes this.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/expr/syntax.h"

namespace assay::expr {

enum class TokenKind : std::uint8_t {
  kEnd,
  kName,        // an identifier, reserved words among them
  kQuotedName,  // `a-b`, only as a member
  kInt,         // literal: uint, as a sign may come before it
  kLiteral,     // uint with suffix, double, string, bytes
  kSign,        // one or two characters
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Place place;
  std::string_view text;  // of names without backquotes, and of signs
  Value literal = {};
};

// The last token is kEnd. Fails at the first character that begins no token.
Result<std::vector<Token>> read_tokens(const Expression::Impl& impl);

// Where the expression that begins at `begin` ends: the offset of the first `}}` that is neither inside a string literal
// or comment nor closes a brace of the expression; npos when there is none. `open_literal` is then the literal that has
// no end, where that is why.
struct ClosingBraces {
  std::size_t at = std::string_view::npos;
  std::optional<std::size_t> open_literal = std::nullopt;
};
ClosingBraces find_closing_braces(std::string_view text, std::size_t begin);

}  // namespace assay::expr
