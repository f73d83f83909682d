// SPDX-License-Identifier: Apache-2.0
// The only place that knows yaml-cpp.
#include "engine/recipe/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "engine/base/text.h"
#include "engine/recipe/yaml_mistakes.h"

namespace assay::recipe {
namespace {

// Thrown from the handler to leave yaml-cpp's parser, caught in parse_yaml.
struct Stop {
  Diagnostic diagnostic;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  // Nodes are made in `nodes`.
  TreeBuilder(std::shared_ptr<const SourceText> source, const YamlLimits& limits, YamlNodes& nodes,
              Diagnostics& problems)
      : source_(std::move(source)), limits_(limits), nodes_(nodes), problems_(problems) {}

  NodePtr root = nullptr;
  std::optional<std::size_t> last_quoted;  // where the last quoted text begins

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode* node = make(mark, YamlNode::Kind::kNull);
    if (!stack_.empty() && !is_null_word(node->offset)) place_empty(*node);
    add(node, anchor, 1, 1);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      stop(mark, Code::kYamlSyntax, "this alias stands inside what it names",
           "write out what it stands for, or move it out of there");
    add(found->second.first, 0, found->second.second, found->second.second);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    YamlNode* node = make(mark, YamlNode::Kind::kScalar);
    if (anchor != 0) skip_anchor(*node);
    const std::string& text = source_->text;
    const char first = node->offset < text.size() ? text[node->offset] : '\0';
    if (tag != "?") node->style = first == '|' || first == '>' ? YamlNode::Style::kBlock : YamlNode::Style::kQuoted;
    if (node->style == YamlNode::Style::kQuoted) last_quoted = node->offset;
    node->scalar = value;
    check_nul(*node);
    add(node, anchor, 1, 1);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kMapping);
  }
  void OnMapEnd() override {
    check_duplicates(*stack_.back().node);
    close();
  }

 private:
  struct Open {
    YamlNode* node = nullptr;
    NodePtr key = nullptr;  // of a mapping: the key that waits for its value
    YAML::anchor_t anchor = 0;
    std::size_t weight = 1;
  };

