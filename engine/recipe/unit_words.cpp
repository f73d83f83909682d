// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/unit_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/quantity.h"
#include "engine/base/text.h"
#include "engine/base/time.h"

namespace assay::recipe {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos &&
         text.find_first_not_of('0') != std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// The word of ours for a unit of time as people say it; empty: it is none.
std::string_view unit_of_time(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kWords = {{
      {"ms", "ms"}, {"msec", "ms"}, {"millisecond", "ms"}, {"milliseconds", "ms"}, {"s", "s"},
      {"sec", "s"}, {"secs", "s"},  {"second", "s"},       {"seconds", "s"},       {"m", "m"},
      {"min", "m"}, {"mins", "m"},  {"minute", "m"},       {"minutes", "m"},       {"h", "h"},
      {"hr", "h"},  {"hrs", "h"},   {"hour", "h"},         {"hours", "h"},         {"d", "d"},
      {"day", "d"}, {"days", "d"},
  }};
  for (const auto& [theirs, ours] : kWords) {
    if (theirs == word) return ours;
  }
  return {};
}

}  // namespace

std::string duration_help(std::string_view text) {
  text = trim(text);
  if (is_number(text)) return "write " + std::string(text) + "s for seconds";
  const std::string together = replace_all(std::string(text), " ", "");
  if (together != text && parse_duration(together)) return "write it without blanks: " + together;
  // "1 hour 30 minutes": numbers and words in turn.
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789."), rest.size());
    const std::string_view number = rest.substr(0, digits);
    rest = trim(rest.substr(digits));
    const std::size_t end = std::min(rest.find_first_of(" ,0123456789"), rest.size());
    const std::string_view unit = unit_of_time(lower(rest.substr(0, end)));
    if (number.empty() || unit.empty()) return {};
    out += std::string(number) + std::string(unit);
    rest = rest.substr(end);
    rest = rest.substr(std::min(rest.find_first_not_of(" ,"), rest.size()));
  }
  const auto value = parse_duration(out);
  return value && value->count() > 0 ? "write " + out : "";
}

std::string size_help(std::string_view text) {
  text = trim(text);
  if (is_number(text)) return "write " + std::string(text) + " B for bytes, or another unit of size";
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string number(text.substr(0, digits));
  const std::string unit = lower(trim(text.substr(digits)));
  if (number.empty() || unit.empty()) return {};
  static constexpr std::string_view kPrefixes = "kmgtp";
  if (kPrefixes.find(unit[0]) == std::string_view::npos) return {};
  const bool binary = unit.size() > 1 && unit[1] == 'i';
  const std::string rest = unit.substr(binary ? 2 : 1);
  const char letter = unit[0] == 'k' && !binary ? 'k' : static_cast<char>(unit[0] - 'a' + 'A');
  if (rest.empty() && !binary) {
    const std::string both = std::string(1, unit[0] == 'k' ? 'K' : letter);
    return "write " + number + ' ' + letter + "B or " + number + ' ' + both + "iB";
  }
  if (!rest.empty() && rest != "b" && rest != "byte" && rest != "bytes") return {};
  const std::string out = number + ' ' + letter + (binary ? "iB" : "B");
  return parse_quantity(out) ? "write " + out : "";
}

}  // namespace assay::recipe
