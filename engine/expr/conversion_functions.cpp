// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "engine/base/text.h"
#include "engine/expr/functions.h"
#include "engine/expr/number.h"
#include "engine/expr/order.h"
#include "engine/expr/time_text.h"

namespace assay::expr {
namespace {

std::string quoted(const Value& text) { return "'" + shorten(visible(text.as_string()), 60) + "'"; }

Outcome same(Arguments a, Work&) { return a[0]; }

// What programs print ends with a newline.
std::string trim_cure(const Value& text) {
  const bool spaces = trim(text.as_string()).size() < text.as_string().size();
  return spaces ? "spaces and line ends count: take them away with .trim()" : "";
}

template <class Number>
Outcome number_of_text(const Value& text, std::string_view type) {
  std::string_view digits = text.as_string();
  if (digits.starts_with('+')) digits.remove_prefix(1);
  Number value{};
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) return fault(quoted(text) + " does not fit " + std::string(type));
  if (error != std::errc() || stop != digits.data() + digits.size() || digits.empty() ||
      (digits != text.as_string() && digits[0] == '-')) {
    return fault(quoted(text) + " is not " + std::string(type), trim_cure(text));
  }
  if constexpr (std::is_signed_v<Number>)
    return Value::integer(value);
  else
    return Value::unsigned_integer(value);
}

Outcome int_of_uint(Arguments a, Work&) {
  if (a[0].as_uint() >> 63U != 0) return fault(std::to_string(a[0].as_uint()) + " does not fit an int");
  return Value::integer(static_cast<std::int64_t>(a[0].as_uint()));
}
Outcome int_of_double(Arguments a, Work&) {
  const double value = a[0].as_double();
  // The double nearest to the largest int is above it, so the bounds themselves are out.
  if (!(value > -0x1p63 && value < 0x1p63)) return fault(shortest(value) + " does not fit an int");
  return Value::integer(static_cast<std::int64_t>(value));
}
Outcome int_of_text(Arguments a, Work& work) {
  if (!work.charge_text(a[0])) return work.exceeded();
  return number_of_text<std::int64_t>(a[0], "an int");
}
Outcome int_of_time(Arguments a, Work&) { return Value::integer(a[0].as_timestamp().seconds); }

Outcome uint_of_int(Arguments a, Work&) {
  if (a[0].as_int() < 0) return fault(std::to_string(a[0].as_int()) + " does not fit a uint");
  return Value::unsigned_integer(static_cast<std::uint64_t>(a[0].as_int()));
}
Outcome uint_of_double(Arguments a, Work&) {
  const double value = a[0].as_double();
  if (!(value >= 0 && value < 0x1p64)) return fault(shortest(value) + " does not fit a uint");
  return Value::unsigned_integer(static_cast<std::uint64_t>(value));
}
Outcome uint_of_text(Arguments a, Work& work) {
  if (!work.charge_text(a[0])) return work.exceeded();
  return number_of_text<std::uint64_t>(a[0], "a uint");
}

Outcome double_of_number(Arguments a, Work&) { return Value::number(to_double(a[0])); }
Outcome double_of_text(Arguments a, Work& work) {
  if (!work.charge_text(a[0])) return work.exceeded();
  std::string_view digits = a[0].as_string();
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  // A NaN may carry a number in parentheses where the library reads it; CEL has none.
  const auto value = digits.ends_with(')') ? std::nullopt : read_double(digits);
  if (!value) return fault(quoted(a[0]) + " is not a number", trim_cure(a[0]));
  return Value::number(*value);
}
Outcome double_of_quantity(Arguments a, Work&) {
  const Quantity& quantity = a[0].as_quantity();
  if (!comparable(quantity.unit, Unit{})) {
    return fault("a quantity in '" + quantity.unit.symbol + "' is not a number",
                 "name the unit to count in: q.value(\"" + quantity.unit.symbol + "\")", Code::kDimension);
  }
  return Value::number(quantity.in_base());
}

Outcome text_of(Arguments a, Work&) { return Value::string(to_text(a[0]).value_or("")); }
Outcome text_of_bytes(Arguments a, Work& work) {
  if (!work.charge_bytes(a[0].as_bytes().size())) return work.exceeded();
  if (!is_valid_utf8(a[0].as_bytes())) return fault("the bytes are not valid UTF-8");
  return Value::string(a[0].as_bytes());
}
Outcome bytes_of_text(Arguments a, Work& work) {
  if (!work.charge_bytes(a[0].as_string().size())) return work.exceeded();
  return Value::bytes(a[0].as_string());
}

Outcome bool_of_text(Arguments a, Work&) {
  const std::string& text = a[0].as_string();
  for (const char* yes : {"1", "t", "true", "TRUE", "True"}) {
    if (text == yes) return Value::boolean(true);
  }
  for (const char* no : {"0", "f", "false", "FALSE", "False"}) {
    if (text == no) return Value::boolean(false);
  }
  const std::string cure = trim_cure(a[0]);
  return fault(quoted(a[0]) + " is not a bool", cure.empty() ? "write true or false" : cure);
}

Outcome time_of_text(Arguments a, Work& work) {
  if (!work.charge_text(a[0])) return work.exceeded();
  const auto time = parse_timestamp(a[0].as_string());
  if (!time && time.error() == TimeMistake::kRange)
    return fault(quoted(a[0]) + " is out of range: years are 1 to 9999");
  if (!time) return fault(quoted(a[0]) + " is not a time", "write it as in 2026-01-31T08:30:00Z", Code::kTimeSyntax);
  return Value::timestamp(*time);
}
Outcome time_of_int(Arguments a, Work&) {
  const Timestamp time{a[0].as_int(), 0};
  if (!in_range(time)) return fault("the time is out of range: years are 1 to 9999");
  return Value::timestamp(time);
}

Outcome duration_of_text(Arguments a, Work& work) {
  if (!work.charge_text(a[0])) return work.exceeded();
  const auto duration = parse_duration_text(a[0].as_string());
  if (!duration && duration.error() == TimeMistake::kRange)
    return fault(quoted(a[0]) + " is out of range", "a duration is at most 315576000000s, ten thousand years");
  if (!duration)
    return fault(quoted(a[0]) + " is not a duration", "write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m",
                 Code::kTimeSyntax);
  return Value::duration(*duration);
}
Outcome duration_of_int(Arguments a, Work&) {
  const Duration duration{a[0].as_int(), 0};
  if (!in_range(duration)) return fault("the duration is out of range");
  return Value::duration(duration);
}
Outcome duration_of_quantity(Arguments a, Work&) {
  const Quantity& quantity = a[0].as_quantity();
  if (quantity.unit.dimension != Dimension{0, 1})
    return fault("a quantity in '" + quantity.unit.symbol + "' is not a time", {}, Code::kDimension);
  const double seconds = quantity.in_base();
  if (!(std::fabs(seconds) < static_cast<double>(kLongestDuration))) return fault("the duration is out of range");
  const double whole = std::trunc(seconds);
  auto nanos = std::llround((seconds - whole) * 1e9);
  const auto sum = add(Duration{static_cast<std::int64_t>(whole), 0},
                       Duration{nanos / 1'000'000'000, static_cast<std::int32_t>(nanos % 1'000'000'000)});
  return Value::duration(sum.value_or(Duration{}));
}

