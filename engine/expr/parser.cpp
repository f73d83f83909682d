// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/parser.h"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/base/text.h"

namespace assay::expr {
namespace {

// Chains (a + b + c, a.b.c) nest to the left without nesting the text; they may be this many times as deep.
constexpr std::size_t kChainFactor = 8;

struct BinaryRow {
  std::string_view sign;
  std::string_view function;
  Operator op;
};
// From the weakest binding to the strongest.
constexpr BinaryRow kOr[] = {{"||", "_||_", Operator::kNone}};
constexpr BinaryRow kAnd[] = {{"&&", "_&&_", Operator::kNone}};
constexpr BinaryRow kRelation[] = {
    {"==", "_==_", Operator::kEqual},     {"!=", "_!=_", Operator::kNotEqual}, {"<", "_<_", Operator::kLess},
    {"<=", "_<=_", Operator::kLessEqual}, {">", "_>_", Operator::kGreater},    {">=", "_>=_", Operator::kGreaterEqual},
    {"in", "@in", Operator::kNone},
};
constexpr BinaryRow kSum[] = {{"+", "_+_", Operator::kAdd}, {"-", "_-_", Operator::kSubtract}};
constexpr BinaryRow kProduct[] = {
    {"*", "_*_", Operator::kMultiply}, {"/", "_/_", Operator::kDivide}, {"%", "_%_", Operator::kRemainder}};
constexpr std::array<std::span<const BinaryRow>, 5> kLevels = {kOr, kAnd, kRelation, kSum, kProduct};

constexpr std::string_view kReserved[] = {"as",       "break",  "const",  "continue", "else", "for",
                                          "function", "if",     "import", "let",      "loop", "namespace",
                                          "package",  "return", "var",    "void",     "while"};
constexpr std::string_view kKeywords[] = {"true", "false", "null", "in"};

template <class Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// "a.b.c" for a chain of plain selections that begins with a variable; empty for anything else.
std::string dotted(const Node& node) {
  if (node.kind == NodeKind::kVariable) return node.name;
  if (node.kind != NodeKind::kSelect || node.optional) return {};
  const std::string before = dotted(*node.children[0]);
  return before.empty() ? before : before + '.' + node.name;
}

// The same for references, where a constant text as index and the tests of has() count too.
std::string constant_path(const Node& node) {
  if (node.kind == NodeKind::kVariable) return node.name;
  const bool select = node.kind == NodeKind::kSelect || node.kind == NodeKind::kHas;
  const bool index = node.kind == NodeKind::kIndex && node.children[1]->kind == NodeKind::kLiteral &&
                     node.children[1]->literal.is(Kind::kString);
  if (!select && !index) return {};
  const std::string before = constant_path(*node.children[0]);
  return before.empty() ? before : before + '.' + (select ? node.name : node.children[1]->literal.as_string());
}

}  // namespace

bool is_reserved_word(std::string_view word) { return contains(kReserved, word) || contains(kKeywords, word); }

bool is_type_name(std::string_view name) {
  static constexpr std::string_view kTypes[] = {"bool",
                                                "int",
                                                "uint",
                                                "double",
                                                "string",
                                                "bytes",
                                                "list",
                                                "map",
                                                "type",
                                                "null_type",
                                                "optional_type",
                                                "quantity",
                                                "google.protobuf.Timestamp",
                                                "google.protobuf.Duration"};
  return contains(kTypes, name);
}

tl::unexpected<Diagnostic> Parser::wrong(Place place, std::string message, std::string help, Code code) const {
  return failure(impl_.diagnostic(code, place, std::move(message), std::move(help)));
}

tl::unexpected<Diagnostic> Parser::unexpected(std::string_view expected) const {
  const Token& token = peek();
  Diagnostic diagnostic = impl_.diagnostic(
      Code::kExpressionSyntax, token.place,
      token.kind == TokenKind::kEnd
          ? "the expression ends too early"
          : "unexpected '" +
                shorten(
                    printable(
                        std::string_view(impl_.text).substr(token.place.begin, token.place.end - token.place.begin)),
                    40) +
                "'");
  diagnostic.expected = std::string(expected);
  // Words of other languages, also where the parser took them for names and stumbled over what follows.
  const std::string_view before =
      at_ > 0 && token.kind != TokenKind::kSign ? tokens_[at_ - 1].text : std::string_view();
  for (const auto& [word, sign] : {std::pair<std::string_view, std::string_view>("and", "&&"),
                                   {"AND", "&&"},
                                   {"or", "||"},
                                   {"OR", "||"},
                                   {"not", "!"},
                                   {"NOT", "!"},
                                   {"is", "=="},
                                   {"eq", "=="},
                                   {"ne", "!="}}) {
    if (token.text != word && before != word) continue;
    diagnostic.help = "write '" + std::string(sign) + "' for '" + std::string(word) + "'";
    break;
  }
  return failure(std::move(diagnostic));
}

Result<void> Parser::expect(std::string_view sign, std::string_view after) {
  if (take(sign)) return {};
  return unexpected("'" + std::string(sign) + "' after " + std::string(after));
}

Result<Node*> Parser::node(NodeKind kind, Place from, std::vector<Node*> children) {
  std::size_t depth = 1;
  for (const Node* child : children) depth = std::max<std::size_t>(depth, child->depth + std::size_t{1});
  const std::size_t allowed =
      std::min<std::size_t>(impl_.limits.depth * kChainFactor, std::numeric_limits<std::uint16_t>::max() - 3U);
  const bool choice = kind == NodeKind::kConditional;
  const std::size_t innermost = choice ? 2 : 1;  // a value, or a comparison of two
  if (depth > allowed + innermost) {
    return wrong(from,
                 "a chain of more than " + std::to_string(allowed) + (choice ? " choices" : " operators or members"),
                 choice ? "look the value up in a map: {\"a\": 1, \"b\": 2}[key]"
                        : "use a list with sum(), join() or exists(), or compute the value in a step",
                 Code::kExpressionLimit);
  }
  Node& made = impl_.nodes.emplace_back();
  made.kind = kind;
  made.depth = static_cast<std::uint16_t>(depth);
  made.whole = {from.begin, at_ > 0 ? std::max(from.end, tokens_[at_ - 1].place.end) : from.end};
  made.name_place = from;
  made.children = std::move(children);
  return &made;
}

Result<Node*> Parser::operation(const Token& sign, std::string_view function, Operator op,
                                std::vector<Node*> children) {
  const Place from{children.size() == 1 ? sign.place.begin : children[0]->whole.begin, children.back()->whole.end};
  ASSAY_TRY(Node * made, node(NodeKind::kCall, from, std::move(children)));
  made->name_place = sign.place;
  made->name = std::string(function);
  made->op = op;
  made->overloads = find_overloads(function, Style::kOperator);
  return made;
}

Result<Node*> Parser::parse() {
  ASSAY_TRY(Node * root, expression());
  if (peek().kind != TokenKind::kEnd) return unexpected("an operator or the end of the expression");
  // Longest paths only where they end: note every chain once, from its top.
  note_reference(*root);
  return root;
}

void Parser::note_reference(const Node& top) {
  std::vector<const Node*> open = {&top};
  while (!open.empty()) {
    const Node& next = *open.back();
    open.pop_back();
    const std::string path = next.kind == NodeKind::kLiteral ? std::string() : constant_path(next);
    if (path.empty()) {
      open.insert(open.end(), next.children.begin(), next.children.end());
      continue;
    }
    if (is_type_name(path)) continue;
    impl_.references.insert(path);
    impl_.references.insert(path.substr(0, path.find('.')));
  }
}

Result<Node*> Parser::expression() {
  if (++nesting_ > impl_.limits.depth + 1) {
    return wrong(peek().place, "nested more than " + std::to_string(impl_.limits.depth) + " deep",
                 "leave out brackets that do nothing, or give a part a name with `outputs` or cel.bind()",
                 Code::kExpressionLimit);
  }
  ASSAY_TRY(Node * last, binary(0));
  // "a ? b : c ? d : e" is a list of choices, not a nest of them.
  std::vector<std::pair<Node*, Node*>> choices;
  while (take("?")) {
    ASSAY_TRY(Node * yes, binary(0));
    ASSAY_CHECK(expect(":", "the first choice of '?'"));
    choices.emplace_back(last, yes);
    ASSAY_TRY(last, binary(0));
  }
  for (auto choice = choices.rbegin(); choice != choices.rend(); ++choice) {
    const auto [condition, yes] = *choice;
    ASSAY_TRY(last, node(NodeKind::kConditional, condition->whole, {condition, yes, last}));
  }
  --nesting_;
  return last;
}

Result<Node*> Parser::binary(std::size_t level) {
  if (level == kLevels.size()) return unary();
  ASSAY_TRY(Node * left, binary(level + 1));
  for (;;) {
    const BinaryRow* row = nullptr;
    for (const BinaryRow& candidate : kLevels[level]) {
      const bool word = candidate.sign == "in";
      if (peek().kind == (word ? TokenKind::kName : TokenKind::kSign) && peek().text == candidate.sign)
        row = &candidate;
    }
    if (row == nullptr) return left;
    const Token sign = tokens_[at_++];
    ASSAY_TRY(Node * right, binary(level + 1));
    if (level > 1) {
      ASSAY_TRY(left, operation(sign, row->function, row->op, {left, right}));
      continue;
    }
    // Long chains of && and || stay flat. A parenthesised operand of the same kind begins a chain of its own.
    const NodeKind kind = level == 0 ? NodeKind::kOr : NodeKind::kAnd;
    std::vector<Node*> operands = {left, right};
    while (peek().kind == TokenKind::kSign && peek().text == row->sign) {
      ++at_;
      ASSAY_TRY(Node * next, binary(level + 1));
      operands.push_back(next);
    }
    ASSAY_TRY(left, node(kind, left->whole, std::move(operands)));
    left->name_place = sign.place;
  }
}

Result<Node*> Parser::unary() {
  std::vector<Token> signs;
  while (at_sign("!") || at_sign("-")) {
    // The most negative int has no positive counterpart, so a sign before a number belongs to the number.
    if (at_sign("-") && peek(1).kind == TokenKind::kInt) break;
    signs.push_back(tokens_[at_++]);
    if (signs.size() > impl_.limits.depth) {
      return wrong(signs.back().place, "more than " + std::to_string(impl_.limits.depth) + " signs in a row", {},
                   Code::kExpressionLimit);
    }
  }
  ASSAY_TRY(Node * operand, member());
  for (auto sign = signs.rbegin(); sign != signs.rend(); ++sign) {
    ASSAY_TRY(operand, operation(*sign, sign->text == "!" ? "!_" : "-_", Operator::kNone, {operand}));
  }
  return operand;
}

Result<Node*> Parser::member() {
  ASSAY_TRY(Node * operand, primary());
  for (;;) {
    if (take(".")) {
      ASSAY_TRY(operand, selection(operand));
    } else if (take("[")) {
      ASSAY_TRY(operand, index(operand));
    } else if (at_sign("{") && !dotted(*operand).empty()) {
      return wrong(peek().place, "messages cannot be made here: '" + dotted(*operand) + "{…}'",
                   "write a map: {\"name\": value}");
    } else {
      return operand;
    }
  }
}

Result<Node*> Parser::selection(Node* operand) {
  const bool optional = take("?");
  const Token name = peek();
  const bool plain = name.kind == TokenKind::kName && !contains(kKeywords, name.text);
  if (!plain && name.kind != TokenKind::kQuotedName) return unexpected("the name of a member or function after '.'");
  ++at_;
  if (!optional && plain && take("(")) return function_call(name, operand);
  ASSAY_TRY(Node * made, node(NodeKind::kSelect, operand->whole, {operand}));
  made->name_place = name.place;
  made->name = std::string(name.text);
  made->optional = optional;
  return made;
}

Result<Node*> Parser::index(Node* operand) {
  const bool optional = take("?");
  ASSAY_TRY(Node * key, expression());
  ASSAY_CHECK(expect("]", "an index"));
  const Place place = key->whole;
  ASSAY_TRY(Node * made, node(NodeKind::kIndex, operand->whole, {operand, key}));
  made->name_place = place;
  made->optional = optional;
  return made;
}

Result<std::vector<Node*>> Parser::arguments(std::string_view close) {
  std::vector<Node*> list;
  if (take(close)) return list;
  for (;;) {
    ASSAY_TRY(Node * next, expression());
    list.push_back(next);
    if (take(close)) return list;
    if (!take(",")) return unexpected("',' or '" + std::string(close) + "'");
  }
}

Result<Node*> Parser::function_call(const Token& name, Node* receiver) {
  ASSAY_TRY(Node * macro, macro_call(name, receiver));
  if (macro != nullptr) return macro;
  ASSAY_TRY(std::vector<Node*> list, arguments(")"));
  std::string full(name.text);
  Place place = name.place;
  const OverloadSet* overloads = nullptr;
  bool method = receiver != nullptr;
  if (receiver != nullptr) {
    // "math.greatest(…)": a function whose name has a dot, unless a variable of the expression hides it.
    const std::string scope = dotted(*receiver);
    if (!scope.empty()) overloads = find_overloads(scope + '.' + full, Style::kFunction);
    const bool slip = overloads == nullptr && find_overloads(full, Style::kMethod) == nullptr && !scope.empty() &&
                      is_function_scope(scope);
    if (overloads != nullptr || slip) {
      full = scope + '.' + full;
      place.begin = receiver->whole.begin;
      method = false;
    } else {
      overloads = find_overloads(full, Style::kMethod);
      list.insert(list.begin(), receiver);
    }
  } else {
    overloads = find_overloads(full, Style::kFunction);
  }
  const Place from{receiver != nullptr ? receiver->whole.begin : name.place.begin, name.place.end};
  ASSAY_TRY(Node * made, node(NodeKind::kCall, from, std::move(list)));
  impl_.calls.insert(full);
  if (full.ends_with("sum") && !impl_.promises) impl_.promises = std::make_shared<Promises>();
  made->name_place = place;
  made->name = std::move(full);
  made->overloads = overloads;
  made->method = method;
  fold(*made);
  return made;
}

// quantity("4 GiB"), duration("90s") and timestamp("…") are read once, here. What cannot be read stays a call: the
// checker and evaluation tell why.
void Parser::fold(Node& call) {
  if (call.method || call.overloads == nullptr || call.children.size() != 1) return;
  if (call.name != "quantity" && call.name != "duration" && call.name != "timestamp") return;
  const Node& text = *call.children[0];
  if (text.kind != NodeKind::kLiteral || !text.literal.is(Kind::kString)) return;
  Work work(Limits{}.work);
  const Overload* overload = call.overloads->select({&text.literal, 1});
  if (overload == nullptr) return;
  if (Outcome outcome = overload->row->function({&text.literal, 1}, work)) {
    call.kind = NodeKind::kLiteral;
    call.literal = std::move(*outcome);
    call.children.clear();
  }
}

Result<Node*> Parser::primary() {
  const Token& token = peek();
  if (take("(")) {
    ASSAY_TRY(Node * inside, expression());
    ASSAY_CHECK(expect(")", "an expression in parentheses"));
    return inside;
  }
  if (take("[")) return list();
  if (take("{")) return map();
  if (take(".")) {
    if (peek().kind != TokenKind::kName) return unexpected("a name after '.'");
    return name_or_call(true);
  }
  if (token.kind == TokenKind::kName && !contains(kKeywords, token.text)) return name_or_call(false);
  return literal();
}

Result<Node*> Parser::name_or_call(bool root) {
  const Token name = tokens_[at_++];
  if (take("(")) return function_call(name, nullptr);
  if (contains(kReserved, name.text)) {
    return wrong(name.place, "'" + std::string(name.text) + "' is a reserved word and cannot be a name");
  }
  const auto local =
      std::find_if(locals_.rbegin(), locals_.rend(), [&](const Local& l) { return l.name == name.text; });
  const bool is_local = !root && local != locals_.rend();
  ASSAY_TRY(Node * made, node(is_local ? NodeKind::kLocal : NodeKind::kVariable, name.place, {}));
  made->name = std::string(name.text);
  if (is_local) {
    made->slot = local->slot;
    return made;
  }
  const auto [known, added] = variables_.emplace(name.text, static_cast<std::uint32_t>(impl_.variables.size()));
  if (added) impl_.variables.emplace_back(name.text);
  made->slot = known->second;
  return made;
}

Result<Node*> Parser::list() {
  const Place from = tokens_[at_ - 1].place;
  std::vector<Node*> elements;
  while (!take("]")) {
    const bool optional = take("?");
    ASSAY_TRY(Node * element, expression());
    element->optional_entry = optional;
    elements.push_back(element);
    if (!at_sign("]") && !take(",")) return unexpected("',' or ']'");
  }
  return node(NodeKind::kList, from, std::move(elements));
}

Result<Node*> Parser::map() {
  const Place from = tokens_[at_ - 1].place;
  std::vector<Node*> entries;
  while (!take("}")) {
    const bool optional = take("?");
    ASSAY_TRY(Node * key, expression());
    ASSAY_CHECK(expect(":", "a key"));
    ASSAY_TRY(Node * value, expression());
    value->optional_entry = optional;
    entries.push_back(key);
    entries.push_back(value);
    if (!at_sign("}") && !take(",")) return unexpected("',' or '}'");
  }
  return node(NodeKind::kMap, from, std::move(entries));
}

Result<Node*> Parser::literal() {
  const Token first = peek();
  Value value;
  if (take("-")) {
    if (peek().kind != TokenKind::kInt) return unexpected("a number after '-'");
    const std::uint64_t size = tokens_[at_++].literal.as_uint();
    if (size > std::uint64_t{1} << 63U) return wrong(first.place, "the number does not fit an int (64 bits, signed)");
    value = Value::integer(static_cast<std::int64_t>(~size + 1));
  } else if (first.kind == TokenKind::kInt) {
    ++at_;
    const std::uint64_t size = first.literal.as_uint();
    if (size >= std::uint64_t{1} << 63U) {
      return wrong(first.place, "the number does not fit an int (64 bits, signed)",
                   "write " + std::to_string(size) + "u for a uint");
    }
    value = Value::integer(static_cast<std::int64_t>(size));
  } else if (first.kind == TokenKind::kLiteral) {
    ++at_;
    value = first.literal;
  } else if (first.kind == TokenKind::kName && (first.text == "true" || first.text == "false")) {
    ++at_;
    value = Value::boolean(first.text == "true");
  } else if (first.kind == TokenKind::kName && first.text == "null") {
    ++at_;
  } else {
    return unexpected("a value, a name or '('");
  }
  ASSAY_TRY(Node * made, node(NodeKind::kLiteral, first.place, {}));
  made->literal = std::move(value);
  return made;
}

}  // namespace assay::expr
