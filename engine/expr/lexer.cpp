// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/lexer.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/base/text.h"
#include "engine/expr/number.h"
#include "engine/expr/utf8.h"

namespace assay::expr {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// How a string literal begins: prefix letters, then one or three quotes.
struct Opening {
  std::size_t size = 0;  // of prefix and quotes; 0: no string begins here
  char quote = '"';
  bool triple = false;
  bool raw = false;
  bool bytes = false;
};
Opening opening_at(std::string_view text, std::size_t at) {
  Opening opening;
  std::size_t letters = 0;
  for (; letters < 2 && at + letters < text.size(); ++letters) {
    const char c = text[at + letters];
    if ((c == 'r' || c == 'R') && !opening.raw) {
      opening.raw = true;
    } else if ((c == 'b' || c == 'B') && !opening.bytes) {
      opening.bytes = true;
    } else {
      break;
    }
  }
  if (at + letters >= text.size() || (text[at + letters] != '"' && text[at + letters] != '\'')) return {};
  opening.quote = text[at + letters];
  const std::string quotes(3, opening.quote);
  opening.triple = text.substr(at + letters).starts_with(quotes);
  opening.size = letters + (opening.triple ? 3 : 1);
  return opening;
}

// The offset of the closing quotes of a literal whose content begins at `at`; npos: not closed.
std::size_t closing_at(std::string_view text, std::size_t at, const Opening& opening) {
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\' && !opening.raw) {
      ++at;
    } else if (c == opening.quote && (!opening.triple || text.substr(at).starts_with(std::string(3, c)))) {
      return at;
    } else if (!opening.triple && (c == '\n' || c == '\r')) {
      return std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

class Lexer {
 public:
  explicit Lexer(const Expression::Impl& impl) : impl_(impl), text_(impl.text) {}

  Result<std::vector<Token>> read() {
    std::vector<Token> tokens;
    tokens.reserve(text_.size() / 4 + 2);
    for (;;) {
      skip_space();
      ASSAY_TRY(Token token, next());
      tokens.push_back(std::move(token));
      if (tokens.back().kind == TokenKind::kEnd) return tokens;
    }
  }

 private:
  void skip_space() {
    while (at_ < text_.size()) {
      if (std::string_view(" \t\r\n\f").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else if (text_.substr(at_).starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] tl::unexpected<Diagnostic> wrong(std::size_t begin, std::size_t end, std::string message,
                                                 std::string help = {}) const {
    const Place place{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
    return failure(impl_.diagnostic(Code::kExpressionSyntax, place, std::move(message), std::move(help)));
  }
  [[nodiscard]] Token token(TokenKind kind, std::size_t begin, Value literal = {}) const {
    return Token{kind,
                 {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)},
                 text_.substr(begin, at_ - begin),
                 std::move(literal)};
  }

  Result<Token> next() {
    const std::size_t begin = at_;
    if (at_ == text_.size()) return token(TokenKind::kEnd, begin);
    if (const Opening opening = opening_at(text_, at_); opening.size > 0) return string_literal(opening);
    const char c = peek();
    if (is_letter(c)) {
      while (is_letter(peek()) || is_digit(peek())) ++at_;
      return token(TokenKind::kName, begin);
    }
    if (c == '`') return quoted_name();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    static constexpr std::string_view kPairs[] = {"==", "!=", "<=", ">=", "&&", "||"};
    for (const std::string_view pair : kPairs) {
      if (text_.substr(at_).starts_with(pair)) {
        at_ += 2;
        return token(TokenKind::kSign, begin);
      }
    }
    if (std::string_view("+-*/%<>!?:.,()[]{}").find(c) != std::string_view::npos) {
      ++at_;
      return token(TokenKind::kSign, begin);
    }
    std::string help;
    if (c == '=') help = "write '==' to compare";
    if (c == '&' || c == '|') help = "write '" + std::string(2, c) + "'";
    if (c == '$') help = "inside an expression a name stands alone, without '$'";
    std::size_t end = at_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0U) == 0x80U) ++end;
    return wrong(begin, end, "unexpected character '" + printable(text_.substr(begin, end - begin)) + "'",
                 std::move(help));
  }

  Result<Token> quoted_name() {
    const std::size_t begin = at_++;
    while (is_letter(peek()) || is_digit(peek()) ||
           (peek() != '\0' && std::string_view("-. /").find(peek()) != std::string_view::npos))
      ++at_;
    if (peek() != '`' || at_ == begin + 1) {
      return wrong(begin, at_, "a quoted name is not closed, is empty, or holds a character that it cannot",
                   "letters, digits, '_', '-', '.', '/' and spaces may stand between backquotes");
    }
    ++at_;
    Token name = token(TokenKind::kQuotedName, begin);
    name.text = name.text.substr(1, name.text.size() - 2);
    return name;
  }

  Result<Token> number() {
    const std::size_t begin = at_;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      at_ += 2;
      while (hex_digit(peek()) >= 0) ++at_;
      return integer(begin, begin + 2, 16);
    }
    while (is_digit(peek())) ++at_;
    bool whole = true;
    if (peek() == '.' && is_digit(peek(1))) {
      whole = false;
      for (++at_; is_digit(peek());) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        whole = false;
        for (at_ += 1 + sign; is_digit(peek());) ++at_;
      }
    }
    if (whole) return integer(begin, begin, 10);
    const double value = read_double(text_.substr(begin, at_ - begin)).value_or(0);  // digits only: it is a number
    if (is_letter(peek())) return wrong(begin, at_ + 1, "a number is followed by a letter", unit_help());
    return token(TokenKind::kLiteral, begin, Value::number(value));
  }

  Result<Token> integer(std::size_t begin, std::size_t digits_begin, int base) {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text_.data() + digits_begin, text_.data() + at_, value, base);
    if (at_ == digits_begin) return wrong(begin, at_, "a hexadecimal number without digits");
    const bool is_uint = peek() == 'u' || peek() == 'U';
    if (is_uint) ++at_;
    if (is_letter(peek())) return wrong(begin, at_ + 1, "a number is followed by a letter", unit_help());
    if (error != std::errc()) return wrong(begin, at_, "the number does not fit 64 bits");
    return token(is_uint ? TokenKind::kLiteral : TokenKind::kInt, begin, Value::unsigned_integer(value));
  }

