// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/type.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "engine/base/text.h"

namespace assay::expr {

struct Type::Parts {
  Type element;
  Type key;
  std::optional<Unit> unit;
  std::vector<std::pair<std::string, Type>> members;
  std::unordered_map<std::string_view, std::size_t> index;  // into members, which never change; empty for a few
  std::string name;                                         // of a parameter
  std::vector<std::string> words;                           // of a string that is one of them
  bool secret = false;                                      // some part holds a secret
  std::size_t depth = 1;
};

namespace {

constexpr std::size_t kFewMembers = 8;  // looked through faster than found by an index

struct Named {
  std::string_view name;
  Type::Tag tag;
};
constexpr Named kNames[] = {
    {"dyn", Type::Tag::kDyn},
    {"null_type", Type::Tag::kNull},
    {"bool", Type::Tag::kBool},
    {"int", Type::Tag::kInt},
    {"uint", Type::Tag::kUint},
    {"double", Type::Tag::kDouble},
    {"string", Type::Tag::kString},
    {"bytes", Type::Tag::kBytes},
    {"list", Type::Tag::kList},
    {"map", Type::Tag::kMap},
    {"google.protobuf.Timestamp", Type::Tag::kTimestamp},
    {"timestamp", Type::Tag::kTimestamp},
    {"google.protobuf.Duration", Type::Tag::kDuration},
    {"duration", Type::Tag::kDuration},
    {"type", Type::Tag::kType},
    {"optional_type", Type::Tag::kOptional},
    {"quantity", Type::Tag::kQuantity},
    {"object", Type::Tag::kObject},
    {"secret", Type::Tag::kSecret},
};

std::string_view name_of(Type::Tag tag) {
  return std::find_if(std::begin(kNames), std::end(kNames), [&](const Named& row) { return row.tag == tag; })->name;
}

}  // namespace

// The type as a part of the one that is being made.
Type Type::part(Type type, Parts& whole) {
  if (type.depth() >= kDeepest) type = dyn();
  whole.depth = std::max(whole.depth, type.depth() + 1);
  whole.secret = whole.secret || type.holds_secret();
  return type;
}
std::size_t Type::depth() const { return parts_ ? parts_->depth : 1; }

Type Type::of(Tag tag) {
  if (tag == Tag::kParameter) throw std::invalid_argument("a type parameter needs a name");
  Type type;
  type.tag_ = tag;
  return type;
}
Type Type::list(Type element) {
  Type type = of(Tag::kList);
  auto parts = std::make_shared<Parts>();
  parts->element = part(std::move(element), *parts);
  type.parts_ = std::move(parts);
  return type;
}
Type Type::map(Type key, Type value) {
  Type type = of(Tag::kMap);
  auto parts = std::make_shared<Parts>();
  parts->element = part(std::move(value), *parts);
  parts->key = part(std::move(key), *parts);
  type.parts_ = std::move(parts);
  return type;
}
Type Type::optional(Type element) {
  Type type = list(std::move(element));
  type.tag_ = Tag::kOptional;
  return type;
}
Type Type::type_of(Type element) {
  Type type = list(std::move(element));
  type.tag_ = Tag::kType;
  return type;
}
Type Type::quantity(std::optional<Unit> unit) {
  Type type = of(Tag::kQuantity);
  auto parts = std::make_shared<Parts>();
  parts->unit = std::move(unit);
  type.parts_ = std::move(parts);
  return type;
}
Type Type::object(std::vector<std::pair<std::string, Type>> members) {
  Type type = of(Tag::kObject);
  auto parts = std::make_shared<Parts>();
  parts->members = std::move(members);
  parts->secret = std::any_of(parts->members.begin(), parts->members.end(),
                              [](const auto& member) { return member.second.holds_secret(); });
  if (parts->members.size() > kFewMembers) {
    for (std::size_t i = 0; i < parts->members.size(); ++i) parts->index.emplace(parts->members[i].first, i);
  }
  type.parts_ = std::move(parts);
  return type;
}
Type Type::one_of(std::vector<std::string> words) {
  Type type = of(Tag::kString);
  auto parts = std::make_shared<Parts>();
  parts->words = std::move(words);
  type.parts_ = std::move(parts);
  return type;
}
Type Type::parameter(std::string name) {
  Type type;
  type.tag_ = Tag::kParameter;
  auto parts = std::make_shared<Parts>();
  parts->name = std::move(name);
  type.parts_ = std::move(parts);
  return type;
}

namespace {

constexpr int kDeepestType = 32;

std::optional<Type> parse_type(std::string_view text, int depth);

// Comma-separated types, parentheses respected.
std::optional<std::vector<Type>> parse_types(std::string_view text, int depth) {
  std::vector<Type> types;
  int open = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '(') ++open;
    if (at < text.size() && text[at] == ')') --open;
    if (at < text.size() && (text[at] != ',' || open > 0)) continue;
    auto type = parse_type(trim(text.substr(begin, at - begin)), depth + 1);
    if (!type) return std::nullopt;
    types.push_back(std::move(*type));
    begin = at + 1;
  }
  return types;
}

