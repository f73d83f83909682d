// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "engine/expr/format.h"
#include "engine/expr/functions.h"
#include "engine/expr/utf8.h"

namespace assay::expr {
namespace {

const std::string& text(const Value& value) { return value.as_string(); }

tl::unexpected<std::unique_ptr<Fault>> outside(std::int64_t index, std::size_t size) {
  return fault("index " + std::to_string(index) + " is outside a text of " + std::to_string(size) + " characters");
}

Outcome contains(Arguments a, Work& work) {
  if (!work.charge_bytes(text(a[0]).size())) return work.exceeded();
  return Value::boolean(find_text(text(a[0]), text(a[1])) != std::string_view::npos);
}
Outcome starts_with(Arguments a, Work& work) {
  if (!work.charge_text(a[1])) return work.exceeded();
  return Value::boolean(text(a[0]).starts_with(text(a[1])));
}
Outcome ends_with(Arguments a, Work& work) {
  if (!work.charge_text(a[1])) return work.exceeded();
  return Value::boolean(text(a[0]).ends_with(text(a[1])));
}

Outcome char_at(Arguments a, Work& work) {
  if (!work.charge_bytes(text(a[0]).size())) return work.exceeded();
  const std::u32string characters = code_points(text(a[0]));
  const std::int64_t index = a[1].as_int();
  if (index < 0 || static_cast<std::size_t>(index) > characters.size()) return outside(index, characters.size());
  return Value::string(utf8(characters.substr(static_cast<std::size_t>(index), 1)));
}

// The place of a[1] in a[0]: the first from the index a[2], or the last that is not after it.
Outcome place_of(Arguments a, Work& work, bool last) {
  if (!work.charge_bytes(text(a[0]).size() + text(a[1]).size())) return work.exceeded();
  const std::string_view whole = text(a[0]);
  const std::size_t size = count_code_points(whole);
  const std::int64_t from = a.size() > 2 ? a[2].as_int() : last ? static_cast<std::int64_t>(size) : 0;
  if (from < 0 || static_cast<std::size_t>(from) > size) return outside(from, size);
  std::size_t begin = 0;  // the byte at that index
  for (std::int64_t i = 0; i < from; ++i) begin += code_point_size(whole, begin);
  const std::size_t at = last ? find_last_text(whole, text(a[1]), begin) : find_text(whole, text(a[1]), begin);
  if (at == std::string_view::npos) return Value::integer(-1);
  return Value::integer(static_cast<std::int64_t>(count_code_points(whole.substr(0, at))));
}
Outcome index_of(Arguments a, Work& work) { return place_of(a, work, false); }
Outcome last_index_of(Arguments a, Work& work) { return place_of(a, work, true); }

Outcome join(Arguments a, Work& work) {
  std::string out;
  for (const Value& item : a[0].as_list()) {
    if (!item.is(Kind::kString))
      return fault("join() needs a list of texts, but one element is " + type_name(item),
                   "convert with .map(x, string(x))", Code::kExpressionType);
    if (a.size() > 1 && &item != a[0].as_list().data()) out += text(a[1]);
    out += text(item);
    if (!work.charge_bytes(text(item).size() + (a.size() > 1 ? text(a[1]).size() : 0))) return work.exceeded();
  }
  return Value::string(std::move(out));
}

Outcome lower_ascii(Arguments a, Work& work) {
  if (!work.charge_bytes(text(a[0]).size())) return work.exceeded();
  std::string out = text(a[0]);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return Value::string(std::move(out));
}
Outcome upper_ascii(Arguments a, Work& work) {
  if (!work.charge_bytes(text(a[0]).size())) return work.exceeded();
  std::string out = text(a[0]);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return Value::string(std::move(out));
}

// Replaces a[1] by a[2], at most a[3] times. An empty a[1] stands before every character and at the end.
Outcome replace(Arguments a, Work& work) {
  const std::string& from = text(a[1]);
  const std::string& to = text(a[2]);
  std::int64_t left = a.size() > 3 ? a[3].as_int() : -1;
  std::string out;
  std::string_view rest = text(a[0]);
  while (left != 0) {
    const std::size_t at = find_text(rest, from);
    if (at == std::string_view::npos) break;
    if (!work.charge_bytes(at + from.size() + to.size())) return work.exceeded();
    out.append(rest.substr(0, at)).append(to);
    rest.remove_prefix(at + from.size());
    if (left > 0) --left;
    if (!from.empty()) continue;
    if (rest.empty()) break;
    do {
      out += rest.front();
      rest.remove_prefix(1);
    } while (!rest.empty() && (static_cast<unsigned char>(rest.front()) & 0xC0U) == 0x80U);
  }
  if (!work.charge_bytes(rest.size())) return work.exceeded();
  return Value::string(out.append(rest));
}

// At most a[2] parts; an empty separator makes a part of every character.
Outcome split_text(Arguments a, Work& work) {
  const std::int64_t most = a.size() > 2 ? a[2].as_int() : -1;
  List parts;
  if (most == 0) return Value::list({});
  std::string_view rest = text(a[0]);
  const std::string& separator = text(a[1]);
  if (!work.charge_bytes(rest.size())) return work.exceeded();
  const auto full = [&] { return most > 0 && parts.size() + 1 == static_cast<std::size_t>(most); };
  while (!full()) {
    if (!work.charge_part()) return work.exceeded();
    std::size_t at = find_text(rest, separator);
    if (separator.empty()) {
      at = std::min<std::size_t>(1, rest.size());
      while (at < rest.size() && (static_cast<unsigned char>(rest[at]) & 0xC0U) == 0x80U) ++at;
      if (at == rest.size()) at = std::string_view::npos;
    }
    if (at == std::string_view::npos) break;
    parts.push_back(Value::string(std::string(rest.substr(0, at))));
    rest.remove_prefix(at + separator.size());
  }
  if (!separator.empty() || !rest.empty()) parts.push_back(Value::string(std::string(rest)));
  return Value::list(std::move(parts));
}

Outcome substring(Arguments a, Work& work) {
  if (!work.charge_bytes(text(a[0]).size())) return work.exceeded();
  const std::u32string characters = code_points(text(a[0]));
  const auto size = static_cast<std::int64_t>(characters.size());
  const std::int64_t begin = a[1].as_int();
  const std::int64_t end = a.size() > 2 ? a[2].as_int() : size;
  if (begin < 0 || begin > size) return outside(begin, characters.size());
  if (end < 0 || end > size) return outside(end, characters.size());
  if (begin > end)
    return fault("a part of a text cannot begin at " + std::to_string(begin) + " and end at " + std::to_string(end));
  return Value::string(utf8(characters.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin))));
}

