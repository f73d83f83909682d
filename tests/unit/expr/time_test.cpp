// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/expr/time_text.h"
#include "engine/expr/time_zone.h"

namespace assay::expr {
namespace {

TEST(TimestampText, IsReadAndWritten) {
  struct Row {
    const char* text;
    const char* written;
  };
  for (const Row& row : {Row{"2009-02-13T23:31:30Z", "2009-02-13T23:31:30Z"},
                         {"2009-02-13T23:31:30.25Z", "2009-02-13T23:31:30.25Z"},
                         {"1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"},
                         {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
                         {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
                         {"2026-01-01T00:30:00+02:00", "2025-12-31T22:30:00Z"},
                         {"2026-01-01T00:00:00.1234567899Z", "2026-01-01T00:00:00.123456789Z"},
                         {"2026-01-01T00:00:00.99999999999999999999+01:00", "2025-12-31T23:00:00.999999999Z"},
                         {"2024-02-29t12:00:00z", "2024-02-29T12:00:00Z"}}) {
    const auto time = parse_timestamp(row.text);
    ASSERT_TRUE(time) << row.text;
    EXPECT_EQ(to_text(*time), row.written);
  }
}

TEST(TimestampText, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2026", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.123456789x0Z",
        "2026-01-01T00:00:00+2:00", "2026-01-01T00:00:00Zjunk", "0001-01-01T00:00:00+01:00", "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z", "2026-01-01 00:00:00Z"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

TEST(DurationText, IsReadAndWritten) {
  struct Row {
    const char* text;
    const char* written;
  };
  for (const Row& row : {Row{"90s", "90s"},
                         {"1h30m", "5400s"},
                         {"1.5s", "1.5s"},
                         {"-1.5s", "-1.5s"},
                         {"+2m", "120s"},
                         {"0", "0s"},
                         {"0s", "0s"},
                         {"250ms", "0.25s"},
                         {"1us", "0.000001s"},
                         {"1ns", "0.000000001s"},
                         {"1.5h", "5400s"},
                         {"0.1s", "0.1s"},
                         {"1m0.5s", "60.5s"},
                         {".5s", "0.5s"},
                         {"87660000h", "315576000000s"},
                         {"1500000us", "1.5s"}}) {
    const auto duration = parse_duration_text(row.text);
    ASSERT_TRUE(duration) << row.text;
    EXPECT_EQ(to_text(*duration), row.written) << row.text;
  }
}

TEST(DurationText, RefusesWhatIsNoDuration) {
  for (const char* text :
       {"", "-", "s", "1", "1x", "1 s", "1.s.", "--1s", "99999999999999999999s", "87660001h", "1d", "1e3s"}) {
    EXPECT_FALSE(parse_duration_text(text)) << text;
  }
}

TEST(Fields, OfTimeZones) {
  const auto hour = [](const char* time, const char* zone) {
    const auto found = fields(*parse_timestamp(time), zone);
    return found ? found->hours * 100 + found->minutes : -1;
  };
  EXPECT_EQ(hour("2026-01-15T12:00:00Z", ""), 1200);
  EXPECT_EQ(hour("2026-01-15T12:00:00Z", "UTC"), 1200);
  EXPECT_EQ(hour("2026-01-15T12:00:00Z", "+05:30"), 1730);
  EXPECT_EQ(hour("2026-01-15T12:00:00Z", "-02:00"), 1000);
  EXPECT_EQ(hour("2026-01-15T12:00:00Z", "02:00"), 1400);
  for (const char* zone : {"Nowhere/Land", "../../etc/passwd", "/etc/passwd", "+25:00", "+1", "a:b"}) {
    EXPECT_EQ(hour("2026-01-15T12:00:00Z", zone), -1) << zone;
  }
}

TEST(Fields, FollowTheRulesOfNamedZones) {
  if (!zone_offset("Europe/Berlin", 0)) GTEST_SKIP() << "this system has no time zone files";
  const auto offset = [](const char* zone, const char* time) {
    return zone_offset(zone, parse_timestamp(time)->seconds).value_or(-1);
  };
  EXPECT_EQ(offset("Europe/Berlin", "2026-01-15T12:00:00Z"), 3600);
  EXPECT_EQ(offset("Europe/Berlin", "2026-07-15T12:00:00Z"), 7200);
  EXPECT_EQ(offset("Europe/Berlin", "2026-03-29T00:59:59Z"), 3600);
  EXPECT_EQ(offset("Europe/Berlin", "2026-03-29T01:00:00Z"), 7200);
  EXPECT_EQ(offset("Europe/Berlin", "2026-10-25T00:59:59Z"), 7200);
  EXPECT_EQ(offset("Europe/Berlin", "2026-10-25T01:00:00Z"), 3600);
  EXPECT_EQ(offset("Europe/Berlin", "2500-07-01T00:00:00Z"), 7200);
  EXPECT_EQ(offset("America/New_York", "2026-07-01T00:00:00Z"), -14400);
  EXPECT_EQ(offset("Australia/Sydney", "2060-01-15T00:00:00Z"), 39600);  // summer across the turn of the year
  EXPECT_EQ(offset("Asia/Kolkata", "2026-01-01T00:00:00Z"), 19800);
  EXPECT_EQ(offset("America/St_Johns", "2009-02-13T23:31:30Z"), -12600);
}

TEST(Fields, OfADate) {
  const auto found = fields(*parse_timestamp("2024-12-31T23:59:58.987Z"), "");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->year, 2024);
  EXPECT_EQ(found->month, 11);
  EXPECT_EQ(found->day_of_month, 31);
  EXPECT_EQ(found->day_of_week, 2);
  EXPECT_EQ(found->day_of_year, 365);
  EXPECT_EQ(found->seconds, 58);
  EXPECT_EQ(found->milliseconds, 987);
}

TEST(Arithmetic, StaysInRange) {
  EXPECT_FALSE(add(*parse_timestamp("9999-12-31T23:59:59Z"), Duration{1, 0}));
  EXPECT_FALSE(add(Duration{kLongestDuration, 0}, Duration{1, 0}));
  EXPECT_EQ(to_text(*add(*parse_timestamp("1970-01-01T00:00:00Z"), Duration{0, -1})), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(to_text(*subtract(*parse_timestamp("1970-01-01T00:00:00Z"), *parse_timestamp("1970-01-01T00:00:00.5Z"))),
            "-0.5s");
  EXPECT_EQ(to_text(*add(Duration{1, 600'000'000}, Duration{-2, 0})), "-0.4s");
  EXPECT_FALSE(nanoseconds(Duration{kLongestDuration, 0}));
  EXPECT_EQ(nanoseconds(Duration{-1, -5}), -1'000'000'005);
}

}  // namespace
}  // namespace assay::expr
