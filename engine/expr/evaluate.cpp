// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/base/text.h"
#include "engine/expr/evaluator.h"
#include "engine/expr/number.h"
#include "engine/expr/order.h"

namespace assay::expr {
namespace {

// Takes from `left` what the value takes as text, its shared parts as often as they are there; false: more than that.
bool fits_in(const Value& value, std::size_t& left) {
  constexpr std::size_t kPart = 16;  // a number, a bracket, a name
  const auto take = [&](std::size_t bytes) {
    if (bytes > left) return false;
    left -= bytes;
    return true;
  };
  if (!take(kPart)) return false;
  switch (value.kind()) {
    case Kind::kString: return take(value.as_string().size());
    case Kind::kBytes: return take(value.as_bytes().size());
    case Kind::kList:
      return std::all_of(value.as_list().begin(), value.as_list().end(),
                         [&](const Value& item) { return fits_in(item, left); });
    case Kind::kMap:
      return std::all_of(value.as_map().entries().begin(), value.as_map().entries().end(),
                         [&](const auto& entry) { return fits_in(entry.first, left) && fits_in(entry.second, left); });
    case Kind::kOptional: return value.as_optional() == nullptr || fits_in(*value.as_optional(), left);
    default: return true;
  }
}

// The key of the map that was meant.
std::string key_cure(const std::pair<std::string, Value>& unknown) {
  constexpr std::size_t kMost = 200;  // keys looked through
  std::vector<std::string> known;
  for (const auto& [name, value] : unknown.second.as_map().entries()) {
    if (name.is(Kind::kString) && known.size() < kMost) known.push_back(name.as_string());
  }
  return did_you_mean(unknown.first, known);
}

// "a.b.c" for a chain of plain selections that begins with a variable.
std::string dotted(const Node& node) {
  return node.kind == NodeKind::kVariable ? node.name : dotted(*node.children[0]) + '.' + node.name;
}

std::optional<std::int64_t> whole_number(const Value& key) {
  if (key.is(Kind::kInt)) return key.as_int();
  if (key.is(Kind::kDouble)) return exact_int(key.as_double());
  if (key.is(Kind::kUint) && key.as_uint() >> 63U == 0) return static_cast<std::int64_t>(key.as_uint());
  return std::nullopt;
}

// or() and orValue() of an optional that has a value: what they are given instead is not evaluated.
bool takes_left(const Node& node, const Value& receiver, Value& out) {
  if (!receiver.is(Kind::kOptional) || receiver.as_optional() == nullptr) return false;
  if (node.name != "orValue" && node.name != "or") return false;
  Value copy = node.name == "or" ? receiver : *receiver.as_optional();  // it may live inside what `out` holds
  out = std::move(copy);
  return true;
}

std::string shown(const Value& key) {
  const auto text = to_text(key);
  return "'" + (text ? shorten(printable(*text), 60) : type_name(key)) + "'";
}

}  // namespace

Evaluator::Evaluator(const Expression::Impl& impl, const Activation& activation)
    : impl_(impl),
      activation_(activation),
      work_(impl.limits.work),
      frame_(impl.frame_size),
      variables_(impl.variables.size()) {}

Result<Value> Evaluator::run() {
  Value value;
  if (compute(*impl_.root, value)) {
    std::size_t left = impl_.limits.result;
    if (fits_in(value, left)) return value;
    fail(impl_.root->whole, "the value is larger than " + std::to_string(impl_.limits.result >> 10U) + " KiB",
         "choose a part of it, or count what is in it", Code::kExpressionLimit);
  }
  if (fault_->unknown_key) fault_->help = key_cure(*fault_->unknown_key);
  const auto place = fault_->place.value_or(std::pair<std::uint32_t, std::uint32_t>{0, 0});
  return failure(
      impl_.diagnostic(fault_->code, {place.first, place.second}, std::move(fault_->message), std::move(fault_->help)));
}

bool Evaluator::fail(Place place, std::unique_ptr<Fault> fault) {
  fault_ = std::move(fault);
  if (!fault_->place) fault_->place = {place.begin, place.end};
  return false;
}
bool Evaluator::fail(Place place, std::string message, std::string help, Code code) {
  return fail(place,
              std::make_unique<Fault>(Fault{.code = code, .message = std::move(message), .help = std::move(help)}));
}
bool Evaluator::charge(const Node& node, std::size_t steps) {
  return work_.charge(steps) || fail(node.name_place, std::move(work_.exceeded().value()));
}

bool Evaluator::charge_key(const Node& node, const Value& key) {
  return work_.charge_text(key) || fail(node.name_place, std::move(work_.exceeded().value()));
}

std::string Evaluator::source(const Node& node) const {
  const std::string text = impl_.text.substr(node.whole.begin, node.whole.end - node.whole.begin);
  return text.size() > 60 || text.find('\n') != std::string::npos ? std::string() : text;
}

const std::optional<Value>& Evaluator::lookup(std::uint32_t slot) {
  Cached& cached = variables_[slot];
  if (!cached.known) {
    cached.known = true;
    if (activation_.variable) cached.value = activation_.variable(impl_.variables[slot]);
  }
  return cached.value;
}

const Value* Evaluator::ref(const Node& node, Value& storage) {
  switch (node.kind) {
    case NodeKind::kLiteral: return &node.literal;
    case NodeKind::kLocal: return local(node);
    case NodeKind::kVariable: return variable(node, storage);
    case NodeKind::kSelect: return select(node, storage);
    case NodeKind::kIndex: return index(node, storage);
    default: return compute(node, storage) ? &storage : nullptr;
  }
}

bool Evaluator::compute(const Node& node, Value& out) {
  if (!charge(node, 1)) return false;
  switch (node.kind) {
    case NodeKind::kHas: return has(node, out);
    case NodeKind::kCall: return call(node, out);
    case NodeKind::kAnd:
    case NodeKind::kOr: return logical(node, out);
    case NodeKind::kConditional: {
      Value storage;
      const Value* chosen = ref(*node.children[0], storage);
      if (chosen == nullptr) return false;
      if (!chosen->is(Kind::kBool)) {
        return fail(node.children[0]->whole, "'?' needs a bool, not " + type_name(*chosen), {}, Code::kExpressionType);
      }
      return compute(*node.children[chosen->as_bool() ? 1 : 2], out);
    }
    case NodeKind::kList: return list(node, out);
    case NodeKind::kMap: return map(node, out);
    case NodeKind::kComprehension: return comprehension(node, out);
    default: {
      const Value* value = ref(node, out);
      if (value == nullptr) return false;
      if (value != &out) {
        Value copy = *value;  // it may live inside what `out` holds
        out = std::move(copy);
      }
      return true;
    }
  }
}

const Value* Evaluator::local(const Node& node) {
  if (!failed_.empty()) {
    if (const auto found = failed_.find(node.slot); found != failed_.end()) {
      fault_ = std::make_unique<Fault>(*found->second);
      return nullptr;
    }
  }
  return &frame_[node.slot];
}

// Whether the value that was made is not too deep for those who walk through all of it.
bool Evaluator::bounded(const Node& node, const Value& out) {
  if (out.depth() <= impl_.limits.nesting) return true;
  return fail(node.whole,
              "lists, maps and optionals inside each other more than " + std::to_string(impl_.limits.nesting) + " deep",
              "keep the parts side by side in one list", Code::kExpressionLimit);
}

const Value* Evaluator::variable(const Node& node, Value& storage) {
  if (const auto& value = lookup(node.slot)) return &*value;
  if (is_type_name(node.name)) {
    storage = Value::type(node.name);
    return &storage;
  }
  fail(node.name_place, "no value for '" + node.name + "'", {}, Code::kUnknownName);
  return nullptr;
}

const Value* Evaluator::select(const Node& node, Value& storage) {
  // A name with dots may be a variable or a type as a whole; tried only when its beginning is no variable.
  const Node* bottom = &node;
  while (bottom->kind == NodeKind::kSelect && !bottom->optional) bottom = bottom->children[0];
  if (bottom->kind == NodeKind::kVariable && !lookup(bottom->slot)) {
    const std::string path = dotted(node);
    std::optional<Value> whole = activation_.variable ? activation_.variable(path) : std::nullopt;
    if (!whole && is_type_name(path)) whole = Value::type(path);
    if (whole) {
      storage = std::move(*whole);
      return &storage;
    }
  }
  Value inner;
  const Value* operand = ref(*node.children[0], inner);
  if (operand == nullptr) return nullptr;
  const bool temporary = operand == &inner;
  bool wrap = node.optional;
  if (operand->is(Kind::kOptional)) {
    operand = operand->as_optional();
    if (operand == nullptr) return absent_optional(storage);
    wrap = true;
  }
  if (!operand->is(Kind::kMap)) {
    fail(node.name_place, "no member '" + node.name + "' in a value of type " + type_name(*operand), {},
         Code::kExpressionType);
    return nullptr;
  }
  const Value* found = operand->as_map().find(node.name);
  if (found == nullptr && wrap) return absent_optional(storage);
  if (found == nullptr) return missing(node, *operand, Value::string(node.name), node.name_place);
  if (!wrap && !temporary) return found;
  Value copy = *found;
  storage = wrap ? Value::optional(std::move(copy)) : std::move(copy);
  return &storage;
}

const Value* Evaluator::absent_optional(Value& storage) {
  storage = Value::optional(std::nullopt);
  return &storage;
}

const Value* Evaluator::missing(const Node& node, const Value& operand, const Value& key, Place place) {
  const std::string where = source(*node.children[0]);
  fail(place, "no key " + shown(key) + (where.empty() ? "" : " in " + where));
  if (key.is(Kind::kString)) fault_->unknown_key.emplace(key.as_string(), operand);
  return nullptr;
}

const Value* Evaluator::index(const Node& node, Value& storage) {
  Value inner;
  Value key_storage;
  const Value* operand = ref(*node.children[0], inner);
  if (operand == nullptr) return nullptr;
  const Value* key = ref(*node.children[1], key_storage);
  if (key == nullptr) return nullptr;
  const bool temporary = operand == &inner;
  bool wrap = node.optional;
  if (operand->is(Kind::kOptional)) {
    operand = operand->as_optional();
    if (operand == nullptr) return absent_optional(storage);
    wrap = true;
  }
  const Value* found = nullptr;
  if (operand->is(Kind::kMap)) {
    const bool possible = key->is(Kind::kBool) || key->is(Kind::kString) || is_number(*key);
    if (!possible) {
      fail(node.name_place, "a map has no keys of type " + type_name(*key), {}, Code::kExpressionType);
      return nullptr;
    }
    if (!charge_key(node, *key)) return nullptr;
    found = operand->as_map().find(*key);
    if (found == nullptr && !wrap) return missing(node, *operand, *key, node.name_place);
  } else if (operand->is(Kind::kList)) {
    const std::optional<std::int64_t> number = whole_number(*key);
    const List& items = operand->as_list();
    if (!number) {
      fail(node.name_place, "a list is indexed by an int, not by " + shown(*key), {}, Code::kExpressionType);
      return nullptr;
    }
    if (*number >= 0 && static_cast<std::size_t>(*number) < items.size())
      found = &items[static_cast<std::size_t>(*number)];
    if (found == nullptr && !wrap) {
      fail(node.name_place,
           "index " + std::to_string(*number) + " is outside a list of " + std::to_string(items.size()));
      return nullptr;
    }
  } else {
    fail(node.children[0]->whole, "a value of type " + type_name(*operand) + " cannot be indexed",
         operand->is(Kind::kString) ? "write charAt() for a character of a text" : "", Code::kExpressionType);
    return nullptr;
  }
  if (found == nullptr) return absent_optional(storage);
  if (!wrap && !temporary) return found;
  Value copy = *found;
  storage = wrap ? Value::optional(std::move(copy)) : std::move(copy);
  return &storage;
}

bool Evaluator::has(const Node& node, Value& out) {
  Value inner;
  const Value* operand = ref(*node.children[0], inner);
  if (operand == nullptr) return false;
  if (operand->is(Kind::kOptional)) {
    operand = operand->as_optional();
    if (operand == nullptr) {
      out = Value::boolean(false);
      return true;
    }
  }
  if (!operand->is(Kind::kMap)) {
    return fail(node.name_place, "has() looks into maps, not into a value of type " + type_name(*operand), {},
                Code::kExpressionType);
  }
  out = Value::boolean(operand->as_map().find(node.name) != nullptr);
  return true;
}

// One operand that decides is enough, wherever it stands; else the first failure counts (cel-spec, "logical
// operators").
bool Evaluator::logical(const Node& node, Value& out) {
  const bool deciding = node.kind == NodeKind::kOr;
  std::unique_ptr<Fault> first;
  for (const Node* child : node.children) {
    Value storage;
    const Value* operand = ref(*child, storage);
    if (operand != nullptr && operand->is(Kind::kBool)) {
      if (operand->as_bool() != deciding) continue;
      out = Value::boolean(deciding);
      return true;
    }
    if (operand != nullptr) {
      fail(child->whole, std::string(deciding ? "'||'" : "'&&'") + " needs bool, not " + type_name(*operand), {},
           Code::kExpressionType);
    }
    if (fault_->fatal) return false;
    if (!first) first = std::move(fault_);
  }
  if (first) return fail(node.whole, std::move(first));
  out = Value::boolean(!deciding);
  return true;
}

bool Evaluator::call(const Node& node, Value& out) {
  if (node.overloads == nullptr) return unknown_call(node, out);
  const std::size_t count = node.children.size();
  if (count == 2) {
    Value storage[2];
    const Value* left = ref(*node.children[0], storage[0]);
    if (left == nullptr) return false;
    if (node.method && takes_left(node, *left, out)) return true;
    const Value* right = ref(*node.children[1], storage[1]);
    if (right == nullptr) return false;
    if (node.op != Operator::kNone) {
      if (const auto done = operate(node, *left, *right, out)) return *done;
    }
    if (left != &storage[0]) storage[0] = *left;
    if (right != &storage[1]) storage[1] = *right;
    return apply(node, storage, out);
  }
  if (count == 1) {
    Value argument;
    return compute(*node.children[0], argument) && apply(node, {&argument, 1}, out);
  }
  std::vector<Value> arguments(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!compute(*node.children[i], arguments[i])) return false;
  }
  return apply(node, arguments, out);
}

