// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>

#include "engine/expr/time_zone.h"

namespace assay::expr {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr std::int64_t kDay = 86'400;

std::string print(const char* format, auto... values) {
  std::array<char, 64> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), format, values...);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

// ".25" for 250,000,000; empty for none.
std::string fraction(std::int64_t nanos) {
  if (nanos == 0) return {};
  std::string text = print(".%09lld", static_cast<long long>(nanos));
  while (text.ends_with('0')) text.pop_back();
  return text;
}

bool digits(std::string_view text, std::size_t at, std::size_t size, int& value) {
  if (at + size > text.size()) return false;
  value = 0;
  for (std::size_t i = at; i < at + size; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

Duration normalized(std::int64_t seconds, std::int64_t nanos) {
  seconds += nanos / kBillion;
  nanos %= kBillion;
  if (seconds > 0 && nanos < 0) {
    --seconds;
    nanos += kBillion;
  } else if (seconds < 0 && nanos > 0) {
    ++seconds;
    nanos -= kBillion;
  }
  return {seconds, static_cast<std::int32_t>(nanos)};
}

std::optional<Duration> checked(Duration duration) {
  if (!in_range(duration)) return std::nullopt;
  return duration;
}

// "+02:00", "-9:30", "05:30" in seconds.
std::optional<std::int64_t> fixed_offset(std::string_view zone) {
  int sign = 1;
  if (zone.starts_with('+') || zone.starts_with('-')) {
    sign = zone[0] == '-' ? -1 : 1;
    zone.remove_prefix(1);
  }
  const auto colon = zone.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 2 || zone.size() != colon + 3) return std::nullopt;
  int hours = 0, minutes = 0;
  if (!digits(zone, 0, colon, hours) || !digits(zone, colon + 1, 2, minutes) || hours > 23 || minutes > 59)
    return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

}  // namespace

bool in_range(Timestamp time) { return time.seconds >= kFirstSecond && time.seconds <= kLastSecond; }
bool in_range(Duration duration) {
  return duration.seconds >= -kLongestDuration && duration.seconds <= kLongestDuration;
}

std::string to_text(Timestamp time) {
  const std::int64_t day = floor_divide(time.seconds, kDay);
  const std::int64_t second = time.seconds - day * kDay;
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return print("%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
               static_cast<unsigned>(date.day()), static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
               static_cast<int>(second % 60)) +
         fraction(time.nanos) + 'Z';
}

tl::expected<Timestamp, TimeMistake> parse_timestamp(std::string_view text) {
  // A year of more digits, or before the first.
  const std::size_t year_digits = text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0);
  if (year_digits != std::string_view::npos && year_digits > 4 && text[year_digits] == '-')
    return tl::unexpected(TimeMistake::kRange);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
      text[16] != ':' || !digits(text, 0, 4, year) || !digits(text, 5, 2, month) || !digits(text, 8, 2, day) ||
      !digits(text, 11, 2, hour) || !digits(text, 14, 2, minute) || !digits(text, 17, 2, second)) {
    return tl::unexpected(TimeMistake::kSyntax);
  }
  std::size_t at = 19;
  std::int32_t nanos = 0;
  if (text[at] == '.') {
    std::int32_t scale = 100'000'000;
    const std::size_t begin = ++at;
    // Digits behind the ninth are cut off.
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) nanos += (text[at] - '0') * scale;
    if (at == begin) return tl::unexpected(TimeMistake::kSyntax);
  }
  std::int64_t offset = 0;
  const std::string_view zone = text.substr(at);
  if (zone != "Z" && zone != "z") {
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-')) return tl::unexpected(TimeMistake::kSyntax);
    const auto fixed = fixed_offset(zone);
    if (!fixed) return tl::unexpected(TimeMistake::kSyntax);
    offset = *fixed;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return tl::unexpected(TimeMistake::kSyntax);
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const Timestamp time{days * kDay + std::int64_t{hour} * 3600 + std::int64_t{minute} * 60 + second - offset, nanos};
  if (!in_range(time)) return tl::unexpected(TimeMistake::kRange);
  return time;
}

std::string to_text(Duration duration) {
  const bool negative = duration.seconds < 0 || duration.nanos < 0;
  const auto size = [](std::int64_t value) { return value < 0 ? -value : value; };
  return (negative ? "-" : "") + std::to_string(size(duration.seconds)) + fraction(size(duration.nanos)) + 's';
}

