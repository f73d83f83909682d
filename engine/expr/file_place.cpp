// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/file_place.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "engine/expr/utf8.h"

namespace assay::expr {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Byte offset of a line and column in a text; kNowhere when it has no such place.
std::size_t offset_of(std::string_view text, const SourceSpan& span) {
  if (span.line == 0) return kNowhere;
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < span.line; ++line) {
    at = text.find('\n', at);
    if (at == kNowhere) return at;
    ++at;
  }
  for (std::uint32_t column = 1; column < span.column && at < text.size(); ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  return at;
}

// Goes through a scalar in the file and its value side by side.
class Walk {
 public:
  Walk(std::string_view file, std::size_t at, std::string_view text) : file_(file), text_(text), at_(at) {
    if (at_ == file_.size()) return;
    const char first = file_[at_];
    if (first == '"' || first == '\'') {
      quote_ = first;
      ++at_;
    } else if (first == '|' || first == '>') {
      at_ = std::min(file_.find('\n', at_), file_.size());  // what stands behind the sign is no part of the text
      skip_blanks();
      skip_blanks_of_text();
    }
  }

  // Moves to text[target]; false: the file says something else.
  bool go_to(std::size_t target) {
    while (here_ < target) {
      if (!step()) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  void skip_blanks() {
    while (at_ < file_.size() && is_blank(file_[at_])) ++at_;
  }

  void skip_blanks_of_text() {
    while (here_ < text_.size() && is_blank(text_[here_])) ++here_;
  }

  bool step() {
    if (at_ >= file_.size()) return false;
    if (quote_ == '"' && file_[at_] == '\\') return escape();
    const char c = text_[here_];
    if (is_blank(c)) {  // lines are joined and indentation is taken away: any blanks stand for any blanks
      if (!is_blank(file_[at_])) return false;
      skip_blanks();
      skip_blanks_of_text();
      return true;
    }
    if (file_[at_] != c) return false;
    at_ += quote_ == '\'' && c == '\'' ? 2 : 1;
    ++here_;
    return true;
  }

  // One escape of a text in double quotes.
  bool escape() {
    static constexpr std::string_view kLetters = "0abtnvfre \"/\\N_LP\t";
    static constexpr std::string_view kMeanings[] = {
        {"\0", 1}, "\a", "\b", "\t", "\n",       "\v",       "\f",           "\r",           "\x1b",
        " ",       "\"", "/",  "\\", "\xC2\x85", "\xC2\xA0", "\xE2\x80\xA8", "\xE2\x80\xA9", "\t"};
    const char c = at_ + 1 < file_.size() ? file_[at_ + 1] : '\0';
    at_ += 2;
    if (c == '\n' || c == '\r') {  // the line goes on
      skip_blanks();
      return true;
    }
    if (const auto letter = kLetters.find(c); letter != kNowhere) return take(kMeanings[letter]);
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    const std::string_view hex = file_.substr(std::min(at_, file_.size()), digits);
    std::uint32_t code = 0;
    const auto [stop, error] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
    if (digits == 0 || hex.size() != digits || error != std::errc() || stop != hex.data() + digits) return false;
    at_ += digits;
    std::string bytes;
    append_utf8(bytes, code);
    return take(bytes);
  }

  bool take(std::string_view bytes) {
    if (!text_.substr(here_).starts_with(bytes)) return false;
    here_ += bytes.size();
    return true;
  }

  std::string_view file_;
  std::string_view text_;
  std::size_t at_;
  std::size_t here_ = 0;  // in the text
  char quote_ = '\0';
};

}  // namespace

std::optional<SourceSpan> place_in_file(const SourceSpan& origin, std::string_view text, std::size_t begin,
                                        std::size_t end) {
  const std::string_view file = origin.source->text;
  const std::size_t at = offset_of(file, origin);
  if (at > file.size()) return std::nullopt;
  // Behind the last word is its end, not where the next line of the file begins.
  while (begin > 0 && (begin >= text.size() || is_blank(text[begin])) && is_blank(text[begin - 1])) --begin;
  end = std::max(begin, end);
  if (file.substr(at).starts_with(text)) return span_of(origin.source, at + begin, at + end);
  Walk walk(file, at, text);
  if (!walk.go_to(begin)) return std::nullopt;
  const std::size_t from = walk.at();
  if (!walk.go_to(end)) return std::nullopt;
  return span_of(origin.source, from, walk.at());
}

}  // namespace assay::expr