  [[nodiscard]] std::size_t offset_of(const YAML::Mark& mark) const {
    return std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), source_->text.size());
  }

  YamlNode* make(const YAML::Mark& mark, YamlNode::Kind kind) const {
    YamlNode* node = &nodes_.emplace_back();
    node->kind = kind;
    node->source = source_;
    node->offset = offset_of(mark);
    node->line_offset = node->offset - std::min(node->offset, static_cast<std::size_t>(std::max(mark.column, 0)));
    node->line = static_cast<std::uint32_t>(std::max(mark.line, 0) + 1);
    return node;
  }

  [[noreturn]] void stop(const YAML::Mark& mark, Code code, std::string message, std::string help = {}) const {
    Diagnostic diagnostic{.code = code, .message = std::move(message), .help = std::move(help)};
    diagnostic.where = make(mark, YamlNode::Kind::kNull)->span();
    throw Stop{std::move(diagnostic)};
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!") {
      stop(mark, Code::kYamlSyntax, "the tag '" + tag + "' is not supported",
           "remove it: each key already has its type; or quote a text that begins with '!'");
    }
  }

  // The parser gives a value with an anchor the place of the anchor.
  void skip_anchor(YamlNode& node) const {
    const std::string_view text = source_->text;
    if (node.offset >= text.size() || text[node.offset] != '&') return;
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", node.offset), text.size());
    const std::string_view name = text.substr(node.offset + 1, end - node.offset - 1);
    const char first = name.empty() ? '&' : name.front();
    const bool plain = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                       (first >= '0' && first <= '9') || first == '_' || static_cast<unsigned char>(first) >= 0x80;
    if (!plain) {
      throw Stop{{.code = Code::kYamlSyntax,
                  .where = span_of(source_, node.offset, end),
                  .message = "a text that begins with '&' marks a value for references, and '" +
                             shorten(printable(name), 40) + "' is no name for one",
                  .help = "quote the text"}};
    }
    const std::size_t begin = text.find_first_not_of(" \t", end);
    if (begin != std::string_view::npos && text[begin] != '\n' && text[begin] != '\r') node.offset = begin;
  }

  // Whether "null" or '~' stands there as a value; the parser reports what is left out at the next word.
  [[nodiscard]] bool is_null_word(std::size_t at) const {
    const std::string_view rest = std::string_view(source_->text).substr(at);
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
      if (!rest.starts_with(word)) continue;
      const std::size_t next = std::min(rest.find_first_not_of(" \t", word.size()), rest.size());
      if (next == rest.size() || std::string_view("\r\n,]}#").find(rest[next]) != std::string_view::npos) return true;
    }
    return false;
  }

  // An empty value has the place of its key or of its dash.
  void place_empty(YamlNode& node) const {
    const Open& parent = stack_.back();
    if (parent.node->kind == YamlNode::Kind::kMapping) {
      if (!parent.key) return;
      node.offset = parent.key->offset;
      node.line_offset = parent.key->line_offset;
      node.line = parent.key->line;
      node.width = parent.key->span().length;
      return;
    }
    const std::string_view text = source_->text;
    std::size_t dash = node.offset;
    while (dash > 0 && std::string_view(" \t\r\n").find(text[dash - 1]) != std::string_view::npos) --dash;
    if (dash == 0 || text[dash - 1] != '-') return;
    const std::size_t newline = text.rfind('\n', dash - 1);
    node.line -= static_cast<std::uint32_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(dash),
                                                       text.begin() + static_cast<std::ptrdiff_t>(node.offset), '\n'));
    node.offset = dash - 1;
    node.line_offset = newline == std::string_view::npos ? 0 : newline + 1;
  }

  // No argument, variable or file name could hold it.
  void check_nul(const YamlNode& node) {
    if (node.scalar.find('\0') == std::string::npos) return;
    problems_.add({.code = Code::kYamlSyntax,
                   .where = node.span(),
                   .message = "a text with a NUL character",
                   .help = "remove it: no argument, variable or file name can hold one"});
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check_tag(mark, tag);
    if (stack_.size() >= limits_.depth) {
      stop(mark, Code::kYamlTooLarge, "nested more than " + std::to_string(limits_.depth) + " deep",
           "nothing that assay reads goes so deep: look for a bracket or an indentation that is not closed");
    }
    if (wants_key()) {
      Diagnostic wrong = explain_yaml(source_, "a key must be plain text, not a list or a mapping", offset_of(mark));
      if (wrong.help.empty())
        wrong.help = "give each key a line of its own, or quote a text that begins with a bracket";
      throw Stop{std::move(wrong)};
    }
    stack_.push_back(Open{make(mark, kind), nullptr, anchor, 1});
  }

  void close() {
    const Open done = stack_.back();
    stack_.pop_back();
    add(done.node, done.anchor, done.weight, 1);  // what is inside has been counted
  }

  [[nodiscard]] bool wants_key() const {
    return !stack_.empty() && stack_.back().node->kind == YamlNode::Kind::kMapping && !stack_.back().key;
  }

  // `weight`: of the node with all that is in it; `fresh`: how many of these have not been counted yet.
  void add(NodePtr node, YAML::anchor_t anchor, std::size_t weight, std::size_t fresh) {
    const YAML::Mark here = mark_of(*node);
    total_ += fresh;
    if (total_ > limits_.nodes) {
      stop(here, Code::kYamlTooLarge, "more than " + std::to_string(limits_.nodes) + " nodes (aliases counted in full)",
           "name large parts by fewer aliases, or split the file");
    }
    if (anchor != 0) anchors_[anchor] = {node, weight};
    if (stack_.empty()) {
      root = node;
      return;
    }
    Open& parent = stack_.back();
    parent.weight += weight;
    if (parent.node->kind == YamlNode::Kind::kSequence) {
      parent.node->items.push_back(node);
    } else if (!parent.key) {
      if (node->kind != YamlNode::Kind::kScalar)
        stop(here, Code::kYamlSyntax, "a key is missing before ':'",
             "write the key before ':', or quote a text that begins with ':'");
      parent.key = node;
    } else {
      parent.node->entries.push_back({std::exchange(parent.key, nullptr), node});
    }
  }

  static YAML::Mark mark_of(const YamlNode& node) {
    YAML::Mark mark;
    mark.pos = static_cast<int>(node.offset);
    mark.line = static_cast<int>(node.line) - 1;
    mark.column = static_cast<int>(node.offset - node.line_offset);
    return mark;
  }

  static bool has_twice(const std::pmr::vector<YamlNode::Entry>& entries) {
    for (std::size_t i = 1; i < entries.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (entries[i].key->scalar == entries[k].key->scalar) return true;
      }
    }
    return false;
  }

  void check_duplicates(const YamlNode& mapping) {
    constexpr std::size_t kFew = 12;  // looked through faster than entered in a table
    if (mapping.entries.size() <= kFew && !has_twice(mapping.entries)) return;
    std::unordered_map<std::string_view, const YamlNode*> seen;
    for (const YamlNode::Entry& entry : mapping.entries) {
      const auto [first, fresh] = seen.emplace(entry.key->scalar, entry.key);
      if (fresh) continue;
      Diagnostic diagnostic{.code = Code::kYamlDuplicateKey,
                            .message = "the key '" + entry.key->scalar + "' appears twice"};
      diagnostic.where = entry.key->span();
      diagnostic.notes.push_back({.where = first->second->span(), .text = "it appears first here"});
      diagnostic.help = "remove one of the two, or merge them";
      problems_.add(std::move(diagnostic));
    }
  }

  std::shared_ptr<const SourceText> source_;
  YamlLimits limits_;
  YamlNodes& nodes_;
  Diagnostics& problems_;
  std::vector<Open> stack_;
  std::unordered_map<YAML::anchor_t, std::pair<NodePtr, std::size_t>> anchors_;
  std::size_t total_ = 0;
};

