// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "engine/expr/evaluator.h"
#include "engine/expr/order.h"

namespace assay::expr {

bool Evaluator::comprehension(const Node& node, Value& out) {
  Value storage;
  if (node.macro == Macro::kBind) return bind_value(node, out);
  // A copy, so that the range outlives what its variable is set to meanwhile; large parts are shared.
  if (!compute(*node.children[0], storage)) return false;
  switch (node.macro) {
    case Macro::kAll:
    case Macro::kExists: return quantified(node, storage, out);
    case Macro::kExistsOne: return exists_one(node, storage, out);
    case Macro::kMap:
    case Macro::kFilter:
    case Macro::kTransformList: return to_list(node, storage, out);
    case Macro::kTransformMap:
    case Macro::kTransformMapEntry: return to_map(node, storage, out);
    case Macro::kSortBy: return sort_by(node, storage, out);
    case Macro::kOptMap:
    case Macro::kOptFlatMap: return on_optional(node, storage, out);
    case Macro::kBind:
    case Macro::kNone: break;
  }
  return fail(node.name_place, "'" + node.name + "' cannot be evaluated", {}, Code::kInternal);
}

// A value that fails counts where its name is used, as if the expression stood there: `x || true` drops it.
bool Evaluator::bind_value(const Node& node, Value& out) {
  Value value;
  if (compute(*node.children[0], value)) {
    frame_[node.slot] = std::move(value);
    return compute(*node.children[1], out);
  }
  if (fault_->fatal) return false;
  failed_[node.slot] = std::move(fault_);
  const bool good = compute(*node.children[1], out);
  failed_.erase(node.slot);
  return good;
}

std::optional<std::size_t> Evaluator::range_size(const Node& node, const Value& range) {
  if (range.is(Kind::kList)) return range.as_list().size();
  if (range.is(Kind::kMap)) return range.as_map().size();
  fail(node.children[0]->whole,
       "'" + node.name + "' goes through a list or a map, not a value of type " + type_name(range), {},
       Code::kExpressionType);
  return std::nullopt;
}

// Sets the variables to element `number`: one variable is the element or the key; two are index or key, and the value.
void Evaluator::bind(const Node& node, const Value& range, std::size_t number) {
  if (range.is(Kind::kList)) {
    if (node.second_slot != 0) frame_[node.slot] = Value::integer(static_cast<std::int64_t>(number));
    frame_[node.second_slot != 0 ? node.second_slot : node.slot] = range.as_list()[number];
  } else {
    const Map::Entry& entry = range.as_map().entries()[number];
    frame_[node.slot] = entry.first;
    if (node.second_slot != 0) frame_[node.second_slot] = entry.second;
  }
}

bool Evaluator::condition(const Node& node, bool& out) {
  Value storage;
  const Value* value = ref(node, storage);
  if (value == nullptr) return false;
  if (!value->is(Kind::kBool))
    return fail(node.whole, "a condition must be a bool, not " + type_name(*value), {}, Code::kExpressionType);
  out = value->as_bool();
  return true;
}

// all and exists: like a chain of && or ||, so that one deciding element outweighs failures of others.
bool Evaluator::quantified(const Node& node, const Value& range, Value& out) {
  const auto size = range_size(node, range);
  if (!size) return false;
  const bool deciding = node.macro == Macro::kExists;
  std::unique_ptr<Fault> first;
  for (std::size_t i = 0; i < *size; ++i) {
    if (!charge(node, 1)) return false;
    bind(node, range, i);
    bool holds = false;
    if (condition(*node.children[1], holds)) {
      if (holds != deciding) continue;
      out = Value::boolean(deciding);
      return true;
    }
    if (fault_->fatal) return false;
    if (!first) first = std::move(fault_);
  }
  if (first) return fail(node.whole, std::move(first));
  out = Value::boolean(!deciding);
  return true;
}

bool Evaluator::exists_one(const Node& node, const Value& range, Value& out) {
  const auto size = range_size(node, range);
  if (!size) return false;
  std::size_t count = 0;
  for (std::size_t i = 0; i < *size; ++i) {
    if (!charge(node, 1)) return false;
    bind(node, range, i);
    bool holds = false;
    if (!condition(*node.children[1], holds)) return false;
    count += holds ? 1 : 0;
  }
  out = Value::boolean(count == 1);
  return true;
}

bool Evaluator::to_list(const Node& node, const Value& range, Value& out) {
  const auto size = range_size(node, range);
  if (!size) return false;
  const bool filter = node.macro == Macro::kFilter;
  const Node* test = filter || node.children.size() == 3 ? node.children[1] : nullptr;
  List items;
  for (std::size_t i = 0; i < *size; ++i) {
    if (!charge(node, 1)) return false;
    bind(node, range, i);
    bool wanted = true;
    if (test != nullptr && !condition(*test, wanted)) return false;
    if (!wanted) continue;
    Value item;
    if (filter) {
      item = frame_[node.slot];
    } else if (!compute(*node.children.back(), item)) {
      return false;
    }
    items.push_back(std::move(item));
  }
  out = Value::list(std::move(items));
  return bounded(node, out);
}

bool Evaluator::to_map(const Node& node, const Value& range, Value& out) {
  const auto size = range_size(node, range);
  if (!size) return false;
  const Node* test = node.children.size() == 3 ? node.children[1] : nullptr;
  Map entries;
  for (std::size_t i = 0; i < *size; ++i) {
    if (!charge(node, 1)) return false;
    bind(node, range, i);
    bool wanted = true;
    if (test != nullptr && !condition(*test, wanted)) return false;
    if (!wanted) continue;
    const Value key = frame_[node.slot];
    if (!charge_key(node, key)) return false;
    Value value;
    if (!compute(*node.children.back(), value)) return false;
    if (node.macro == Macro::kTransformMap) {
      entries.set(key, std::move(value));
      continue;
    }
    if (!value.is(Kind::kMap))
      return fail(node.children.back()->whole, "'transformMapEntry' needs a map, not " + type_name(value), {},
                  Code::kExpressionType);
    if (!charge(node, value.as_map().size())) return false;
    for (const auto& [name, item] : value.as_map().entries()) {
      if (!charge_key(node, name)) return false;
      if (entries.find(name) != nullptr)
        return fail(node.children.back()->whole, "the key '" + to_text(name).value_or("") + "' appears twice");
      entries.set(name, item);
    }
  }
  out = Value::map(std::move(entries));
  return bounded(node, out);
}

bool Evaluator::sort_by(const Node& node, const Value& range, Value& out) {
  if (!range.is(Kind::kList))
    return fail(node.children[0]->whole, "'sortBy' sorts a list, not a value of type " + type_name(range), {},
                Code::kExpressionType);
  const List& items = range.as_list();
  std::vector<Value> keys(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!charge(node, 8)) return false;
    bind(node, range, i);
    if (!compute(*node.children[1], keys[i])) return false;
    if (!charge_key(node, keys[i])) return false;
    if (!sorts_with(keys[0], keys[i]))
      return fail(
          node.children[1]->whole, "the keys " + type_name(keys[0]) + " and " + type_name(keys[i]) + " have no order",
          is_number(keys[0]) && is_number(keys[i]) ? "make them of one type with double()" : "", Code::kExpressionType);
  }
  std::vector<std::size_t> numbers(items.size());
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  sort_values(numbers, [&](std::size_t i) -> const Value& { return keys[i]; });
  List sorted;
  for (const std::size_t i : numbers) sorted.push_back(items[i]);
  out = Value::list(std::move(sorted));
  return true;
}

bool Evaluator::on_optional(const Node& node, const Value& range, Value& out) {
  if (!range.is(Kind::kOptional))
    return fail(node.children[0]->whole, "'" + node.name + "' needs an optional, not " + type_name(range), {},
                Code::kExpressionType);
  if (range.as_optional() == nullptr) {
    out = range;
    return true;
  }
  frame_[node.slot] = *range.as_optional();
  Value value;
  if (!compute(*node.children[1], value)) return false;
  if (node.macro == Macro::kOptFlatMap && !value.is(Kind::kOptional)) {
    return fail(node.children[1]->whole,
                "'optFlatMap' needs an expression that yields an optional, not " + type_name(value), {},
                Code::kExpressionType);
  }
  out = node.macro == Macro::kOptMap ? Value::optional(std::move(value)) : std::move(value);
  return bounded(node, out);
}

}  // namespace assay::expr
