// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/order.h"

#include <cmath>

#include "engine/expr/number.h"

namespace assay::expr {
namespace {

std::partial_ordering reversed(std::partial_ordering order) { return 0 <=> order; }

std::partial_ordering order_numbers(const Value& a, const Value& b) {
  if (a.kind() > b.kind()) return reversed(order_numbers(b, a));
  if (a.is(Kind::kInt)) {
    if (b.is(Kind::kInt)) return a.as_int() <=> b.as_int();
    return b.is(Kind::kUint) ? compare_numbers(a.as_int(), b.as_uint()) : compare_numbers(a.as_int(), b.as_double());
  }
  if (a.is(Kind::kUint))
    return b.is(Kind::kUint) ? a.as_uint() <=> b.as_uint() : compare_numbers(a.as_uint(), b.as_double());
  return a.as_double() <=> b.as_double();
}

}  // namespace

bool is_number(const Value& value) { return value.is(Kind::kInt) || value.is(Kind::kUint) || value.is(Kind::kDouble); }

double to_double(const Value& number) {
  if (number.is(Kind::kInt)) return static_cast<double>(number.as_int());
  return number.is(Kind::kUint) ? static_cast<double>(number.as_uint()) : number.as_double();
}

bool is_nan(const Value& value) {
  return (value.is(Kind::kDouble) && std::isnan(value.as_double())) ||
         (value.is(Kind::kQuantity) && std::isnan(value.as_quantity().value));
}

bool sorts_with(const Value& a, const Value& b) { return a.kind() == b.kind() && order(a, b).has_value(); }

bool sorts_before(const Value& a, const Value& b) {
  if (is_nan(a) || is_nan(b)) return is_nan(a) && !is_nan(b);
  const auto found = order(a, b);
  return found && *found < 0;
}

std::optional<std::partial_ordering> order(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return order_numbers(a, b);
  if (a.kind() != b.kind()) return std::nullopt;
  switch (a.kind()) {
    case Kind::kBool: return static_cast<int>(a.as_bool()) <=> static_cast<int>(b.as_bool());
    case Kind::kString: return a.as_string().compare(b.as_string()) <=> 0;
    case Kind::kBytes: return a.as_bytes().compare(b.as_bytes()) <=> 0;
    case Kind::kTimestamp: return a.as_timestamp() <=> b.as_timestamp();
    case Kind::kDuration: return a.as_duration() <=> b.as_duration();
    case Kind::kQuantity:
      if (!comparable(a.as_quantity().unit, b.as_quantity().unit)) return std::nullopt;
      return compare(a.as_quantity(), b.as_quantity());
    default: return std::nullopt;
  }
}

}  // namespace assay::expr
