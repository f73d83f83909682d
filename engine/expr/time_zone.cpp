// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/time_zone.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

namespace assay::expr {
namespace {

constexpr std::size_t kLargestFile = 256U << 10U;
constexpr std::size_t kHeader = 44;

// Big-endian numbers of a file; reading beyond its end gives zero and is remembered.
class Reader {
 public:
  explicit Reader(std::string_view data) : data_(data) {}
  std::int64_t number(std::size_t at, std::size_t size) {
    if (at + size > data_.size()) {
      broken_ = true;
      return 0;
    }
    std::uint64_t value = static_cast<signed char>(data_[at]) < 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < size; ++i) value = (value << 8U) | static_cast<unsigned char>(data_[at + i]);
    return static_cast<std::int64_t>(value);
  }
  std::size_t count(std::size_t at) {
    const std::int64_t value = number(at, 4);
    if (value < 0 || value > static_cast<std::int64_t>(data_.size())) broken_ = true;
    return broken_ ? 0 : static_cast<std::size_t>(value);
  }
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::string_view data_;
  bool broken_ = false;
};

// A rule of the TZ text at the end of a file: "M3.5.0/2", "J60", "59".
struct Change {
  int month = 0, week = 0, weekday = 0, day = 0;
  char form = 'M';
  std::int64_t second = 7200;
};

class PosixZone {
 public:
  explicit PosixZone(std::string_view text) : text_(text) {}

  std::optional<std::int64_t> offset(std::int64_t time) {
    if (!name()) return std::nullopt;
    const std::int64_t standard = -clock();
    if (text_.empty()) return standard;
    if (!name()) return std::nullopt;
    std::int64_t summer = standard + 3600;
    if (!text_.empty() && text_[0] != ',') summer = -clock();
    const auto begin = change();
    const auto end = change();
    if (!begin || !end) return std::nullopt;
    const std::int64_t year = year_of(time + standard);
    const std::int64_t from = instant(*begin, year) - standard;
    const std::int64_t until = instant(*end, year) - summer;
    const bool in_summer = from < until ? (time >= from && time < until) : (time >= from || time < until);
    return in_summer ? summer : standard;
  }

 private:
  bool name() {
    const bool quoted = text_.starts_with('<');
    const std::size_t end = quoted ? text_.find('>') : std::min(text_.find_first_of("+-,0123456789"), text_.size());
    if (end == std::string_view::npos || end == 0) return false;
    text_.remove_prefix(end + (quoted ? 1 : 0));
    return true;
  }
  int number() {
    int value = 0;
    while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9' && value < 100'000) {
      value = value * 10 + (text_[0] - '0');
      text_.remove_prefix(1);
    }
    return value;
  }
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::int64_t clock() {
    const int sign = take('-') ? -1 : 1;
    take('+');
    std::int64_t value = std::int64_t{number()} * 3600;
    if (take(':')) value += std::int64_t{number()} * 60;
    if (take(':')) value += number();
    return sign * value;
  }
  std::optional<Change> change() {
    Change rule;
    if (!take(',')) return std::nullopt;
    if (take('M')) {
      rule.month = number();
      take('.');
      rule.week = number();
      take('.');
      rule.weekday = number();
      if (rule.month < 1 || rule.month > 12 || rule.week < 1 || rule.week > 5 || rule.weekday > 6) return std::nullopt;
    } else {
      rule.form = take('J') ? 'J' : 'N';
      rule.day = number();
    }
    if (take('/')) rule.second = clock();
    return rule;
  }

