// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/format.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/text.h"
#include "engine/expr/order.h"
#include "engine/expr/utf8.h"

namespace assay::expr {
namespace {

constexpr int kMostDigits = 100;

// In base 10 without an exponent: as many digits as tell the number from its neighbours, then zeros.
std::string decimal(double number) {
  constexpr double kWhole = 0x1p53;  // from here on without a fraction
  if (!std::isfinite(number)) return shortest(number);
  char buffer[512];
  const bool large = std::fabs(number) >= kWhole;
  const auto form = large ? std::chars_format::scientific : std::chars_format::fixed;
  std::string text(std::begin(buffer), std::to_chars(std::begin(buffer), std::end(buffer), number, form).ptr);
  if (!large) return text;
  const std::size_t mark = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + mark + 2, text.data() + text.size(), exponent);
  text.resize(mark);
  const std::size_t point = text.find('.');
  const std::size_t behind = point == std::string::npos ? 0 : text.size() - point - 1;
  if (point != std::string::npos) text.erase(point, 1);
  return text.append(static_cast<std::size_t>(exponent) - behind, '0');
}

// Appends what %s prints. Every piece is paid for before it is made: parts of a value may be shared many times over.
// false: it has no text, or `exceeded` is set.
bool show(std::string& out, const Value& value, Work& work, bool& exceeded) {
  const auto pay = [&](std::size_t bytes) {
    exceeded = !work.charge_bytes(bytes);
    return !exceeded;
  };
  const auto add = [&](std::string_view text) {
    if (!pay(text.size())) return false;
    out += text;
    return true;
  };
  switch (value.kind()) {
    case Kind::kNull: return add("null");
    case Kind::kString: return add(value.as_string());
    case Kind::kBytes: {
      if (is_valid_utf8(value.as_bytes())) return add(value.as_bytes());
      constexpr std::size_t kReplacement = 3;  // bytes in the place of a broken one
      if (!pay(value.as_bytes().size() * kReplacement)) return false;
      out += with_runs_replaced(value.as_bytes());
      return true;
    }
    case Kind::kType: return add(value.as_type());
    case Kind::kList: {
      out += '[';
      bool first = true;
      for (const Value& item : value.as_list()) {
        if (!std::exchange(first, false)) out += ", ";
        if (!show(out, item, work, exceeded)) return false;
      }
      out += ']';
      return true;
    }
    case Kind::kMap: {
      // In the order of the keys' texts, so that equal maps have one text.
      std::vector<std::pair<std::string, std::string>> entries;
      std::size_t size = 2;
      for (const auto& [key, item] : value.as_map().entries()) {
        auto& [name, text] = entries.emplace_back();
        if (!show(name, key, work, exceeded) || !show(text, item, work, exceeded)) return false;
        size += name.size() + text.size() + 4;
      }
      if (!pay(size)) return false;
      std::sort(entries.begin(), entries.end());
      out += '{';
      for (const auto& [name, text] : entries)
        out += (&name == &entries.front().first ? "" : ", ") + name + ": " + text;
      out += '}';
      return true;
    }
    case Kind::kDouble: return add(decimal(value.as_double()));
    case Kind::kOptional: return false;
    default: {
      const auto text = to_text(value);
      return text && add(*text);
    }
  }
}

std::string in_base(std::uint64_t size, bool negative, int base) {
  char buffer[72];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), size, base).ptr;
  return (negative ? "-" : "") + std::string(std::begin(buffer), end);
}
std::optional<std::string> whole(const Value& value, int base) {
  if (value.is(Kind::kUint)) return in_base(value.as_uint(), false, base);
  if (!value.is(Kind::kInt)) return std::nullopt;
  const std::int64_t number = value.as_int();
  const auto bits = static_cast<std::uint64_t>(number);
  return in_base(number < 0 ? ~bits + 1 : bits, number < 0, base);
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::optional<std::string> digits(const Value& value, std::chars_format form, int precision) {
  if (!is_number(value)) return std::nullopt;
  const double number = to_double(value);
  if (!std::isfinite(number)) return shortest(number);
  char buffer[512];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), number, form, precision).ptr;
  return std::string(std::begin(buffer), end);
}

// Any letter but 's'.
std::optional<std::string> clause(char letter, int precision, const Value& value) {
  switch (letter) {
    case 'd':
      if (value.is(Kind::kDouble)) return decimal(value.as_double());
      return whole(value, 10);
    case 'f': return digits(value, std::chars_format::fixed, precision);
    case 'e': return digits(value, std::chars_format::scientific, precision);
    case 'o': return whole(value, 8);
    case 'b':
      if (value.is(Kind::kBool)) return value.as_bool() ? "1" : "0";
      return whole(value, 2);
    default: {
      std::optional<std::string> out = value.is(Kind::kString)  ? hex(value.as_string())
                                       : value.is(Kind::kBytes) ? hex(value.as_bytes())
                                                                : whole(value, 16);
      return out && letter == 'X' ? upper(*out) : out;
    }
  }
}

}  // namespace

Outcome format(std::string_view pattern, const List& values, Work& work) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%') {
      out += pattern[at];
      continue;
    }
    if (++at < pattern.size() && pattern[at] == '%') {
      out += '%';
      continue;
    }
    int precision = 6;
    if (at < pattern.size() && pattern[at] == '.') {
      const auto [stop, error] = std::from_chars(pattern.data() + at + 1, pattern.data() + pattern.size(), precision);
      if (error != std::errc() || precision < 0 || precision > kMostDigits)
        return fault("a format asks for a wrong number of digits", "at most 100, as %.2f");
      at = static_cast<std::size_t>(stop - pattern.data());
    }
    if (at >= pattern.size() || std::string_view("sdfeobxX").find(pattern[at]) == std::string_view::npos) {
      return fault("the format has a '%' without one of its letters",
                   "write one of %s %d %f %e %o %b %x %X, or %% for a percent sign");
    }
    if (used == values.size())
      return fault("the format needs more than the " + std::to_string(values.size()) + " values it is given");
    const Value& value = values[used++];
    bool good = false;
    bool exceeded = false;
    if (pattern[at] == 's') {
      good = show(out, value, work, exceeded);
    } else {
      // In hexadecimal a byte of a text takes two.
      exceeded = !work.charge_text(value) || !work.charge_text(value) || !work.charge(1);
      const auto text = exceeded ? std::nullopt : clause(pattern[at], precision, value);
      good = text.has_value();
      exceeded = exceeded || (good && !work.charge_reading(text->size()));
      out += text.value_or("");
    }
    if (exceeded) return work.exceeded();
    if (!good) {
      return fault("'%" + std::string(1, pattern[at]) + "' does not take a value of type " + type_name(value),
                   "%s takes any value", Code::kExpressionType);
    }
  }
  if (!work.charge_bytes(pattern.size())) return work.exceeded();
  return Value::string(std::move(out));
}

}  // namespace assay::expr
