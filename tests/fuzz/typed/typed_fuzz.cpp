// SPDX-License-Identifier: Apache-2.0
// What other programs say to `assay eval`: values with their types, which are written and read again as the same, and
// requests, which are answered with what can be written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/base/json.h"
#include "engine/expr/request.h"
#include "engine/expr/typed_json.h"

namespace {

constexpr assay::expr::Limits kLimits{.bytes = 4096, .depth = 40, .work = 20'000};

void read_typed(const assay::Json& json) {
  const auto value = assay::expr::from_typed_json(json);
  if (!value) {
    if (value.error().message.empty()) std::abort();
    return;
  }
  const assay::Json written = assay::expr::to_typed_json(*value);
  const auto again = assay::expr::from_typed_json(written);
  if (!again || assay::to_json_line(assay::expr::to_typed_json(*again)) != assay::to_json_line(written)) std::abort();
  if (assay::expr::type_of(*value).text() != assay::expr::type_of(*again).text()) std::abort();
  (void)assay::to_json_line(assay::expr::to_json(*value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = assay::parse_json(text, "input");
  if (!json) return 0;
  read_typed(*json);
  const auto answer = assay::expr::answer_request(*json, kLimits);
  if (!answer) {
    if (answer.error().message.empty()) std::abort();
    return 0;
  }
  if (answer->contains("error") == answer->contains("type")) std::abort();
  (void)assay::to_json_line(*answer);
  if (answer->contains("value")) read_typed(*answer);
  return 0;
}
