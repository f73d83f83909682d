// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/format_scan.h"

#include <algorithm>

#include "engine/base/text.h"

namespace assay::recipe {
namespace {

using Kind = YamlToken::Kind;

// A key that is longer cannot stand before its ':' for every reader of YAML.
constexpr std::size_t kLongestKey = 1000;

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool ends_word(char c) { return is_space(c) || c == '\n' || c == '\0'; }

class LayoutScanner {
 public:
  explicit LayoutScanner(const YamlDocument& document)
      : document_(document), nodes_(*document.nodes), text_(document.source->text) {}

  Result<YamlLayout> scan() {
    ASSAY_CHECK(refuse_doubtful_characters());
    if (const auto kind = document_.root->kind; kind != YamlNode::Kind::kMapping && kind != YamlNode::Kind::kSequence) {
      return refuse("the file holds " + std::string(describe(*document_.root)) + ", neither a mapping nor a list", 0);
    }
    ASSAY_CHECK(prologue());
    ASSAY_CHECK(node(*document_.root, kOutside));
    ASSAY_CHECK(epilogue());
    return std::move(layout_);
  }

 private:
  // The column of the innermost block collection, or one of these.
  static constexpr int kOutside = -1;
  static constexpr int kInFlow = -2;

  struct Mark {
    std::size_t at = 0;
    std::size_t comments = 0;
    bool blank = false;
  };

