// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/yaml_mistakes.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "engine/base/text.h"

namespace assay::recipe {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_end(std::string_view text, std::size_t at) { return at >= text.size() || is_blank(text[at]); }

std::size_t line_begin(std::string_view text, std::size_t at) {
  const std::size_t newline = at == 0 ? kNone : text.rfind('\n', at - 1);
  return newline == kNone ? 0 : newline + 1;
}
std::string_view line_at(std::string_view text, std::size_t at) {
  const std::size_t begin = line_begin(text, at);
  std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The closing quote of a text whose opening quote is at `at`; kNone: there is none.
std::size_t closing_quote(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != quote) return i;
      ++i;  // '' stands for '
    }
  }
  return kNone;
}

// What is open and closed in a text, as far as YAML's brackets, quotes and comments go.
class Brackets {
 public:
  explicit Brackets(std::string_view text) : text_(text) {
    while (at_ < text_.size()) step();
  }

  std::vector<std::size_t> open;     // not closed by the end of the text
  std::size_t open_quote = kNone;    // of a quoted text that is not closed
  std::size_t wrong_end = kNone;     // a closing bracket without its opening one …
  std::size_t wrong_end_of = kNone;  // … and the one of the other kind that is open there
  struct Quoted {
    std::size_t begin;
    std::size_t end;
  };
  std::vector<Quoted> long_quotes;  // quoted texts of several lines

 private:
  void step() {
    const char c = text_[at_];
    const bool flow = !open.empty();
    if (is_blank(c) || (flow && c == ',')) {
      ++at_;
    } else if (c == '#' && (at_ == 0 || is_blank(text_[at_ - 1]))) {
      skip_line();
    } else if (c == '"' || c == '\'') {
      quoted();
    } else if (c == '[' || c == '{') {
      open.push_back(at_++);
    } else if (flow && (c == ']' || c == '}')) {
      close(c);
    } else if (!flow && (c == '|' || c == '>')) {
      block();
    } else if ((c == '-' || c == '?' || c == ':') && is_end(text_, at_ + 1)) {
      ++at_;
    } else {
      plain();
    }
  }

  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  void quoted() {
    const std::size_t end = closing_quote(text_, at_);
    if (end == kNone) {
      open_quote = at_;
      at_ = text_.size();
      return;
    }
    if (text_.substr(at_, end - at_).find('\n') != kNone) long_quotes.push_back({at_, end});
    at_ = end + 1;
  }

  void close(char sign) {
    const std::size_t opening = open.back();
    const bool fits = (text_[opening] == '[') == (sign == ']');
    if (!fits && wrong_end == kNone) {
      wrong_end = at_;
      wrong_end_of = opening;
    }
    open.pop_back();
    ++at_;
  }

  // The lines of a block: those that are indented deeper than the key or dash before it.
  void block() {
    std::size_t key = line_begin(text_, at_);
    const auto skip_spaces = [&] {
      while (key < at_ && text_[key] == ' ') ++key;
    };
    skip_spaces();
    std::size_t parent = key;
    while (key < at_ && text_[key] == '-' && is_end(text_, key + 1)) {
      parent = key++;
      skip_spaces();
    }
    if (key < at_) parent = key;
    const std::size_t indent = parent - line_begin(text_, at_);
    for (skip_line(); at_ < text_.size(); skip_line()) {
      const std::string_view rest = text_.substr(at_ + 1);
      const std::size_t first = rest.find_first_not_of(' ');
      if (first == kNone) break;
      if (rest[first] != '\n' && rest[first] != '\r' && first <= indent) return;
      ++at_;
    }
    at_ = text_.size();
  }

