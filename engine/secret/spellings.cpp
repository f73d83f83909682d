// SPDX-License-Identifier: Apache-2.0
#include "engine/secret/spellings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "engine/base/text.h"

namespace assay::secret {
namespace {

bool is_letter(unsigned char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}
bool is_word(unsigned char byte) { return is_letter(byte) || byte == '_'; }

std::string formatted(const char* format, unsigned value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

// One byte as a pattern that matches just it.
std::string literal(unsigned char byte) {
  return is_word(byte) ? std::string(1, static_cast<char>(byte)) : formatted("\\x%02x", byte);
}
std::string literal(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += literal(static_cast<unsigned char>(byte));
  return out;
}

// Hexadecimal digits in either case.
std::string digits(const char* format, unsigned value) {
  std::string out;
  for (const char digit : formatted(format, value)) {
    if (digit >= 'a' && digit <= 'f') {
      out += {'[', digit, static_cast<char>(digit - 'a' + 'A'), ']'};
    } else {
      out += digit;
    }
  }
  return out;
}

// The alternatives of one character, with the length of the longest.
class Choice {
 public:
  void add(std::string pattern, std::size_t length) {
    pattern_ += (pattern_.empty() ? "(?:" : "|") + std::move(pattern);
    longest_ = std::max(longest_, length);
  }
  void add_text(std::string_view text) { add(literal(text), text.size()); }
  [[nodiscard]] std::string pattern() const { return pattern_ + ')'; }
  [[nodiscard]] std::size_t longest() const { return longest_; }

 private:
  std::string pattern_;
  std::size_t longest_ = 0;
};

constexpr char32_t kNoCharacter = 0xFFFFFFFF;

// The character that the bytes of valid UTF-8 encode; kNoCharacter for another byte.
char32_t character_of(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (bytes.size() == 1) return first < 0x80 ? first : kNoCharacter;
  char32_t out = first & (0xFFU >> (bytes.size() + 1));
  for (const char byte : bytes.substr(1)) out = out << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
  return out;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = code_point_size(text, at);
    out.push_back(text.substr(at, size));
    at += size;
  }
  return out;
}

std::array<unsigned, 2> surrogates(char32_t character) {
  const auto rest = static_cast<unsigned>(character) - 0x10000U;
  return {0xD800U + (rest >> 10U), 0xDC00U + (rest & 0x3FFU)};
}

// Bytes by their numbers: %41, \x41, \101.
void add_bytes_by_number(std::string_view bytes, Choice& out) {
  std::string percent;
  std::string hex;
  std::string octal;
  for (const char one : bytes) {
    const auto byte = static_cast<unsigned char>(one);
    percent += "%" + digits("%02x", byte);
    hex += "\\\\x" + digits("%02x", byte);
    octal += "\\\\" + formatted("%03o", byte);
  }
  out.add(percent, 3 * bytes.size());
  out.add(hex, 4 * bytes.size());
  out.add(octal, 4 * bytes.size());
}

void add_character_by_number(char32_t character, Choice& out) {
  if (character < 0x10000) {
    out.add("\\\\u" + digits("%04x", static_cast<unsigned>(character)), 6);
  } else {
    const auto [high, low] = surrogates(character);
    out.add("\\\\u" + digits("%04x", high) + "\\\\u" + digits("%04x", low), 12);
  }
  out.add("&#0?0?" + std::to_string(static_cast<unsigned>(character)) + ";", 12);
  out.add("&#[xX]0?0?" + digits("%x", static_cast<unsigned>(character)) + ";", 12);
}

void add_escapes(char byte, Choice& out) {
  struct Escape {
    char byte;
    std::string_view text;
  };
  static constexpr Escape kEscapes[] = {
      {'\b', "\\b"}, {'\f', "\\f"}, {'\n', "\\n"},   {'\n', "\r\n"},   {'\r', "\\r"},   {'\t', "\\t"},
      {'\v', "\\v"}, {'\a', "\\a"}, {'\x1b', "\\e"}, {'\x1b', "\\E"},  {' ', "+"},      {'&', "&amp;"},
      {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}, {'\'', "'\\''"}, {'\'', "'\"'\"'"}};
  for (const Escape& escape : kEscapes) {
    if (escape.byte == byte) out.add_text(escape.text);
  }
  const auto code = static_cast<unsigned char>(byte);
  if (!is_letter(code) && code < 0x80) out.add_text(std::string{'\\', byte});
}

// `first`, `last`: of a short value, whose ends must be the ends of a word.
Choice choice_of(std::string_view character, bool first, bool last) {
  Choice out;
  const auto front = static_cast<unsigned char>(character.front());
  const bool word = is_word(front);
  out.add((first && word ? "\\b" : "") + literal(character) + (last && word ? "\\b" : ""), character.size());
  add_bytes_by_number(character, out);
  if (const char32_t code = character_of(character); code != kNoCharacter) add_character_by_number(code, out);
  if (character.size() == 1) add_escapes(character.front(), out);
  return out;
}

Spelling as_text(std::string_view value) {
  Spelling out;
  const bool is_short = value.size() < kShortest;
  const auto all = characters(value);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Choice choice = choice_of(all[i], is_short && i == 0, is_short && i + 1 == all.size());
    out.pattern += choice.pattern();
    out.longest += choice.longest();
  }
  return out;
}

// The characters of base64 that depend on the value alone when `before` bytes stand before it in their group of three.
Spelling as_base64(std::string_view value, std::size_t before) {
  const bool is_short = value.size() < kShortest;
  const std::string all = base64(std::string(before, '\0') + std::string(value));
  const std::size_t bits = 8 * (before + value.size());
  const std::size_t begin = (8 * before + 5) / 6;
  const std::size_t end = is_short ? (bits + 5) / 6 : bits / 6;
  Spelling out;
  for (std::size_t i = begin; i < end; ++i) {
    if (i > begin) out.pattern += "(?:\\r?\\n)?";
    switch (all[i]) {
      case '+': out.pattern += "(?:\\+|-|%2[bB])"; break;
      case '/': out.pattern += "(?:/|_|%2[fF]|\\\\/)"; break;
      default: out.pattern += all[i];
    }
    out.longest += 5;
  }
  if (is_short) out.pattern = "\\b" + out.pattern + "\\b";
  return out;
}

Spelling as_hex(std::string_view value) {
  Spelling out;
  for (const char byte : value) {
    if (!out.pattern.empty()) out.pattern += "(?:\\r?\\n|[ :])?";
    out.pattern += digits("%02x", static_cast<unsigned char>(byte));
    out.longest += 4;
  }
  if (value.size() < kShortest) out.pattern = "\\b" + out.pattern + "\\b";
  return out;
}

Spelling as_utf16(std::string_view value) {
  Spelling out;
  const auto add = [&out](unsigned unit) {
    out.pattern += literal(static_cast<unsigned char>(unit & 0xFFU)) + literal(static_cast<unsigned char>(unit >> 8U));
    out.longest += 2;
  };
  for (const std::string_view bytes : characters(value)) {
    const char32_t character = character_of(bytes);
    if (character == kNoCharacter) {
      add(static_cast<unsigned char>(bytes[0]));
    } else if (character < 0x10000) {
      add(static_cast<unsigned>(character));
    } else {
      for (const unsigned unit : surrogates(character)) add(unit);
    }
  }
  return out;
}

}  // namespace

std::vector<Spelling> spellings(std::string_view value) {
  std::vector<Spelling> out = {as_text(value), as_hex(value), as_utf16(value)};
  const std::size_t places = value.size() < kShortest ? 1 : 3;
  for (std::size_t before = 0; before < places; ++before) out.push_back(as_base64(value, before));
  return out;
}

}  // namespace assay::secret