  static bool leap(std::int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
  // Days from 1970-01-01 to the first of January.
  static std::int64_t first_day(std::int64_t year) {
    const std::int64_t y = year - 1;
    return 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
  }
  static std::int64_t year_of(std::int64_t time) {
    std::int64_t year = 1970 + time / 31'556'952;
    while (first_day(year) * 86'400 > time) --year;
    while (first_day(year + 1) * 86'400 <= time) ++year;
    return year;
  }
  static std::int64_t instant(const Change& rule, std::int64_t year) {
    constexpr int kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    std::int64_t day = first_day(year);
    if (rule.form == 'N') {
      day += rule.day;
    } else if (rule.form == 'J') {
      day += rule.day - 1 + (leap(year) && rule.day >= 60 ? 1 : 0);
    } else {
      day += kBefore[rule.month - 1] + (leap(year) && rule.month > 2 ? 1 : 0);
      const int length = kBefore[rule.month] - kBefore[rule.month - 1] + (leap(year) && rule.month == 2 ? 1 : 0);
      const std::int64_t first_weekday = ((day + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
      std::int64_t in_month = (rule.weekday - first_weekday + 7) % 7 + std::int64_t{rule.week - 1} * 7;
      while (in_month >= length) in_month -= 7;
      day += in_month;
    }
    return day * 86'400 + rule.second;
  }

  std::string_view text_;
};

// The second block of the file, with 64-bit times (RFC 8536, 3.2), then the rule for what lies after the last of them.
std::optional<std::int64_t> offset_in(std::string_view data, std::int64_t time) {
  if (!data.starts_with("TZif") || data.size() < kHeader || data[4] < '2') return std::nullopt;
  Reader reader(data);
  const auto block_size = [&](std::size_t header, std::size_t width) {
    return reader.count(header + 32) * (width + 1) + reader.count(header + 36) * 6 + reader.count(header + 40) +
           reader.count(header + 28) * (width + 4) + reader.count(header + 24) + reader.count(header + 20);
  };
  const std::size_t second = kHeader + block_size(0, 4);
  if (reader.broken() || second + kHeader > data.size() || data.substr(second, 4) != "TZif") return std::nullopt;
  const std::size_t times = reader.count(second + 32);
  const std::size_t types = reader.count(second + 36);
  const std::size_t body = second + kHeader;
  const std::size_t type_rows = body + times * 9;
  std::size_t low = 0;
  std::size_t high = times;  // the number of changes at or before `time`
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (reader.number(body + middle * 8, 8) <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const std::size_t footer = body + block_size(second, 8);
  if (reader.broken() || types == 0) return std::nullopt;
  if (low == times && footer + 2 < data.size()) {
    std::string_view rule = data.substr(footer + 1);
    rule = rule.substr(0, rule.find('\n'));
    if (!rule.empty()) return PosixZone(rule).offset(time);
  }
  const std::int64_t type = low == 0 ? 0 : reader.number(body + times * 8 + low - 1, 1);
  if (type < 0 || static_cast<std::size_t>(type) >= types) return std::nullopt;
  const std::int64_t offset = reader.number(type_rows + static_cast<std::size_t>(type) * 6, 4);
  if (reader.broken()) return std::nullopt;
  return offset;
}

// The file of a zone; nullptr: there is none.
std::shared_ptr<const std::string> read_zone(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-' || c == '+';
  };
  if (name.empty() || name.size() > 64 || name.front() == '/' || !std::all_of(name.begin(), name.end(), allowed))
    return nullptr;
  std::ifstream file("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
  if (!file) return nullptr;
  std::string data(kLargestFile, '\0');
  file.read(data.data(), static_cast<std::streamsize>(data.size()));
  data.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  data.shrink_to_fit();
  return std::make_shared<const std::string>(std::move(data));
}

}  // namespace

std::optional<std::int64_t> zone_offset(std::string_view name, std::int64_t time) {
  const auto file = read_zone(name);
  return file != nullptr ? offset_in(*file, time) : std::nullopt;
}

std::optional<std::int64_t> Zones::offset(std::string_view name, std::int64_t time) {
  constexpr std::size_t kMostKept = 32;
  std::shared_ptr<const std::string> file;
  if (const auto kept = files_.find(name); kept != files_.end()) {
    file = kept->second;
  } else {
    ++reads_;
    file = read_zone(name);
    if (files_.size() < kMostKept) files_.emplace(name, file);
  }
  return file != nullptr ? offset_in(*file, time) : std::nullopt;
}

}  // namespace assay::expr
