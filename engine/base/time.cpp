// SPDX-License-Identifier: Apache-2.0
#include "engine/base/time.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace assay {
namespace {

struct DurationUnit {
  std::string_view name;
  std::int64_t nanoseconds;
};
// Longest name first, so that "ms" is not read as "m".
constexpr std::array<DurationUnit, 7> kUnits = {{{"ns", 1},
                                                 {"us", 1'000},
                                                 {"ms", 1'000'000},
                                                 {"s", 1'000'000'000},
                                                 {"m", 60'000'000'000},
                                                 {"h", 3'600'000'000'000},
                                                 {"d", 86'400'000'000'000}}};

struct CivilTime {
  int year, month, day, hour, minute, second;
  std::int64_t nanosecond;
};

CivilTime civil(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          clock.subseconds().count()};
}

std::string print(const char* format, auto... values) {
  std::array<char, 64> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), format, values...);
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

// The last `digits` decimal digits. A record of 100,000 steps has a million times: printf would take a second for them.
void put(std::string& out, std::int64_t value, std::size_t digits) {
  out.append(digits, '0');
  for (std::size_t at = out.size(); digits > 0; --digits, value /= 10) {
    out[--at] = static_cast<char>('0' + value % 10);
  }
}

tl::unexpected<Diagnostic> bad_duration(std::string_view text) {
  return failure(Diagnostic{.code = Code::kTimeSyntax,
                            .message = "'" + std::string(text) + "' is not a duration",
                            .expected = "a number and a unit (ns, us, ms, s, m, h, d), for example 90s or 1h30m"});
}

}  // namespace

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<Nanoseconds>(std::chrono::system_clock::now());
}
SteadyTime SystemClock::steady() const { return std::chrono::steady_clock::now(); }

std::string format_rfc3339(WallTime time) {
  const CivilTime t = civil(time);
  std::string out;
  out.reserve(27);
  put(out, t.year, 4);
  using Part = std::pair<char, std::int64_t>;
  for (const auto& [mark, value] :
       {Part('-', t.month), Part('-', t.day), Part('T', t.hour), Part(':', t.minute), Part(':', t.second)}) {
    out += mark;
    put(out, value, 2);
  }
  out += '.';
  put(out, t.nanosecond / 1000, 6);
  return out += 'Z';
}

std::string format_compact(WallTime time) {
  const CivilTime t = civil(time);
  std::string out;
  put(out, t.year, 4);
  put(out, t.month, 2);
  put(out, t.day, 2);
  out += 'T';
  for (const int value : {t.hour, t.minute, t.second}) put(out, value, 2);
  return out += 'Z';
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  const auto wrong = [&] {
    return failure(Code::kTimeSyntax, "'" + std::string(text) + "' is not a time of the form 2026-01-31T08:30:00Z");
  };
  const auto number = [&](std::size_t at, std::size_t size, int& value) {
    if (at + size > text.size()) return false;
    const char* end = text.data() + at + size;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    return error == std::errc() && stop == end && text[at] != '-';
  };
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
      text[16] != ':' || !number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day) || !number(11, 2, hour) ||
      !number(14, 2, minute) || !number(17, 2, second)) {
    return wrong();
  }
  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (text[at] == '.') {
    std::int64_t scale = 100'000'000;
    const std::size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) {
      fraction += (text[at] - '0') * scale;
    }
    if (at == first) return wrong();
  }
  std::chrono::minutes offset{0};
  if (at + 1 == text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    offset = std::chrono::minutes{0};
  } else {
    int hours = 0, minutes = 0;
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':' ||
        !number(at + 1, 2, hours) || !number(at + 4, 2, minutes) || hours > 23 || minutes > 59) {
      return wrong();
    }
    offset = std::chrono::minutes{(text[at] == '-' ? -1 : 1) * (hours * 60 + minutes)};
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59 || year < 1678 || year > 2261) return wrong();
  const WallTime midnight = std::chrono::time_point_cast<Nanoseconds>(std::chrono::sys_days(date));
  return midnight + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
         Nanoseconds(fraction) - offset;
}

Result<Nanoseconds> parse_duration(std::string_view text) {
  std::string_view rest = text;
  long double total = 0;
  if (rest.empty()) return bad_duration(text);
  while (!rest.empty()) {
    double value = 0;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, std::chars_format::fixed);
    if (error != std::errc() || value < 0 || rest.front() == '-' || !std::isfinite(value)) return bad_duration(text);
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
    const std::size_t letters = std::min(rest.find_first_of("0123456789."), rest.size());
    const DurationUnit* unit = nullptr;
    for (const DurationUnit& candidate : kUnits) {
      if (rest.substr(0, letters) == candidate.name) unit = &candidate;
    }
    if (unit == nullptr) return bad_duration(text);
    rest.remove_prefix(letters);
    total += static_cast<long double>(value) * static_cast<long double>(unit->nanoseconds);
  }
  constexpr std::int64_t kLongest = std::numeric_limits<std::int64_t>::max() / 2;
  if (total > static_cast<long double>(kLongest)) {
    return failure(Code::kTimeSyntax, "'" + std::string(text) + "' is longer than any duration can be (146 years)");
  }
  return Nanoseconds(static_cast<std::int64_t>(std::llround(total)));
}

std::string format_duration(Nanoseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string out = duration.count() < 0 ? "-" : "";
  // Unsigned, so that the most negative duration has a size too.
  std::uint64_t rest = duration.count() < 0 ? 0U - static_cast<std::uint64_t>(duration.count())
                                            : static_cast<std::uint64_t>(duration.count());
  const auto take = [&](std::uint64_t size, std::string_view name) {
    if (rest >= size) {
      out += std::to_string(rest / size);
      out += name;
      rest %= size;
    }
  };
  take(86'400'000'000'000, "d");
  take(3'600'000'000'000, "h");
  take(60'000'000'000, "m");
  if (rest >= 1'000'000'000) {
    std::string seconds = print("%llu.%09llu", static_cast<unsigned long long>(rest / 1'000'000'000),
                                static_cast<unsigned long long>(rest % 1'000'000'000));
    while (seconds.ends_with('0')) seconds.pop_back();
    if (seconds.ends_with('.')) seconds.pop_back();
    return out + seconds + "s";
  }
  take(1'000'000, "ms");
  take(1'000, "us");
  take(1, "ns");
  return out;
}

std::string format_elapsed(Nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  if (seconds < 9.95) return print("%.1f s", seconds);
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 60) return print("%lld s", whole);
  if (whole < 3600) return print("%lld m %02lld s", whole / 60, whole % 60);
  if (whole < 86400) return print("%lld h %02lld m", whole / 3600, whole / 60 % 60);
  return print("%lld d %02lld h", whole / 86400, whole / 3600 % 24);
}

}  // namespace assay
