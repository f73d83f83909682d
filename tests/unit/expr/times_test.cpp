// SPDX-License-Identifier: Apache-2.0
// Timestamps and durations in expressions: their text, the ends of their ranges, arithmetic, fields in time zones.
#include "engine/expr/time_zone.h"
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(Time, TimestampText) {
  expect_each({
      {"small_letters", "timestamp('2026-01-31t08:30:00z')", "timestamp 2026-01-31T08:30:00Z"},
      {"one_digit_of_fraction", "timestamp('2026-01-31T08:30:00.1Z')", "timestamp 2026-01-31T08:30:00.1Z"},
      {"nine_digits_of_fraction", "timestamp('2026-01-31T08:30:00.000000001Z')",
       "timestamp 2026-01-31T08:30:00.000000001Z"},
      {"zeros_of_fraction", "timestamp('2026-01-31T08:30:00.500000Z')", "timestamp 2026-01-31T08:30:00.5Z"},
      {"unknown_offset", "timestamp('2026-01-31T08:30:00-00:00')", "timestamp 2026-01-31T08:30:00Z"},
      {"half_hour_offset", "timestamp('2026-01-31T08:30:00+05:30')", "timestamp 2026-01-31T03:00:00Z"},
      {"largest_offset", "timestamp('2026-01-31T08:30:00+23:59')", "timestamp 2026-01-30T08:31:00Z"},
      {"offset_over_the_year", "timestamp('2025-12-31T23:30:00-01:00')", "timestamp 2026-01-01T00:30:00Z"},
      {"leap_day", "timestamp('2000-02-29T00:00:00Z')", "timestamp 2000-02-29T00:00:00Z"},
      {"computed_text", "timestamp('2026-01-31' + 'T08:30:00Z')", "timestamp 2026-01-31T08:30:00Z"},
      {"no_leap_day", "timestamp('1900-02-29T00:00:00Z')",
       "S005 '1900-02-29T00:00:00Z' is not a time | write it as in 2026-01-31T08:30:00Z "
       "@timestamp('1900-02-29T00:00:00Z')"},
      {"leap_second", "timestamp('2016-12-31T23:59:60Z')",
       "S005 '2016-12-31T23:59:60Z' is not a time | write it as in 2026-01-31T08:30:00Z "
       "@timestamp('2016-12-31T23:59:60Z')"},
      {"hour_24", "timestamp('2026-01-31T24:00:00Z')",
       "S005 '2026-01-31T24:00:00Z' is not a time | write it as in 2026-01-31T08:30:00Z "
       "@timestamp('2026-01-31T24:00:00Z')"},
      {"day_0", "timestamp('2026-01-00T00:00:00Z')",
       "S005 '2026-01-00T00:00:00Z' is not a time | write it as in 2026-01-31T08:30:00Z "
       "@timestamp('2026-01-00T00:00:00Z')"},
      {"date_alone", "timestamp('2026-01-31')",
       "S005 '2026-01-31' is not a time | write it as in 2026-01-31T08:30:00Z @timestamp('2026-01-31')"},
      {"space_for_t", "timestamp('2026-01-31 08:30:00Z')",
       "S005 '2026-01-31 08:30:00Z' is not a time | write it as in 2026-01-31T08:30:00Z "
       "@timestamp('2026-01-31 08:30:00Z')"},
      {"no_zone", "timestamp('2026-01-31T08:30:00')",
       "S005 '2026-01-31T08:30:00' is not a time | write it as in 2026-01-31T08:30:00Z "
       "@timestamp('2026-01-31T08:30:00')"},
      {"offset_without_colon", "timestamp('2026-01-31T08:30:00+0100')",
       "S005 '2026-01-31T08:30:00+0100' is not a time | write it as in 2026-01-31T08:30:00Z "
       "@timestamp('2026-01-31T08:30:00+0100')"},
      {"offset_of_a_day", "timestamp('2026-01-31T08:30:00+24:00')",
       "S005 '2026-01-31T08:30:00+24:00' is not a time | write it as in 2026-01-31T08:30:00Z "
       "@timestamp('2026-01-31T08:30:00+24:00')"},
      {"comma_of_fraction", "timestamp('2026-01-31T08:30:00,5Z')",
       "S005 '2026-01-31T08:30:00,5Z' is not a time | write it as in 2026-01-31T08:30:00Z "
       "@timestamp('2026-01-31T08:30:00,5Z')"},
      {"offset_below_the_first_year", "timestamp('0001-01-01T00:00:00+00:01')",
       "E006 '0001-01-01T00:00:00+00:01' is out of range: years are 1 to 9999 "
       "@timestamp('0001-01-01T00:00:00+00:01')"},
      {"offset_beyond_the_last_year", "timestamp('9999-12-31T23:59:59-00:01')",
       "E006 '9999-12-31T23:59:59-00:01' is out of range: years are 1 to 9999 "
       "@timestamp('9999-12-31T23:59:59-00:01')"},
      {"year_zero", "timestamp('0000-12-31T23:59:59Z')",
       "E006 '0000-12-31T23:59:59Z' is out of range: years are 1 to 9999 @timestamp('0000-12-31T23:59:59Z')"},
      {"year_of_five_digits", "timestamp('10000-01-01T00:00:00Z')",
       "E006 '10000-01-01T00:00:00Z' is out of range: years are 1 to 9999 @timestamp('10000-01-01T00:00:00Z')"},
  });
}

