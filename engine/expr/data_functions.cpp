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
  return from_json(*json, JsonOrigin::kForeign);
}

Outcome encode_base64(Arguments a, Work& work) {
  if (!work.charge_bytes(a[0].as_bytes().size() * 2)) return work.exceeded();
  return Value::string(base64(a[0].as_bytes()));
}

Outcome decode_base64_text(Arguments a, Work& work) {
  const std::string& text = a[0].as_string();
  if (!work.charge_bytes(text.size())) return work.exceeded();
  auto bytes = decode_base64(text);
  if (!bytes) return fault("the text is not base64", "it has the digits A-Z a-z 0-9 + / and '=' only at its end");
  return Value::bytes(std::move(*bytes));
}

constexpr FunctionRow kDataRows[] = {
    {"json", Style::kFunction, "string", "dyn", "the value of a JSON text", parse_json_text},
    {"base64.encode", Style::kFunction, "bytes", "string", "the bytes in base64", encode_base64},
    {"base64.decode", Style::kFunction, "string", "bytes", "the bytes of a text in base64", decode_base64_text},
};

}  // namespace

std::span<const FunctionRow> data_rows() { return kDataRows; }

}  // namespace assay::expr