// The common cases without a call: whether there is a value; nullopt: not one of them.
std::optional<bool> Evaluator::operate(const Node& node, const Value& left, const Value& right, Value& out) {
  if (node.op == Operator::kEqual || node.op == Operator::kNotEqual) {
    auto same = equal(left, right, work_);
    if (!same) return fail(node.name_place, std::move(same.error()));
    out = Value::boolean(*same == (node.op == Operator::kEqual));
    return true;
  }
  const bool ints = left.is(Kind::kInt) && right.is(Kind::kInt);
  if (!ints && !(left.is(Kind::kDouble) && right.is(Kind::kDouble))) return std::nullopt;
  const auto compared = [&](auto compare) {
    out = Value::boolean(ints ? compare(left.as_int(), right.as_int()) : compare(left.as_double(), right.as_double()));
    return true;
  };
  switch (node.op) {
    case Operator::kLess: return compared([](auto a, auto b) { return a < b; });
    case Operator::kLessEqual: return compared([](auto a, auto b) { return a <= b; });
    case Operator::kGreater: return compared([](auto a, auto b) { return a > b; });
    case Operator::kGreaterEqual: return compared([](auto a, auto b) { return a >= b; });
    default: return std::nullopt;
  }
}

bool Evaluator::apply(const Node& node, Arguments arguments, Value& out) {
  const Overload* overload = node.overloads->select(arguments);
  if (overload == nullptr) {
    std::vector<std::string> types;
    for (const Value& argument : arguments) types.push_back(type_name(argument));
    return fail(node.name_place, std::move(no_overload(*node.overloads, types).value()));
  }
  Outcome outcome = overload->row->function(arguments, work_);
  if (!outcome)
    return fail(node.overloads->style == Style::kOperator ? node.name_place : node.whole, std::move(outcome.error()));
  if (arguments.size() == 1 && arguments[0].is(Kind::kList) && arguments[0].as_list().empty() && node.name == "sum")
    return empty_sum(node, std::move(*outcome), out);
  out = std::move(*outcome);
  return bounded(node, out);
}

