// SPDX-License-Identifier: Apache-2.0
#include "engine/base/time.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>

#include "support/cases.h"

namespace assay {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct TimeCase {
  const char* name;
  const char* text;
  const char* expected;  // what format_rfc3339 gives back; nullptr: refused
};
class Rfc3339 : public ::testing::TestWithParam<TimeCase> {};
TEST_P(Rfc3339, IsReadAndWritten) {
  const auto time = parse_rfc3339(GetParam().text);
  if (GetParam().expected == nullptr) {
    ASSERT_FALSE(time) << format_rfc3339(*time);
    EXPECT_EQ(time.error().code, Code::kTimeSyntax);
    EXPECT_EQ(time.error().message,
              "'" + std::string(GetParam().text) + "' is not a time of the form 2026-01-31T08:30:00Z");
    return;
  }
  ASSERT_TRUE(time) << render(time.error());
  EXPECT_EQ(format_rfc3339(*time), GetParam().expected);
}
const TimeCase kTimeCases[] = {
    {"Plain", "2026-01-31T08:30:00Z", "2026-01-31T08:30:00.000000Z"},
    {"Epoch", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
    {"BeforeTheEpoch", "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000Z"},
    {"Micros", "2026-11-21T08:30:00.123456Z", "2026-11-21T08:30:00.123456Z"},
    {"NanosAreCut", "2026-11-21T08:30:00.123456789Z", "2026-11-21T08:30:00.123456Z"},
    {"MoreDigitsThanWeKeep", "2026-11-21T08:30:00.1234567890123Z", "2026-11-21T08:30:00.123456Z"},
    {"OffsetEast", "2026-01-01T07:30:00+08:00", "2025-12-31T23:30:00.000000Z"},
    {"OffsetWest", "2026-01-01T23:30:00-05:30", "2026-01-02T05:00:00.000000Z"},
    {"SmallLetters", "2026-01-31t08:30:00z", "2026-01-31T08:30:00.000000Z"},
    {"LeapDay", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"},
    {"NoLeapDay", "2026-02-29T00:00:00Z", nullptr},
    {"Month13", "2026-13-01T00:00:00Z", nullptr},
    {"Day0", "2026-01-00T00:00:00Z", nullptr},
    {"Hour24", "2026-01-01T24:00:00Z", nullptr},
    {"Minute60", "2026-01-01T00:60:00Z", nullptr},
    {"NoZone", "2026-01-31T08:30:00", nullptr},
    {"NoTime", "2026-01-31", nullptr},
    {"Space", "2026-01-31 08:30:00Z", nullptr},
    {"Trailing", "2026-01-31T08:30:00Zx", nullptr},
    {"SignInANumber", "2026-01-31T-8:30:00Z", nullptr},
    {"EmptyFraction", "2026-01-31T08:30:00.Z", nullptr},
    {"OffsetWithoutColon", "2026-01-31T08:30:00+0800", nullptr},
    {"OffsetTooLarge", "2026-01-31T08:30:00+24:00", nullptr},
    {"YearTooEarly", "1600-01-01T00:00:00Z", nullptr},
    {"YearTooLate", "2300-01-01T00:00:00Z", nullptr},
    {"Empty", "", nullptr},
};
INSTANTIATE_TEST_SUITE_P(Times, Rfc3339, ::testing::ValuesIn(kTimeCases), test::case_name);

TEST(Time, CompactFormNamesFolders) {
  EXPECT_EQ(format_compact(parse_rfc3339("2026-11-21T08:30:59.999999Z").value()), "20261121T083059Z");
}

TEST(Time, SystemClockIsNearAndMonotonic) {
  const SystemClock clock;
  EXPECT_GT(clock.wall(), parse_rfc3339("2024-01-01T00:00:00Z").value());
  const SteadyTime first = clock.steady();
  EXPECT_LE(first, clock.steady());
}

struct DurationCase {
  const char* name;
  const char* text;
  std::optional<Nanoseconds> value;  // nullopt: refused
  const char* written;               // format_duration() of it
};
class Duration : public ::testing::TestWithParam<DurationCase> {};
TEST_P(Duration, IsReadAndWritten) {
  const auto duration = parse_duration(GetParam().text);
  if (!GetParam().value) {
    ASSERT_FALSE(duration);
    EXPECT_EQ(render(duration.error()), GetParam().written);
    return;
  }
  ASSERT_TRUE(duration) << render(duration.error());
  EXPECT_EQ(*duration, *GetParam().value);
  EXPECT_EQ(format_duration(*duration), GetParam().written);
  EXPECT_EQ(parse_duration(format_duration(*duration)).value(), *duration);
}
#define NOT_A_DURATION(text) \
  "error[S005]: '" text      \
  "' is not a duration\n"    \
  "  expected a number and a unit (ns, us, ms, s, m, h, d), for example 90s or 1h30m\n"
const DurationCase kDurationCases[] = {
    {"Seconds", "90s", seconds(90), "1m30s"},
    {"Minutes", "5m", minutes(5), "5m"},
    {"Sequence", "1h30m", minutes(90), "1h30m"},
    {"Fraction", "1.5s", milliseconds(1500), "1.5s"},
    {"LeadingPoint", ".5s", milliseconds(500), "500ms"},
    {"Millis", "250ms", milliseconds(250), "250ms"},
    {"Micros", "1500us", Nanoseconds(1'500'000), "1ms500us"},
    {"Nanos", "7ns", Nanoseconds(7), "7ns"},
    {"Days", "2d", hours(48), "2d"},
    {"Everything", "1d2h3m4s5ms6us7ns", hours(26) + minutes(3) + seconds(4) + Nanoseconds(5'006'007),
     "1d2h3m4.005006007s"},
    {"Zero", "0s", Nanoseconds(0), "0s"},
    {"SecondsAfterMinutes", "60.25s", milliseconds(60'250), "1m250ms"},
    {"NoUnit", "5", std::nullopt, NOT_A_DURATION("5")},
    {"NoNumber", "s", std::nullopt, NOT_A_DURATION("s")},
    {"UnknownUnit", "5x", std::nullopt, NOT_A_DURATION("5x")},
    {"Negative", "-5s", std::nullopt, NOT_A_DURATION("-5s")},
    {"NegativeLater", "5s-1s", std::nullopt, NOT_A_DURATION("5s-1s")},
    {"Space", "5 s", std::nullopt, NOT_A_DURATION("5 s")},
    {"Exponent", "1e3s", std::nullopt, NOT_A_DURATION("1e3s")},
    {"Infinity", "infs", std::nullopt, NOT_A_DURATION("infs")},
    {"NotANumber", "nans", std::nullopt, NOT_A_DURATION("nans")},
    {"UnitMissingAtTheEnd", "1h30", std::nullopt, NOT_A_DURATION("1h30")},
    {"Empty", "", std::nullopt, NOT_A_DURATION("")},
    {"TooLong", "99999999999d", std::nullopt,
     "error[S005]: '99999999999d' is longer than any duration can be (146 years)\n"},
};
INSTANTIATE_TEST_SUITE_P(Durations, Duration, ::testing::ValuesIn(kDurationCases), test::case_name);

TEST(Time, DurationsThatOnlySubtractionGives) {
  EXPECT_EQ(format_duration(-milliseconds(1500)), "-1.5s");
  EXPECT_EQ(format_duration(Nanoseconds(std::numeric_limits<std::int64_t>::min())), "-106751d23h47m16.854775808s");
}

TEST(Time, ElapsedTimesForPeople) {
  const std::pair<Nanoseconds, const char*> cases[] = {
      {Nanoseconds(0), "0.0 s"},
      {milliseconds(349), "0.3 s"},
      {milliseconds(9'940), "9.9 s"},
      {milliseconds(9'960), "10 s"},
      {seconds(59), "59 s"},
      {milliseconds(59'600), "1 m 00 s"},
      {seconds(90), "1 m 30 s"},
      {seconds(3599), "59 m 59 s"},
      {hours(2) + minutes(5), "2 h 05 m"},
      {hours(24) + minutes(59), "1 d 00 h"},
      {hours(24 * 12 + 7), "12 d 07 h"},
  };
  for (const auto& [duration, text] : cases) EXPECT_EQ(format_elapsed(duration), text);
}

}  // namespace
}  // namespace assay
