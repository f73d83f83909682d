// SPDX-License-Identifier: Apache-2.0
// The order of values, for comparison operators, sorting, min and max.
#pragma once

#include <algorithm>
#include <compare>
#include <optional>

#include "engine/expr/value.h"

namespace assay::expr {

// Numbers of any kind by size, texts and bytes by their bytes, false before true, times by time, comparable quantities
// by size. nullopt: these two have no order (different kinds, different dimensions).
std::optional<std::partial_ordering> order(const Value& a, const Value& b);
bool is_number(const Value& value);
double to_double(const Value& number);
// A double or a quantity that is not a number.
bool is_nan(const Value& value);
// For a sort: NaN comes first, so that it has a place.
bool sorts_before(const Value& a, const Value& b);

// Whether both can stand in one sorted list: of one type, as CEL has it, and with an order.
bool sorts_with(const Value& a, const Value& b);

// A stable sort of items whose keys all have an order.
template <class Items, class Key>
void sort_values(Items& items, Key key) {
  std::stable_sort(items.begin(), items.end(),
                   [&](const auto& a, const auto& b) { return sorts_before(key(a), key(b)); });
}

}  // namespace assay::expr
