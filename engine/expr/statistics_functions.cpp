// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <string>

#include "engine/expr/functions.h"
#include "engine/expr/order.h"
#include "engine/expr/quantity_arithmetic.h"

namespace assay::expr {

std::string number_cure(std::string_view type) {
  if (type == "google.protobuf.Duration") return "convert with .map(x, quantity(x))";
  for (const char* one : {"string", "int", "uint", "double", "quantity"}) {
    if (type == one) return "convert with .map(x, double(x))";
  }
  return {};
}

namespace {

// Numbers of a list in one unit, that of the first quantity; all must be quantities, or none.
struct Sample {
  std::vector<double> values;
  std::optional<Unit> unit;

  [[nodiscard]] Outcome made(double value) const {
    // Of finite quantities; numbers overflow as doubles do.
    const auto infinite = [](double one) { return std::isinf(one); };
    if (unit && infinite(value) && std::none_of(values.begin(), values.end(), infinite))
      return fault("the quantity is too large");
    if (unit) return Value::quantity(Quantity{value, *unit});
    return Value::number(value);
  }
};

tl::expected<Sample, std::unique_ptr<Fault>> sample_of(std::string_view name, const Value& list, Work& work) {
  Sample sample;
  const List& items = list.as_list();
  if (!work.charge(items.size() * 4)) return work.exceeded();
  if (items.empty()) return fault("'" + std::string(name) + "' of an empty list");
  if (items[0].is(Kind::kQuantity)) sample.unit = items[0].as_quantity().unit;
  sample.values.reserve(items.size());
  for (const Value& item : items) {
    if (sample.unit && item.is(Kind::kQuantity)) {
      const Quantity& quantity = item.as_quantity();
      if (!comparable(quantity.unit, *sample.unit)) return different_dimensions("combine", *sample.unit, quantity.unit);
      sample.values.push_back(value_in(quantity, *sample.unit));
    } else if (!sample.unit && is_number(item)) {
      sample.values.push_back(to_double(item));
    } else {
      return fault("'" + std::string(name) + "' needs numbers or quantities, but one element is " + type_name(item),
                   number_cure(type_name(item)), Code::kExpressionType);
    }
  }
  return sample;
}

// Linear between the closest ranks: Hyndman and Fan (1996), type 7. `share` in [0, 1].
double quantile(std::vector<double> values, double share) {
  if (std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); })) return std::nan("");
  std::sort(values.begin(), values.end());
  const double rank = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(rank));
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double part = rank - static_cast<double>(below);
  // Equal infinities have no difference.
  if (part == 0 || values[below] == values[above]) return values[below];
  return values[below] * (1 - part) + values[above] * part;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

Outcome median(Arguments a, Work& work) {
  auto sample = sample_of("median", a[0], work);
  if (!sample) return tl::unexpected(std::move(sample.error()));
  return sample->made(quantile(sample->values, 0.5));
}

Outcome mean(Arguments a, Work& work) {
  auto sample = sample_of("mean", a[0], work);
  if (!sample) return tl::unexpected(std::move(sample.error()));
  return sample->made(mean_of(sample->values));
}

Outcome stdev(Arguments a, Work& work) {
  auto sample = sample_of("stdev", a[0], work);
  if (!sample) return tl::unexpected(std::move(sample.error()));
  if (sample->values.size() < 2) return fault("'stdev' needs at least two values");
  const double mean = mean_of(sample->values);
  double squares = 0;
  for (const double value : sample->values) squares += (value - mean) * (value - mean);
  // A spread of temperatures is an amount, so one in Cel is given in K.
  if (sample->unit && sample->unit->offset != 0) *sample->unit = Unit{"K", 1, 0, sample->unit->dimension};
  return sample->made(std::sqrt(squares / static_cast<double>(sample->values.size() - 1)));
}

