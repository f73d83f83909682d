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
#include "engine/expr/quantity_arithmetic.h"

namespace assay::expr {
namespace {

bool flatten_into(List& out, const List& items, std::int64_t depth, Work& work) {
  for (const Value& item : items) {
    if (!work.charge_elements(1)) return false;
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
    if (!sorts_with(items[0], item))
      return fault("sort() of " + type_name(items[0]) + " and " + type_name(item) + ": they have no order",
                   is_number(items[0]) && is_number(item) ? "make them of one type: .map(x, double(x))" : "",
                   Code::kExpressionType);
  }
  sort_values(items, [](const Value& item) -> const Value& { return item; });
  return Value::list(std::move(items));
}

// What distinct() has kept. What can be a key and numbers with a fraction are found at once; the rest is compared one
// by one.
class Kept {
 public:
  // Whether an equal of the item is there; else it is kept.
  Answer has(const Value& item, Work& work) {
    number_ = number_ || is_number(item);
    quantity_ = quantity_ || item.is(Kind::kQuantity);
    if (number_ && quantity_) return bare_number();
    if (is_number(item)) return has_number(item);
    if (item.is(Kind::kBool) || item.is(Kind::kString)) return has_key(item);
    if (!work.charge(rest_.size())) return work.exceeded();
    Answer found = among(item, rest_, work);
    if (found && !*found) rest_.push_back(item);
    return found;
  }

 private:
  bool has_key(const Value& key) {
    if (keys_.find(key) != nullptr) return true;
    keys_.set(key, Value());
    return false;
  }
  // Beyond 2^53 neighbouring ints equal one double, which is no reason for them to be equal to each other.
  bool has_number(const Value& item) {
    constexpr double kExact = 0x1p53;
    const double number = to_double(item);
    if (std::isnan(number)) return false;
    if (item.is(Kind::kDouble)) {
      if (const auto whole = exact_int(number); whole && std::fabs(number) < kExact)
        return has_key(Value::integer(*whole));
      return rounded_.count(number) != 0 || !doubles_.insert(number).second;
    }
    if (std::fabs(number) < kExact) return has_key(item);
    if (doubles_.count(number) != 0 || has_key(item)) return true;
    rounded_.insert(number);
    return false;
  }

  Map keys_;
  std::set<double> doubles_;  // with a fraction, or large
  std::set<double> rounded_;  // what large ints are next to a double
  List rest_;
  bool number_ = false;
  bool quantity_ = false;
};

Outcome distinct(Arguments a, Work& work) {
  Kept kept;
  List out;
  for (const Value& item : a[0].as_list()) {
    if (!work.charge(1) || !work.charge_text(item)) return work.exceeded();
    Answer known = kept.has(item, work);
    if (!known) return tl::unexpected(std::move(known.error()));
    if (!*known) out.push_back(item);
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
  if (!work.charge_elements(static_cast<std::size_t>(end - begin))) return work.exceeded();
  return Value::list(List(items.begin() + begin, items.begin() + end));
}

Outcome range(Arguments a, Work& work) {
  const std::int64_t count = a[0].as_int();
  if (count < 0) return fault("a range of " + std::to_string(count) + " numbers");
  if (!work.charge_elements(static_cast<std::size_t>(count))) return work.exceeded();
  List out;
  out.reserve(static_cast<std::size_t>(count));
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

Answer all_among(const List& items, const List& others, Work& work) {
  for (const Value& item : items) {
    Answer found = among(item, others, work);
    if (!found || !*found) return found;
  }
  return true;
}
bool charge_pairs(Arguments a, Work& work) { return work.charge(a[0].as_list().size() * a[1].as_list().size()); }
Outcome answered(Answer answer) {
  if (!answer) return tl::unexpected(std::move(answer.error()));
  return Value::boolean(*answer);
}

Outcome set_contains(Arguments a, Work& work) {
  if (!charge_pairs(a, work)) return work.exceeded();
  return answered(all_among(a[1].as_list(), a[0].as_list(), work));
}
Outcome set_equivalent(Arguments a, Work& work) {
  if (!charge_pairs(a, work)) return work.exceeded();
  Answer first = all_among(a[1].as_list(), a[0].as_list(), work);
  return answered(first && *first ? all_among(a[0].as_list(), a[1].as_list(), work) : std::move(first));
}
Outcome set_intersects(Arguments a, Work& work) {
  if (!charge_pairs(a, work)) return work.exceeded();
  Answer all = false;
  for (const Value& item : a[0].as_list()) {
    Answer found = among(item, a[1].as_list(), work);
    if (found ? *found : found.error()->fatal) return answered(std::move(found));
    if (!found && all) all = std::move(found);
  }
  return answered(std::move(all));
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
  if (!work.charge_elements(a[0].as_list().size())) return work.exceeded();
  return Value::list(List(a[0].as_list().rbegin(), a[0].as_list().rend()));
}

std::span<const FunctionRow> list_rows() { return kListRows; }
std::span<const FunctionRow> set_rows() { return kSetRows; }

}  // namespace assay::expr
