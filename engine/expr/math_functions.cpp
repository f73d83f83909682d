// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <string>

#include "engine/expr/functions.h"
#include "engine/expr/order.h"

namespace assay::expr {
namespace {

// The greatest (or least) of numbers given one by one or as a list; it keeps its kind.
Outcome extreme(Arguments a, Work& work, bool greatest) {
  const std::string name = greatest ? "math.greatest" : "math.least";
  const Arguments numbers = a.size() == 1 && a[0].is(Kind::kList) ? Arguments(a[0].as_list()) : a;
  if (!work.charge(numbers.size())) return work.exceeded();
  if (numbers.empty()) return fault("'" + name + "' of no numbers");
  const Value* best = nullptr;
  for (const Value& number : numbers) {
    if (!is_number(number))
      return fault("'" + name + "' does not take " + type_name(number), "it takes int, uint and double",
                   Code::kExpressionType);
    if (best != nullptr && is_nan(*best)) continue;
    const auto found = best != nullptr ? order(number, *best) : std::nullopt;
    if (best == nullptr || is_nan(number) || (found && (greatest ? *found > 0 : *found < 0))) best = &number;
  }
  return *best;
}
Outcome greatest(Arguments a, Work& work) { return extreme(a, work, true); }
Outcome least(Arguments a, Work& work) { return extreme(a, work, false); }

Outcome ceil(Arguments a, Work&) { return Value::number(std::ceil(a[0].as_double())); }
Outcome floor(Arguments a, Work&) { return Value::number(std::floor(a[0].as_double())); }
Outcome round(Arguments a, Work&) { return Value::number(std::round(a[0].as_double())); }
Outcome trunc(Arguments a, Work&) { return Value::number(std::trunc(a[0].as_double())); }
Outcome is_nan(Arguments a, Work&) { return Value::boolean(std::isnan(a[0].as_double())); }
Outcome is_inf(Arguments a, Work&) { return Value::boolean(std::isinf(a[0].as_double())); }
Outcome is_finite(Arguments a, Work&) { return Value::boolean(std::isfinite(a[0].as_double())); }
Outcome sqrt(Arguments a, Work&) { return Value::number(std::sqrt(to_double(a[0]))); }

Outcome abs(Arguments a, Work&) {
  if (a[0].is(Kind::kDouble)) return Value::number(std::fabs(a[0].as_double()));
  if (a[0].is(Kind::kUint)) return a[0];
  if (a[0].as_int() == std::numeric_limits<std::int64_t>::min()) return fault("the result does not fit an int");
  return Value::integer(a[0].as_int() < 0 ? -a[0].as_int() : a[0].as_int());
}
Outcome sign(Arguments a, Work&) {
  if (a[0].is(Kind::kUint)) return Value::unsigned_integer(a[0].as_uint() > 0 ? 1 : 0);
  if (a[0].is(Kind::kInt)) return Value::integer(a[0].as_int() > 0 ? 1 : a[0].as_int() < 0 ? -1 : 0);
  const double value = a[0].as_double();
  return Value::number(std::isnan(value) ? value : value > 0 ? 1 : value < 0 ? -1 : 0);
}

// Bits: int and uint alike; the result keeps the kind of the first.
std::uint64_t bits(const Value& value) {
  return value.is(Kind::kInt) ? static_cast<std::uint64_t>(value.as_int()) : value.as_uint();
}
Value with_bits(const Value& like, std::uint64_t value) {
  return like.is(Kind::kInt) ? Value::integer(static_cast<std::int64_t>(value)) : Value::unsigned_integer(value);
}
Outcome bit_and(Arguments a, Work&) { return with_bits(a[0], bits(a[0]) & bits(a[1])); }
Outcome bit_or(Arguments a, Work&) { return with_bits(a[0], bits(a[0]) | bits(a[1])); }
Outcome bit_xor(Arguments a, Work&) { return with_bits(a[0], bits(a[0]) ^ bits(a[1])); }
Outcome bit_not(Arguments a, Work&) { return with_bits(a[0], ~bits(a[0])); }
Outcome shift(Arguments a, bool left) {
  const std::int64_t count = a[1].as_int();
  if (count < 0) return fault("a shift by " + std::to_string(count) + " bits");
  if (count >= 64) return with_bits(a[0], 0);
  const auto by = static_cast<unsigned>(count);
  return with_bits(a[0], left ? bits(a[0]) << by : bits(a[0]) >> by);
}
Outcome shift_left(Arguments a, Work&) { return shift(a, true); }
Outcome shift_right(Arguments a, Work&) { return shift(a, false); }

constexpr FunctionRow kMathRows[] = {
    {"math.greatest", kF, "list(A)", "A", "the greatest of some numbers, or of a list", greatest},
    {"math.greatest", kF, "int, int, ...", "int", "", greatest},
    {"math.greatest", kF, "uint, uint, ...", "uint", "", greatest},
    {"math.greatest", kF, "double, double, ...", "double", "", greatest},
    {"math.greatest", kF, "dyn, ...", "dyn", "", greatest},
    {"math.least", kF, "list(A)", "A", "the least of some numbers, or of a list", least},
    {"math.least", kF, "int, int, ...", "int", "", least},
    {"math.least", kF, "uint, uint, ...", "uint", "", least},
    {"math.least", kF, "double, double, ...", "double", "", least},
    {"math.least", kF, "dyn, ...", "dyn", "", least},
    {"math.ceil", kF, "double", "double", "up to the next whole number", ceil},
    {"math.floor", kF, "double", "double", "down to the next whole number", floor},
    {"math.round", kF, "double", "double", "to the nearest whole number, halves away from zero", round},
    {"math.trunc", kF, "double", "double", "without what follows the point", trunc},
    {"math.abs", kF, "int", "int", "the size without the sign", abs},
    {"math.abs", kF, "uint", "uint", "", abs},
    {"math.abs", kF, "double", "double", "", abs},
    {"math.sign", kF, "int", "int", "-1, 0 or 1", sign},
    {"math.sign", kF, "uint", "uint", "", sign},
    {"math.sign", kF, "double", "double", "", sign},
    {"math.sqrt", kF, "double", "double", "the square root", sqrt},
    {"math.sqrt", kF, "int", "double", "", sqrt},
    {"math.sqrt", kF, "uint", "double", "", sqrt},
    {"math.isNaN", kF, "double", "bool", "whether it is not a number", is_nan},
    {"math.isInf", kF, "double", "bool", "whether it is infinite", is_inf},
    {"math.isFinite", kF, "double", "bool", "whether it is neither infinite nor NaN", is_finite},
    {"math.bitAnd", kF, "int, int", "int", "the bits that both have", bit_and},
    {"math.bitAnd", kF, "uint, uint", "uint", "", bit_and},
    {"math.bitOr", kF, "int, int", "int", "the bits that one has", bit_or},
    {"math.bitOr", kF, "uint, uint", "uint", "", bit_or},
    {"math.bitXor", kF, "int, int", "int", "the bits in which they differ", bit_xor},
    {"math.bitXor", kF, "uint, uint", "uint", "", bit_xor},
    {"math.bitNot", kF, "int", "int", "every bit turned", bit_not},
    {"math.bitNot", kF, "uint", "uint", "", bit_not},
    {"math.bitShiftLeft", kF, "int, int", "int", "the bits moved to the left", shift_left},
    {"math.bitShiftLeft", kF, "uint, int", "uint", "", shift_left},
    {"math.bitShiftRight", kF, "int, int", "int", "the bits moved to the right, zeros follow", shift_right},
    {"math.bitShiftRight", kF, "uint, int", "uint", "", shift_right},
};

}  // namespace

std::span<const FunctionRow> math_rows() { return kMathRows; }

}  // namespace assay::expr
