// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "engine/base/text.h"
#include "engine/expr/functions.h"
#include "engine/expr/time_text.h"

namespace assay::expr {
namespace {

// A field of a timestamp, in UTC or in the zone that the second argument names.
template <class Get>
Outcome field(Arguments a, Work& work, Get get) {
  constexpr std::size_t kLookedUp = 4;
  constexpr std::size_t kRead = 200;  // a file that is looked for
  const std::size_t reads = work.zones.reads();
  if (a.size() > 1 && (!work.charge(kLookedUp) || !work.charge_text(a[1]))) return work.exceeded();
  const auto found =
      fields(a[0].as_timestamp(), a.size() > 1 ? std::string_view(a[1].as_string()) : std::string_view(), work.zones);
  if (!work.charge((work.zones.reads() - reads) * kRead)) return work.exceeded();
  if (!found) {
    return fault("unknown time zone '" + shorten(printable(a[1].as_string()), 60) + "'",
                 "write an offset as +02:00, or a name as Europe/Berlin");
  }
  return Value::integer(get(*found));
}
Outcome year(Arguments a, Work& work) {
  return field(a, work, [](const Fields& f) { return f.year; });
}
Outcome month(Arguments a, Work& work) {
  return field(a, work, [](const Fields& f) { return f.month; });
}
Outcome date(Arguments a, Work& work) {
  return field(a, work, [](const Fields& f) { return f.day_of_month; });
}
Outcome day_of_month(Arguments a, Work& work) {
  return field(a, work, [](const Fields& f) { return f.day_of_month - 1; });
}
Outcome day_of_week(Arguments a, Work& work) {
  return field(a, work, [](const Fields& f) { return f.day_of_week; });
}
Outcome day_of_year(Arguments a, Work& work) {
  return field(a, work, [](const Fields& f) { return f.day_of_year; });
}
Outcome hours(Arguments a, Work& work) {
  return field(a, work, [](const Fields& f) { return f.hours; });
}
Outcome minutes(Arguments a, Work& work) {
  return field(a, work, [](const Fields& f) { return f.minutes; });
}
Outcome seconds(Arguments a, Work& work) {
  return field(a, work, [](const Fields& f) { return f.seconds; });
}
Outcome milliseconds(Arguments a, Work& work) {
  return field(a, work, [](const Fields& f) { return f.milliseconds; });
}

// A duration as a whole in one unit, towards zero. The milliseconds are only those behind the last whole second: the
// specification has it so.
Outcome duration_hours(Arguments a, Work&) { return Value::integer(a[0].as_duration().seconds / 3600); }
Outcome duration_minutes(Arguments a, Work&) { return Value::integer(a[0].as_duration().seconds / 60); }
Outcome duration_seconds(Arguments a, Work&) { return Value::integer(a[0].as_duration().seconds); }
Outcome duration_milliseconds(Arguments a, Work&) { return Value::integer(a[0].as_duration().nanos / 1'000'000); }

constexpr FunctionRow kTimeRows[] = {
    {"getFullYear", kM, "timestamp", "int", "the year, in UTC or a time zone", year},
    {"getFullYear", kM, "timestamp, string", "int", "", year},
    {"getMonth", kM, "timestamp", "int", "the month, from 0", month},
    {"getMonth", kM, "timestamp, string", "int", "", month},
    {"getDate", kM, "timestamp", "int", "the day of the month, from 1", date},
    {"getDate", kM, "timestamp, string", "int", "", date},
    {"getDayOfMonth", kM, "timestamp", "int", "the day of the month, from 0", day_of_month},
    {"getDayOfMonth", kM, "timestamp, string", "int", "", day_of_month},
    {"getDayOfWeek", kM, "timestamp", "int", "the day of the week, Sunday is 0", day_of_week},
    {"getDayOfWeek", kM, "timestamp, string", "int", "", day_of_week},
    {"getDayOfYear", kM, "timestamp", "int", "the day of the year, from 0", day_of_year},
    {"getDayOfYear", kM, "timestamp, string", "int", "", day_of_year},
    {"getHours", kM, "timestamp", "int", "the hour of a time, or the whole hours of a duration", hours},
    {"getHours", kM, "timestamp, string", "int", "", hours},
    {"getHours", kM, "duration", "int", "", duration_hours},
    {"getMinutes", kM, "timestamp", "int", "the minute of a time, or the whole minutes of a duration", minutes},
    {"getMinutes", kM, "timestamp, string", "int", "", minutes},
    {"getMinutes", kM, "duration", "int", "", duration_minutes},
    {"getSeconds", kM, "timestamp", "int", "the second of a time, or the whole seconds of a duration", seconds},
    {"getSeconds", kM, "timestamp, string", "int", "", seconds},
    {"getSeconds", kM, "duration", "int", "", duration_seconds},
    {"getMilliseconds", kM, "timestamp", "int", "the millisecond of a time or a duration, 0 to 999", milliseconds},
    {"getMilliseconds", kM, "timestamp, string", "int", "", milliseconds},
    {"getMilliseconds", kM, "duration", "int", "", duration_milliseconds},
};

}  // namespace

std::span<const FunctionRow> time_rows() { return kTimeRows; }

}  // namespace assay::expr