Outcome percentile(Arguments a, Work& work) {
  const double p = to_double(a[1]);
  if (!(p >= 0 && p <= 100)) return fault("a percentile is between 0 and 100, not " + shortest(p));
  auto sample = sample_of("percentile", a[0], work);
  if (!sample) return tl::unexpected(std::move(sample.error()));
  return sample->made(quantile(sample->values, p / 100));
}

Outcome extreme(Arguments a, Work& work, bool greatest) {
  const std::string name = greatest ? "max" : "min";
  const List& items = a[0].as_list();
  if (!work.charge(items.size())) return work.exceeded();
  if (items.empty()) return fault("'" + name + "' of an empty list");
  const Value* best = &items[0];
  for (const Value& item : items) {
    if (!work.charge_text(item)) return work.exceeded();
    const auto found = order(item, *best);
    if (!found && item.is(Kind::kQuantity) && best->is(Kind::kQuantity))
      return different_dimensions("combine", best->as_quantity().unit, item.as_quantity().unit);
    if (!found)
      return fault("'" + name + "' of " + type_name(*best) + " and " + type_name(item) + ": they have no order", {},
                   Code::kExpressionType);
    if (is_nan(*best)) continue;  // as for the median: one of them, wherever it stands, decides
    if (is_nan(item) || (greatest ? *found > 0 : *found < 0)) best = &item;
  }
  return *best;
}
Outcome min(Arguments a, Work& work) { return extreme(a, work, false); }
Outcome max(Arguments a, Work& work) { return extreme(a, work, true); }

Outcome sum(Arguments a, Work& work) {
  const List& items = a[0].as_list();
  if (items.empty()) return Value::integer(0);
  if (std::all_of(items.begin(), items.end(), [](const Value& item) { return item.is(Kind::kInt); })) {
    std::int64_t total = 0;
    if (!work.charge(items.size())) return work.exceeded();
    for (const Value& item : items) {
      if (__builtin_add_overflow(total, item.as_int(), &total))
        return fault("the sum does not fit an int", "convert with .map(x, double(x))");
    }
    return Value::integer(total);
  }
  auto sample = sample_of("sum", a[0], work);
  if (!sample) return tl::unexpected(std::move(sample.error()));
  const bool on_scale = std::any_of(items.begin(), items.end(), [](const Value& item) {
    return item.is(Kind::kQuantity) && item.as_quantity().unit.offset != 0;
  });
  if (on_scale) return fault("temperatures in Cel cannot be added to each other", "use K", Code::kDimension);
  double total = 0;
  for (const double value : sample->values) total += value;
  return sample->made(total);
}

constexpr FunctionRow kStatisticsRows[] = {
    {"median", kF, "list(quantity)", "quantity", "the middle of the numbers or quantities, by size", median},
    {"median", kF, "list(dyn)", "double", "", median},
    {"mean", kF, "list(quantity)", "quantity", "the arithmetic mean", mean},
    {"mean", kF, "list(dyn)", "double", "", mean},
    {"stdev", kF, "list(quantity)", "quantity", "the standard deviation of a sample (n - 1)", stdev},
    {"stdev", kF, "list(dyn)", "double", "", stdev},
    {"percentile", kF, "list(quantity), int", "quantity",
     "the value below which p percent lie, linear between the closest (type 7)", percentile},
    {"percentile", kF, "list(quantity), double", "quantity", "", percentile},
    {"percentile", kF, "list(dyn), int", "double", "", percentile},
    {"percentile", kF, "list(dyn), double", "double", "", percentile},
    {"min", kF, "list(A)", "A", "the least element", min},
    {"max", kF, "list(A)", "A", "the greatest element", max},
    {"sum", kF, "list(int)", "int", "the sum; 0 for an empty list", sum},
    {"sum", kF, "list(quantity)", "quantity", "", sum},
    {"sum", kF, "list(dyn)", "double", "", sum},
};

}  // namespace

std::span<const FunctionRow> statistics_rows() { return kStatisticsRows; }

}  // namespace assay::expr
