// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/shell_script.h"

#include <algorithm>
#include <deque>

#include "engine/base/text.h"

namespace assay::recipe {
namespace {

// Where in the shell's grammar (POSIX.1-2017, XCU 2.2 Quoting, 2.7.4 Here-Document) the reader stands.
enum class Place : std::uint8_t {
  kPlain,
  kDouble,
  kSingle,
  kDollarSingle,  // $'…' of bash; other shells take it for $ and '…'
  kBackquote,
  kComment,
  kBraces,
  kArithmetic,
  kHere,
  kQuotedHere
};

std::string_view describe(Place place) {
  switch (place) {
    case Place::kSingle: return "inside single quotes";
    case Place::kDollarSingle: return "inside $'…'";
    case Place::kBackquote: return "inside backquotes";
    case Place::kComment: return "inside a comment";
    case Place::kBraces: return "inside ${…}";
    case Place::kArithmetic: return "inside $((…))";
    case Place::kQuotedHere: return "inside a here-document with a quoted delimiter";
    default: return "here";
  }
}

std::string_view cure(Place place) {
  switch (place) {
    case Place::kSingle:
    case Place::kDollarSingle: return "use double quotes, or leave the quotes out: values are quoted for you";
    case Place::kBackquote: return "use $(…) instead of backquotes";
    case Place::kComment: return "remove it from the comment";
    case Place::kQuotedHere: return "write the delimiter without quotes";
    default: return "assign it to a variable first: x=${{ … }}";
  }
}

class Reader {
 public:
  // Reads literal text and moves through the grammar.
  void read(std::string_view text) {
    escaped_ = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      i += step(text, i);
      escaped_ = i >= text.size();  // the character behind a '\\' is not in this text
    }
  }

  // Innermost; one in which no value can stand counts for all that is inside it.
  [[nodiscard]] Place place() const { return stack_.back().place; }
  [[nodiscard]] Place place_of_value() const {
    const auto closed = std::find_if(stack_.rbegin(), stack_.rend(), [](const Frame& frame) {
      return frame.place != Place::kPlain && frame.place != Place::kDouble && frame.place != Place::kHere;
    });
    return closed != stack_.rend() ? closed->place : place();
  }
  // Behind a backslash the next character, the `$` of a value's reference, would be taken for itself.
  [[nodiscard]] bool escaped() const { return escaped_; }
  // What came before and cannot be followed, for messages; empty: all is known.
  [[nodiscard]] std::string_view unclear() const { return unclear_; }
  void saw_value() { at_word_start_ = false; }
  [[nodiscard]] bool has_pipeline() const { return pipeline_; }

 private:
  struct Frame {
    Place place = Place::kPlain;
    int depth = 0;  // of parentheses: a $( ends at the one that closes it
    bool command = false;
  };
  struct Here {
    std::string delimiter;
    bool quoted = false;
    bool strip_tabs = false;
  };

  void push(Place place, bool command = false) { stack_.push_back({place, 0, command}); }
  void pop() {
    if (stack_.size() > 1) stack_.pop_back();
  }

  // Handles the character at `i`; returns how many more were taken.
  std::size_t step(std::string_view text, std::size_t i) {
    const char c = text[i];
    const auto next = [&](std::size_t k) { return i + k < text.size() ? text[i + k] : '\0'; };
    switch (place()) {
      case Place::kSingle:
        if (c == '\'') pop();
        return 0;
      case Place::kDollarSingle:
        if (c == '\\' && next(1) == '\'') unclear_ = "after a \\' inside $'…', which shells read in two ways";
        if (c == '\\') return 1;
        if (c == '\'') pop();
        return 0;
      case Place::kBackquote:
        if (c == '\\') return 1;
        if (c == '`') pop();
        return 0;
      case Place::kComment:
        if (c == '\n') {
          pop();
          return newline(text, i);
        }
        return 0;
      case Place::kHere:
      case Place::kQuotedHere: return here_character(text, i);
      case Place::kBraces:
        if (c == '\\') return 1;
        if (c == '}') {
          pop();
          return 0;
        }
        if (c == '"') push(Place::kDouble);
        if (c == '\'' && !quotes_are_text()) push(Place::kSingle);
        return expansion(text, i);
      case Place::kArithmetic: return arithmetic_character(text, i);
      case Place::kDouble:
        if (c == '\\') return 1;
        if (c == '"') {
          pop();
          return 0;
        }
        return expansion(text, i);
      case Place::kPlain: return plain_character(text, i);
    }
    return 0;
  }