// White space as Unicode has it (property White_Space).
bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}
Outcome trim_text(Arguments a, Work& work) {
  if (!work.charge_bytes(text(a[0]).size())) return work.exceeded();
  const std::u32string characters = code_points(text(a[0]));
  auto begin = characters.begin();
  auto end = characters.end();
  while (begin != end && is_space(*begin)) ++begin;
  while (begin != end && is_space(*(end - 1))) --end;
  return Value::string(utf8(std::u32string(begin, end)));
}

Outcome reverse(Arguments a, Work& work) {
  if (!work.charge_bytes(text(a[0]).size())) return work.exceeded();
  std::u32string characters = code_points(text(a[0]));
  std::reverse(characters.begin(), characters.end());
  return Value::string(utf8(characters));
}

Outcome quote(Arguments a, Work& work) {
  if (!work.charge_bytes(text(a[0]).size() * 2)) return work.exceeded();
  static constexpr std::string_view kFrom = "\a\b\f\n\r\t\v\\\"";
  static constexpr std::string_view kTo = "abfnrtv\\\"";
  std::string out = "\"";
  for (const char32_t c : code_points(text(a[0]))) {
    const std::size_t escape = c < 0x80 ? kFrom.find(static_cast<char>(c)) : std::string_view::npos;
    if (escape != std::string_view::npos) {
      out += '\\';
      out += kTo[escape];
    } else {
      append_utf8(out, c);
    }
  }
  return Value::string(out + '"');
}

Outcome lines_of(Arguments a, Work& work) {
  if (!work.charge_bytes(text(a[0]).size())) return work.exceeded();
  List out;
  for (const std::string_view line : lines(text(a[0]))) {
    if (!work.charge_part()) return work.exceeded();
    out.push_back(Value::string(std::string(line)));
  }
  return Value::list(std::move(out));
}

Outcome format_text(Arguments a, Work& work) { return format(text(a[0]), a[1].as_list(), work); }

constexpr FunctionRow kStringRows[] = {
    {"contains", kM, "string, string", "bool", "whether the other text stands somewhere in this one", contains},
    {"startsWith", kM, "string, string", "bool", "whether the text begins with the other", starts_with},
    {"endsWith", kM, "string, string", "bool", "whether the text ends with the other", ends_with},
    {"charAt", kM, "string, int", "string", "the character at an index; empty at the end", char_at},
    {"indexOf", kM, "string, string", "int", "the index of the first place of the other text, or -1; from an index",
     index_of},
    {"indexOf", kM, "string, string, int", "int", "", index_of},
    {"lastIndexOf", kM, "string, string", "int", "the index of the last place of the other text, or -1; up to an index",
     last_index_of},
    {"lastIndexOf", kM, "string, string, int", "int", "", last_index_of},
    {"join", kM, "list(string)", "string", "the texts of a list in one, with a separator between them", join},
    {"join", kM, "list(string), string", "string", "", join},
    {"lowerAscii", kM, "string", "string", "A to Z become small letters", lower_ascii},
    {"upperAscii", kM, "string", "string", "a to z become capital letters", upper_ascii},
    {"replace", kM, "string, string, string", "string", "every place of one text replaced by another; at most so many",
     replace},
    {"replace", kM, "string, string, string, int", "string", "", replace},
    {"split", kM, "string, string", "list(string)", "the parts between separators; at most so many", split_text},
    {"split", kM, "string, string, int", "list(string)", "", split_text},
    {"substring", kM, "string, int", "string", "the characters from one index up to before another", substring},
    {"substring", kM, "string, int, int", "string", "", substring},
    {"trim", kM, "string", "string", "without white space at both ends", trim_text},
    {"reverse", kM, "string", "string", "the characters, or elements, from last to first", reverse},
    {"reverse", kM, "list(A)", "list(A)", "", reverse_list},
    {"format", kM, "string, list(dyn)", "string", "%s %d %f %e %x %X %o %b replaced by the elements of the list",
     format_text},
    {"strings.quote", kF, "string", "string", "the text as a literal in double quotes", quote},
    {"lines", kF, "string", "list(string)", "the lines of a text, without their ends", lines_of},
    {"lines", kM, "string", "list(string)", "the same", lines_of},
};

}  // namespace

std::span<const FunctionRow> string_rows() { return kStringRows; }

}  // namespace assay::expr
