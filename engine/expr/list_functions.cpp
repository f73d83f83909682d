// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include "engine/expr/format.h"
#include "engine/expr/functions.h"
#include "engine/expr/number.h"
#include "engine/expr/order.h"

namespace assay::expr {
namespace {

bool flatten_into(List& out, const List& items, std::int64_t depth, Work& work) {
  for (const Value& item : items) {
    if (!work.charge(1)) return false;
    if (item.is(Kind::kList) && depth > 0) {
      if (!flatten_into(out, item.as_list(), depth - 1, work)) return false;
    } else {
      out.push_back(item);
    }
  }
  return true;
}
Outcome flatten(Arguments a, Work& work) {
  const std::int64_t depth = a.size() > 1 ? a[1].as_int() : 1;
  if (depth < 0) return fault("flatten() needs a depth of 0 or more, not " + std::to_string(depth));
  List out;
  if (!flatten_into(out, a[0].as_list(), depth, work)) return work.exceeded();
  return Value::list(std::move(out));
}

Outcome sort(Arguments a, Work& work) {
  List items = a[0].as_list();
  if (!work.charge(items.size() * 8)) return work.exceeded();
  for (const Value& item : items) {
    if (!work.charge_text(item)) return work.exceeded();
    if (!order(items[0], item))
      return fault("sort() of " + type_name(items[0]) + " and " + type_name(item) + ": they have no order", {},
                   Code::kExpressionType);
  }
  sort_values(items, [](const Value& item) -> const Value& { return item; });
  return Value::list(std::move(items));
}

// What equal values share, as far as it can be the key of a map: 1, 1u and 1.0 are one value.
std::optional<Value> key_of(const Value& item) {
  if (item.is(Kind::kBool) || item.is(Kind::kInt) || item.is(Kind::kUint) || item.is(Kind::kString)) return item;
  if (!item.is(Kind::kDouble)) return std::nullopt;
  if (const auto whole = exact_int(item.as_double())) return Value::integer(*whole);
  if (const auto large = exact_uint(item.as_double())) return Value::unsigned_integer(*large);
  return std::nullopt;
}

// Whether the list has an equal of the item; nullopt, of these two: the steps did not suffice.
std::optional<bool> among(const Value& item, const List& items, Work& work) {
  for (const Value& other : items) {
    const auto same = equal(item, other, work);
    if (!same || *same) return same;
  }
  return false;
}

Outcome distinct(Arguments a, Work& work) {
  // What can be a key and numbers with a fraction are found at once; the rest is compared one by one.
  Map keys;
  std::set<double> fractions;
  List rest;
  List out;
  for (const Value& item : a[0].as_list()) {
    if (!work.charge(1) || !work.charge_text(item)) return work.exceeded();
    bool known = false;
    if (const auto key = key_of(item)) {
      known = keys.find(*key) != nullptr;
      if (!known) keys.set(*key, Value());
    } else if (item.is(Kind::kDouble)) {
      known = !std::isnan(item.as_double()) && !fractions.insert(item.as_double()).second;
    } else {
      if (!work.charge(rest.size())) return work.exceeded();
      const auto found = among(item, rest, work);
      if (!found) return work.exceeded();
      known = *found;
      if (!known) rest.push_back(item);
    }
    if (!known) out.push_back(item);
  }
  return Value::list(std::move(out));
}

Outcome slice(Arguments a, Work& work) {
  const List& items = a[0].as_list();
  const std::int64_t begin = a[1].as_int();
  const std::int64_t end = a[2].as_int();
  if (begin < 0 || end < begin || static_cast<std::size_t>(end) > items.size()) {
    return fault("slice(" + std::to_string(begin) + ", " + std::to_string(end) + ") of a list of " +
                 std::to_string(items.size()));
  }
  if (!work.charge(static_cast<std::size_t>(end - begin))) return work.exceeded();
  return Value::list(List(items.begin() + begin, items.begin() + end));
}

Outcome range(Arguments a, Work& work) {
  const std::int64_t count = a[0].as_int();
  if (count < 0) return fault("a range of " + std::to_string(count) + " numbers");
  if (!work.charge(static_cast<std::size_t>(count))) return work.exceeded();
  List out;
  for (std::int64_t i = 0; i < count; ++i) out.push_back(Value::integer(i));
  return Value::list(std::move(out));
}

Outcome first(Arguments a, Work&) {
  const List& items = a[0].as_list();
  return Value::optional(items.empty() ? std::nullopt : std::optional<Value>(items.front()));
}
Outcome last(Arguments a, Work&) {
  const List& items = a[0].as_list();
  return Value::optional(items.empty() ? std::nullopt : std::optional<Value>(items.back()));
}

constexpr FunctionRow kListRows[] = {
    {"flatten", kM, "list(dyn)", "list(dyn)",
     "lists inside the list replaced by their elements, one level or as many as are given", flatten},
    {"flatten", kM, "list(dyn), int", "list(dyn)", "", flatten},
    {"sort", kM, "list(A)", "list(A)", "the elements from the least to the greatest", sort},
    {"distinct", kM, "list(A)", "list(A)", "every element once, in the order of its first place", distinct},
    {"slice", kM, "list(A), int, int", "list(A)", "the elements from one index up to before another", slice},
    {"first", kM, "list(A)", "optional_type(A)", "the first element, or none", first},
    {"last", kM, "list(A)", "optional_type(A)", "the last element, or none", last},
    {"lists.range", kF, "int", "list(int)", "the numbers from 0 up to before n", range},
};

std::optional<bool> all_among(const List& items, const List& others, Work& work) {
  for (const Value& item : items) {
    const auto found = among(item, others, work);
    if (!found || !*found) return found;
  }
  return true;
}
bool charge_pairs(Arguments a, Work& work) { return work.charge(a[0].as_list().size() * a[1].as_list().size()); }
Outcome answer(std::optional<bool> found, Work& work) {
  if (!found) return work.exceeded();
  return Value::boolean(*found);
}

Outcome set_contains(Arguments a, Work& work) {
  if (!charge_pairs(a, work)) return work.exceeded();
  return answer(all_among(a[1].as_list(), a[0].as_list(), work), work);
}
Outcome set_equivalent(Arguments a, Work& work) {
  if (!charge_pairs(a, work)) return work.exceeded();
  const auto first = all_among(a[1].as_list(), a[0].as_list(), work);
  return answer(first && *first ? all_among(a[0].as_list(), a[1].as_list(), work) : first, work);
}
Outcome set_intersects(Arguments a, Work& work) {
  if (!charge_pairs(a, work)) return work.exceeded();
  for (const Value& item : a[0].as_list()) {
    const auto found = among(item, a[1].as_list(), work);
    if (!found || *found) return answer(found, work);
  }
  return Value::boolean(false);
}

constexpr FunctionRow kSetRows[] = {
    {"sets.contains", kF, "list(A), list(A)", "bool", "whether the first list has every element of the second",
     set_contains},
    {"sets.equivalent", kF, "list(A), list(A)", "bool", "whether both have the same elements, however often",
     set_equivalent},
    {"sets.intersects", kF, "list(A), list(A)", "bool", "whether an element is in both", set_intersects},
};

}  // namespace

Outcome reverse_list(Arguments a, Work& work) {
  if (!work.charge(a[0].as_list().size())) return work.exceeded();
  return Value::list(List(a[0].as_list().rbegin(), a[0].as_list().rend()));
}

std::span<const FunctionRow> list_rows() { return kListRows; }
std::span<const FunctionRow> set_rows() { return kSetRows; }

}  // namespace assay::expr
