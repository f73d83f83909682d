// SPDX-License-Identifier: Apache-2.0
#include "engine/base/quantity.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "engine/base/text.h"

namespace assay {
namespace {

constexpr std::size_t kLongestSymbol = 64;
constexpr int kDeepest = 8;  // parentheses

enum class Prefixes : std::uint8_t {
  kNone,
  kDecimal,
  kLarge,
  kBinary
};  // kLarge: decimal ones above 1 only; kBinary: also Ki…

struct Atom {
  std::string_view symbol;
  double factor;
  Dimension dimension;  // information, time, length, mass, current, temperature
  Prefixes prefixes;
};
// Factors: SI brochure (9th edition) and IEC 80000-13.
constexpr Atom kAtoms[] = {
    {"B", 1, {1}, Prefixes::kBinary},
    {"By", 1, {1}, Prefixes::kBinary},
    {"bit", 0.125, {1}, Prefixes::kBinary},
    {"s", 1, {0, 1}, Prefixes::kDecimal},
    {"min", 60, {0, 1}, Prefixes::kNone},
    {"h", 3600, {0, 1}, Prefixes::kNone},
    {"d", 86400, {0, 1}, Prefixes::kNone},
    {"wk", 604800, {0, 1}, Prefixes::kNone},
    {"Hz", 1, {0, -1}, Prefixes::kLarge},
    {"rpm", 1.0 / 60, {0, -1}, Prefixes::kNone},
    {"IOPS", 1, {0, -1}, Prefixes::kLarge},
    {"FLOPS", 1, {0, -1}, Prefixes::kLarge},
    {"FLOP", 1, {}, Prefixes::kLarge},
    {"op", 1, {}, Prefixes::kLarge},
    {"T", 1, {}, Prefixes::kLarge},
    {"m", 1, {0, 0, 1}, Prefixes::kDecimal},
    {"g", 0.001, {0, 0, 0, 1}, Prefixes::kDecimal},
    {"A", 1, {0, 0, 0, 0, 1}, Prefixes::kDecimal},
    {"K", 1, {0, 0, 0, 0, 0, 1}, Prefixes::kDecimal},
    {"Cel", 1, {0, 0, 0, 0, 0, 1}, Prefixes::kNone},
    {"V", 1, {0, -3, 2, 1, -1}, Prefixes::kDecimal},
    {"Ohm", 1, {0, -3, 2, 1, -2}, Prefixes::kDecimal},
    {"W", 1, {0, -3, 2, 1}, Prefixes::kDecimal},
    {"J", 1, {0, -2, 2, 1}, Prefixes::kDecimal},
    {"Wh", 3600, {0, -2, 2, 1}, Prefixes::kDecimal},
    {"N", 1, {0, -2, 1, 1}, Prefixes::kDecimal},
    {"Pa", 1, {0, -2, -1, 1}, Prefixes::kDecimal},
    {"%", 0.01, {}, Prefixes::kNone},
    {"ppm", 1e-6, {}, Prefixes::kNone},
};

struct Prefix {
  std::string_view symbol;
  double factor;
  bool binary;
};
constexpr Prefix kPrefixes[] = {
    {"p", 1e-12, false},  {"n", 1e-9, false},   {"u", 1e-6, false},   {"\u00b5", 1e-6, false}, {"\u03bc", 1e-6, false},
    {"m", 1e-3, false},   {"k", 1e3, false},    {"M", 1e6, false},    {"G", 1e9, false},       {"T", 1e12, false},
    {"P", 1e15, false},   {"E", 1e18, false},   {"Ki", 0x1p10, true}, {"Mi", 0x1p20, true},    {"Gi", 0x1p30, true},
    {"Ti", 0x1p40, true}, {"Pi", 0x1p50, true}, {"Ei", 0x1p60, true},
};

// Spellings that people type and that mean something else, or nothing, in UCUM.
struct Slip {
  std::string_view wrong;
  std::string_view right;
};
constexpr Slip kSlips[] = {
    {"KB", "kB (1000 bytes) or KiB (1024 bytes)"},
    {"kb", "kB or kbit"},
    {"mb", "MB or Mbit"},
    {"gb", "GB or Gbit"},
    {"tb", "TB or Tbit"},
    {"Mb", "MB or Mbit"},
    {"Gb", "GB or Gbit"},
    {"Kb", "kB or kbit"},
    {"b", "B or bit"},
    {"K", "K (kelvin) or kB"},
    {"C", "Cel"},
    {"\u00b0C", "Cel"},
    {"degC", "Cel"},
    {"sec", "s"},
    {"hz", "Hz"},
    {"KHz", "kHz"},
    {"Mhz", "MHz"},
    {"Ghz", "GHz"},
    {"hour", "h"},
    {"day", "d"},
    {"minute", "min"},
    {"bps", "bit/s"},
    {"kbps", "kbit/s"},
    {"Mbps", "Mbit/s"},
    {"Gbps", "Gbit/s"},
    {"RPM", "rpm"},
    {"byte", "B"},
    {"bytes", "B"},
    {"watt", "W"},
    {"volt", "V"},
};

struct Named {
  const Atom* atom;
  const Prefix* prefix;  // nullptr: none
};

bool allows(const Atom& atom, const Prefix& prefix) {
  switch (atom.prefixes) {
    case Prefixes::kNone: return false;
    case Prefixes::kDecimal: return !prefix.binary;
    case Prefixes::kLarge: return !prefix.binary && prefix.factor > 1;
    case Prefixes::kBinary: return prefix.factor > 1;
  }
  return false;
}

std::optional<Named> find_named(std::string_view name) {
  for (const Atom& atom : kAtoms) {
    if (atom.symbol == name) return Named{&atom, nullptr};
  }
  for (const Prefix& prefix : kPrefixes) {
    if (!name.starts_with(prefix.symbol)) continue;
    for (const Atom& atom : kAtoms) {
      if (atom.symbol == name.substr(prefix.symbol.size()) && allows(atom, prefix)) return Named{&atom, &prefix};
    }
  }
  return std::nullopt;
}

std::string cure(std::string_view name) {
  for (const Slip& slip : kSlips) {
    if (slip.wrong == name) return "write " + std::string(slip.right);
  }
  std::vector<std::string> known;
  for (const Atom& atom : kAtoms) {
    known.emplace_back(atom.symbol);
    for (const Prefix& prefix : kPrefixes) {
      if (allows(atom, prefix)) known.push_back(std::string(prefix.symbol) + std::string(atom.symbol));
    }
  }
  // Letters of the wrong case are the usual slip, and for a unit they are a smaller one than another letter.
  const auto lower = [](std::string_view text) {
    std::string out(text);
    for (char& c : out) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
  };
  for (const std::string& candidate : known) {
    if (lower(candidate) == lower(name)) return "did you mean '" + candidate + "'?";
  }
  return did_you_mean(name, known);
}

class UnitParser {
 public:
  explicit UnitParser(std::string_view text) : text_(text) {}

