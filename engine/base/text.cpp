// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace assay {
namespace {

constexpr std::uint32_t kBroken = 0xFFFFFFFFU;

struct Decoded {
  std::uint32_t code_point;  // kBroken: not UTF-8
  std::size_t size;          // bytes taken, at least 1
};

// One code point of UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])); };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  std::size_t size = 0;
  std::uint32_t value = 0;
  std::uint32_t smallest = 0;
  if ((first & 0xE0U) == 0xC0U) {
    size = 2, value = first & 0x1FU, smallest = 0x80;
  } else if ((first & 0xF0U) == 0xE0U) {
    size = 3, value = first & 0x0FU, smallest = 0x800;
  } else if ((first & 0xF8U) == 0xF0U) {
    size = 4, value = first & 0x07U, smallest = 0x10000;
  } else {
    return {kBroken, 1};
  }
  if (at + size > text.size()) return {kBroken, 1};
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {kBroken, 1};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {kBroken, 1};
  return {value, size};
}

// Characters that change the order or the look of what stands around them (Unicode TR 36).
bool is_deceptive(std::uint32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C;
}

bool is_wide(std::uint32_t c) {
  constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 12> kWide = {{{0x1100, 0x115F},
                                                                              {0x2E80, 0x303E},
                                                                              {0x3041, 0x33FF},
                                                                              {0x3400, 0x4DBF},
                                                                              {0x4E00, 0x9FFF},
                                                                              {0xA000, 0xA4CF},
                                                                              {0xAC00, 0xD7A3},
                                                                              {0xF900, 0xFAFF},
                                                                              {0xFE30, 0xFE6F},
                                                                              {0xFF00, 0xFF60},
                                                                              {0xFFE0, 0xFFE6},
                                                                              {0x1F300, 0x1FAFF}}};
  return std::any_of(kWide.begin(), kWide.end(),
                     [c](const auto& range) { return c >= range.first && c <= range.second; }) ||
         (c >= 0x20000 && c <= 0x3FFFD);
}

bool is_combining(std::uint32_t c) {
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0x200B ||
         c == 0x200D || c == 0xFEFF;
}

}  // namespace

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (;;) {
    const auto end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    parts.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != parts.data()) out += separator;
    out += part;
  }
  return out;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  std::size_t found = from.empty() ? std::string::npos : text.find(from);
  if (found == std::string::npos) return text;
  std::string out;
  std::size_t kept = 0;
  for (; found != std::string::npos; found = text.find(from, kept)) {
    out.append(text, kept, found - kept).append(to);
    kept = found + from.size();
  }
  return out.append(text, kept);
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Decoded c = decode(text, at);
    if (c.code_point == kBroken) return false;
    at += c.size;
  }
  return true;
}

std::size_t code_point_size(std::string_view text, std::size_t at) { return decode(text, at).size; }

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += decode(text, at).size) ++count;
  return count;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded c = decode(text, at);
    at += c.size;
    if (is_combining(c.code_point)) continue;
    width += is_wide(c.code_point) ? 2 : 1;
  }
  return width;
}

std::string printable(std::string_view text, KeepLines keep_lines) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Decoded c = decode(text, at);
    if (c.code_point == '\n' && keep_lines == KeepLines::kYes) {
      out += '\n';
    } else if (c.code_point == '\t') {
      out += ' ';
    } else if (c.code_point == kBroken || c.code_point < 0x20 || (c.code_point >= 0x7F && c.code_point < 0xA0) ||
               is_deceptive(c.code_point)) {
      out += '?';
    } else {
      out.append(text.substr(at, c.size));
    }
    at += c.size;
  }
  return out;
}

std::string visible(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\n\r\t", at), text.size());
    out += printable(text.substr(at, end - at));
    if (end < text.size()) out += text[end] == '\n' ? "\\n" : text[end] == '\r' ? "\\r" : "\\t";
    at = end + 1;
  }
  return out;
}

std::string shorten(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded c = decode(text, at);
    const std::size_t columns = is_combining(c.code_point) ? 0 : is_wide(c.code_point) ? 2 : 1;
    if (used + columns + 1 > width) break;
    out.append(text.substr(at, c.size));
    used += columns;
    at += c.size;
  }
  return width == 0 ? std::string() : out + "…";
}

namespace {
bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// Another form of the word: at least half of both, and four letters, are the same beginning.
std::string same_beginning(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::ptrdiff_t kLeast = 4;
  std::ptrdiff_t most = kLeast - 1;
  std::string best;
  for (const std::string& candidate : candidates) {
    const auto same = std::mismatch(word.begin(), word.end(), candidate.begin(), candidate.end()).first - word.begin();
    const auto longer = static_cast<std::ptrdiff_t>(std::max(word.size(), candidate.size()));
    if (candidate == word || same <= most || 2 * same < longer) continue;
    most = same;
    best = candidate;
  }
  return best;
}
}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  // Optimal string alignment over bytes, three rows. Words are names people type, so they are short.
  constexpr std::size_t kLongest = 64;
  if (word.empty() || word.size() > kLongest) return {};
  const std::size_t allowed = word.size() <= 3 ? 1 : std::max<std::size_t>(2, word.size() / 3);
  std::size_t best_distance = allowed + 1;
  std::string best;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongest || candidate == word) continue;
    if (same_but_for_case(word, candidate)) return candidate;
    std::vector<std::size_t> before(candidate.size() + 1);
    std::vector<std::size_t> above(candidate.size() + 1);
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j <= candidate.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::swap(before, above);
      std::swap(above, row);
      row[0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t change = word[i - 1] == candidate[j - 1] ? 0 : 1;
        row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
        if (i > 1 && j > 1 && word[i - 1] == candidate[j - 2] && word[i - 2] == candidate[j - 1]) {
          row[j] = std::min(row[j], before[j - 2] + 1);
        }
      }
    }
    if (row[candidate.size()] < std::min(best_distance, word.size())) {
      best_distance = row[candidate.size()];
      best = candidate;
    }
  }
  return best.empty() ? same_beginning(word, candidates) : best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string candidate = nearest(word, candidates);
  return candidate.empty() ? std::string() : "did you mean '" + candidate + "'?";
}

namespace {
constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = (group << 8U) | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    out += kBase64Digits[(group >> 18U) & 63U];
    out += kBase64Digits[(group >> 12U) & 63U];
    out += at + 1 < bytes.size() ? kBase64Digits[(group >> 6U) & 63U] : '=';
    out += at + 2 < bytes.size() ? kBase64Digits[group & 63U] : '=';
  }
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  const std::size_t padded = text.size();
  while (text.ends_with('=')) text.remove_suffix(1);
  const std::size_t padding = padded - text.size();
  if (text.size() % 4 == 1 || padding > 2 || (padding > 0 && padded % 4 != 0)) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = kBase64Digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    group = (group << 6U) | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(static_cast<unsigned char>(group >> bits));
    }
  }
  return out;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4U];
    out += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  return out;
}

}  // namespace assay