  // In ${…} a single quote quotes, but not where the whole stands in double quotes.
  [[nodiscard]] bool quotes_are_text() const {
    const auto around = std::find_if(stack_.rbegin(), stack_.rend(), [](const Frame& frame) {
      return frame.place == Place::kPlain || frame.place == Place::kDouble || frame.place == Place::kHere;
    });
    return around != stack_.rend() && around->place != Place::kPlain;
  }

  std::size_t arithmetic_character(std::string_view text, std::size_t i) {
    const char c = text[i];
    int& depth = stack_.back().depth;
    if (c == '\\') return 1;
    if (c == '(') ++depth;
    if (c != ')') return expansion(text, i);
    if (depth > 0) {
      --depth;
      return 0;
    }
    const bool ends = text.substr(i).starts_with("))");
    if (!ends) unclear_ = "after a (( that is no arithmetic; write ( ( for two commands in each other";
    pop();
    return ends ? 1 : 0;
  }

  std::size_t expansion(std::string_view text, std::size_t i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("$((")) {
      push(Place::kArithmetic);
      return 2;
    }
    if (rest.starts_with("$(")) {
      push(Place::kPlain, true);
      at_word_start_ = true;
      return 1;
    }
    if (rest.starts_with("${")) {
      push(Place::kBraces);
      return 1;
    }
    if (rest.starts_with("`")) push(Place::kBackquote);
    return 0;
  }

  std::size_t plain_character(std::string_view text, std::size_t i) {
    const char c = text[i];
    const bool word_start = at_word_start_;
    at_word_start_ = c == ' ' || c == '\t' || c == ';' || c == '&' || c == '|' || c == '(' || c == '\n';
    if (word_start && begins_case(text.substr(i))) unclear_ = "after a 'case' inside $(…)";
    switch (c) {
      case '\\': return 1;
      case '\'': push(Place::kSingle); return 0;
      case '"': push(Place::kDouble); return 0;
      case '#':
        if (word_start) push(Place::kComment);
        return 0;
      case '\n': return newline(text, i);
      case '(':
        if (word_start && text.substr(i).starts_with("((")) {
          push(Place::kArithmetic);
          return 1;
        }
        ++stack_.back().depth;
        return 0;
      case ')':
        if (stack_.back().depth > 0) {
          --stack_.back().depth;
        } else if (stack_.back().command) {
          pop();
        }
        return 0;
      case '|':
        if (i + 1 < text.size() && text[i + 1] == '|') return 1;
        pipeline_ = true;
        return 0;
      case '<': return here_operator(text, i);
      case '$':
        if (text.substr(i).starts_with("$'")) {
          push(Place::kDollarSingle);
          return 1;
        }
        return expansion(text, i);
      default: return expansion(text, i);
    }
  }

  // The patterns of a `case` have a `)` of their own, so that the end of $( is not known any more.
  [[nodiscard]] bool begins_case(std::string_view text) const {
    constexpr std::string_view kCase = "case";
    if (!text.starts_with(kCase) || text.substr(kCase.size()).find_first_of(" \t\n\\") != 0) return false;
    return std::any_of(stack_.begin(), stack_.end(), [](const Frame& frame) { return frame.command; });
  }