  Result<Unit> parse() {
    ASSAY_TRY(Unit unit, product(0));
    if (at_ != text_.size()) return wrong("unexpected '" + std::string(text_.substr(at_, 1)) + "'");
    unit.symbol = std::string(text_);
    return unit;
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  [[nodiscard]] tl::unexpected<Diagnostic> wrong(std::string_view why, std::string help = {}) const {
    return failure(Code::kUnit, "'" + printable(text_) + "' is not a unit: " + printable(why), std::move(help));
  }

  Result<Unit> product(int depth) {
    Unit unit;
    if (peek() != '/') {
      ASSAY_TRY(unit, term(depth));
    }
    while (peek() == '.' || peek() == '/') {
      const int sign = text_[at_++] == '/' ? -1 : 1;
      ASSAY_TRY(const Unit next, term(depth));
      if (unit.offset != 0 || next.offset != 0)
        return wrong("Cel cannot be part of a product", "use K for differences");
      unit.factor *= sign > 0 ? next.factor : 1 / next.factor;
      for (std::size_t i = 0; i < unit.dimension.size(); ++i) {
        const int sum = unit.dimension[i] + sign * next.dimension[i];
        if (!fits(sum)) return wrong("an exponent is too large");
        unit.dimension[i] = static_cast<std::int8_t>(sum);
      }
      if (!usable(unit.factor)) return wrong("its factor is too large or too small");
    }
    return unit;
  }

  Result<Unit> term(int depth) {
    if (peek() == '(') {
      if (depth == kDeepest) return wrong("too many parentheses");
      ++at_;
      ASSAY_TRY(Unit unit, product(depth + 1));
      if (peek() != ')') return wrong("')' is missing");
      ++at_;
      return power(std::move(unit));
    }
    Unit unit;
    if (peek() != '{') {
      const std::size_t begin = at_;
      while (at_ < text_.size() && std::string_view("./(){}+-0123456789 ").find(text_[at_]) == std::string_view::npos)
        ++at_;
      const std::string_view name = text_.substr(begin, at_ - begin);
      if (name.empty() && peek() == '1' && (at_ + 1 == text_.size() || text_[at_ + 1] < '0' || text_[at_ + 1] > '9')) {
        ++at_;
        return annotation(std::move(unit));
      }
      if (name.empty())
        return wrong(at_ == text_.size() ? "a name is missing" : "unexpected '" + std::string(1, peek()) + "'");
      const std::optional<Named> named = find_named(name);
      if (!named) return wrong("'" + std::string(name) + "' is unknown", cure(name));
      unit.factor = named->atom->factor * (named->prefix != nullptr ? named->prefix->factor : 1);
      unit.dimension = named->atom->dimension;
      if (name == "Cel") unit.offset = 273.15;
    }
    ASSAY_TRY(unit, power(std::move(unit)));
    return annotation(std::move(unit));
  }

  Result<Unit> power(Unit unit) {
    const std::size_t begin = at_;
    if (peek() == '+' || peek() == '-') ++at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    if (at_ == begin) return unit;
    int exponent = 0;
    const std::size_t digits = begin + (text_[begin] == '+' ? 1 : 0);
    const auto [stop, error] = std::from_chars(text_.data() + digits, text_.data() + at_, exponent);
    if (error != std::errc() || stop != text_.data() + at_ || !fits(exponent))
      return wrong("an exponent is too large or not a number");
    if (unit.offset != 0 && exponent != 1) return wrong("Cel cannot have an exponent", "use K for differences");
    unit.factor = std::pow(unit.factor, exponent);
    for (std::int8_t& part : unit.dimension) {
      if (!fits(part * exponent)) return wrong("an exponent is too large");
      part = static_cast<std::int8_t>(part * exponent);
    }
    if (!usable(unit.factor)) return wrong("its factor is too large or too small");
    return unit;
  }

  Result<Unit> annotation(Unit unit) {
    if (peek() != '{') return unit;
    const std::size_t end = text_.find_first_of("{}", at_ + 1);
    if (end == std::string_view::npos || text_[end] == '{') return wrong("'}' is missing");
    for (const char c : text_.substr(at_, end - at_)) {
      if (c < '!' || c > '~') return wrong("an annotation holds ASCII characters without spaces only");
    }
    at_ = end + 1;
    return unit;
  }

  static bool fits(int exponent) {
    return exponent >= std::numeric_limits<std::int8_t>::min() && exponent <= std::numeric_limits<std::int8_t>::max();
  }
  static bool usable(double factor) { return std::isfinite(factor) && factor > 0; }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The digits of `value` to `significant` places (whole numbers keep all theirs), without trailing zeros.
std::string rounded(double value, int significant) {
  const double size = std::fabs(value);
  const int magnitude = size > 0 ? static_cast<int>(std::floor(std::log10(size))) : 0;
  const int decimals = std::clamp(significant - 1 - magnitude, 0, 300);
  if (size >= 1e17 || (size > 0 && size < 1e-6)) return shortest(value);
  std::string text(400, '\0');
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals).ptr;
  text.resize(static_cast<std::size_t>(end - text.data()));
  if (text.find('.') != std::string::npos) {
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string with_unit(std::string digits, std::string_view symbol) {
  if (symbol == "1") return digits;
  return digits + ' ' + std::string(symbol);
}

std::string human_time(double seconds) {
  const double size = std::fabs(seconds);
  if (size >= 172800) return rounded(seconds / 86400, 3) + " d";
  if (size >= 7200) return rounded(seconds / 3600, 3) + " h";
  return rounded(seconds / 60, 3) + " min";
}

Result<Unit> combine(const Unit& a, const Unit& b, char sign) {
  if (b.symbol == "1") return a;
  if (a.symbol == "1" && sign == '.') return b;
  const bool simple = b.symbol.find_first_of("./") == std::string::npos;
  return parse_unit(a.symbol + sign + (simple || sign == '.' ? b.symbol : "(" + b.symbol + ")"));
}

}  // namespace

Result<Unit> parse_unit(std::string_view symbol) {
  if (symbol.empty()) return failure(Code::kUnit, "a unit is missing", "write 1 for a number without a unit");
  if (symbol.size() > kLongestSymbol) {
    return failure(Code::kUnit, "a unit of " + std::to_string(symbol.size()) + " bytes; at most " +
                                    std::to_string(kLongestSymbol) + " are allowed");
  }
  return UnitParser(symbol).parse();
}

// "1/s", "1.m", "1{core}": the digit belongs to the unit, as it is printed.
static bool begins_with_one(std::string_view symbol) {
  return symbol == "1" || symbol.starts_with("1/") || symbol.starts_with("1.") || symbol.starts_with("1{");
}

Result<Quantity> parse_quantity(std::string_view text) {
  const std::string_view whole = trim(text);
  const auto wrong = [&] {
    return failure(Diagnostic{.code = Code::kUnit,
                              .message = "'" + printable(shorten(whole, 80)) + "' is not a quantity",
                              .expected = "a number and a unit, for example 4 GiB, 26 GB/s or 85 Cel"});
  };
  Quantity quantity;
  const std::size_t first = whole.starts_with('-') ? 1 : 0;
  if (whole.size() <= first || ((whole[first] < '0' || whole[first] > '9') && whole[first] != '.')) return wrong();
  const auto [stop, error] = std::from_chars(whole.data(), whole.data() + whole.size(), quantity.value);
  if (error != std::errc() || !std::isfinite(quantity.value)) return wrong();
  const std::string_view symbol = trim(whole.substr(static_cast<std::size_t>(stop - whole.data())));
  if (symbol.empty()) return quantity;
  if (symbol.front() >= '0' && symbol.front() <= '9' && !begins_with_one(symbol)) return wrong();
  ASSAY_TRY(quantity.unit, parse_unit(symbol));
  return quantity;
}

std::string shortest(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  const double size = std::fabs(value);
  const auto format =
      size == 0 || (size >= 1e-5 && size < 1e17) ? std::chars_format::fixed : std::chars_format::scientific;
  char buffer[64];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value, format).ptr;
  return {std::begin(buffer), end};
}

std::string to_string(const Quantity& quantity) { return with_unit(shortest(quantity.value), quantity.unit.symbol); }

std::string to_human(const Quantity& quantity) {
  constexpr int kDigits = 3;
  const std::string_view symbol = quantity.unit.symbol;
  if (!std::isfinite(quantity.value)) return to_string(quantity);
  const std::size_t name_size = std::min(symbol.find_first_of("./(){}+-0123456789"), symbol.size());
  const std::optional<Named> named = find_named(symbol.substr(0, name_size));
  const std::string_view rest = symbol.substr(name_size);
  const bool time = named && rest.empty() && named->atom->dimension == Dimension{0, 1};
  if (time && std::fabs(quantity.in_base()) >= 120) return human_time(quantity.in_base());
  const bool scalable = named && (rest.empty() || rest[0] == '/' || rest[0] == '.' || rest[0] == '{');
  if (!scalable || named->atom->prefixes == Prefixes::kNone || quantity.value == 0) {
    return with_unit(rounded(quantity.value, kDigits), symbol);
  }
  const bool binary = named->prefix != nullptr && named->prefix->binary;
  const double plain = quantity.value * (named->prefix != nullptr ? named->prefix->factor : 1);
  // The largest prefix that leaves at least 1 in front of the point after rounding; times stop at the second.
  const Prefix* best = nullptr;
  for (const Prefix& prefix : kPrefixes) {
    if (!allows(*named->atom, prefix) || prefix.binary != (binary && prefix.factor > 1)) continue;
    if (static_cast<unsigned char>(prefix.symbol.front()) > 0x7F || (time && prefix.factor > 1)) continue;
    const double shown = std::fabs(plain) / prefix.factor;
    const bool reaches = shown >= 1 || (!binary && shown >= 0.9995);
    if (prefix.factor < 1 ? (std::fabs(plain) < 0.9995 && (reaches || best == nullptr)) : reaches) best = &prefix;
  }
  const std::string name =
      (best != nullptr ? std::string(best->symbol) : std::string()) + std::string(named->atom->symbol);
  return with_unit(rounded(plain / (best != nullptr ? best->factor : 1), kDigits), name + std::string(rest));
}

bool comparable(const Unit& a, const Unit& b) { return a.dimension == b.dimension; }

double value_in(const Quantity& quantity, const Unit& unit) {
  if (quantity.unit.factor == unit.factor && quantity.unit.offset == unit.offset) return quantity.value;
  if (quantity.unit.offset == 0 && unit.offset == 0) return quantity.value * (quantity.unit.factor / unit.factor);
  return (quantity.in_base() - unit.offset) / unit.factor;
}

std::partial_ordering compare(const Quantity& a, const Quantity& b) {
  if (!comparable(a.unit, b.unit)) return std::partial_ordering::unordered;
  if (a.unit.factor == b.unit.factor && a.unit.offset == b.unit.offset) return a.value <=> b.value;
  const double left = a.in_base();
  const double right = b.in_base();
  constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();
  if (std::fabs(left - right) <= kRounding * std::max(std::fabs(left), std::fabs(right))) {
    return std::partial_ordering::equivalent;
  }
  return left <=> right;
}

Result<Unit> multiply(const Unit& a, const Unit& b) {
  if (b.symbol.starts_with('/')) return parse_unit(a.symbol + b.symbol);
  return combine(a, b, '.');
}
Result<Unit> divide(const Unit& a, const Unit& b) { return combine(a, b, '/'); }

}  // namespace assay
