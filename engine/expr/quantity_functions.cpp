// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>

#include "engine/expr/order.h"
#include "engine/expr/quantity_arithmetic.h"
#include "engine/expr/time_text.h"

namespace assay::expr {
namespace {

// A unit is looked for among all names; for a wrong one the nearest of them is found, though the help may never be
// seen.
constexpr std::size_t kUnitRead = 8;
constexpr std::size_t kUnitWrong = 500;

Outcome from(Diagnostic diagnostic) {
  std::string help =
      diagnostic.help.empty() && !diagnostic.expected.empty() ? "write " + diagnostic.expected : diagnostic.help;
  return fault(std::move(diagnostic.message), std::move(help), diagnostic.code);
}

Outcome made(double value, Unit unit) {
  if (!std::isfinite(value)) return fault("the quantity is too large");
  return Value::quantity(Quantity{value, std::move(unit)});
}

Outcome temperature() {
  return fault("temperatures in Cel cannot be multiplied, divided, negated or added to each other", "use K",
               Code::kDimension);
}

Unit kelvin() { return {"K", 1, 0, {0, 0, 0, 0, 0, 1}}; }

}  // namespace

tl::unexpected<std::unique_ptr<Fault>> bare_number() {
  return fault("a quantity cannot be compared with a bare number",
               "write the number with its unit, as quantity(\"4 GiB\")", Code::kDimension);
}

tl::unexpected<std::unique_ptr<Fault>> different_dimensions(std::string_view verb, const Unit& a, const Unit& b) {
  const auto shown = [](const Unit& unit) {
    return unit.symbol == "1" ? std::string("a number without a unit") : "'" + unit.symbol + "'";
  };
  return fault("cannot " + std::string(verb) + " " + shown(a) + " and " + shown(b) + ": they measure different things",
               "give both sides in units of one kind", Code::kDimension);
}

Outcome add_quantities(Arguments arguments, Work&) {
  const Quantity& a = arguments[0].as_quantity();
  const Quantity& b = arguments[1].as_quantity();
  if (!comparable(a.unit, b.unit)) return different_dimensions("add", a.unit, b.unit);
  if (a.unit.offset != 0 && b.unit.offset != 0) return temperature();
  if (b.unit.offset != 0) return made(b.value + a.in_base(), b.unit);
  if (a.unit.offset != 0) return made(a.value + b.in_base(), a.unit);
  return made(a.value + value_in(b, a.unit), a.unit);
}

Outcome subtract_quantities(Arguments arguments, Work&) {
  const Quantity& a = arguments[0].as_quantity();
  const Quantity& b = arguments[1].as_quantity();
  if (!comparable(a.unit, b.unit)) return different_dimensions("subtract", a.unit, b.unit);
  if (b.unit.offset != 0) return made(a.unit.offset != 0 ? a.value - b.value : a.in_base() - b.in_base(), kelvin());
  if (a.unit.offset != 0) return made(a.value - b.in_base(), a.unit);
  return made(a.value - value_in(b, a.unit), a.unit);
}

Outcome scale_quantity(Arguments arguments, Work&) {
  const bool first = arguments[0].is(Kind::kQuantity);
  const Quantity& quantity = arguments[first ? 0 : 1].as_quantity();
  if (quantity.unit.offset != 0) return temperature();
  return made(quantity.value * to_double(arguments[first ? 1 : 0]), quantity.unit);
}

Outcome divide_quantity(Arguments arguments, Work&) {
  const Quantity& quantity = arguments[0].as_quantity();
  if (quantity.unit.offset != 0) return temperature();
  if (to_double(arguments[1]) == 0) return fault("division by zero");
  return made(quantity.value / to_double(arguments[1]), quantity.unit);
}

Outcome multiply_quantities(Arguments arguments, Work& work) {
  const Quantity& a = arguments[0].as_quantity();
  const Quantity& b = arguments[1].as_quantity();
  if (!work.charge(kUnitRead)) return work.exceeded();
  auto unit = multiply(a.unit, b.unit);
  if (!unit) return from(std::move(unit.error()));
  return made(a.value * b.value, std::move(*unit));
}

Outcome divide_quantities(Arguments arguments, Work& work) {
  const Quantity& a = arguments[0].as_quantity();
  const Quantity& b = arguments[1].as_quantity();
  if (a.unit.offset != 0 || b.unit.offset != 0) return temperature();
  if (b.value == 0) return fault("division by zero");
  if (comparable(a.unit, b.unit)) return Value::number(value_in(a, b.unit) / b.value);
  if (!work.charge(kUnitRead)) return work.exceeded();
  auto unit = divide(a.unit, b.unit);
  if (!unit) return from(std::move(unit.error()));
  return made(a.value / b.value, std::move(*unit));
}

Outcome negate_quantity(Arguments arguments, Work&) {
  if (arguments[0].as_quantity().unit.offset != 0) return temperature();
  return made(-arguments[0].as_quantity().value, arguments[0].as_quantity().unit);
}

namespace {

Outcome refused(Diagnostic diagnostic, Work& work) {
  if (!work.charge(kUnitWrong)) return work.exceeded();
  return from(std::move(diagnostic));
}

Outcome quantity_of_text(Arguments arguments, Work& work) {
  if (!work.charge_text(arguments[0]) || !work.charge(kUnitRead)) return work.exceeded();
  auto quantity = parse_quantity(arguments[0].as_string());
  if (!quantity) return refused(std::move(quantity.error()), work);
  return Value::quantity(std::move(*quantity));
}

Outcome quantity_of_number(Arguments arguments, Work& work) {
  if (!work.charge(kUnitRead)) return work.exceeded();
  auto unit = parse_unit(arguments[1].as_string());
  if (!unit) return refused(std::move(unit.error()), work);
  return made(to_double(arguments[0]), std::move(*unit));
}

Outcome quantity_of_quantity(Arguments arguments, Work&) { return arguments[0]; }

Outcome quantity_of_duration(Arguments arguments, Work&) {
  const Duration duration = arguments[0].as_duration();
  return made(static_cast<double>(duration.seconds) + duration.nanos / 1e9, Unit{"s", 1, 0, {0, 1}});
}

// The quantity in the unit that the text names.
Outcome converted(Arguments arguments, Work& work, bool keep_unit) {
  const Quantity& quantity = arguments[0].as_quantity();
  if (!work.charge(kUnitRead)) return work.exceeded();
  auto unit = parse_unit(arguments[1].as_string());
  if (!unit) return refused(std::move(unit.error()), work);
  if (!comparable(quantity.unit, *unit)) return different_dimensions("convert between", quantity.unit, *unit);
  const double value = value_in(quantity, *unit);
  if (keep_unit) return made(value, std::move(*unit));
  return Value::number(value);
}
Outcome value_of(Arguments arguments, Work& work) { return converted(arguments, work, false); }
Outcome convert(Arguments arguments, Work& work) { return converted(arguments, work, true); }
Outcome unit_of(Arguments arguments, Work&) { return Value::string(arguments[0].as_quantity().unit.symbol); }
Outcome human(Arguments arguments, Work&) { return Value::string(to_human(arguments[0].as_quantity())); }

constexpr FunctionRow kQuantityRows[] = {
    {"quantity", kF, "string", "quantity", "a number with a unit: quantity(\"4 GiB\"), quantity(\"26 GB/s\")",
     quantity_of_text},
    {"quantity", kF, "double, string", "quantity", "", quantity_of_number},
    {"quantity", kF, "int, string", "quantity", "", quantity_of_number},
    {"quantity", kF, "uint, string", "quantity", "", quantity_of_number},
    {"quantity", kF, "duration", "quantity", "", quantity_of_duration},
    {"quantity", kF, "quantity", "quantity", "", quantity_of_quantity},
    {"value", kM, "quantity, string", "double", "the number of the quantity in a unit: q.value(\"MiB\")", value_of},
    {"value", kM, "optional_type(A)", "A", "the value of an optional; none is an error", optional_value},
    {"to", kM, "quantity, string", "quantity", "the same quantity in another unit", convert},
    {"unit", kM, "quantity", "string", "the unit as it was written", unit_of},
    {"human", kM, "quantity", "string", "for people to read: three digits and a fitting prefix", human},
};

}  // namespace

std::span<const FunctionRow> quantity_rows() { return kQuantityRows; }

}  // namespace assay::expr