// Nothing is in the list that would tell what it is a list of; the checker may know.
bool Evaluator::empty_sum(const Node& node, Value zero, Value& out) {
  const Type promised = impl_.promises ? impl_.promises->find(node) : Type::dyn();
  if (promised.tag() == Type::Tag::kDouble) zero = Value::number(0);
  if (promised.tag() == Type::Tag::kQuantity) {
    if (!promised.unit() || promised.unit()->offset != 0) {
      return fail(node.whole, "the sum of an empty list of quantities: in which unit it is zero is not known",
                  "write list.size() > 0 ? sum(list) : quantity(\"0 B\")");
    }
    zero = Value::quantity(Quantity{0, *promised.unit()});
  }
  out = std::move(zero);
  return true;
}

bool Evaluator::unknown_call(const Node& node, Value& out) {
  if (node.children.empty() && activation_.function) {
    if (std::optional<Value> value = activation_.function(node.name)) {
      out = std::move(*value);
      return true;
    }
  }
  constexpr std::size_t kAllNames = 500;  // looked through for one that was meant
  if (!charge(node, kAllNames)) return false;
  return fail(node.name_place, "unknown function '" + node.name + "'",
              function_cure(node.name, overload_names(node.method ? Style::kMethod : Style::kFunction)),
              Code::kUnknownFunction);
}