std::optional<Type> parse_type(std::string_view text, int depth) {
  if (depth > kDeepestType) return std::nullopt;
  if (text.size() == 1 && text[0] >= 'A' && text[0] <= 'Z') return Type::parameter(std::string(text));
  const std::string_view name = text.substr(0, text.find('('));
  const auto row = std::find_if(std::begin(kNames), std::end(kNames), [&](const Named& r) { return r.name == name; });
  if (row == std::end(kNames)) return std::nullopt;
  if (name.size() == text.size()) return Type::of(row->tag);
  if (!text.ends_with(')')) return std::nullopt;
  const std::string_view inside = text.substr(name.size() + 1, text.size() - name.size() - 2);
  if (row->tag == Type::Tag::kQuantity) {
    auto unit = parse_unit(inside);
    if (!unit) return std::nullopt;
    return Type::quantity(std::move(*unit));
  }
  auto types = parse_types(inside, depth);
  if (!types) return std::nullopt;
  if (row->tag == Type::Tag::kMap && types->size() == 2) return Type::map((*types)[0], (*types)[1]);
  if (types->size() != 1) return std::nullopt;
  switch (row->tag) {
    case Type::Tag::kList: return Type::list((*types)[0]);
    case Type::Tag::kOptional: return Type::optional((*types)[0]);
    case Type::Tag::kType: return Type::type_of((*types)[0]);
    default: return std::nullopt;
  }
}

const Type kAny;  // what a list or map without stated parts holds

}  // namespace

std::optional<Type> Type::parse(std::string_view text) { return parse_type(trim(text), 0); }

const Type& Type::element() const { return parts_ ? parts_->element : kAny; }
const Type& Type::key() const { return parts_ ? parts_->key : kAny; }
const std::optional<Unit>& Type::unit() const {
  static const std::optional<Unit> kUnknown;
  return parts_ ? parts_->unit : kUnknown;
}
const std::vector<std::string>& Type::words() const {
  static const std::vector<std::string> kAnyText;
  return parts_ ? parts_->words : kAnyText;
}
const std::string& Type::parameter_name() const {
  static const std::string kNone;
  return parts_ ? parts_->name : kNone;
}
const Type* Type::member(std::string_view name) const {
  if (!parts_) return nullptr;
  if (parts_->members.size() <= kFewMembers) {
    const auto member = std::find_if(parts_->members.begin(), parts_->members.end(),
                                     [&](const auto& one) { return one.first == name; });
    return member == parts_->members.end() ? nullptr : &member->second;
  }
  const auto found = parts_->index.find(name);
  return found == parts_->index.end() ? nullptr : &parts_->members[found->second].second;
}
bool Type::holds_secret() const {
  switch (tag_) {
    case Tag::kSecret: return true;
    case Tag::kList:
    case Tag::kOptional:
    case Tag::kMap:
    case Tag::kObject: return parts_ && parts_->secret;
    default: return false;
  }
}
std::string Type::secret_member() const {
  if (parts_) {
    for (const auto& [name, type] : parts_->members) {
      if (type.holds_secret()) return name;
    }
  }
  return {};
}
std::vector<std::string> Type::member_names() const {
  std::vector<std::string> names;
  if (parts_) {
    for (const auto& [name, type] : parts_->members) names.push_back(name);
  }
  return names;
}

std::string Type::text() const {
  switch (tag_) {
    case Tag::kList:
    case Tag::kOptional: return std::string(name_of(tag_)) + '(' + element().text() + ')';
    case Tag::kType: return parts_ ? "type(" + element().text() + ')' : "type";
    case Tag::kMap: return "map(" + key().text() + ", " + element().text() + ')';
    case Tag::kQuantity: return unit() ? "quantity(" + unit()->symbol + ')' : "quantity";
    case Tag::kParameter: return parameter_name();
    default: return std::string(name_of(tag_));
  }
}

bool operator==(const Type& a, const Type& b) {
  if (a.tag_ != b.tag_) return false;
  if (a.parts_ == b.parts_) return true;
  if (a.tag_ == Type::Tag::kQuantity) {
    return a.unit().has_value() == b.unit().has_value() &&
           (!a.unit() || (comparable(*a.unit(), *b.unit()) && a.unit()->offset == b.unit()->offset));
  }
  if (a.tag_ == Type::Tag::kObject) return a.parts_ && b.parts_ && a.parts_->members == b.parts_->members;
  if (a.tag_ == Type::Tag::kString) return a.words() == b.words();
  return a.key() == b.key() && a.element() == b.element() && a.parameter_name() == b.parameter_name();
}

}  // namespace assay::expr