  [[nodiscard]] char here(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool at_line_start() const { return at_ == 0 || text_[at_ - 1] == '\n'; }
  [[nodiscard]] bool at_marker(std::string_view marker) const {
    return at_line_start() && text_.substr(at_).starts_with(marker) && ends_word(here(marker.size()));
  }

  [[nodiscard]] tl::unexpected<Diagnostic> refuse(std::string what, std::size_t at, std::string help = {}) const {
    Diagnostic diagnostic{.code = Code::kYamlLayout, .message = std::move(what), .help = std::move(help)};
    diagnostic.where = span_of(document_.source, std::min(at, text_.size()), std::min(at + 1, text_.size()));
    return failure(std::move(diagnostic));
  }
  [[nodiscard]] tl::unexpected<Diagnostic> unexpected_here() const {
    return refuse("the layout of this place has no canonical form", at_, "write it in a plainer form of YAML");
  }

  // What the parser lets through, though not everybody takes it for the same.
  [[nodiscard]] Result<void> refuse_doubtful_characters() const {
    if (const auto at = text_.find('\r'); at != std::string_view::npos) {
      return refuse("a carriage return inside a line", at, "end lines with a line feed");
    }
    if (const auto at = text_.find("\xEF\xBB\xBF"); at != std::string_view::npos) {
      return refuse("a byte order mark inside the file", at, "remove it");
    }
    return {};
  }

  YamlToken& push(Kind kind, std::string_view text = {}) {
    YamlToken& token = layout_.tokens.emplace_back();
    token.kind = kind;
    token.text = text;
    return token;
  }
  // A token that is there in the text: it owns what stands before it.
  YamlToken& push_seen(Kind kind, std::size_t size) {
    YamlToken& token = push(kind, text_.substr(at_, size));
    token.first_comment = static_cast<std::uint32_t>(owned_);
    token.comments = static_cast<std::uint32_t>(layout_.comments.size() - owned_);
    token.blank_before = blank_;
    owned_ = layout_.comments.size();
    blank_ = false;
    at_ += size;
    return token;
  }

  // Over space, line ends and comments.
  void gap() {
    bool new_line = at_line_start();
    std::size_t line_ends = new_line ? 1 : 0;
    for (;; ++at_) {
      if (here() == '\n' && at_ < text_.size()) {
        new_line = true;
        if (++line_ends > 1) blank_ = true;
      } else if (here() == '#') {
        add_comment(new_line);
        line_ends = 0;
        new_line = false;
        --at_;  // the line end comes next
      } else if (!is_space(here())) {
        return;
      }
    }
  }

  void add_comment(bool alone) {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view comment = text_.substr(at_, end - at_);
    comment = comment.substr(0, comment.find_last_not_of(" \t") + 1);
    const std::size_t width = alone ? column() : display_width(text_.substr(at_ - column(), column()));
    layout_.comments.push_back({.text = comment,
                                .column = static_cast<std::uint32_t>(width),
                                .alone = alone,
                                .blank_before = std::exchange(blank_, false)});
    at_ = end;
  }

  // From 0. Looks back to the line's beginning: not for each token of a line.
  [[nodiscard]] std::uint32_t column() const { return column_of(at_); }
  [[nodiscard]] std::uint32_t column_of(std::size_t at) const {
    const std::size_t line_end = at == 0 ? std::string_view::npos : text_.rfind('\n', at - 1);
    return static_cast<std::uint32_t>(line_end == std::string_view::npos ? at : at - line_end - 1);
  }

  [[nodiscard]] Mark mark() const { return {at_, layout_.comments.size(), blank_}; }
  void go_back(const Mark& mark) {
    at_ = mark.at;
    layout_.comments.resize(mark.comments);
    blank_ = mark.blank;
  }

  // Nodes are made in the order of the text, so one that is not the next is an alias of an earlier one.
  [[nodiscard]] bool is_next(const YamlNode& node) const { return next_ < nodes_.size() && &nodes_[next_] == &node; }
  Result<void> prologue() {
    gap();
    while (here() == '%' && at_line_start()) {
      const std::string_view line = text_.substr(at_, text_.find('\n', at_) - at_);
      push_seen(Kind::kDirective, line.find_last_not_of(" \t") + 1);
      gap();
    }
    if (at_marker("---")) push_seen(Kind::kDocumentStart, 3);
    return {};
  }

  Result<void> epilogue() {
    gap();
    const std::size_t first_behind = layout_.comments.size();
    for (; at_marker("..."); gap()) at_ += 3;
    for (std::size_t i = first_behind; i < layout_.comments.size(); ++i) {
      layout_.comments[i].alone = true;  // the marker goes, and what stood before it may be block text
      layout_.comments[i].column = 0;
    }
    if (at_ < text_.size()) return unexpected_here();
    push_seen(Kind::kEnd, 0);
    return {};
  }

  Result<void> node(const YamlNode& node, int block_column) {
    if (!is_next(node)) {
      gap();
      if (here() != '*') return unexpected_here();
      push_seen(Kind::kAlias, anchor_size(at_));
      return {};
    }
    ++next_;
    switch (node.kind) {
      case YamlNode::Kind::kNull:
      case YamlNode::Kind::kScalar: return scalar(node, block_column);
      case YamlNode::Kind::kSequence: return list(node, block_column);
      case YamlNode::Kind::kMapping: return mapping(node, block_column);
    }
    return unexpected_here();
  }

  // Of the anchor or alias here.
  [[nodiscard]] std::size_t anchor_size(std::size_t at) const {
    return std::min(text_.find_first_of(" \t\n[]{},", at), text_.size()) - at;
  }
  // The first place on this line that is behind the anchor here and space; the line's end if a comment stands there.
  [[nodiscard]] std::size_t behind_anchor() const {
    const std::size_t at = std::min(text_.find_first_not_of(" \t", at_ + anchor_size(at_)), text_.size());
    return at < text_.size() && text_[at] == '#' ? std::min(text_.find('\n', at), text_.size()) : at;
  }
  [[nodiscard]] bool ends_line(std::size_t at) const { return at >= text_.size() || text_[at] == '\n'; }

  // The anchor of a node that has text.
  void anchor() {
    gap();
    if (here() != '&') return;
    push_seen(Kind::kAnchor, anchor_size(at_));
    gap();
  }

  Result<void> scalar(const YamlNode& node, int block_column) {
    if (node.kind == YamlNode::Kind::kNull) return null(block_column == kInFlow);
    const std::size_t begin = at_;
    const bool has_key = layout_.tokens.back().kind == Kind::kColon && block_column != kInFlow;
    gap();
    const std::size_t start = at_;
    const bool apart = !has_key || text_.substr(begin, start - begin).find('\n') != std::string_view::npos;
    anchor();
    const char first = here();
    if (first == '"' || first == '\'') {
      ASSAY_CHECK(quoted(first));
    } else if (first == '|' || first == '>') {
      ASSAY_CHECK(block_text(block_column));
    } else {
      ASSAY_CHECK(plain(node.scalar));
    }
    // The parser takes such an anchor for one of a key, and its column for that of a mapping.
    const bool over_lines = layout_.tokens.back().kind == Kind::kBody ||
                            text_.substr(start, at_ - start).find('\n') != std::string_view::npos;
    if (apart && text_[start] == '&' && over_lines) {
      return refuse("text over several lines whose mark '&' does not stand behind a key", start,
                    "write the text on one line, or remove the mark");
    }
    return {};
  }

  // "null", '~' or nothing; the last when what stands here belongs to what comes next.
  Result<void> null(bool in_flow) {
    Mark before = mark();
    gap();
    if (here() == '&') {
      const std::size_t next = behind_anchor();
      if (ends_line(next) || null_word(next, in_flow) > 0 || (in_flow && ends_item(next))) {
        push_seen(Kind::kAnchor, anchor_size(at_));
        before = mark();
        gap();
      }
    }
    if (const std::size_t size = null_word(at_, in_flow); size > 0) {
      push_seen(Kind::kPlain, size);
    } else {
      go_back(before);
      push(Kind::kEmpty);
    }
    return {};
  }
  [[nodiscard]] bool ends_item(std::size_t at) const {
    return at < text_.size() && std::string_view(",]}").find(text_[at]) != std::string_view::npos;
  }
  // The size of the word that stands for null at `at`; 0: there is none.
  [[nodiscard]] std::size_t null_word(std::size_t at, bool in_flow) const {
    const std::string_view rest = text_.substr(at);
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
      if (!rest.starts_with(word)) continue;
      const std::size_t next = std::min(text_.find_first_not_of(" \t", at + word.size()), text_.size());
      const bool comment = !ends_line(next) && text_[next] == '#' && next > at + word.size();
      if (ends_line(next) || comment || (in_flow && ends_item(next))) return word.size();
    }
    return 0;
  }

