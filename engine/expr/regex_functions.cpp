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

class Pattern {
 public:
  explicit Pattern(const std::string& text) : text_(text), regex_(bounded(text), options()) {}
  [[nodiscard]] bool good() const { return text_.size() <= kLongestPattern && regex_.ok(); }
  [[nodiscard]] tl::unexpected<std::unique_ptr<Fault>> failure() const {
    const std::string shown = "'" + shorten(printable(text_), 60) + "'";
    if (text_.size() > kLongestPattern)
      return fault("the regular expression is longer than " + std::to_string(kLongestPattern) + " bytes");
    return fault(shown + " is not a regular expression: " + printable(regex_.error()), "the syntax is that of RE2");
  }
  [[nodiscard]] const re2::RE2& regex() const { return regex_; }

 private:
  static std::string bounded(const std::string& text) { return text.size() <= kLongestPattern ? text : std::string(); }
  static re2::RE2::Options options() {
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_max_mem(kMostMemory);
    return options;
  }
  const std::string& text_;
  re2::RE2 regex_;
};

// A pattern costs far more to compile than to use; `matches` in a loop would pay it for every element.
constexpr std::size_t kPatternSteps = 50;

Outcome matches(Arguments a, Work& work) {
  if (!work.charge(kPatternSteps) || !work.charge_bytes(a[0].as_string().size())) return work.exceeded();
  const Pattern pattern(a[1].as_string());
  if (!pattern.good()) return pattern.failure();
  return Value::boolean(re2::RE2::PartialMatch(a[0].as_string(), pattern.regex()));
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
  if (!work.charge(kPatternSteps) || !work.charge_bytes(a[0].as_string().size())) return work.exceeded();
  const Pattern pattern(a[1].as_string());
  if (!pattern.good()) return pattern.failure();
  Match match{};
  if (!next_match(pattern.regex(), a[0].as_string(), 0, match)) {
    return fault("nothing matches '" + shorten(printable(a[1].as_string()), 60) + "'",
                 "extract_all() gives an empty list instead");
  }
  return Value::string(std::string(match.text));
}

Outcome extract_all(Arguments a, Work& work) {
  const std::string& text = a[0].as_string();
  if (!work.charge(kPatternSteps) || !work.charge_bytes(text.size())) return work.exceeded();
  const Pattern pattern(a[1].as_string());
  if (!pattern.good()) return pattern.failure();
  List found;
  Match match{};
  for (std::size_t at = 0; at <= text.size() && next_match(pattern.regex(), text, at, match); at = match.end) {
    if (!work.charge(1) || !work.charge_bytes(match.text.size())) return work.exceeded();
    found.push_back(Value::string(std::string(match.text)));
  }
  return Value::list(std::move(found));
}

constexpr FunctionRow kRows[] = {
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

std::span<const FunctionRow> regex_rows() { return kRows; }

}  // namespace assay::expr
