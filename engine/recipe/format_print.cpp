// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/format_print.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace assay::recipe {
namespace {

using Kind = YamlToken::Kind;

constexpr std::size_t kWidth = 120;
constexpr std::size_t kStep = 2;
// No text of more bytes is taken for one of kWidth columns, however many of its characters have no width.
constexpr std::size_t kMostBytes = 4 * kWidth;

// Letters and marks of languages that we know to be plain text for every reader: Latin with accents, CJK, full width.
bool is_foreign_letter(std::string_view bytes) {
  return (bytes.size() == 2 && bytes >= "\xC3\x80" && bytes <= "\xC9\x8F") ||
         (bytes.size() == 3 && bytes >= "\xE3\x80\x81" && bytes <= "\xE9\xBF\xBF") ||
         (bytes.size() == 3 && bytes >= "\xEF\xBC\x81" && bytes <= "\xEF\xBD\x9E");
}

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Words that some reader of YAML takes for something else than text.
bool is_typed_word(std::string_view text) {
  constexpr std::array<std::string_view, 11> kWords = {"y",  "n",   "yes",  "no",  "true", "false",
                                                       "on", "off", "null", "nan", "inf"};
  constexpr std::size_t kLongest = 5;
  if (text.size() > kLongest) return false;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return is_ascii_letter(c) ? static_cast<char>(c | 0x20) : c; });
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

// Whether text means the same without its quotes, to every reader of YAML and wherever it stands.
bool is_plain_everywhere(std::string_view text) {
  if (text.empty() || text.back() == ' ' || is_typed_word(text)) return false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t size = code_point_size(text, i);
    const bool letter = is_ascii_letter(c) || is_foreign_letter(text.substr(i, size));
    const bool inside = (c >= '0' && c <= '9') || std::string_view(" _./+-").find(c) != std::string_view::npos;
    if (!letter && (i == 0 || !inside)) return false;
    i += size;
  }
  return true;
}

std::string_view without_needless_quotes(std::string_view text, Kind kind) {
  if (kind != Kind::kSingle && kind != Kind::kDouble) return text;
  const std::string_view inner = text.substr(1, text.size() - 2);
  return is_plain_everywhere(inner) ? inner : text;
}
std::string_view without_needless_quotes(const YamlToken& token) {
  return without_needless_quotes(token.text, token.kind);
}