std::shared_ptr<YamlNodes> new_nodes() {
  struct Owner {
    std::pmr::monotonic_buffer_resource memory{std::size_t{16} << 10U};
    YamlNodes nodes{&memory};
  };
  const auto owner = std::make_shared<Owner>();
  return {owner, &owner->nodes};
}

// Thrown to leave yaml-cpp's parser once the answer is known, caught in top_level_text.
struct Found {};

// Looks for one key of the outermost mapping and keeps nothing else.
class KeyFinder : public YAML::EventHandler {
 public:
  KeyFinder(std::string_view key, std::size_t most_depth) : key_(key), most_depth_(most_depth) {}

  std::string text;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { value(); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { value(); }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string& scalar) override {
    if (depth_ == 0) throw Found();  // the document is no mapping
    if (depth_ > 1) return;
    if (is_key_) {
      wanted_ = scalar == key_;
    } else if (wanted_) {
      text = scalar;
      throw Found();
    }
    value();
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    if (depth_ == 0) throw Found();
    open();
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override { open(); }
  void OnMapEnd() override { close(); }

 private:
  void value() {
    if (depth_ == 1) is_key_ = !is_key_;
  }
  void open() {
    if (++depth_ > most_depth_) throw Found();
  }
  void close() {
    --depth_;
    value();
  }

  std::string_view key_;
  std::size_t most_depth_;
  std::size_t depth_ = 0;
  bool is_key_ = true;
  bool wanted_ = false;
};

// Of text that is valid UTF-8.
std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

// The name of an encoding we do not read, or empty for UTF-8.
std::string_view foreign_encoding(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return "UTF-16";
  if (text.size() >= 2 && (text[0] == '\0' || text[1] == '\0')) return "UTF-16 or UTF-32";
  if (!is_valid_utf8(text)) return "an encoding other than UTF-8";
  return {};
}

}  // namespace

SourceSpan YamlNode::span() const {
  // On very long lines bytes stand for columns, so that a hostile one-line file does not cost quadratic time.
  constexpr std::size_t kLongLine = 4096;
  const std::string_view text = source->text;
  const std::string_view before = text.substr(line_offset, offset - line_offset);
  const std::size_t column = before.size() > kLongLine ? before.size() : code_points(before);
  std::size_t length = 1;
  if (kind == Kind::kScalar && style != Style::kBlock) {
    const std::string_view first_line = std::string_view(scalar).substr(0, scalar.find('\n'));
    length = code_points(first_line) + (style == Style::kQuoted ? 2 : 0);
  } else if (kind == Kind::kNull && width > 0) {
    length = width;
  }
  return SourceSpan{.source = source,
                    .line = line,
                    .column = static_cast<std::uint32_t>(column + 1),
                    .length = static_cast<std::uint32_t>(std::max<std::size_t>(length, 1))};
}

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key->scalar == key) return entry.value;
  }
  return nullptr;
}