tl::expected<Duration, TimeMistake> parse_duration_text(std::string_view text) {
  struct Row {
    std::string_view name;
    std::int64_t nanos;
  };
  constexpr std::array<Row, 8> kRows = {{{"h", 3600 * kBillion},
                                         {"m", 60 * kBillion},
                                         {"s", kBillion},
                                         {"ms", 1'000'000},
                                         {"us", 1000},
                                         {"\u00b5s", 1000},
                                         {"\u03bcs", 1000},
                                         {"ns", 1}}};
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Duration{};
  if (text.empty()) return tl::unexpected(TimeMistake::kSyntax);
  Duration total;
  while (!text.empty()) {
    const std::size_t whole = std::min(text.find_first_not_of("0123456789"), text.size());
    std::int64_t count = 0;
    if (whole > 0 && std::from_chars(text.data(), text.data() + whole, count).ec != std::errc())
      return tl::unexpected(TimeMistake::kRange);
    text.remove_prefix(whole);
    std::string_view part;
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      const std::size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
      part = text.substr(0, size);
      text.remove_prefix(size);
    }
    if (whole == 0 && part.empty()) return tl::unexpected(TimeMistake::kSyntax);
    const std::size_t letters = std::min(text.find_first_of("0123456789."), text.size());
    const auto row =
        std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.name == text.substr(0, letters); });
    if (row == kRows.end()) return tl::unexpected(TimeMistake::kSyntax);
    text.remove_prefix(letters);
    // Seconds and nanoseconds apart: three centuries of nanoseconds are all that fit 64 bits.
    const std::int64_t unit_seconds = row->nanos / kBillion;
    if (count > kLongestDuration && unit_seconds > 0) return tl::unexpected(TimeMistake::kRange);
    std::int64_t seconds = unit_seconds > 0 ? count * unit_seconds : count / (kBillion / row->nanos);
    std::int64_t nanos = unit_seconds > 0 ? 0 : count % (kBillion / row->nanos) * row->nanos;
    long double scale = static_cast<long double>(row->nanos);
    long double rest = 0;
    for (const char digit : part.substr(0, 24)) rest += (digit - '0') * (scale /= 10);
    nanos += static_cast<std::int64_t>(rest + 0.0001L);
    if (seconds > kLongestDuration) return tl::unexpected(TimeMistake::kRange);
    const auto sum = add(total, normalized(seconds, nanos));
    if (!sum) return tl::unexpected(TimeMistake::kRange);
    total = *sum;
  }
  return negative ? Duration{-total.seconds, -total.nanos} : total;
}

std::optional<Duration> add(Duration a, Duration b) {
  return checked(normalized(a.seconds + b.seconds, std::int64_t{a.nanos} + b.nanos));
}
std::optional<Duration> negate(Duration a) { return checked({-a.seconds, -a.nanos}); }

std::optional<Timestamp> add(Timestamp a, Duration b) {
  std::int64_t seconds = a.seconds + b.seconds;
  std::int64_t nanos = std::int64_t{a.nanos} + b.nanos;
  seconds += floor_divide(nanos, kBillion);
  nanos -= floor_divide(nanos, kBillion) * kBillion;
  const Timestamp sum{seconds, static_cast<std::int32_t>(nanos)};
  if (!in_range(sum)) return std::nullopt;
  return sum;
}

std::optional<Duration> subtract(Timestamp a, Timestamp b) {
  return checked(normalized(a.seconds - b.seconds, std::int64_t{a.nanos} - b.nanos));
}

std::optional<std::int64_t> nanoseconds(Duration duration) {
  std::int64_t value = 0;
  if (__builtin_mul_overflow(duration.seconds, kBillion, &value) ||
      __builtin_add_overflow(value, std::int64_t{duration.nanos}, &value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<Fields> fields(Timestamp time, std::string_view zone) {
  Zones zones;
  return fields(time, zone, zones);
}
std::optional<Fields> fields(Timestamp time, std::string_view zone, Zones& zones) {
  std::int64_t offset = 0;
  if (!zone.empty() && zone != "UTC" && zone != "Z") {
    std::optional<std::int64_t> found = fixed_offset(zone);
    if (!found) found = zones.offset(zone, time.seconds);
    if (!found) return std::nullopt;
    offset = *found;
  }
  const std::int64_t local = time.seconds + offset;
  const std::int64_t day = floor_divide(local, kDay);
  const std::int64_t second = local - day * kDay;
  const std::chrono::sys_days date{std::chrono::days(day)};
  const std::chrono::year_month_day civil{date};
  const std::chrono::sys_days first{civil.year() / std::chrono::January / 1};
  return Fields{.year = static_cast<int>(civil.year()),
                .month = static_cast<int>(static_cast<unsigned>(civil.month())) - 1,
                .day_of_month = static_cast<int>(static_cast<unsigned>(civil.day())),
                .day_of_week = static_cast<int>(std::chrono::weekday(date).c_encoding()),
                .day_of_year = static_cast<int>((date - first).count()),
                .hours = static_cast<int>(second / 3600),
                .minutes = static_cast<int>(second / 60 % 60),
                .seconds = static_cast<int>(second % 60),
                .milliseconds = time.nanos / 1'000'000};
}

}  // namespace assay::expr