TEST(Time, DurationText) {
  expect_each({
      {"every_unit", "duration('1h2m3s4ms5us6ns')", "duration 3723.004005006s"},
      {"units_in_any_order", "duration('6ns1h')", "duration 3600.000000006s"},
      {"a_unit_twice", "duration('1h1h')", "duration 7200s"},
      {"fractions", "[duration('1.5m'), duration('.5h'), duration('0.25ms')]",
       "[duration 90s, duration 1800s, duration 0.00025s]"},
      {"sign_of_all", "[duration('-1m30s'), duration('+1m30s')]", "[duration -90s, duration 90s]"},
      {"zeros", "[duration('0'), duration('-0'), duration('0h'), duration('0.0s')]",
       "[duration 0s, duration 0s, duration 0s, duration 0s]"},
      {"both_micro_signs", R"([duration('3\u00b5s'), duration('3\u03bcs')])",
       "[duration 0.000003s, duration 0.000003s]"},
      {"below_a_nanosecond", "duration('0.0000000001s')", "duration 0s"},
      {"digits_beyond_are_cut", "duration('1.9999999999s')", "duration 1.999999999s"},
      {"many_nanoseconds", "duration('3000000000000000000ns')", "duration 3000000000s"},
      {"longest", "[duration('315576000000s'), duration('-315576000000s'), duration('87660000h')]",
       "[duration 315576000000s, duration -315576000000s, duration 315576000000s]"},
      {"too_long", "duration('315576000001s')",
       "E006 '315576000001s' is out of range | a duration is at most 315576000000s, ten thousand years "
       "@duration('315576000001s')"},
      {"too_long_by_parts", "duration('87660000h1ms1s')",
       "E006 '87660000h1ms1s' is out of range | a duration is at most 315576000000s, ten thousand years "
       "@duration('87660000h1ms1s')"},
      {"too_many_digits", "duration('99999999999999999999s')",
       "E006 '99999999999999999999s' is out of range | a duration is at most 315576000000s, ten thousand years "
       "@duration('99999999999999999999s')"},
      {"number_alone", "duration('90')",
       "S005 '90' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m "
       "@duration('90')"},
      {"days", "duration('1d')",
       "S005 '1d' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m "
       "@duration('1d')"},
      {"minutes_by_name", "duration('5min')",
       "S005 '5min' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m "
       "@duration('5min')"},
      {"capital_unit", "duration('5S')",
       "S005 '5S' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m "
       "@duration('5S')"},
      {"sign_inside", "duration('1h-1m')",
       "S005 '1h-1m' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m "
       "@duration('1h-1m')"},
      {"space_inside", "duration('1h 1m')",
       "S005 '1h 1m' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m "
       "@duration('1h 1m')"},
      {"empty_text", "duration('')",
       "S005 '' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m @duration('')"},
      {"point_alone", "duration('.s')",
       "S005 '.s' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m "
       "@duration('.s')"},
  });
}

