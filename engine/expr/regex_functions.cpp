// SPDX-License-Identifier: Apache-2.0
// Regular expressions through RE2: linear time whatever the pattern. The only file that includes it.
#include <re2/re2.h>

#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "engine/expr/functions.h"

namespace assay::expr {
namespace {

constexpr std::size_t kLongestPattern = 4096;
constexpr std::int64_t kMostMemory = 8 << 20;

// A pattern that was read, or why it was refused: either is found out once in an evaluation.
struct Pattern {
  std::unique_ptr<const re2::RE2> regex;  // nullptr: refused
  std::string message = {};
  std::string help = {};
  bool crosses_lines = true;  // a match may go on behind the end of a line
  std::size_t instructions = 0;

  // A program of a few instructions has its states kept, and looking is faster than making. A larger one may have more
  // states than the memory holds, and then every byte is held against every instruction.
  static constexpr std::size_t kFew = 32;
  // Steps for looking once through so many bytes.
  [[nodiscard]] std::size_t looking(std::size_t bytes) const {
    constexpr std::size_t kInstructionsInAStep = 64;
    return instructions <= kFew ? bytes / 16 : bytes * instructions / kInstructionsInAStep;
  }
  // Steps for what may have been looked at behind a match, and will be again for the next.
  [[nodiscard]] std::size_t looking_ahead(std::size_t bytes) const {
    constexpr std::size_t kLookedAtInAStep = 256;
    return instructions <= kFew ? bytes / kLookedAtInAStep
                                : bytes * instructions / kLookedAtInAStep * instructions / 256;
  }
};

// Whether the pattern has the escape, outside of what \Q…\E quotes.
bool has_escape(std::string_view text, char letter) {
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    if (text[at] != '\\') continue;
    ++at;
    if (text[at] == letter) return true;
    if (text[at] == 'Q') at = std::min(text.find("\\E", at), text.size());
  }
  return false;
}

// Whether all that stands for any character at all is '.', which stops at the end of a line.
bool stays_in_line(std::string_view text) {
  return text.find("[^") == std::string_view::npos && text.find("(?") == std::string_view::npos &&
         text.find('\n') == std::string_view::npos && !has_escape(text, 's') && !has_escape(text, 'D') &&
         !has_escape(text, 'W') && !has_escape(text, 'P') && !has_escape(text, 'n') && !has_escape(text, 'x');
}

// What compiling took: a step for an instruction. A refusal comes after as much work as is allowed at all.
Pattern compile(const std::string& text, std::size_t& steps) {
  constexpr std::size_t kRefused = 100'000;
  if (has_escape(text, 'C'))
    return {.regex = nullptr, .message = "'\\C' would match a part of a character", .help = "write . for a character"};
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kMostMemory);
  auto regex = std::make_unique<const re2::RE2>(text, options);
  const std::string shown = "'" + shorten(printable(text), 60) + "'";
  if (regex->ok()) {
    steps = static_cast<std::size_t>(std::max(0, regex->ProgramSize()));
    return {.regex = std::move(regex), .crosses_lines = !stays_in_line(text), .instructions = steps};
  }
  if (regex->error_code() == re2::RE2::ErrorPatternTooLarge) {
    steps = kRefused;
    return {.regex = nullptr,
            .message = "the regular expression " + shown + " needs more memory than is allowed",
            .help = "shorten the repetitions: x{1000} counts as a thousand times x"};
  }
  return {.regex = nullptr,
          .message = shown + " is not a regular expression: " + printable(regex->error()),
          .help = "the syntax is that of RE2"};
}

// Compiling costs far more than matching, so that a pattern in a loop is compiled once.
tl::expected<std::shared_ptr<const Pattern>, std::unique_ptr<Fault>> compiled(const std::string& text, Work& work) {
  constexpr std::size_t kSteps = 50;
  constexpr std::size_t kMostKept = 32;
  if (text.size() > kLongestPattern)
    return fault("the regular expression is longer than " + std::to_string(kLongestPattern) + " bytes");
  std::shared_ptr<const Pattern> pattern;
  if (const auto kept = work.patterns.find(text); kept != work.patterns.end()) {
    pattern = std::static_pointer_cast<const Pattern>(kept->second);
  } else {
    if (!work.charge(kSteps + text.size())) return work.exceeded();
    std::size_t steps = 0;
    pattern = std::make_shared<const Pattern>(compile(text, steps));
    if (work.patterns.size() < kMostKept) work.patterns.emplace(text, pattern);
    if (!work.charge(steps)) return work.exceeded();
  }
  if (pattern->regex == nullptr) return fault(pattern->message, pattern->help);
  return pattern;
}

// The pattern, when looking through the text with it once has been paid for.
tl::expected<std::shared_ptr<const Pattern>, std::unique_ptr<Fault>> paid(Arguments a, Work& work) {
  auto pattern = compiled(a[1].as_string(), work);
  if (pattern && !work.charge((*pattern)->looking(a[0].as_string().size()) + 1)) return work.exceeded();
  return pattern;
}

Outcome matches(Arguments a, Work& work) {
  auto pattern = paid(a, work);
  if (!pattern) return tl::unexpected(std::move(pattern.error()));
  return Value::boolean(re2::RE2::PartialMatch(a[0].as_string(), *(*pattern)->regex));
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
  auto pattern = paid(a, work);
  if (!pattern) return tl::unexpected(std::move(pattern.error()));
  Match match{};
  if (!next_match(*(*pattern)->regex, a[0].as_string(), 0, match)) {
    const std::string& text = a[0].as_string();
    return fault("nothing matches '" + shorten(printable(a[1].as_string()), 60) + "' in " +
                     (text.empty() ? "an empty text" : "'" + shorten(visible(text.substr(0, 200)), 60) + "'"),
                 "extract_all() gives an empty list instead");
  }
  return Value::string(std::string(match.text));
}

Outcome extract_all(Arguments a, Work& work) {
  const std::string& text = a[0].as_string();
  auto pattern = paid(a, work);
  if (!pattern) return tl::unexpected(std::move(pattern.error()));
  List found;
  Match match{};
  for (std::size_t at = 0; at <= text.size() && next_match(*(*pattern)->regex, text, at, match); at = match.end) {
    if (!work.charge_part() || !work.charge_bytes(match.text.size())) return work.exceeded();
    // For a longer match the rest may have been looked through, and will be for the next: to the end of the line, or
    // of the text.
    const std::size_t end = (*pattern)->crosses_lines ? text.size() : std::min(text.find('\n', at), text.size());
    if (!work.charge((*pattern)->looking_ahead(std::max(end, match.end) - at))) return work.exceeded();
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
