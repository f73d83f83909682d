// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/base/text.h"
#include "engine/expr/checker.h"

namespace assay::expr {
namespace {

using Tag = Type::Tag;

// "one of a, b, c" when nothing is near enough to suggest.
std::string cure(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t kMost = 12;
  std::string near = did_you_mean(word, known);
  if (!near.empty() || known.empty()) return near;
  std::vector<std::string> shown(known.begin(),
                                 known.begin() + static_cast<std::ptrdiff_t>(std::min(kMost, known.size())));
  if (known.size() > kMost) shown.emplace_back("…");
  return "known here: " + join(shown, ", ");
}

std::string word_of_another_language(std::string_view word) {
  for (const auto& [theirs, ours] : {std::pair<std::string_view, std::string_view>("True", "true"),
                                     {"False", "false"},
                                     {"TRUE", "true"},
                                     {"FALSE", "false"},
                                     {"None", "null"},
                                     {"nil", "null"},
                                     {"yes", "true"},
                                     {"no", "false"},
                                     {"not", "!"}}) {
    if (word == theirs) return "write " + std::string(ours);
  }
  return {};
}

Type type_of_name(std::string_view name) {
  Type type = *Type::parse(name);
  return name == "type" ? Type::type_of(Type::of(Tag::kType)) : Type::type_of(std::move(type));
}

}  // namespace

Checked check(const Expression& expression, const Declarations& declarations) {
  return Checker(expression.impl(), declarations).run();
}

Checked Checker::run() {
  const Type type = visit(*impl_.root);
  if (type.holds_secret()) names_secret(*impl_.root, type);
  problems_.sort();
  Checked checked{.problems = std::move(problems_), .secret_looked_at = std::move(looked_at_)};
  if (secret_) {
    secret_->where = impl_.span(impl_.root->whole);
    checked.secrets.push_back(std::move(*secret_));
  }
  if (!checked.problems.has_errors()) checked.type = closed(type);
  return checked;
}

Type Checker::wrong(Code code, Place place, std::string message, std::string help) {
  if (!full()) problems_.add(impl_.diagnostic(code, place, std::move(message), std::move(help)));
  return Type::dyn();
}

void Checker::names_secret(const Node& node, const Type& type) {
  if (secret_) return;
  secret_ = SecretUse{.name = node.name, .expression = source(node)};
  if (node.kind == NodeKind::kIndex) secret_->name = node.children[1]->literal.as_string();
  if (node.kind == NodeKind::kCall && !node.children.empty() && node.children[0]->kind == NodeKind::kLiteral)
    secret_->name = node.children[0]->literal.as_string();
  if (type.tag() == Tag::kSecret) return;
  secret_->whole = true;
  if (type.tag() == Tag::kObject) secret_->name = type.secret_member();
}

Type Checker::looks_at_secret(const Node& node) {
  if (looked_at_) return Type::dyn();
  const std::string name = secret_ ? secret_->expression : source(node);
  looked_at_ = impl_.diagnostic(Code::kSecretPlace, node.whole, "the secret '" + name + "' would be looked at here",
                                "let the program do it: it has the secret in its environment or on its standard input");
  looked_at_->expected = "the secret as it is, or joined to text with '+'";
  return Type::dyn();
}

std::string Checker::source(const Node& node) const {
  constexpr std::size_t kShown = 60;  // characters, of at most four bytes
  const std::size_t size = std::min<std::size_t>(node.whole.end - node.whole.begin, (kShown + 4) * 4);
  return shorten(printable(std::string_view(impl_.text).substr(node.whole.begin, size)), kShown);
}

Type Checker::visit(const Node& node) {
  switch (node.kind) {
    case NodeKind::kLiteral: return literal(node);
    case NodeKind::kVariable: return variable(node);
    case NodeKind::kLocal: return frame_[node.slot];
    case NodeKind::kSelect: return select(node);
    case NodeKind::kHas: {
      const Type operand = visit(*node.children[0]);
      member_of(node, operand.tag() == Tag::kOptional ? operand.element() : operand, node.name);
      return Type::of(Tag::kBool);
    }
    case NodeKind::kIndex: return index(node);
    case NodeKind::kCall: return call(node);
    case NodeKind::kAnd:
    case NodeKind::kOr: return logical(node);
    case NodeKind::kConditional: return conditional(node);
    case NodeKind::kList: return list(node);
    case NodeKind::kMap: return map(node);
    case NodeKind::kComprehension: return comprehension(node);
  }
  return Type::dyn();
}

Type Checker::literal(const Node& node) {
  switch (node.literal.kind()) {
    case Kind::kNull: return Type::of(Tag::kNull);
    case Kind::kBool: return Type::of(Tag::kBool);
    case Kind::kInt: return Type::of(Tag::kInt);
    case Kind::kUint: return Type::of(Tag::kUint);
    case Kind::kDouble: return Type::of(Tag::kDouble);
    case Kind::kString: return Type::of(Tag::kString);
    case Kind::kBytes: return Type::of(Tag::kBytes);
    case Kind::kTimestamp: return Type::of(Tag::kTimestamp);
    case Kind::kDuration: return Type::of(Tag::kDuration);
    case Kind::kQuantity: return Type::quantity(node.literal.as_quantity().unit);
    default: return Type::dyn();
  }
}

Type Checker::variable(const Node& node) {
  if (const Type* type = declarations_.find_variable(node.name)) return *type;
  if (is_type_name(node.name)) return type_of_name(node.name);
  if (full()) return Type::dyn();
  const std::vector<std::string> known = declarations_.variable_names();
  std::string help = declarations_.find_function(node.name) != nullptr ? "write " + node.name + "()" : std::string();
  if (help.empty()) help = word_of_another_language(node.name);
  // "duration" for "params.duration".
  for (auto name = known.begin(); help.empty() && name != known.end(); ++name) {
    const Type* type = declarations_.find_variable(*name);
    if (type->tag() == Tag::kObject && type->member(node.name) != nullptr)
      help = "did you mean '" + *name + '.' + node.name + "'?";
  }
  if (help.empty()) help = cure(node.name, known);
  return wrong(Code::kUnknownName, node.name_place, "unknown name '" + node.name + "'", std::move(help));
}

// "a.b.c" declared as one name, or a type such as google.protobuf.Timestamp; only when `a` is not declared.
std::optional<Type> Checker::dotted_variable(const Node& node) {
  std::string path = node.name;
  const Node* bottom = node.children[0];
  for (; bottom->kind == NodeKind::kSelect && !bottom->optional; bottom = bottom->children[0])
    path = bottom->name + '.' + path;
  if (bottom->kind != NodeKind::kVariable || declarations_.find_variable(bottom->name) != nullptr) return std::nullopt;
  path = bottom->name + '.' + path;
  if (const Type* type = declarations_.find_variable(path)) return *type;
  if (is_type_name(path)) return type_of_name(path);
  return std::nullopt;
}

std::string Checker::member_cure(const Node& node, const std::string& name, const std::vector<std::string>& known) {
  const auto dashed =
      std::find_if(known.begin(), known.end(), [&](const std::string& one) { return one.starts_with(name + '-'); });
  if (dashed == known.end()) return cure(name, known);
  minus_in_name_ = true;
  return "'-' means minus here: write " + source(*node.children[0]) + "['" + *dashed + "']";
}

// nullopt after a mistake that has been noted.
std::optional<Type> Checker::member_of(const Node& node, const Type& type, const std::string& name) {
  const Place place = node.name_place;
  switch (type.tag()) {
    case Tag::kDyn:
    case Tag::kParameter: return Type::dyn();
    case Tag::kMap: return type.element();
    case Tag::kObject:
      if (const Type* member = type.member(name)) return *member;
      if (full()) return std::nullopt;
      wrong(Code::kUnknownName, place, "unknown name '" + name + "' in " + source(*node.children[0]),
            member_cure(node, name, type.member_names()));
      return std::nullopt;
    default:
      wrong(Code::kExpressionType, place,
            "no member '" + name + "' in " + source(*node.children[0]) + ", which is of type " + type.text());
      return std::nullopt;
  }
}

Type Checker::select(const Node& node) {
  if (!node.optional) {
    if (const auto whole = dotted_variable(node)) return *whole;
  }
  const Type operand = visit(*node.children[0]);
  const bool viral = operand.tag() == Tag::kOptional;
  const auto member = member_of(node, viral ? operand.element() : operand, node.name);
  if (!member) return Type::dyn();
  if (member->tag() == Tag::kSecret) names_secret(node, *member);
  return viral || node.optional ? Type::optional(*member) : *member;
}

Type Checker::index(const Node& node) {
  const Node& key_node = *node.children[1];
  const Type whole = visit(*node.children[0]);
  const Type key = visit(key_node);
  const bool viral = whole.tag() == Tag::kOptional;
  const Type operand = viral ? whole.element() : whole;
  const auto made = [&](const Type& type) { return viral || node.optional ? Type::optional(type) : type; };
  switch (operand.tag()) {
    case Tag::kDyn:
    case Tag::kParameter: return made(Type::dyn());
    case Tag::kList:
      if (key.tag() != Tag::kInt && !unknown(key)) {
        const bool number = key.tag() == Tag::kUint || key.tag() == Tag::kDouble;
        return wrong(Code::kExpressionType, key_node.whole, "a list is indexed by an int, not by " + key.text(),
                     number ? "convert it with int()" : "");
      }
      return made(operand.element());
    case Tag::kMap:
      if (!Bindings().assign(operand.key(), key)) {
        return wrong(Code::kExpressionType, key_node.whole,
                     source(*node.children[0]) + " has keys of type " + operand.key().text() + ", not " + key.text());
      }
      return made(operand.element());
    case Tag::kObject: {
      if (key.tag() != Tag::kString && !unknown(key))
        return wrong(Code::kExpressionType, key_node.whole, "names are texts, not " + key.text());
      if (key_node.kind != NodeKind::kLiteral || !key_node.literal.is(Kind::kString)) {
        if (!operand.holds_secret()) return made(Type::dyn());
        names_secret(*node.children[0], operand);
        return looks_at_secret(node);
      }
      const auto member = member_of(node, operand, key_node.literal.as_string());
      if (member && member->tag() == Tag::kSecret) names_secret(node, *member);
      return member ? made(*member) : Type::dyn();
    }
    default:
      return wrong(Code::kExpressionType, node.children[0]->whole,
                   "a value of type " + operand.text() + " cannot be indexed",
                   operand.tag() == Tag::kString ? "write charAt() for a character of a text" : "");
  }
}

void Checker::condition(const Node& node, std::string_view what) {
  const Type type = visit(node);
  if (type.tag() != Tag::kBool && !unknown(type))
    wrong(Code::kExpressionType, node.whole, std::string(what) + " needs a bool, not " + type.text());
}

Type Checker::logical(const Node& node) {
  for (const Node* child : node.children) condition(*child, node.kind == NodeKind::kAnd ? "'&&'" : "'||'");
  return Type::of(Tag::kBool);
}

Type Checker::conditional(const Node& node) {
  condition(*node.children[0], "'?'");
  const Type yes = visit(*node.children[1]);
  const Type no = visit(*node.children[2]);
  if (const auto both = join_types(yes, no)) return *both;
  return wrong(Code::kExpressionType, node.children[2]->whole,
               "the choices of '?' are " + yes.text() + " and " + no.text() + ", not of one type",
               "convert one of them, or write dyn(x) where both are meant");
}

Type Checker::entry(const Node& node) {
  Type type = visit(node);
  if (type.holds_secret()) {
    names_secret(node, type);
    return looks_at_secret(node);
  }
  if (!node.optional_entry) return type;
  if (type.tag() == Tag::kOptional) return type.element();
  if (!unknown(type)) wrong(Code::kExpressionType, node.whole, "'?' needs an optional, not " + type.text());
  return Type::dyn();
}

Type Checker::list(const Node& node) {
  Type element = open_type();
  for (const Node* child : node.children) element = join_types(element, entry(*child)).value_or(Type::dyn());
  return Type::list(element);
}

Type Checker::map(const Node& node) {
  Type key = open_type();
  Type value = open_type();
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Type next = visit(*node.children[i]);
    const bool possible = unknown(next) || next.tag() == Tag::kInt || next.tag() == Tag::kUint ||
                          next.tag() == Tag::kBool || next.tag() == Tag::kString;
    if (!possible)
      wrong(Code::kExpressionType, node.children[i]->whole, "a map has no keys of type " + next.text(),
            "keys are int, uint, bool or string");
    key = join_types(key, possible ? next : Type::dyn()).value_or(Type::dyn());
    value = join_types(value, entry(*node.children[i + 1])).value_or(Type::dyn());
  }
  return Type::map(key, value);
}

