// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/utf8.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace assay::expr {

bool is_scalar(char32_t c) { return c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF); }

namespace {

// The character that begins at a byte; how many bytes it has, 0: none begins there.
std::size_t read_character(std::string_view text, std::size_t at, char32_t& value) {
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  value = size < 2 ? first : first & (0x7FU >> size);
  bool good = size > 0 && at + size <= text.size();
  for (std::size_t i = 1; good && i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    good = (next & 0xC0U) == 0x80U;
    value = (value << 6U) | (next & 0x3FU);
  }
  return good && value >= kSmallest[size] && is_scalar(value) ? size : 0;
}

}  // namespace

std::u32string code_points(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    char32_t value = 0;
    const std::size_t size = read_character(text, at, value);
    out += size > 0 ? value : U'\uFFFD';
    at += std::max<std::size_t>(size, 1);
  }
  return out;
}

std::string with_runs_replaced(std::string_view text) {
  std::string out;
  bool broken = false;  // the byte before
  for (std::size_t at = 0; at < text.size();) {
    char32_t value = 0;
    const std::size_t size = read_character(text, at, value);
    if (size > 0) {
      out += text.substr(at, size);
    } else if (!broken) {
      append_utf8(out, U'\uFFFD');
    }
    broken = size == 0;
    at += std::max<std::size_t>(size, 1);
  }
  return out;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0U | (c >> 6U));
    put(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    put(0xE0U | (c >> 12U));
    put(0x80U | ((c >> 6U) & 0x3FU));
    put(0x80U | (c & 0x3FU));
  } else {
    put(0xF0U | (c >> 18U));
    put(0x80U | ((c >> 12U) & 0x3FU));
    put(0x80U | ((c >> 6U) & 0x3FU));
    put(0x80U | (c & 0x3FU));
  }
}

std::string utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) append_utf8(out, c);
  return out;
}

// The C library's search takes time in proportion to both sizes; that of std::string takes their product.
std::size_t find_text(std::string_view text, std::string_view part, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (part.empty()) return from;
  const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

std::size_t find_last_text(std::string_view text, std::string_view part, std::size_t last) {
  if (part.size() > text.size()) return std::string_view::npos;
  const std::size_t end = std::min(last, text.size() - part.size()) + part.size();
  const std::string turned(text.rend() - static_cast<std::ptrdiff_t>(end), text.rend());
  const std::size_t at = find_text(turned, std::string(part.rbegin(), part.rend()), 0);
  return at == std::string_view::npos ? at : end - at - part.size();
}

}  // namespace assay::expr