TEST(Time, Arithmetic) {
  expect_each({
      {"over_midnight", "timestamp('2026-02-28T23:59:59.5Z') + duration('500ms')", "timestamp 2026-03-01T00:00:00Z"},
      {"over_a_leap_day", "timestamp('2024-02-28T12:00:00Z') + duration('24h')", "timestamp 2024-02-29T12:00:00Z"},
      {"duration_first", "duration('-1s') + timestamp(0)", "timestamp 1969-12-31T23:59:59Z"},
      {"borrows_a_second", "timestamp('2026-01-01T00:00:00.1Z') - duration('200ms')",
       "timestamp 2025-12-31T23:59:59.9Z"},
      {"minus_negative", "timestamp(0) - duration('-1.5s')", "timestamp 1970-01-01T00:00:01.5Z"},
      {"to_the_last_nanosecond", "timestamp('9999-12-31T23:59:59Z') + duration('999999999ns')",
       "timestamp 9999-12-31T23:59:59.999999999Z"},
      {"beyond_the_last", "timestamp('9999-12-31T23:59:59.999999999Z') + duration('1ns')",
       "E006 the time is out of range: years are 1 to 9999 @+"},
      {"before_the_first", "timestamp('0001-01-01T00:00:00Z') - duration('1ns')",
       "E006 the time is out of range: years are 1 to 9999 @-"},
      {"all_of_time", "timestamp('0001-01-01T00:00:00Z') + duration('315537897599.999999999s')",
       "timestamp 9999-12-31T23:59:59.999999999Z"},
      {"difference", "timestamp('2026-03-01T00:00:00Z') - timestamp('2024-02-28T00:00:00Z')", "duration 63244800s"},
      {"negative_difference", "timestamp(0) - timestamp('1970-01-01T00:00:01.25Z')", "duration -1.25s"},
      {"difference_across_the_epoch", "timestamp('1970-01-01T00:00:00.2Z') - timestamp('1969-12-31T23:59:59.9Z')",
       "duration 0.3s"},
      {"longest_difference", "timestamp(9223372036) - timestamp(0)", "duration 9223372036s"},
      {"too_long_difference", "timestamp(9223372037) - timestamp(0)", "E006 the duration is out of range @-"},
      {"durations_with_other_signs", "[duration('1.6s') + duration('-2s'), duration('-1s') + duration('400ms')]",
       "[duration -0.4s, duration -0.6s]"},
      {"durations_apart", "[duration('1s') - duration('1.5s'), duration('1h') - duration('-1h')]",
       "[duration -0.5s, duration 7200s]"},
      {"duration_too_long", "duration('315576000000s') + duration('1s')", "E006 the duration is out of range @+"},
      {"duration_too_short", "duration('-315576000000s') - duration('1s')", "E006 the duration is out of range @-"},
      {"negative_of_the_longest", "-duration('315576000000s')", "duration -315576000000s"},
      {"negative_of_a_fraction", "-duration('-0.5s')", "duration 0.5s"},
      {"two_times", "timestamp(0) + timestamp(0)",
       "E004 '+' does not take (google.protobuf.Timestamp, google.protobuf.Timestamp) | it takes (int, int), (uint, "
       "uint), (double, double), (string, string), (secret, string), (string, secret), … @+"},
      {"duration_minus_time", "duration('1s') - timestamp(0)",
       "E004 '-' does not take (google.protobuf.Duration, google.protobuf.Timestamp) | it takes (int, int), (uint, "
       "uint), (double, double), (timestamp, timestamp), (timestamp, duration), (duration, duration), … @-"},
      {"time_and_number", "timestamp(0) + 60",
       "E004 '+' does not take (google.protobuf.Timestamp, int) | write the other side as a duration: "
       "duration(\"90s\") @+"},
      {"duration_doubled", "duration('1s') * 2",
       "E004 '*' does not take (google.protobuf.Duration, int) | it takes (int, int), (uint, uint), (double, "
       "double), "
       "(quantity, double), (quantity, int), (quantity, uint), … @*"},
      {"negative_time", "-timestamp(0)",
       "E004 '-' does not take (google.protobuf.Timestamp) | it takes (int), (double), (duration), (quantity) @-"},
      {"duration_and_quantity", "duration('1s') < quantity('2 s')",
       "E005 '<' does not take (google.protobuf.Duration, quantity) | write quantity(d) for the quantity of a "
       "duration "
       "@<"},
      {"quantity_of_a_duration", "quantity(duration('90s')) == quantity('1.5 min')", "true"},
  });
}

// year, month, date, day of month, of week, of year, hours, minutes, seconds, milliseconds
#define ASSAY_FIELDS(ZONE)                                                                          \
  "[t.getFullYear(" ZONE "), t.getMonth(" ZONE "), t.getDate(" ZONE "), t.getDayOfMonth(" ZONE      \
  "), t.getDayOfWeek(" ZONE "), t.getDayOfYear(" ZONE "), t.getHours(" ZONE "), t.getMinutes(" ZONE \
  "), t.getSeconds(" ZONE "), t.getMilliseconds(" ZONE ")])"