Outcome secret_of_text(Arguments a, Work&) {
  // The text is not repeated: it may be the secret itself.
  if (!is_secret_reference(a[0].as_string()))
    return fault("secret() takes a reference", "env:NAME, file:PATH, command:PROGRAM or vault:NAME", Code::kBadValue);
  return Value::secret({{{.text = a[0].as_string(), .is_reference = true}}});
}

Outcome type_of(Arguments a, Work&) { return Value::type(type_name(a[0])); }

Outcome size_of_text(Arguments a, Work& work) {
  if (!work.charge_text(a[0])) return work.exceeded();
  return Value::integer(static_cast<std::int64_t>(count_code_points(a[0].as_string())));
}
Outcome size_of_bytes(Arguments a, Work&) { return Value::integer(static_cast<std::int64_t>(a[0].as_bytes().size())); }
Outcome size_of_list(Arguments a, Work&) { return Value::integer(static_cast<std::int64_t>(a[0].as_list().size())); }
Outcome size_of_map(Arguments a, Work&) { return Value::integer(static_cast<std::int64_t>(a[0].as_map().size())); }

constexpr FunctionRow kConversionRows[] = {
    {"int", kF, "int", "int", "to int: decimals are cut off, texts are decimal digits, times are seconds since 1970",
     same},
    {"int", kF, "uint", "int", "", int_of_uint},
    {"int", kF, "double", "int", "", int_of_double},
    {"int", kF, "string", "int", "", int_of_text},
    {"int", kF, "timestamp", "int", "", int_of_time},
    {"uint", kF, "uint", "uint", "to uint", same},
    {"uint", kF, "int", "uint", "", uint_of_int},
    {"uint", kF, "double", "uint", "", uint_of_double},
    {"uint", kF, "string", "uint", "", uint_of_text},
    {"double", kF, "double", "double", "to double; a quantity must be without a unit", same},
    {"double", kF, "int", "double", "", double_of_number},
    {"double", kF, "uint", "double", "", double_of_number},
    {"double", kF, "string", "double", "", double_of_text},
    {"double", kF, "quantity", "double", "", double_of_quantity},
    {"string", kF, "string", "string", "to text", same},
    {"string", kF, "int", "string", "", text_of},
    {"string", kF, "uint", "string", "", text_of},
    {"string", kF, "double", "string", "", text_of},
    {"string", kF, "bool", "string", "", text_of},
    {"string", kF, "bytes", "string", "", text_of_bytes},
    {"string", kF, "timestamp", "string", "", text_of},
    {"string", kF, "duration", "string", "", text_of},
    {"string", kF, "quantity", "string", "", text_of},
    {"bytes", kF, "bytes", "bytes", "the bytes of a text in UTF-8", same},
    {"bytes", kF, "string", "bytes", "", bytes_of_text},
    {"bool", kF, "bool", "bool", "to bool, from true, false, t, f, 1 or 0", same},
    {"bool", kF, "string", "bool", "", bool_of_text},
    {"timestamp", kF, "timestamp", "timestamp", "a time, from RFC 3339 text or seconds since 1970", same},
    {"timestamp", kF, "string", "timestamp", "", time_of_text},
    {"timestamp", kF, "int", "timestamp", "", time_of_int},
    {"duration", kF, "duration", "duration", "a duration, from text (90s, 1h30m), whole seconds or a quantity of time",
     same},
    {"duration", kF, "string", "duration", "", duration_of_text},
    {"duration", kF, "int", "duration", "", duration_of_int},
    {"duration", kF, "quantity", "duration", "", duration_of_quantity},
    {"secret", kF, "string", "secret", "a secret by its reference, for `env` and `stdin`", secret_of_text},
    {"type", kF, "A", "type(A)", "the type of a value", type_of},
    {"dyn", kF, "A", "dyn", "the same value, its type left to evaluation", same},
    {"size", kF, "string", "int", "characters of a text, bytes, elements of a list, entries of a map", size_of_text},
    {"size", kF, "bytes", "int", "", size_of_bytes},
    {"size", kF, "list(A)", "int", "", size_of_list},
    {"size", kF, "map(A, B)", "int", "", size_of_map},
    {"size", kM, "string", "int", "the same", size_of_text},
    {"size", kM, "bytes", "int", "", size_of_bytes},
    {"size", kM, "list(A)", "int", "", size_of_list},
    {"size", kM, "map(A, B)", "int", "", size_of_map},
};

}  // namespace

std::span<const FunctionRow> conversion_rows() { return kConversionRows; }

}  // namespace assay::expr