  std::size_t here_operator(std::string_view text, std::size_t i) {
    if (!text.substr(i).starts_with("<<") || text.substr(i).starts_with("<<<")) return 0;
    std::size_t at = i + 2;
    Here here;
    if (at < text.size() && text[at] == '-') {
      here.strip_tabs = true;
      ++at;
    }
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    while (at < text.size() && std::string_view(" \t\n;&|<>()").find(text[at]) == std::string_view::npos) {
      if (text[at] == '\'' || text[at] == '"' || text[at] == '\\') {
        here.quoted = true;
      } else {
        here.delimiter += text[at];
      }
      ++at;
    }
    waiting_.push_back(std::move(here));
    return at - i - 1;
  }

  // A line ended: a here-document that was announced on it begins.
  std::size_t newline(std::string_view, std::size_t) {
    at_word_start_ = true;
    if (!waiting_.empty()) {
      push(waiting_.front().quoted ? Place::kQuotedHere : Place::kHere);
      here_line_.clear();
    }
    return 0;
  }

  std::size_t here_character(std::string_view text, std::size_t i) {
    const char c = text[i];
    if (c != '\n') {
      here_line_ += c;
      if (place() == Place::kHere && c == '\\') return 1;
      return place() == Place::kHere ? expansion(text, i) : 0;
    }
    std::string_view line = here_line_;
    while (waiting_.front().strip_tabs && line.starts_with('\t')) line.remove_prefix(1);
    const bool ends = line == waiting_.front().delimiter;
    here_line_.clear();
    if (ends) {
      waiting_.pop_front();
      pop();
      return newline(text, i);
    }
    return 0;
  }

  std::vector<Frame> stack_ = {Frame{}};
  std::deque<Here> waiting_;
  std::string here_line_;
  bool at_word_start_ = true;
  bool pipeline_ = false;
  bool escaped_ = false;
  std::string_view unclear_;
};

// Why a value cannot stand where the reader is, and what to do; nullopt: it can.
std::optional<std::pair<std::string, std::string_view>> refusal(const Reader& reader) {
  const Place place = reader.place_of_value();
  if (place != Place::kPlain && place != Place::kDouble && place != Place::kHere)
    return std::pair(std::string(describe(place)), cure(place));
  if (reader.escaped()) return std::pair("behind a backslash", "remove the backslash; '\\\\' stands for one");
  if (!reader.unclear().empty())
    return std::pair(std::string(reader.unclear()), "assign it to a variable on a line above: x=${{ … }}");
  return std::nullopt;
}

}  // namespace

std::optional<ShellScript> make_shell_script(const expr::TemplateText& text, const SourceSpan& where,
                                             Diagnostics& problems) {
  ShellScript script;
  script.where = where;
  Reader reader;
  bool good = true;
  for (const expr::TextPart& part : text.parts()) {
    if (!part.expression) {
      reader.read(part.literal);
      script.text += part.literal;
      continue;
    }
    if (const auto refused = refusal(reader)) {
      problems.add({.code = Code::kShellUnsafe,
                    .where = part.expression->place().value_or(where),
                    .message = "'${{ " + part.expression->text() + " }}' stands " + refused->first +
                               ", where a value cannot be passed safely",
                    .help = std::string(refused->second)});
      good = false;
      continue;
    }
    const Place place = reader.place();
    const auto same = std::find_if(script.variables.begin(), script.variables.end(), [&](const auto& variable) {
      return variable.expression.text() == part.expression->text();
    });
    std::string name =
        same != script.variables.end() ? same->name : "ASSAY_V" + std::to_string(script.variables.size() + 1);
    script.text += place == Place::kPlain ? "\"${" + name + "}\"" : "${" + name + "}";
    if (same == script.variables.end()) script.variables.push_back({std::move(name), *part.expression});
    reader.saw_value();
  }
  script.has_pipeline = reader.has_pipeline();
  if (!good) return std::nullopt;
  return script;
}

}  // namespace assay::recipe
