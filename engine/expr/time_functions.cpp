// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "engine/base/text.h"
#include "engine/expr/functions.h"
#include "engine/expr/time_text.h"

namespace assay::expr {
namespace {

// A field of a timestamp, in UTC or in the zone that the second argument names.
template <class Get>
Outcome field(Arguments a, Get get) {
  const auto found =
      fields(a[0].as_timestamp(), a.size() > 1 ? std::string_view(a[1].as_string()) : std::string_view());
  if (!found) {
    return fault("unknown time zone '" + shorten(printable(a[1].as_string()), 60) + "'",
                 "write an offset as +02:00, or a name as Europe/Berlin");
  }
  return Value::integer(get(*found));
}
Outcome year(Arguments a, Work&) {
  return field(a, [](const Fields& f) { return f.year; });
}
Outcome month(Arguments a, Work&) {
  return field(a, [](const Fields& f) { return f.month; });
}
Outcome date(Arguments a, Work&) {
  return field(a, [](const Fields& f) { return f.day_of_month; });
}
Outcome day_of_month(Arguments a, Work&) {
  return field(a, [](const Fields& f) { return f.day_of_month - 1; });
}
Outcome day_of_week(Arguments a, Work&) {
  return field(a, [](const Fields& f) { return f.day_of_week; });
}
Outcome day_of_year(Arguments a, Work&) {
  return field(a, [](const Fields& f) { return f.day_of_year; });
}
Outcome hours(Arguments a, Work&) {
  return field(a, [](const Fields& f) { return f.hours; });
}
Outcome minutes(Arguments a, Work&) {
  return field(a, [](const Fields& f) { return f.minutes; });
}
Outcome seconds(Arguments a, Work&) {
  return field(a, [](const Fields& f) { return f.seconds; });
}
Outcome milliseconds(Arguments a, Work&) {
  return field(a, [](const Fields& f) { return f.milliseconds; });
}

// A duration as a whole in one unit, towards zero. The milliseconds are only those behind the last whole second: the
// specification has it so.
Outcome duration_hours(Arguments a, Work&) { return Value::integer(a[0].as_duration().seconds / 3600); }
Outcome duration_minutes(Arguments a, Work&) { return Value::integer(a[0].as_duration().seconds / 60); }
Outcome duration_seconds(Arguments a, Work&) { return Value::integer(a[0].as_duration().seconds); }
Outcome duration_milliseconds(Arguments a, Work&) { return Value::integer(a[0].as_duration().nanos / 1'000'000); }

constexpr Style M = Style::kMethod;
constexpr FunctionRow kRows[] = {
    {"getFullYear", M, "timestamp", "int", "the year, in UTC or a time zone", year},
    {"getFullYear", M, "timestamp, string", "int", "", year},
    {"getMonth", M, "timestamp", "int", "the month, from 0", month},
    {"getMonth", M, "timestamp, string", "int", "", month},
    {"getDate", M, "timestamp", "int", "the day of the month, from 1", date},
    {"getDate", M, "timestamp, string", "int", "", date},
    {"getDayOfMonth", M, "timestamp", "int", "the day of the month, from 0", day_of_month},
    {"getDayOfMonth", M, "timestamp, string", "int", "", day_of_month},
    {"getDayOfWeek", M, "timestamp", "int", "the day of the week, Sunday is 0", day_of_week},
    {"getDayOfWeek", M, "timestamp, string", "int", "", day_of_week},
    {"getDayOfYear", M, "timestamp", "int", "the day of the year, from 0", day_of_year},
    {"getDayOfYear", M, "timestamp, string", "int", "", day_of_year},
    {"getHours", M, "timestamp", "int", "the hour of a time, or the whole hours of a duration", hours},
    {"getHours", M, "timestamp, string", "int", "", hours},
    {"getHours", M, "duration", "int", "", duration_hours},
    {"getMinutes", M, "timestamp", "int", "the minute of a time, or the whole minutes of a duration", minutes},
    {"getMinutes", M, "timestamp, string", "int", "", minutes},
    {"getMinutes", M, "duration", "int", "", duration_minutes},
    {"getSeconds", M, "timestamp", "int", "the second of a time, or the whole seconds of a duration", seconds},
    {"getSeconds", M, "timestamp, string", "int", "", seconds},
    {"getSeconds", M, "duration", "int", "", duration_seconds},
    {"getMilliseconds", M, "timestamp", "int", "the millisecond of a time or a duration, 0 to 999", milliseconds},
    {"getMilliseconds", M, "timestamp, string", "int", "", milliseconds},
    {"getMilliseconds", M, "duration", "int", "", duration_milliseconds},
};

}  // namespace

std::span<const FunctionRow> time_rows() { return kRows; }

}  // namespace assay::expr
