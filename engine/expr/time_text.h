// SPDX-License-Identifier: Apache-2.0
// CEL's timestamps and durations: their ranges, their text and their fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "engine/expr/value.h"

namespace assay::expr {

// Years 1 to 9999, as the protobuf Timestamp has them; and as many seconds for a duration.
constexpr std::int64_t kFirstSecond = -62'135'596'800;
constexpr std::int64_t kLastSecond = 253'402'300'799;
constexpr std::int64_t kLongestDuration = 315'576'000'000;

bool in_range(Timestamp time);
bool in_range(Duration duration);

// RFC 3339 with as many digits of the second as are needed, UTC: "2009-02-13T23:31:30.25Z".
std::string to_text(Timestamp time);
// Why a text is no time and no duration.
enum class TimeMistake : std::uint8_t { kSyntax, kRange };
// RFC 3339 with Z or an offset.
tl::expected<Timestamp, TimeMistake> parse_timestamp(std::string_view text);
// "5400s", "-1.5s".
std::string to_text(Duration duration);
// A sequence of number and unit (h m s ms us ns), with a sign: "1h30m", "-1.5s".
tl::expected<Duration, TimeMistake> parse_duration_text(std::string_view text);

// Sums and differences; nullopt when the result is out of range.
std::optional<Duration> add(Duration a, Duration b);
std::optional<Duration> negate(Duration a);
std::optional<Timestamp> add(Timestamp a, Duration b);
std::optional<Duration> subtract(Timestamp a, Timestamp b);
// Whole nanoseconds; nullopt when they do not fit 64 bits.
std::optional<std::int64_t> nanoseconds(Duration duration);

// The local time of a time zone.
struct Fields {
  int year = 0;
  int month = 0;         // 0 to 11
  int day_of_month = 0;  // 1 to 31
  int day_of_week = 0;   // 0 is Sunday
  int day_of_year = 0;   // 0 to 365
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  int milliseconds = 0;
};
// `zone`: "" or "UTC", an offset ("+02:00", "-9:30"), or a name of the system's time zone files ("Europe/Berlin").
// nullopt: no such zone.
std::optional<Fields> fields(Timestamp time, std::string_view zone);
// The same with the files of zones that were read before.
class Zones;
std::optional<Fields> fields(Timestamp time, std::string_view zone, Zones& zones);

}  // namespace assay::expr