TEST(Time, Fields) {
  expect_each({
      {"epoch", "cel.bind(t, timestamp(0), " ASSAY_FIELDS(""), "[1970, 0, 1, 0, 4, 0, 0, 0, 0, 0]"},
      {"before_the_epoch", "cel.bind(t, timestamp('1969-12-31T23:59:58.999Z'), " ASSAY_FIELDS(""),
       "[1969, 11, 31, 30, 3, 364, 23, 59, 58, 999]"},
      {"leap_day", "cel.bind(t, timestamp('2024-02-29T06:07:08.009Z'), " ASSAY_FIELDS(""),
       "[2024, 1, 29, 28, 4, 59, 6, 7, 8, 9]"},
      {"end_of_a_leap_year", "cel.bind(t, timestamp('2024-12-31T00:00:00Z'), " ASSAY_FIELDS(""),
       "[2024, 11, 31, 30, 2, 365, 0, 0, 0, 0]"},
      {"century_without_leap_day", "timestamp('1900-03-01T00:00:00Z').getDayOfYear()", "59"},
      {"century_with_leap_day", "timestamp('2000-03-01T00:00:00Z').getDayOfYear()", "60"},
      {"first_second", "cel.bind(t, timestamp('0001-01-01T00:00:00Z'), " ASSAY_FIELDS(""),
       "[1, 0, 1, 0, 1, 0, 0, 0, 0, 0]"},
      {"last_second", "cel.bind(t, timestamp('9999-12-31T23:59:59.999999Z'), " ASSAY_FIELDS(""),
       "[9999, 11, 31, 30, 5, 364, 23, 59, 59, 999]"},
      {"utc_by_name", "timestamp('2026-01-15T12:34:56Z').getHours('UTC')", "12"},
      {"offset_into_the_next_year", "cel.bind(t, timestamp('2025-12-31T23:30:00Z'), " ASSAY_FIELDS("'+01:00'"),
       "[2026, 0, 1, 0, 4, 0, 0, 30, 0, 0]"},
      {"offset_into_the_year_before", "cel.bind(t, timestamp('2026-01-01T00:15:00Z'), " ASSAY_FIELDS("'-00:30'"),
       "[2025, 11, 31, 30, 3, 364, 23, 45, 0, 0]"},
      {"offset_without_sign", "timestamp(0).getHours('05:30') * 100 + timestamp(0).getMinutes('05:30')", "530"},
      {"offset_of_one_digit", "timestamp(0).getMinutes('-9:30')", "30"},
      {"offset_behind_all_time", "timestamp('9999-12-31T23:59:59Z').getFullYear('+14:00')", "10000"},
      {"offset_before_all_time", "timestamp('0001-01-01T00:00:00Z').getFullYear('-01:00')", "0"},
      {"offset_of_a_day", "timestamp(0).getHours('+24:00')",
       "E006 unknown time zone '+24:00' | write an offset as +02:00, or a name as Europe/Berlin "
       "@timestamp(0).getHours('+24:00')"},
      {"offset_of_60_minutes", "timestamp(0).getHours('+01:60')",
       "E006 unknown time zone '+01:60' | write an offset as +02:00, or a name as Europe/Berlin "
       "@timestamp(0).getHours('+01:60')"},
      {"path_as_zone", "timestamp(0).getDate('../zoneinfo/UTC')",
       "E006 unknown time zone '../zoneinfo/UTC' | write an offset as +02:00, or a name as Europe/Berlin "
       "@timestamp(0).getDate('../zoneinfo/UTC')"},
      {"number_as_zone", "timestamp(0).getHours(2)",
       "E004 'getHours' does not take (google.protobuf.Timestamp, int) | it takes (timestamp), (timestamp, string), "
       "(duration) @getHours"},
      {"year_of_a_duration", "duration('1h').getFullYear()",
       "E004 'getFullYear' does not take (google.protobuf.Duration) | it takes (timestamp), (timestamp, string) "
       "@getFullYear"},
      {"zone_of_a_duration", "duration('1h').getHours('UTC')",
       "E004 'getHours' does not take (google.protobuf.Duration, string) | it takes (timestamp), (timestamp, "
       "string), "
       "(duration) @getHours"},
      {"hours_of_a_text", "'12:00'.getHours()",
       "E004 'getHours' does not take (string) | it takes (timestamp), (timestamp, string), (duration) @getHours"},
      {"of_a_duration",
       "cel.bind(d, duration('25h61m61.999s'), [d.getHours(), d.getMinutes(), d.getSeconds(), "
       "d.getMilliseconds()])",
       "[26, 1562, 93721, 999]"},
      {"of_a_negative_duration",
       "cel.bind(d, duration('-3730.5s'), [d.getHours(), d.getMinutes(), d.getSeconds(), "
       "d.getMilliseconds()])",
       "[-1, -62, -3730, -500]"},
      {"of_a_short_duration",
       "cel.bind(d, duration('-1ms'), [d.getHours(), d.getMinutes(), d.getSeconds(), "
       "d.getMilliseconds()])",
       "[0, 0, 0, -1]"},
  });
}