  void plain() {
    const bool flow = !open.empty();
    const std::string_view ends = flow ? std::string_view(",[]{}") : std::string_view();
    const std::size_t begin = at_;
    for (; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
      const char c = text_[at_];
      if (ends.find(c) != kNone || (c == ':' && is_end(text_, at_ + 1)) || (c == '#' && is_blank(text_[at_ - 1])))
        break;
    }
    if (at_ == begin) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Advice {
  std::string_view complaint;
  std::string_view message;
  std::string_view help;
};
// Complaints that say enough by themselves, in words for people.
constexpr std::array<Advice, 9> kAdvice = {{
    {"unknown token", "a text cannot begin with this character", "quote the text"},
    {"anchor is not defined", "a text that begins with '*' is a reference, and nothing of that name is marked with '&'",
     "quote the text"},
    {"unexpected character in block scalar", "text follows the sign that begins a block of lines",
     "begin the text on the next line; or quote it, where '|' or '>' is a part of it"},
    {"illegal block entry", "a '-' cannot begin an entry of a list here",
     "give it the indentation of the entries before it, or a line of its own below its key"},
    {"illegal flow end", "this bracket closes nothing", "remove it, or quote the text that it belongs to"},
    {"end of sequence flow", "this does not fit into the list that is open here",
     "put a comma between its elements, and quote those with a ',', ':', '#', '?', or a bracket in them"},
    {"end of map flow", "this does not fit into the mapping that is open here",
     "put a comma between its entries, and quote values with a ',', ':', '#', '?', or a bracket in them"},
    {"block entry", "a '-' cannot begin an entry of a list here", ""},
    {"illegal map key", "a key cannot begin here", ""},
}};

class Explainer {
 public:
  Explainer(const std::shared_ptr<const SourceText>& source, const std::string& complaint, std::size_t at)
      : source_(source),
        text_(source->text),
        complaint_(complaint),
        at_(std::min(at, text_.size())),
        brackets_(text_) {}

  Diagnostic explain() {
    if (auto found = merge_conflict()) return *found;
    if (tab()) return made(at_, at_ + 1, "not valid YAML: " + complaint_, kTabs);
    if (brackets_.open_quote != kNone) return *unclosed_quote(source_, brackets_.open_quote);
    if (auto found = template_without_quotes()) return *found;
    if (auto found = long_quote()) return *found;
    if (auto found = wrong_end()) return *found;
    if (auto found = unclosed()) return *found;
    if (complaint_.find("illegal map value") != std::string::npos) return second_colon();
    if (complaint_.starts_with("end of map not found") || complaint_.starts_with("end of sequence not found"))
      return behind_a_value();
    if (complaint_.starts_with("unknown escape character")) {
      const std::size_t from = at_ > 1 && text_[at_ - 1] != '\\' ? at_ - 2 : at_ - std::min<std::size_t>(at_, 1);
      const std::size_t escape = text_.substr(from).starts_with('\\') ? from : at_;
      return made(escape, escape + 2, "there is no such escape in a text in double quotes",
                  "write '\\\\' for a backslash, or use single quotes, in which it means itself");
    }
    if (complaint_.find("unknown token") != std::string::npos && text_.substr(at_).starts_with('?'))
      return made(at_, at_ + 1, "not valid YAML: a text between brackets ends before a '?'", "quote the text");
    for (const Advice& advice : kAdvice) {
      if (complaint_.find(advice.complaint) != std::string::npos)
        return made(at_, at_ + 1, "not valid YAML: " + std::string(advice.message), std::string(advice.help));
    }
    return made(at_, at_ + 1, at_key() ? complaint_ : "not valid YAML: " + complaint_);
  }

 private:
  static constexpr const char* kTabs = "indent with spaces: YAML does not allow tabs there";

  [[nodiscard]] Diagnostic made(std::size_t begin, std::size_t end, std::string message, std::string help = {}) const {
    return {.code = Code::kYamlSyntax,
            .where = span_of(source_, begin, std::max(begin + 1, end)),
            .message = std::move(message),
            .help = std::move(help)};
  }
  void note(Diagnostic& diagnostic, std::size_t at, std::string text) const {
    diagnostic.notes.push_back({.where = span_of(source_, at, at + 1), .text = std::move(text)});
  }

  [[nodiscard]] std::optional<Diagnostic> merge_conflict() const {
    for (const std::string_view mark : {"<<<<<<< ", ">>>>>>> "}) {
      std::size_t found = text_.find(mark);
      while (found != kNone && found != line_begin(text_, found)) found = text_.find(mark, found + 1);
      if (found != kNone)
        return made(found, found + line_at(text_, found).size(),
                    "the mark of a conflict of versions stands in the file", "resolve the conflict first");
    }
    return std::nullopt;
  }

  [[nodiscard]] bool at_key() const { return complaint_.starts_with("a key must be"); }

  [[nodiscard]] bool tab() const {
    const std::string_view line = line_at(text_, at_);
    return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
  }

  // {{ x }} is a mapping in a mapping to YAML.
  [[nodiscard]] std::optional<Diagnostic> template_without_quotes() const {
    const std::size_t begin = line_begin(text_, at_);
    const std::string_view line = line_at(text_, at_);
    const std::size_t open = line.substr(0, at_ - begin + 2).rfind("{{");
    if (open == kNone) return std::nullopt;
    const bool named = open > 0 && line[open - 1] == '$';
    const std::size_t from = begin + open - (named ? 1 : 0);
    if (std::any_of(brackets_.long_quotes.begin(), brackets_.long_quotes.end(),
                    [&](const auto& quote) { return quote.begin < from && from < quote.end; }))
      return std::nullopt;
    if (std::count(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(open), '"') % 2 != 0) return std::nullopt;
    return made(from, from + (named ? 3 : 2), "an expression in braces must be quoted here: YAML has braces of its own",
                named ? "write \"${{ … }}\", in double quotes" : "write \"${{ … }}\", with '$' and in double quotes");
  }

  // A quote is missing, so that the next one, lines later, ends the text.
  [[nodiscard]] std::optional<Diagnostic> long_quote() const {
    for (const Brackets::Quoted& quote : brackets_.long_quotes) {
      if (quote.end >= at_ || line_begin(text_, quote.end) != line_begin(text_, at_)) continue;
      Diagnostic found = made(quote.begin, text_.find('\n', quote.begin), "this quoted text ends only some lines later",
                              "close the quote where the text ends");
      note(found, quote.end, "it ends here, and what follows does not fit");
      return found;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Diagnostic> wrong_end() const {
    if (brackets_.wrong_end == kNone || brackets_.wrong_end > at_) return std::nullopt;
    const std::string opening(1, text_[brackets_.wrong_end_of]);
    Diagnostic found = made(brackets_.wrong_end, brackets_.wrong_end + 1,
                            std::string("'") + text_[brackets_.wrong_end] + "' cannot close '" + opening + "'",
                            std::string("close it with '") + (opening == "[" ? ']' : '}') + "'");
    note(found, brackets_.wrong_end_of, "'" + opening + "' is opened here");
    return found;
  }

  [[nodiscard]] std::optional<Diagnostic> unclosed() const {
    // A bracket that is open to the end of the file makes the parser stumble over what stands before it, too.
    if (brackets_.open.empty() || (brackets_.open.back() > at_ && !at_key())) return std::nullopt;
    const std::size_t opening = brackets_.open.back();
    const bool list = text_[opening] == '[';
    const std::string_view line = line_at(text_, opening);
    const bool comment = line.find(" #") != kNone;
    Diagnostic found = made(opening, opening + 1, list ? "'[' is not closed" : "'{' is not closed",
                            comment ? "what follows ' #' is a comment: quote it where it belongs to the text"
                                    : std::string("close it with '") + (list ? ']' : '}') + "'");
    if (at_ < text_.size() && line_begin(text_, at_) != line_begin(text_, opening))
      note(found, at_, "what stands here does not fit into it");
    return found;
  }

  // "key: value" inside a value.
  [[nodiscard]] Diagnostic second_colon() const {
    const std::string quote = "quote text that contains ': '";
    const std::size_t begin = line_begin(text_, at_);
    const std::string_view line = text_.substr(begin, at_ - begin);
    if (line.find(": ") != kNone) return made(at_, at_ + 1, "not valid YAML: a second ':' in one entry", quote);
    if (begin == 0) return made(at_, at_ + 1, "not valid YAML: " + complaint_, quote);
    // The key of this line is taken for more of the value above.
    const std::size_t above = previous_line(begin);
    std::string_view before = line_at(text_, above);
    const std::size_t indent = std::min(before.find_first_not_of(" "), before.size());
    before = trim(before);
    const std::size_t from = above + indent;
    if (before.size() > 1 && before[0] == '-' && before[1] != '-' && !is_blank(before[1]))
      return made(from, from + before.size(), "a blank is missing behind '-'", "write `- key: value`");
    const bool has_key = before.find(": ") != kNone || before.ends_with(':');
    if (!has_key && before.find(':') != kNone)
      return made(from, from + before.size(), "a blank is missing behind ':'", "write `key: value`");
    if (!has_key && !before.starts_with("- "))
      return made(from, from + before.size(), "this line has no ':' between key and value", "write `key: value`");
    Diagnostic found = made(begin + std::min(line.find_first_not_of(' '), line.size()), at_,
                            "this key is indented as if it were a part of the value above it",
                            "give it the indentation of the key before it");
    note(found, from, "the value above it begins on this line");
    return found;
  }

  [[nodiscard]] std::size_t previous_line(std::size_t begin) const {
    std::size_t above = line_begin(text_, begin - 1);
    while (above > 0 && trim(line_at(text_, above)).empty()) above = line_begin(text_, above - 1);
    return above;
  }

  [[nodiscard]] Diagnostic behind_a_value() const {
    const std::size_t begin = line_begin(text_, at_);
    const std::string_view before = trim(text_.substr(begin, at_ - begin));
    const std::size_t end = begin + line_at(text_, at_).size();
    if (before.empty()) {
      const bool entry = at_ < text_.size() && text_[at_] == '-' && is_end(text_, at_ + 1);
      return made(at_, end,
                  entry ? "this entry of a list is indented differently from those before it"
                        : "this line is indented differently from those it belongs to",
                  "entries of one list, and keys of one mapping, begin in the same column");
    }
    if (before.ends_with('\''))
      return made(at_, end, "text follows a value that is already complete",
                  "inside single quotes write '' for ', or use double quotes");
    return made(at_, end, "text follows a value that is already complete", "quote the value as a whole");
  }

  const std::shared_ptr<const SourceText>& source_;
  std::string_view text_;
  const std::string& complaint_;
  std::size_t at_;
  Brackets brackets_;
};

}  // namespace

Diagnostic explain_yaml(const std::shared_ptr<const SourceText>& source, const std::string& complaint, std::size_t at) {
  return Explainer(source, complaint, at).explain();
}

std::optional<Diagnostic> unclosed_quote(const std::shared_ptr<const SourceText>& source, std::size_t at) {
  const std::string_view text = source->text;
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'') || closing_quote(text, at) != kNone)
    return std::nullopt;
  const std::size_t end = std::min(text.find('\n', at), text.size());
  const std::string quote(1, text[at]);
  return Diagnostic{.code = Code::kYamlSyntax,
                    .where = span_of(source, at, end),
                    .message = "the quote that is opened here is not closed",
                    .help = "close it with " + quote + (quote == "'" ? "; inside the text '' stands for '" : "")};
}

std::optional<Diagnostic> control_character(const std::shared_ptr<const SourceText>& source) {
  const std::string_view text = source->text;
  const auto found = std::find_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
  });
  if (found == text.end()) return std::nullopt;
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(*found);
  const std::string digits = {kDigits[byte >> 4U], kDigits[byte & 15U]};
  const auto at = static_cast<std::size_t>(found - text.begin());
  return Diagnostic{.code = Code::kYamlSyntax,
                    .where = span_of(source, at, at + 1),
                    .message = "the control character U+00" + digits + " stands in the file",
                    .help = byte == 0 ? "remove it" : "remove it, or write \"\\x" + digits + "\" in double quotes"};
}

}  // namespace assay::recipe