Type Checker::sorted(const Node& node, const Type& range) {
  const Type key = visit(*node.children[1]);
  switch (key.tag()) {
    case Tag::kList:
    case Tag::kMap:
    case Tag::kObject:
    case Tag::kNull:
    case Tag::kType:
    case Tag::kOptional:
      wrong(Code::kExpressionType, node.children[1]->whole, "the keys are " + key.text() + ", which has no order",
            "choose a number or a text of each element");
      break;
    default: break;
  }
  return range.tag() == Tag::kList ? range : Type::list(Type::dyn());
}

Type Checker::comprehension(const Node& node) {
  const Type range = visit(*node.children[0]);
  Type& first = frame_[node.slot];
  if (node.macro == Macro::kBind) {
    first = range;
    return visit(*node.children[1]);
  }
  if (range.holds_secret()) {
    names_secret(*node.children[0], range);
    return looks_at_secret(*node.children[0]);
  }
  if (node.macro == Macro::kOptMap || node.macro == Macro::kOptFlatMap) {
    if (range.tag() != Tag::kOptional && !unknown(range)) {
      wrong(Code::kExpressionType, node.children[0]->whole,
            "'" + node.name + "' needs an optional, not " + range.text());
    }
    first = range.tag() == Tag::kOptional ? range.element() : Type::dyn();
    const Type result = visit(*node.children[1]);
    if (node.macro == Macro::kOptMap) return Type::optional(result);
    if (result.tag() == Tag::kOptional || unknown(result)) return result;
    return wrong(Code::kExpressionType, node.children[1]->whole,
                 "'optFlatMap' needs an expression that yields an optional, not " + result.text(), "write optMap");
  }
  const bool is_list = range.tag() == Tag::kList;
  const bool is_map = range.tag() == Tag::kMap || range.tag() == Tag::kObject;
  if (node.macro == Macro::kSortBy && is_map) {
    wrong(Code::kExpressionType, node.children[0]->whole, "'sortBy' sorts a list, not " + range.text());
  } else if (!is_list && !is_map && !unknown(range)) {
    wrong(Code::kExpressionType, node.children[0]->whole,
          "'" + node.name + "' goes through a list or a map, not " + range.text());
  }
  const Type key = range.tag() == Tag::kObject ? Type::of(Tag::kString)
                   : is_map                    ? range.key()
                   : is_list                   ? Type::of(Tag::kInt)
                                               : Type::dyn();
  const Type element = range.tag() == Tag::kObject || unknown(range) ? Type::dyn() : range.element();
  first = node.second_slot != 0 || is_map ? key : element;
  if (node.second_slot != 0) frame_[node.second_slot] = element;
  const Type variable_type = first;

  switch (node.macro) {
    case Macro::kAll:
    case Macro::kExists:
    case Macro::kExistsOne: condition(*node.children[1], "'" + node.name + "'"); return Type::of(Tag::kBool);
    case Macro::kFilter: condition(*node.children[1], "'filter'"); return Type::list(variable_type);
    case Macro::kSortBy: return sorted(node, range);
    default: break;
  }
  if (node.children.size() == 3) condition(*node.children[1], "the condition of '" + node.name + "'");
  Type result = visit(*node.children.back());
  if (node.macro == Macro::kTransformMap) return Type::map(variable_type, result);
  if (node.macro != Macro::kTransformMapEntry) return Type::list(result);
  if (result.tag() == Tag::kMap) return result;
  if (!unknown(result))
    return wrong(Code::kExpressionType, node.children.back()->whole,
                 "'transformMapEntry' needs a map, not " + result.text());
  return Type::map(Type::dyn(), Type::dyn());
}

}  // namespace assay::expr