// The local date, hour and minute on both sides of a change.
#define ASSAY_LOCAL(FIRST, SECOND, ZONE)                                                               \
  "[timestamp('" FIRST "'), timestamp('" SECOND "')].map(t, [t.getDate('" ZONE "'), t.getHours('" ZONE \
  "'), t.getMinutes('" ZONE "')])"

TEST(Zone, Changes) {
  if (!zone_offset("Europe/Berlin", 0)) GTEST_SKIP() << "this system has no time zone files";
  expect_each({
      {"spring_in_berlin", ASSAY_LOCAL("2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "Europe/Berlin"),
       "[[29, 1, 59], [29, 3, 0]]"},
      {"autumn_in_berlin", ASSAY_LOCAL("2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z", "Europe/Berlin"),
       "[[25, 2, 59], [25, 2, 0]]"},
      {"spring_in_new_york", ASSAY_LOCAL("2026-03-08T06:59:59Z", "2026-03-08T07:00:00Z", "America/New_York"),
       "[[8, 1, 59], [8, 3, 0]]"},
      {"autumn_in_new_york", ASSAY_LOCAL("2026-11-01T05:59:59Z", "2026-11-01T06:00:00Z", "America/New_York"),
       "[[1, 1, 59], [1, 1, 0]]"},
      {"summer_in_the_south", ASSAY_LOCAL("2026-01-15T00:00:00Z", "2026-07-15T00:00:00Z", "Australia/Adelaide"),
       "[[15, 10, 30], [15, 9, 30]]"},
      {"change_of_half_an_hour", ASSAY_LOCAL("2026-01-15T00:00:00Z", "2026-07-15T00:00:00Z", "Australia/Lord_Howe"),
       "[[15, 11, 0], [15, 10, 30]]"},
      {"half_an_hour_west", ASSAY_LOCAL("2026-01-15T00:00:00Z", "2026-07-15T00:00:00Z", "America/St_Johns"),
       "[[14, 20, 30], [14, 21, 30]]"},
      {"half_an_hour_east", ASSAY_LOCAL("2026-01-15T18:29:59Z", "2026-01-15T18:30:00Z", "Asia/Kolkata"),
       "[[15, 23, 59], [16, 0, 0]]"},
      {"three_quarters_of_an_hour", ASSAY_LOCAL("2026-01-15T18:14:59Z", "2026-01-15T18:15:00Z", "Asia/Kathmandu"),
       "[[15, 23, 59], [16, 0, 0]]"},
      {"far_east", ASSAY_LOCAL("2026-01-15T09:59:59Z", "2026-01-15T10:00:00Z", "Pacific/Kiritimati"),
       "[[15, 23, 59], [16, 0, 0]]"},
      {"a_day_left_out", ASSAY_LOCAL("2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z", "Pacific/Apia"),
       "[[29, 23, 59], [31, 0, 0]]"},
      {"london_stayed_in_summer", "timestamp(0).getHours('Europe/London')", "1"},
      {"signs_of_the_etc_zones", "timestamp('2026-01-15T12:00:00Z').getHours('Etc/GMT+5')", "7"},
      {"beyond_every_file", ASSAY_LOCAL("9998-01-15T12:00:00Z", "9998-07-15T12:00:00Z", "Europe/Berlin"),
       "[[15, 13, 0], [15, 14, 0]]"},
      {"week_and_year_day", "cel.bind(t, timestamp('2025-12-31T18:30:00Z'), " ASSAY_FIELDS("'Asia/Kolkata'"),
       "[2026, 0, 1, 0, 4, 0, 0, 0, 0, 0]"},
      {"small_letters", "timestamp(0).getHours('europe/berlin')",
       "E006 unknown time zone 'europe/berlin' | write an offset as +02:00, or a name as Europe/Berlin "
       "@timestamp(0).getHours('europe/berlin')"},
  });
}
#undef ASSAY_LOCAL
#undef ASSAY_FIELDS

}  // namespace
}  // namespace assay::expr
