// SPDX-License-Identifier: Apache-2.0
// Text that carries data: JSON and base64.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/base/text.h"
#include "engine/expr/functions.h"

namespace assay::expr {
namespace {

Outcome parse_json_text(Arguments a, Work& work) {
  // A value of JSON takes several times its text.
  if (!work.charge_bytes(a[0].as_string().size() * 8)) return work.exceeded();
  auto json = parse_json(a[0].as_string(), "the text");
  if (!json) return fault(std::move(json.error().message), std::move(json.error().help), json.error().code);
  return from_json(*json);
}

Outcome encode_base64(Arguments a, Work& work) {
  if (!work.charge_bytes(a[0].as_bytes().size() * 2)) return work.exceeded();
  return Value::string(base64(a[0].as_bytes()));
}

Outcome decode_base64(Arguments a, Work& work) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string_view text = a[0].as_string();
  if (!work.charge_bytes(text.size())) return work.exceeded();
  const std::size_t padded = text.size();
  while (text.ends_with('=')) text.remove_suffix(1);
  const std::size_t padding = padded - text.size();
  if (text.size() % 4 == 1 || padding > 2 || (padding > 0 && padded % 4 != 0))
    return fault("the text is not base64: its length is wrong");
  std::string out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos)
      return fault("the text is not base64: '" + printable(std::string_view(&c, 1)) + "' is none of its digits");
    group = (group << 6U) | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(static_cast<unsigned char>(group >> bits));
    }
  }
  return Value::bytes(std::move(out));
}

constexpr FunctionRow kRows[] = {
    {"json", Style::kFunction, "string", "dyn", "the value of a JSON text", parse_json_text},
    {"base64.encode", Style::kFunction, "bytes", "string", "the bytes in base64", encode_base64},
    {"base64.decode", Style::kFunction, "string", "bytes", "the bytes of a text in base64", decode_base64},
};

}  // namespace

std::span<const FunctionRow> data_rows() { return kRows; }

}  // namespace assay::expr