bool Evaluator::list(const Node& node, Value& out) {
  List items;
  items.reserve(node.children.size());
  for (const Node* child : node.children) {
    Value item;
    if (!compute(*child, item)) return false;
    if (!child->optional_entry) {
      items.push_back(std::move(item));
    } else if (!item.is(Kind::kOptional)) {
      return fail(child->whole, "'?' before an element needs an optional, not " + type_name(item), {},
                  Code::kExpressionType);
    } else if (item.as_optional() != nullptr) {
      items.push_back(*item.as_optional());
    }
  }
  out = Value::list(std::move(items));
  return bounded(node, out);
}

bool Evaluator::map(const Node& node, Value& out) {
  Map entries;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Node& key_node = *node.children[i];
    const Node& value_node = *node.children[i + 1];
    Value key;
    Value value;
    if (!compute(key_node, key) || !compute(value_node, value)) return false;
    if (!key.is(Kind::kBool) && !key.is(Kind::kInt) && !key.is(Kind::kUint) && !key.is(Kind::kString)) {
      return fail(key_node.whole, "a map has no keys of type " + type_name(key), "keys are int, uint, bool or string",
                  Code::kExpressionType);
    }
    if (value_node.optional_entry) {
      if (!value.is(Kind::kOptional)) {
        return fail(value_node.whole, "'?' before a key needs an optional value, not " + type_name(value), {},
                    Code::kExpressionType);
      }
      if (value.as_optional() == nullptr) continue;
      Value inside = *value.as_optional();
      value = std::move(inside);
    }
    if (!charge_key(node, key)) return false;
    if (entries.find(key) != nullptr)
      return fail(key_node.whole, "the key " + shown(key) + " appears twice in one map");
    entries.set(std::move(key), std::move(value));
  }
  out = Value::map(std::move(entries));
  return bounded(node, out);
}

Result<Value> evaluate(const Expression& expression, const Activation& activation) {
  return Evaluator(expression.impl(), activation).run();
}

}  // namespace assay::expr