YamlDocument parse_yaml(std::string text, std::string name, YamlLimits limits) {
  YamlDocument document;
  const auto fail = [&](Diagnostic diagnostic) {
    document.root = nullptr;
    document.problems.add(std::move(diagnostic));
  };
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  auto source = std::make_shared<SourceText>(SourceText{std::move(name), std::move(text)});
  document.source = source;
  document.nodes = new_nodes();
  const SourceSpan whole{.source = source};
  if (source->text.size() > limits.bytes) {
    fail({.code = Code::kYamlTooLarge,
          .where = whole,
          .message = "the file is larger than " + std::to_string(limits.bytes) + " bytes"});
    return document;
  }
  if (const auto encoding = foreign_encoding(source->text); !encoding.empty()) {
    fail({.code = Code::kYamlEncoding,
          .where = whole,
          .message = "the file is written in " + std::string(encoding),
          .help = "save it as UTF-8"});
    return document;
  }
  if (auto problem = control_character(source)) {
    fail(std::move(*problem));
    return document;
  }
  try {
    std::istringstream stream(source->text);
    YAML::Parser parser(stream);
    TreeBuilder builder(source, limits, *document.nodes, document.problems);
    if (!parser.HandleNextDocument(builder) || !builder.root) {
      fail({.code = Code::kYamlSyntax,
            .where = whole,
            .message = "the file is empty",
            .help = "a file begins with: apiVersion: assay/v1"});
      return document;
    }
    document.root = builder.root;
    if (builder.last_quoted) {
      if (auto problem = unclosed_quote(source, *builder.last_quoted)) {
        fail(std::move(*problem));
        return document;
      }
    }
    TreeBuilder rest(source, limits, *document.nodes, document.problems);
    if (parser.HandleNextDocument(rest)) {
      const SourceSpan second = rest.root ? rest.root->span() : whole;
      fail({.code = Code::kYamlSyntax,
            .where = second,
            .message = "a second document begins after '---'",
            .help = "one file holds one document: split it"});
    }
  } catch (const Stop& stop) {
    fail(stop.diagnostic);
  } catch (const YAML::Exception& error) {
    fail(explain_yaml(source, error.msg, static_cast<std::size_t>(std::max(error.mark.pos, 0))));
  }
  return document;
}

std::string top_level_text(const std::string& text, std::string_view key, const YamlLimits& limits) {
  if (text.size() > limits.bytes || !foreign_encoding(text).empty()) return {};
  KeyFinder finder(key, limits.depth);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(finder);
  } catch (const Found&) {
    return finder.text;
  } catch (const YAML::Exception&) {
    return {};
  }
  return {};
}

std::string_view describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: return "nothing";
    case YamlNode::Kind::kScalar: return "text";
    case YamlNode::Kind::kSequence: return "a list";
    case YamlNode::Kind::kMapping: return "a mapping";
  }
  return "?";
}

namespace {

expr::Value plain_value(const std::string& text) {
  if (text == "true" || text == "false") return expr::Value::boolean(text == "true");
  if (text == "null" || text == "~" || text.empty()) return expr::Value::null();
  std::int64_t integer = 0;
  const char* end = text.data() + text.size();
  const char* begin = text.data() + (text.front() == '+' ? 1 : 0);
  if (const auto [stop, error] = std::from_chars(begin, end, integer); error == std::errc() && stop == end) {
    return expr::Value::integer(integer);
  }
  double number = 0;
  const bool numeric = text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  if (const auto [stop, error] = std::from_chars(begin, end, number);
      numeric && error == std::errc() && stop == end && std::isfinite(number)) {
    return expr::Value::number(number);
  }
  return expr::Value::string(text);
}

}  // namespace

expr::Value to_value(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: return expr::Value::null();
    case YamlNode::Kind::kScalar:
      return node.style == YamlNode::Style::kPlain ? plain_value(node.scalar) : expr::Value::string(node.scalar);
    case YamlNode::Kind::kSequence: {
      expr::List items;
      items.reserve(node.items.size());
      for (const NodePtr& item : node.items) items.push_back(to_value(*item));
      return expr::Value::list(std::move(items));
    }
    case YamlNode::Kind::kMapping: {
      expr::Map entries;
      for (const YamlNode::Entry& entry : node.entries) entries.set(entry.key->scalar, to_value(*entry.value));
      return expr::Value::map(std::move(entries));
    }
  }
  return {};
}

}  // namespace assay::recipe
