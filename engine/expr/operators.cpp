// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>

#include "engine/expr/functions.h"
#include "engine/expr/order.h"
#include "engine/expr/quantity_arithmetic.h"
#include "engine/expr/time_text.h"

namespace assay::expr {
namespace {

tl::unexpected<std::unique_ptr<Fault>> overflow(std::string_view type) {
  return fault("the result does not fit " + std::string(type), "double() has a wider range");
}

Outcome made(std::optional<Duration> duration) {
  if (!duration) return fault("the duration is out of range");
  return Value::duration(*duration);
}
Outcome made(std::optional<Timestamp> time) {
  if (!time) return fault("the time is out of range: years are 1 to 9999");
  return Value::timestamp(*time);
}

// One overflow-checked operation for int and uint.
template <class Operation>
Outcome integral(Arguments a, Operation operation) {
  if (a[0].is(Kind::kInt)) {
    std::int64_t out = 0;
    if (operation(a[0].as_int(), a[1].as_int(), &out)) return overflow("an int");
    return Value::integer(out);
  }
  std::uint64_t out = 0;
  if (operation(a[0].as_uint(), a[1].as_uint(), &out)) return overflow("a uint");
  return Value::unsigned_integer(out);
}

Outcome add_integers(Arguments a, Work&) {
  return integral(a, [](auto x, auto y, auto* out) { return __builtin_add_overflow(x, y, out); });
}
Outcome subtract_integers(Arguments a, Work&) {
  return integral(a, [](auto x, auto y, auto* out) { return __builtin_sub_overflow(x, y, out); });
}
Outcome multiply_integers(Arguments a, Work&) {
  return integral(a, [](auto x, auto y, auto* out) { return __builtin_mul_overflow(x, y, out); });
}

// Whether a / b has a value; the least int divided by -1 has none.
Outcome divide_integers(Arguments a, bool remainder) {
  if (a[0].is(Kind::kUint)) {
    if (a[1].as_uint() == 0) return fault(remainder ? "the remainder of a division by zero" : "division by zero");
    return Value::unsigned_integer(remainder ? a[0].as_uint() % a[1].as_uint() : a[0].as_uint() / a[1].as_uint());
  }
  if (a[1].as_int() == 0) return fault(remainder ? "the remainder of a division by zero" : "division by zero");
  if (a[1].as_int() == -1 && a[0].as_int() == std::numeric_limits<std::int64_t>::min()) return overflow("an int");
  return Value::integer(remainder ? a[0].as_int() % a[1].as_int() : a[0].as_int() / a[1].as_int());
}
Outcome quotient(Arguments a, Work&) { return divide_integers(a, false); }
Outcome remainder(Arguments a, Work&) { return divide_integers(a, true); }

Outcome add_doubles(Arguments a, Work&) { return Value::number(a[0].as_double() + a[1].as_double()); }
Outcome subtract_doubles(Arguments a, Work&) { return Value::number(a[0].as_double() - a[1].as_double()); }
Outcome multiply_doubles(Arguments a, Work&) { return Value::number(a[0].as_double() * a[1].as_double()); }
Outcome divide_doubles(Arguments a, Work&) { return Value::number(a[0].as_double() / a[1].as_double()); }

Outcome add_strings(Arguments a, Work& work) {
  if (!work.charge_bytes(a[0].as_string().size() + a[1].as_string().size())) return work.exceeded();
  return Value::string(a[0].as_string() + a[1].as_string());
}
Outcome add_secrets(Arguments a, Work& work) {
  Secret sum;
  for (const Value& one : a) {
    if (one.is(Kind::kString)) {
      if (!work.charge_bytes(one.as_string().size())) return work.exceeded();
      sum.parts.push_back({.text = one.as_string()});
      continue;
    }
    const auto& parts = one.as_secret().parts;
    if (!work.charge(parts.size())) return work.exceeded();
    sum.parts.insert(sum.parts.end(), parts.begin(), parts.end());
  }
  return Value::secret(std::move(sum));
}
Outcome add_bytes(Arguments a, Work& work) {
  if (!work.charge_bytes(a[0].as_bytes().size() + a[1].as_bytes().size())) return work.exceeded();
  return Value::bytes(a[0].as_bytes() + a[1].as_bytes());
}
Outcome add_lists(Arguments a, Work& work) {
  if (!work.charge_elements(a[0].as_list().size() + a[1].as_list().size())) return work.exceeded();
  List items = a[0].as_list();
  items.insert(items.end(), a[1].as_list().begin(), a[1].as_list().end());
  return Value::list(std::move(items));
}

Outcome add_durations(Arguments a, Work&) { return made(add(a[0].as_duration(), a[1].as_duration())); }
Outcome add_to_time(Arguments a, Work&) { return made(add(a[0].as_timestamp(), a[1].as_duration())); }
Outcome add_time_to(Arguments a, Work&) { return made(add(a[1].as_timestamp(), a[0].as_duration())); }
Outcome subtract_times(Arguments a, Work&) {
  // The specification's cases want the difference of two times to fit 64 bits of nanoseconds: 292 years.
  const auto difference = subtract(a[0].as_timestamp(), a[1].as_timestamp());
  return made(difference && nanoseconds(*difference) ? difference : std::nullopt);
}
Outcome subtract_from_time(Arguments a, Work&) {
  const auto back = negate(a[1].as_duration());
  return made(back ? add(a[0].as_timestamp(), *back) : std::nullopt);
}
Outcome subtract_durations(Arguments a, Work&) {
  const auto back = negate(a[1].as_duration());
  return made(back ? add(a[0].as_duration(), *back) : std::nullopt);
}

Outcome negate_int(Arguments a, Work&) {
  if (a[0].as_int() == std::numeric_limits<std::int64_t>::min()) return overflow("an int");
  return Value::integer(-a[0].as_int());
}
Outcome negate_double(Arguments a, Work&) { return Value::number(-a[0].as_double()); }
Outcome negate_duration(Arguments a, Work&) { return made(negate(a[0].as_duration())); }
Outcome logical_not(Arguments a, Work&) { return Value::boolean(!a[0].as_bool()); }

Outcome made(Answer answer) {
  if (!answer) return tl::unexpected(std::move(answer.error()));
  return Value::boolean(*answer);
}
Outcome equals(Arguments a, Work& work) { return made(equal(a[0], a[1], work)); }
Outcome differs(Arguments a, Work& work) {
  return made(equal(a[0], a[1], work).map([](bool same) { return !same; }));
}

template <class Test>
Outcome compared(Arguments a, Work& work, Test test) {
  if (!work.charge_text(a[0])) return work.exceeded();
  const auto found = order(a[0], a[1]);
  if (!found) return different_dimensions("compare", a[0].as_quantity().unit, a[1].as_quantity().unit);
  return Value::boolean(test(*found));
}
Outcome less(Arguments a, Work& work) {
  return compared(a, work, [](auto o) { return o < 0; });
}
Outcome less_equal(Arguments a, Work& work) {
  return compared(a, work, [](auto o) { return o <= 0; });
}
Outcome greater(Arguments a, Work& work) {
  return compared(a, work, [](auto o) { return o > 0; });
}
Outcome greater_equal(Arguments a, Work& work) {
  return compared(a, work, [](auto o) { return o >= 0; });
}

Outcome in_list(Arguments a, Work& work) {
  if (!work.charge(a[1].as_list().size())) return work.exceeded();
  return made(among(a[0], a[1].as_list(), work));
}
Outcome in_map(Arguments a, Work& work) {
  if (!work.charge_text(a[0])) return work.exceeded();
  return Value::boolean(a[1].as_map().find(a[0]) != nullptr);
}

constexpr Style kO = Style::kOperator;

#define ASSAY_ORDERED_ROWS(NAME, HELP, FUNCTION)                                                            \
  {NAME, kO, "int, int", "bool", HELP, FUNCTION}, {NAME, kO, "uint, uint", "bool", "", FUNCTION},           \
      {NAME, kO, "double, double", "bool", "", FUNCTION}, {NAME, kO, "int, uint", "bool", "", FUNCTION},    \
      {NAME, kO, "int, double", "bool", "", FUNCTION}, {NAME, kO, "uint, int", "bool", "", FUNCTION},       \
      {NAME, kO, "uint, double", "bool", "", FUNCTION}, {NAME, kO, "double, int", "bool", "", FUNCTION},    \
      {NAME, kO, "double, uint", "bool", "", FUNCTION}, {NAME, kO, "string, string", "bool", "", FUNCTION}, \
      {NAME, kO, "bool, bool", "bool", "", FUNCTION}, {NAME, kO, "bytes, bytes", "bool", "", FUNCTION},     \
      {NAME, kO, "timestamp, timestamp", "bool", "", FUNCTION},                                             \
      {NAME, kO, "duration, duration", "bool", "", FUNCTION}, {                                             \
    NAME, kO, "quantity, quantity", "bool", "", FUNCTION                                                    \
  }

constexpr FunctionRow kOperatorRows[] = {
    {"_+_", kO, "int, int", "int", "the sum; texts, bytes and lists are joined", add_integers},
    {"_+_", kO, "uint, uint", "uint", "", add_integers},
    {"_+_", kO, "double, double", "double", "", add_doubles},
    {"_+_", kO, "string, string", "string", "", add_strings},
    {"_+_", kO, "secret, string", "secret", "", add_secrets},
    {"_+_", kO, "string, secret", "secret", "", add_secrets},
    {"_+_", kO, "secret, secret", "secret", "", add_secrets},
    {"_+_", kO, "bytes, bytes", "bytes", "", add_bytes},
    {"_+_", kO, "list(A), list(A)", "list(A)", "", add_lists},
    {"_+_", kO, "timestamp, duration", "timestamp", "", add_to_time},
    {"_+_", kO, "duration, timestamp", "timestamp", "", add_time_to},
    {"_+_", kO, "duration, duration", "duration", "", add_durations},
    {"_+_", kO, "quantity, quantity", "quantity", "", add_quantities},
    {"_-_", kO, "int, int", "int", "the difference", subtract_integers},
    {"_-_", kO, "uint, uint", "uint", "", subtract_integers},
    {"_-_", kO, "double, double", "double", "", subtract_doubles},
    {"_-_", kO, "timestamp, timestamp", "duration", "", subtract_times},
    {"_-_", kO, "timestamp, duration", "timestamp", "", subtract_from_time},
    {"_-_", kO, "duration, duration", "duration", "", subtract_durations},
    {"_-_", kO, "quantity, quantity", "quantity", "", subtract_quantities},
    {"_*_", kO, "int, int", "int", "the product", multiply_integers},
    {"_*_", kO, "uint, uint", "uint", "", multiply_integers},
    {"_*_", kO, "double, double", "double", "", multiply_doubles},
    {"_*_", kO, "quantity, double", "quantity", "", scale_quantity},
    {"_*_", kO, "quantity, int", "quantity", "", scale_quantity},
    {"_*_", kO, "quantity, uint", "quantity", "", scale_quantity},
    {"_*_", kO, "double, quantity", "quantity", "", scale_quantity},
    {"_*_", kO, "int, quantity", "quantity", "", scale_quantity},
    {"_*_", kO, "uint, quantity", "quantity", "", scale_quantity},
    {"_*_", kO, "quantity, quantity", "quantity", "", multiply_quantities},
    {"_/_", kO, "int, int", "int", "the quotient, towards zero for int and uint; of comparable quantities a double",
     quotient},
    {"_/_", kO, "uint, uint", "uint", "", quotient},
    {"_/_", kO, "double, double", "double", "", divide_doubles},
    {"_/_", kO, "quantity, double", "quantity", "", divide_quantity},
    {"_/_", kO, "quantity, int", "quantity", "", divide_quantity},
    {"_/_", kO, "quantity, uint", "quantity", "", divide_quantity},
    {"_/_", kO, "quantity, quantity", "dyn", "", divide_quantities},
    {"_%_", kO, "int, int", "int", "the remainder, with the sign of the left side", remainder},
    {"_%_", kO, "uint, uint", "uint", "", remainder},
    {"-_", kO, "int", "int", "the negative", negate_int},
    {"-_", kO, "double", "double", "", negate_double},
    {"-_", kO, "duration", "duration", "", negate_duration},
    {"-_", kO, "quantity", "quantity", "", negate_quantity},
    {"!_", kO, "bool", "bool", "true for false, false for true", logical_not},
    {"_==_", kO, "A, A", "bool", "whether both are equal; numbers compare across int, uint and double", equals},
    {"_!=_", kO, "A, A", "bool", "whether both differ", differs},
    ASSAY_ORDERED_ROWS("_<_", "whether the left side is less", less),
    ASSAY_ORDERED_ROWS("_<=_", "whether the left side is less or equal", less_equal),
    ASSAY_ORDERED_ROWS("_>_", "whether the left side is greater", greater),
    ASSAY_ORDERED_ROWS("_>=_", "whether the left side is greater or equal", greater_equal),
    {"@in", kO, "A, list(A)", "bool", "whether the list has the element, or the map the key", in_list},
    {"@in", kO, "A, map(A, B)", "bool", "", in_map},
};
#undef ASSAY_ORDERED_ROWS

}  // namespace

std::span<const FunctionRow> operator_rows() { return kOperatorRows; }

}  // namespace assay::expr