std::string_view trim_left(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

// Without the space at the end of a line of plain or quoted text; in double quotes one that is escaped stays.
std::string_view trim_right(std::string_view line, Kind kind) {
  std::string_view out = line.substr(0, line.find_last_not_of(" \t") + 1);
  const std::size_t backslashes = out.size() - (out.find_last_not_of('\\') + 1);
  if (kind == Kind::kDouble && backslashes % 2 == 1 && out.size() < line.size()) out = line.substr(0, out.size() + 1);
  return out;
}

class CanonicalPrinter {
 public:
  explicit CanonicalPrinter(const YamlLayout& layout) : layout_(layout) {}

  std::string print() {
    while (here().kind == Kind::kDirective || here().kind == Kind::kDocumentStart) {
      begin_line(here(), 0, Blank::kKeep, 0);
      out_ += take().text;
    }
    node({.lead = Lead::kLine, .indent = 0, .text_indent = kStep});
    comments(here(), 0, Blank::kKeep, 0);
    out_ += '\n';
    return aligned();
  }

 private:
  enum class Blank : bool { kDrop, kKeep };
  // What separates a node from what stands before it.
  enum class Lead : std::uint8_t { kNone, kSpace, kLine };
  static constexpr std::size_t kNoDepth = static_cast<std::size_t>(-1);

  // Where a node stands.
  struct Place {
    Lead lead = Lead::kSpace;
    std::size_t indent = 0;       // of lines that begin with a part of this node
    std::size_t text_indent = 0;  // of the further lines of its text
    std::size_t flow_indent = 0;  // of the line that closes it in flow form
    std::size_t depth = 0;        // block collections around it
    bool after_dash = false;      // the first key may stand beside the dash
    bool in_flow = false;
  };

  // A comment behind something.
  struct Trailing {
    std::size_t line = 0;    // where its line begins in out_
    std::size_t at = 0;      // where the text before it ends
    std::size_t column = 0;  // in the source
  };

  // A block collection: the column it has in the source, and the one it gets.
  struct Level {
    std::size_t column = 0;
    std::size_t indent = 0;
  };

  [[nodiscard]] const YamlToken& here() const { return layout_.tokens[at_]; }
  const YamlToken& take() { return layout_.tokens[at_++]; }

  void end_line(bool blank) {
    if (out_.empty()) return;
    out_ += blank && out_.size() != kept_end_ ? "\n\n" : "\n";
    line_ = out_.size();
  }

  // A comment alone on its line stands like what follows, or like the deepest block just closed that it was written in.
  [[nodiscard]] std::size_t comment_indent(const YamlComment& comment, std::size_t indent, std::size_t depth) const {
    if (depth >= levels_.size() || comment.column <= levels_[depth].column) return indent;
    for (std::size_t i = depth + 1; i < levels_.size(); ++i) {
      if (levels_[i].column <= comment.column) indent = levels_[i].indent;
    }
    return indent;
  }

  // The comments before a token; the line of the last stays open. True: there were some.
  bool comments(const YamlToken& token, std::size_t indent, Blank blank, std::size_t depth) {
    for (std::size_t i = 0; i < token.comments; ++i) {
      const YamlComment& comment = layout_.comments[token.first_comment + i];
      if (i == 0 && !comment.alone && !out_.empty()) {
        trailing_.push_back({line_, out_.size(), comment.column});
        out_ += "  ";
      } else {
        end_line(blank == Blank::kKeep && comment.blank_before);
        out_.append(comment_indent(comment, indent, depth), ' ');
        blank = depth == kNoDepth ? Blank::kDrop : Blank::kKeep;
      }
      out_ += comment.text;
    }
    return token.comments > 0;
  }

  // Comments, then a line for the token. Empty lines are kept where `depth` is given, the first if `first` says so.
  void begin_line(const YamlToken& token, std::size_t indent, Blank first, std::size_t depth = kNoDepth) {
    comments(token, indent, first, depth);
    const bool own_lines = token.comments > 1 || (token.comments == 1 && layout_.comments[token.first_comment].alone);
    end_line(token.blank_before && (first == Blank::kKeep || (own_lines && depth != kNoDepth)));
    out_.append(indent, ' ');
  }

  void lead(const YamlToken& token, Place& place) {
    if (place.lead == Lead::kLine || (place.lead == Lead::kSpace && token.comments > 0)) {
      begin_line(token, place.indent, Blank::kDrop);
    } else if (place.lead == Lead::kSpace) {
      out_ += ' ';
    }
    place.lead = Lead::kSpace;
  }

  void node(Place place) {
    if (here().kind == Kind::kAnchor) {
      lead(here(), place);
      out_ += take().text;
      place.after_dash = false;
    }
    switch (here().kind) {
      case Kind::kEmpty: take(); return;
      case Kind::kBlockList:
      case Kind::kBlockMapping:
      case Kind::kPair:
        if (place.in_flow) {
          pair(place);
        } else {
          block(take(), place);
        }
        return;
      case Kind::kFlowList:
      case Kind::kFlowMapping: flow(place); return;
      case Kind::kHeader: block_text(place); return;
      default: lead(here(), place); text(take(), place.text_indent);
    }
  }

  void text(const YamlToken& token, std::size_t indent) {
    const std::string_view whole = without_needless_quotes(token);
    if (whole.find('\n') == std::string_view::npos) {
      out_ += whole;
      return;
    }
    bool first = true;
    for (const std::string_view line : split(whole, '\n')) {
      const std::string_view shown = trim_right(first ? line : trim_left(line), token.kind);
      if (!first) end_line(false);
      if (!first && !shown.empty()) out_.append(indent, ' ');
      out_ += shown;
      first = false;
    }
  }

  void block_text(Place place) {
    lead(here(), place);
    const std::string_view header = take().text;
    const YamlToken& body = take();
    std::string indicators(header.substr(1));
    if (!body.one_line) {  // ends with the file, without a line end: that is what '-' says once there is one
      std::erase_if(indicators, [](char c) { return c == '+' || c == '-'; });
      indicators += '-';
    }
    out_ += header.front();
    out_ += indicators;
    comments(body, 0, Blank::kDrop, kNoDepth);
    std::size_t indent = place.text_indent;
    for (const char c : indicators) {
      if (c >= '1' && c <= '9') indent = place.text_indent - kStep + static_cast<std::size_t>(c - '0');
    }
    for (std::string_view line : lines(body.text)) {
      line.remove_prefix(std::min({line.find_first_not_of(' '), line.size(), std::size_t{body.column}}));
      end_line(false);
      if (!line.empty()) out_.append(indent, ' ');
      out_ += line;
    }
    if (indicators.find('+') != std::string::npos) kept_end_ = out_.size();
  }

  // A key and its colon; that of a flow mapping goes without one where there is no value.
  void key(bool may_stand_alone = false) {
    if (here().kind == Kind::kAnchor) {
      out_ += take().text;
      out_ += ' ';
    }
    const YamlToken& text = take();
    out_ += without_needless_quotes(text);
    take();  // the colon
    if (may_stand_alone && here().kind == Kind::kEmpty) return;
    out_ += text.kind == Kind::kAlias ? " :" : ":";
  }

  // A collection as a block, whether it was one in the source or not.
  void block(const YamlToken& open, const Place& place) {
    const bool was_block = open.kind == Kind::kBlockList || open.kind == Kind::kBlockMapping;
    const bool is_list = open.kind == Kind::kBlockList || open.kind == Kind::kFlowList;
    levels_.resize(place.depth);
    levels_.push_back({was_block ? open.column : kNoDepth, place.indent});
    for (bool first = true; here().kind != Kind::kClose && here().kind != Kind::kFlowClose; first = false) {
      if (first && place.after_dash && here().comments == 0) {
        out_ += ' ';
      } else {
        begin_line(here(), place.indent, first ? Blank::kDrop : Blank::kKeep, place.depth);
      }
      levels_.resize(place.depth + 1);
      if (!is_list) {
        key();
      } else {
        out_ += '-';
        if (here().kind == Kind::kDash) take();
      }
      const std::size_t inner = place.indent + kStep;
      node({.indent = inner,
            .text_indent = inner,
            .flow_indent = is_list ? inner : place.indent,
            .depth = place.depth + 1,
            .after_dash = is_list});
    }
    take();
  }

  void flow(Place place) {
    const YamlToken& open = here();
    const YamlToken& close = layout_.tokens[open.link];
    const bool has_comments = open.first_comment + open.comments != close.first_comment + close.comments;
    const bool new_line = place.lead == Lead::kLine || (place.lead == Lead::kSpace && open.comments > 0);
    if (!has_comments) {
      const std::size_t column =
          new_line ? place.indent
                   : display_width(std::string_view(out_).substr(line_)) + (place.lead == Lead::kSpace ? 1 : 0);
      std::string line;  // two bytes: there is nothing in it
      const std::size_t before = at_;
      longest_ = open.one_line ? std::string::npos : kMostBytes;
      if (one_line(line) && (open.one_line || line.size() == 2 || column + display_width(line) <= kWidth)) {
        lead(open, place);
        out_ += line;
        return;
      }
      at_ = before;
      if (!place.in_flow) {
        if (comments(open, place.indent, Blank::kDrop, kNoDepth)) place.after_dash = false;
        take();
        block(open, place);
        return;
      }
    }
    lead(open, place);
    flow_lines(new_line ? place.indent : place.flow_indent);
  }

  // One item a line; `indent` is that of the brackets' lines.
  void flow_lines(std::size_t indent) {
    const bool is_list = here().kind == Kind::kFlowList;
    out_ += take().text;
    const std::size_t inner = indent + kStep;
    const Place place{.lead = is_list ? Lead::kNone : Lead::kSpace,
                      .indent = inner + kStep,
                      .text_indent = inner + kStep,
                      .flow_indent = inner,
                      .in_flow = true};
    while (here().kind != Kind::kFlowClose) {
      begin_line(layout_.tokens[at_ + (here().kind == Kind::kPair ? 1 : 0)], inner, Blank::kDrop);
      if (!is_list) key(true);
      node(place);
      out_ += ',';
    }
    comments(here(), inner, Blank::kDrop, kNoDepth);
    end_line(false);
    out_.append(indent, ' ');
    out_ += take().text;
  }

  void pair(Place place) {
    take();
    key();
    if (here().kind == Kind::kEmpty) out_ += ' ';  // before a comma
    place.lead = Lead::kSpace;
    node(place);
    take();
  }

  // The flow node here in one line; false: it holds text that needs several.
  bool one_line(std::string& line) {
    if (here().kind == Kind::kAnchor) {
      line += take().text;
      line += ' ';
    }
    if (line.size() > longest_) return false;
    const YamlToken& token = take();
    switch (token.kind) {
      case Kind::kEmpty: return true;
      case Kind::kPair: return one_line_entry(line, true) && take().kind == Kind::kClose;
      case Kind::kFlowList: return one_line_list(line);
      case Kind::kFlowMapping: return one_line_mapping(line);
      default: return joined(token, line);
    }
  }

  bool one_line_list(std::string& line) {
    line += '[';
    bool first = true;
    bool empty = false;
    for (; here().kind != Kind::kFlowClose; first = false) {
      if (!first) line += ", ";
      empty = here().kind == Kind::kEmpty;
      if (!one_line(line)) return false;
    }
    line += empty ? ",]" : "]";
    take();
    return true;
  }

  bool one_line_mapping(std::string& line) {
    line += '{';
    bool first = true;
    for (; here().kind != Kind::kFlowClose; first = false) {
      line += first ? " " : ", ";
      if (!one_line_entry(line, false)) return false;
    }
    line += first ? "}" : " }";
    take();
    return true;
  }

  bool one_line_entry(std::string& line, bool in_list) {
    if (here().kind == Kind::kAnchor) {
      line += take().text;
      line += ' ';
    }
    const bool alias = here().kind == Kind::kAlias;
    line += without_needless_quotes(take());
    take();  // the colon
    if (here().kind == Kind::kEmpty && !in_list) {
      take();
      return true;
    }
    line += alias ? " : " : ": ";
    return one_line(line);
  }

  // Text over several lines as one, where its line ends mean a space.
  static bool joined(const YamlToken& token, std::string& line) {
    std::string whole;
    for (const std::string_view each : split(token.text, '\n')) {
      const std::string_view shown = trim_right(whole.empty() ? each : trim_left(each), token.kind);
      if (!whole.empty() && (shown.empty() || (token.kind == Kind::kDouble && whole.back() == '\\'))) return false;
      if (!whole.empty()) whole += ' ';
      whole += shown;
    }
    line += without_needless_quotes(whole, token.kind);
    return true;
  }

  // The text with those comments under one another that stand behind following lines and did so in the source.
  [[nodiscard]] std::string aligned() const {
    std::string text;
    std::size_t done = 0;
    for (std::size_t i = 0; i < trailing_.size();) {
      std::size_t end = i;
      std::vector<std::size_t> widths;
      do {
        const Trailing& each = trailing_[end++];
        widths.push_back(display_width(std::string_view(out_).substr(each.line, each.at - each.line)));
      } while (end < trailing_.size() && trailing_[end].column == trailing_[i].column &&
               out_.find('\n', trailing_[end - 1].at) + 1 == trailing_[end].line);
      const std::size_t widest = *std::max_element(widths.begin(), widths.end());
      for (const std::size_t width : widths) {
        const std::size_t at = trailing_[i++].at;
        text.append(out_, done, at - done).append(widest - width, ' ');
        done = at;
      }
    }
    return text.append(out_, done);
  }

  const YamlLayout& layout_;
  std::size_t at_ = 0;
  std::string out_;
  std::size_t line_ = 0;      // where the open line begins in out_
  std::size_t longest_ = 0;   // one_line() gives up beyond
  std::size_t kept_end_ = 0;  // where block text ends that an empty line would become a part of
  std::vector<Trailing> trailing_;
  std::vector<Level> levels_;  // open, and below them those that closed last
};

}  // namespace

std::string print_canonical(const YamlLayout& layout) { return CanonicalPrinter(layout).print(); }

}  // namespace assay::recipe
