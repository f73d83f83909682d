// SPDX-License-Identifier: Apache-2.0
// Regular expressions through RE2: linear time whatever the pattern. The only file that includes it.
#include <re2/re2.h>

#include <string>

#include "engine/base/text.h"
#include "engine/expr/functions.h"

namespace assay::expr {
namespace {

constexpr std::size_t kLongestPattern = 4096;
constexpr std::int64_t kMostMemory = 8 << 20;

using Pattern = std::shared_ptr<const re2::RE2>;

// The compiled pattern. Compiling costs far more than matching, so that a pattern in a loop is compiled once.
tl::expected<Pattern, std::unique_ptr<Fault>> compiled(const std::string& text, Work& work) {
  constexpr std::size_t kSteps = 50;
  constexpr std::size_t kMostKept = 32;
  if (const auto kept = work.patterns.find(text); kept != work.patterns.end()) {
    return std::static_pointer_cast<const re2::RE2>(kept->second);
  }
  if (!work.charge(kSteps)) return work.exceeded();
  if (text.size() > kLongestPattern) {
    return fault("the regular expression is longer than " + std::to_string(kLongestPattern) + " bytes");
  }
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kMostMemory);
  auto pattern = std::make_shared<const re2::RE2>(text, options);
  if (!pattern->ok()) {
    return fault("'" + shorten(printable(text), 60) + "' is not a regular expression: " + printable(pattern->error()),
                 "the syntax is that of RE2");
  }
  if (work.patterns.size() < kMostKept) work.patterns.emplace(text, pattern);
  return pattern;
}

Outcome matches(Arguments a, Work& work) {
  if (!work.charge_bytes(a[0].as_string().size())) return work.exceeded();
  auto pattern = compiled(a[1].as_string(), work);
  if (!pattern) return tl::unexpected(std::move(pattern.error()));
  return Value::boolean(re2::RE2::PartialMatch(a[0].as_string(), **pattern));
}

// One match: its first group when the pattern has groups (empty when that took no part), else the whole.
struct Match {
  std::string_view text;
  std::size_t end;
};
bool next_match(const re2::RE2& regex, const std::string& text, std::size_t from, Match& match) {
  re2::StringPiece groups[2];
  const int wanted = regex.NumberOfCapturingGroups() > 0 ? 2 : 1;
  if (!regex.Match(text, from, text.size(), re2::RE2::UNANCHORED, groups, wanted)) return false;
  const re2::StringPiece& chosen = groups[wanted - 1];
  match.text = chosen.data() != nullptr ? std::string_view(chosen.data(), chosen.size()) : std::string_view();
  match.end = static_cast<std::size_t>(groups[0].data() - text.data()) + groups[0].size();
  if (groups[0].empty()) {  // go on behind the next character, or an empty match would repeat for ever
    do ++match.end;
    while (match.end < text.size() && (static_cast<unsigned char>(text[match.end]) & 0xC0U) == 0x80U);
  }
  return true;
}

Outcome extract(Arguments a, Work& work) {
  if (!work.charge_bytes(a[0].as_string().size())) return work.exceeded();
  auto pattern = compiled(a[1].as_string(), work);
  if (!pattern) return tl::unexpected(std::move(pattern.error()));
  Match match{};
  if (!next_match(**pattern, a[0].as_string(), 0, match)) {
    return fault("nothing matches '" + shorten(printable(a[1].as_string()), 60) + "'",
                 "extract_all() gives an empty list instead");
  }
  return Value::string(std::string(match.text));
}

Outcome extract_all(Arguments a, Work& work) {
  const std::string& text = a[0].as_string();
  if (!work.charge_bytes(text.size())) return work.exceeded();
  auto pattern = compiled(a[1].as_string(), work);
  if (!pattern) return tl::unexpected(std::move(pattern.error()));
  List found;
  Match match{};
  for (std::size_t at = 0; at <= text.size() && next_match(**pattern, text, at, match); at = match.end) {
    if (!work.charge(1) || !work.charge_bytes(match.text.size())) return work.exceeded();
    found.push_back(Value::string(std::string(match.text)));
  }
  return Value::list(std::move(found));
}

constexpr FunctionRow kRegexRows[] = {
    {"matches", Style::kMethod, "string, string", "bool",
     "whether the regular expression (RE2) fits some part of the text", matches},
    {"matches", Style::kFunction, "string, string", "bool", "the same", matches},
    {"extract", Style::kMethod, "string, string", "string",
     "the first group of the first match of a regular expression, or the whole match without groups; no match is an "
     "error",
     extract},
    {"extract_all", Style::kMethod, "string, string", "list(string)",
     "the same for every match; an empty list without one", extract_all},
};

}  // namespace

std::span<const FunctionRow> regex_rows() { return kRegexRows; }

}  // namespace assay::expr