  static std::string unit_help() {
    return "write a number with a unit as quantity(\"4 GiB\"), a duration as duration(\"90s\")";
  }

  Result<Token> string_literal(const Opening& opening) {
    const std::size_t begin = at_;
    const std::size_t content = at_ + opening.size;
    const std::size_t end = closing_at(text_, content, opening);
    if (end == std::string_view::npos) {
      return wrong(begin, content, "the string literal is not closed",
                   opening.triple ? "" : "a literal of several lines stands between three quotes");
    }
    const std::string_view inside = text_.substr(content, end - content);
    at_ = end + (opening.triple ? 3 : 1);
    std::string value(inside);
    if (!opening.raw && inside.find('\\') != std::string_view::npos) {
      ASSAY_TRY(value, unescape(content, end, opening.bytes));
    }
    return token(TokenKind::kLiteral, begin,
                 opening.bytes ? Value::bytes(std::move(value)) : Value::string(std::move(value)));
  }

  Result<std::string> unescape(std::size_t begin, std::size_t end, bool bytes) {
    std::string out;
    for (std::size_t at = begin; at < end;) {
      if (text_[at] != '\\') {
        out += text_[at++];
        continue;
      }
      const char c = text_[at + 1];  // a backslash is never last: closing_at() skips what follows it
      static constexpr std::string_view kLetters = "abfnrtv\\?\"'`";
      static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\?\"'`";
      if (const auto letter = kLetters.find(c); letter != std::string_view::npos) {
        out += kMeanings[letter];
        at += 2;
        continue;
      }
      const std::size_t digits = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '3' ? 3 : 0;
      const unsigned base = digits == 3 ? 8 : 16;
      const std::size_t first = at + (digits == 3 ? 1 : 2);
      std::uint32_t code = 0;
      bool good = digits > 0 && first + digits <= end && !(bytes && digits > 3);
      for (std::size_t i = first; good && i < first + digits; ++i) {
        const int digit = hex_digit(text_[i]);
        good = digit >= 0 && static_cast<unsigned>(digit) < base;
        code = code * base + static_cast<unsigned>(std::max(digit, 0));
      }
      if (!good || (!bytes && !is_scalar(code))) {
        const std::size_t behind = at + 1 + code_point_size(text_, at + 1);
        return wrong(
            at, std::min(behind, end),
            "the escape '" + printable(text_.substr(at, behind - at)) + "' is not one that this literal can hold",
            "write '\\\\' for a backslash, or a raw string: r\"…\"");
      }
      if (bytes) {
        out += static_cast<char>(static_cast<unsigned char>(code));
      } else {
        append_utf8(out, code);
      }
      at = first + digits;
    }
    return out;
  }

  const Expression::Impl& impl_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Token>> read_tokens(const Expression::Impl& impl) { return Lexer(impl).read(); }

ClosingBraces find_closing_braces(std::string_view text, std::size_t begin) {
  std::size_t open = 0;
  for (std::size_t at = begin; at < text.size();) {
    if (const Opening opening = opening_at(text, at); opening.size > 0) {
      const std::size_t end = closing_at(text, at + opening.size, opening);
      if (end == std::string_view::npos) return {.open_literal = at};
      at = end + (opening.triple ? 3 : 1);
      continue;
    }
    if (is_letter(text[at])) {  // a whole word, so that its last letter is not taken for the prefix of a string
      while (at < text.size() && (is_letter(text[at]) || is_digit(text[at]))) ++at;
      continue;
    }
    if (text.substr(at).starts_with("//")) {
      // A comment ends with its line; on the last line the braces end it too, so that one line can hold both.
      const std::size_t line = text.find('\n', at);
      const std::size_t close = text.find("}}", at);
      if (close < line) return {close};
      at = line;
      if (at == std::string_view::npos) return {};
      continue;
    }
    if (text[at] == '{') ++open;
    if (text[at] == '}') {
      if (open == 0) {
        if (text.substr(at).starts_with("}}")) return {at};
        return {};
      }
      --open;
    }
    ++at;
  }
  return {};
}

}  // namespace assay::expr
