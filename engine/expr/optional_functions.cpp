// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/quantity_arithmetic.h"

namespace assay::expr {
namespace {

bool is_zero(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull: return true;
    case Kind::kBool: return !value.as_bool();
    case Kind::kInt: return value.as_int() == 0;
    case Kind::kUint: return value.as_uint() == 0;
    case Kind::kDouble: return value.as_double() == 0;
    case Kind::kString: return value.as_string().empty();
    case Kind::kBytes: return value.as_bytes().empty();
    case Kind::kList: return value.as_list().empty();
    case Kind::kMap: return value.as_map().size() == 0;
    case Kind::kTimestamp: return value.as_timestamp() == Timestamp{};
    case Kind::kDuration: return value.as_duration() == Duration{};
    case Kind::kOptional: return value.as_optional() == nullptr;
    case Kind::kQuantity: return value.as_quantity().value == 0;
    case Kind::kType:
    case Kind::kSecret: return false;
  }
  return false;
}

Outcome of(Arguments a, Work&) { return Value::optional(a[0]); }
Outcome none(Arguments, Work&) { return Value::optional(std::nullopt); }
Outcome of_non_zero(Arguments a, Work&) {
  return Value::optional(is_zero(a[0]) ? std::nullopt : std::optional<Value>(a[0]));
}
Outcome has_value(Arguments a, Work&) { return Value::boolean(a[0].as_optional() != nullptr); }
Outcome or_value(Arguments a, Work&) { return a[0].as_optional() != nullptr ? *a[0].as_optional() : a[1]; }
Outcome or_other(Arguments a, Work&) { return a[0].as_optional() != nullptr ? a[0] : a[1]; }
Outcome unwrap(Arguments a, Work& work) {
  List out;
  if (!work.charge(a[0].as_list().size())) return work.exceeded();
  for (const Value& item : a[0].as_list()) {
    if (!item.is(Kind::kOptional))
      return fault("a list of optionals is needed, but one element is " + type_name(item), {}, Code::kExpressionType);
    if (item.as_optional() != nullptr) out.push_back(*item.as_optional());
  }
  return Value::list(std::move(out));
}

constexpr FunctionRow kOptionalRows[] = {
    {"optional.of", kF, "A", "optional_type(A)", "an optional that has the value", of},
    {"optional.none", kF, "", "optional_type(A)", "an optional without a value", none},
    {"optional.ofNonZeroValue", kF, "A", "optional_type(A)", "none for null, false, 0, and what is empty", of_non_zero},
    {"optional.unwrap", kF, "list(optional_type(A))", "list(A)", "the values of the optionals that have one", unwrap},
    {"unwrapOpt", kM, "list(optional_type(A))", "list(A)", "the same", unwrap},
    {"hasValue", kM, "optional_type(A)", "bool", "whether the optional has a value", has_value},
    {"orValue", kM, "optional_type(A), A", "A", "the value, or this one instead", or_value},
    {"or", kM, "optional_type(A), optional_type(A)", "optional_type(A)", "the first of both that has a value",
     or_other},
};

}  // namespace

Outcome optional_value(Arguments a, Work&) {
  if (a[0].as_optional() == nullptr) return fault("the optional has no value", "orValue() gives one instead");
  return *a[0].as_optional();
}

std::span<const FunctionRow> optional_rows() { return kOptionalRows; }

}  // namespace assay::expr