  Result<void> quoted(char quote) {
    std::size_t end = at_ + 1;
    for (; end < text_.size(); ++end) {
      if (quote == '"' && text_[end] == '\\') {
        ++end;
      } else if (text_[end] == quote) {
        if (quote == '"' || end + 1 >= text_.size() || text_[end + 1] != '\'') break;
        ++end;
      }
    }
    if (end >= text_.size()) return unexpected_here();
    push_seen(quote == '"' ? Kind::kDouble : Kind::kSingle, end + 1 - at_);
    return {};
  }

  // Plain text has no escapes: its value stands in the file but for space and line ends, which says where it ends.
  Result<void> plain(std::string_view value) {
    std::size_t end = at_;
    for (const char c : value) {
      if (is_space(c) || c == '\n') continue;
      while (end < text_.size() && (is_space(text_[end]) || text_[end] == '\n')) ++end;
      if (end >= text_.size() || text_[end] != c) return unexpected_here();
      ++end;
    }
    if (end == at_) return unexpected_here();
    // These stand where the parser takes them for text; one step to the left, or in a block, they are something else.
    const std::string_view text = text_.substr(at_, end - at_);
    const std::string_view word = text.substr(0, text.find_first_of(" \t\n"));
    if (text.back() == ':' || word == "-" || word == "?" || word == ":" || word == "---" || word == "...") {
      return refuse("text that could be an indicator of YAML", at_, "put it in quotes");
    }
    push_seen(Kind::kPlain, end - at_);
    return {};
  }

  Result<void> block_text(int block_column) {
    std::size_t size = 1;
    std::size_t indent = 0;
    for (; here(size) == '+' || here(size) == '-' || (here(size) >= '1' && here(size) <= '9'); ++size) {
      if (here(size) >= '1') indent = static_cast<std::size_t>(here(size) - '0');
    }
    const bool keep = text_.substr(at_, size).find('+') != std::string_view::npos;
    const bool folded = here() == '>';
    push_seen(Kind::kHeader, size);
    while (is_space(here())) ++at_;
    if (here() == '#') add_comment(false);
    if (here() == '\n') ++at_;
    const bool detect = indent == 0;
    indent = std::max<std::size_t>(indent, 1) + static_cast<std::size_t>(std::max(block_column, 0));
    const auto [end, content_end] = block_text_end(indent, detect);
    if (folded && end + indent <= text_.size() && text_.find_first_not_of(' ', end) == std::string_view::npos) {
      return refuse("space behind the last line end of the file", end, "remove it");  // the reader takes it for text
    }
    const std::size_t body_end = keep ? end : content_end;
    YamlToken& body = push_seen(Kind::kBody, body_end - at_);
    body.column = static_cast<std::uint32_t>(indent);
    body.one_line = body.text.empty() || body.text.back() == '\n';
    return {};
  }

  // The end of the lines that belong to block text, and of the last that is not empty. `indent` becomes the one in use.
  [[nodiscard]] std::pair<std::size_t, std::size_t> block_text_end(std::size_t& indent, bool detect) const {
    std::size_t line = at_;
    std::size_t content_end = at_;
    while (line < text_.size()) {
      const std::size_t line_end = std::min(text_.find('\n', line), text_.size());
      const std::size_t next = std::min(line_end + 1, text_.size());
      std::size_t spaces = std::min(text_.find_first_not_of(' ', line), line_end) - line;
      if (detect) indent = std::max(indent, spaces);
      spaces = std::min(spaces, indent);
      if (line + spaces < line_end) {
        if (spaces < indent) break;
        detect = false;
        content_end = next;
      } else if (line_end == text_.size()) {
        break;  // space after the last line end is no line
      }
      line = next;
    }
    return {line, content_end};
  }

  Result<void> list(const YamlNode& node, int block_column) {
    anchor();
    if (here() == '[') return flow_list(node);
    if (block_column == kInFlow) return unexpected_here();
    const std::uint32_t own_column = column();
    push(Kind::kBlockList).column = own_column;
    for (const NodePtr item : node.items) {
      gap();
      if (here() != '-') return unexpected_here();
      push_seen(Kind::kDash, 1);
      ASSAY_CHECK(this->node(*item, static_cast<int>(own_column)));
    }
    push(Kind::kClose);
    return {};
  }

  Result<void> flow_list(const YamlNode& node) {
    const std::size_t open = open_flow(Kind::kFlowList);
    for (const NodePtr item : node.items) {
      ASSAY_CHECK(this->node(*item, kInFlow));
      comma();
    }
    return close_flow(open, ']');
  }

  Result<void> mapping(const YamlNode& node, int block_column) {
    gap();
    if (here() == '&') {  // of the mapping, or of its first key, which is then on the same line
      const std::size_t next = behind_anchor();
      if (ends_line(next) || text_[next] == '{') anchor();
    }
    if (here() == '{') return flow_mapping(node);
    // Without its '?' the mark of such a pair would be that of its key.
    if (block_column == kInFlow && layout_.tokens.back().kind == Kind::kAnchor) return unexpected_here();
    YamlToken& open = push(block_column == kInFlow ? Kind::kPair : Kind::kBlockMapping);
    if (block_column != kInFlow) {
      open.column = column();
      block_column = static_cast<int>(open.column);
    }
    for (const YamlNode::Entry& each : node.entries) ASSAY_CHECK(entry(each, block_column));
    push(Kind::kClose);
    return {};
  }

  Result<void> flow_mapping(const YamlNode& node) {
    const std::size_t open = open_flow(Kind::kFlowMapping);
    for (const YamlNode::Entry& each : node.entries) {
      ASSAY_CHECK(entry(each, kInFlow));
      comma();
    }
    return close_flow(open, '}');
  }

  std::size_t open_flow(Kind kind) {
    push_seen(kind, 1);
    return layout_.tokens.size() - 1;
  }
  void comma() {
    const Mark before = mark();
    gap();
    if (here() == ',') {
      ++at_;
    } else {
      go_back(before);
    }
  }
  Result<void> close_flow(std::size_t open, char bracket) {
    gap();
    if (here() != bracket) return unexpected_here();
    push_seen(Kind::kFlowClose, 1);
    YamlToken& token = layout_.tokens[open];
    token.link = static_cast<std::uint32_t>(layout_.tokens.size() - 1);
    const auto* begin = token.text.data();
    token.one_line = std::find(begin, text_.data() + at_, '\n') == text_.data() + at_;
    return {};
  }

  Result<void> entry(const YamlNode::Entry& entry, int block_column) {
    gap();
    const bool is_explicit = here() == '?' && ends_word(here(1));
    if (is_explicit) {
      const std::size_t question = at_++;
      const std::size_t first_behind = layout_.comments.size();
      gap();
      if (first_behind < layout_.comments.size() && !layout_.comments[first_behind].alone) {
        layout_.comments[first_behind].alone = true;  // the '?' goes, and what stood before it may be block text
        layout_.comments[first_behind].column = column_of(question);
      }
    }
    const std::size_t begin = at_;
    ASSAY_CHECK(node(*entry.key, block_column));
    const std::string_view key = text_.substr(begin, at_ - begin);
    if (key.size() > kLongestKey || key.find('\n') != std::string_view::npos) {
      return refuse("a key over several lines, or of more than " + std::to_string(kLongestKey) + " bytes", begin,
                    "write the key on one line");
    }
    const Kind last = layout_.tokens.back().kind;
    if (last == Kind::kEmpty || last == Kind::kBody) return unexpected_here();
    const Mark before = mark();
    gap();
    push(Kind::kColon);
    // Behind '?' the parser takes a ':' that touches what follows for more than one thing.
    if (is_explicit && here() == ':' && !ends_word(here(1))) return unexpected_here();
    if (here() == ':') {
      ++at_;
      return node(*entry.value, block_column);
    }
    if (!is_explicit && block_column != kInFlow) return refuse("an entry without a colon", begin, "add ':'");
    if (entry.value->kind != YamlNode::Kind::kNull || !is_next(*entry.value)) return unexpected_here();
    ++next_;
    go_back(before);
    push(Kind::kEmpty);
    return {};
  }

  const YamlDocument& document_;
  const YamlNodes& nodes_;
  std::string_view text_;
  YamlLayout layout_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;   // index of the node that the text has next
  std::size_t owned_ = 0;  // comments that belong to a token
  bool blank_ = false;     // an empty line since the last token or comment
};

}  // namespace

Result<YamlLayout> scan_layout(const YamlDocument& document) { return LayoutScanner(document).scan(); }

}  // namespace assay::recipe
