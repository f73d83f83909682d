// SPDX-License-Identifier: Apache-2.0
// Single values as people write them: quantities, durations, times, parameters of every type. What was understood is
// written and understood again as the same. The first byte chooses the parameter, the rest is the text.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/base/quantity.h"
#include "engine/base/time.h"
#include "engine/expr/time_text.h"
#include "engine/recipe/reader.h"

namespace {

using namespace assay;

void read_quantity(std::string_view text) {
  (void)parse_unit(text);
  const auto quantity = parse_quantity(text);
  if (!quantity) {
    if (quantity.error().message.empty()) std::abort();
    return;
  }
  const auto again = parse_quantity(to_string(*quantity));
  if (!again || again->value != quantity->value) std::abort();
  (void)to_human(*quantity);
}

void read_times(std::string_view text) {
  if (const auto duration = parse_duration(text)) {
    const auto again = parse_duration(format_duration(*duration));
    if (!again || *again != *duration) std::abort();
    (void)format_elapsed(*duration);
  }
  if (const auto time = parse_rfc3339(text)) {
    const auto again = parse_rfc3339(format_rfc3339(*time));
    if (!again || format_rfc3339(*again) != format_rfc3339(*time)) std::abort();
    (void)format_compact(*time);
  }
  if (const auto time = expr::parse_timestamp(text)) {
    if (expr::parse_timestamp(expr::to_text(*time)) != time) std::abort();
  }
  if (const auto duration = expr::parse_duration_text(text)) {
    if (expr::parse_duration_text(expr::to_text(*duration)) != duration) std::abort();
  }
}

recipe::Param param_of(std::uint8_t choice) {
  using Type = recipe::ParamType;
  constexpr std::array kTypes = {Type::kString, Type::kInt,  Type::kNumber, Type::kBool, Type::kDuration,
                                 Type::kSize,   Type::kEnum, Type::kSecret, Type::kList};
  recipe::Param param;
  param.name.text = "p";
  param.type = kTypes[choice % kTypes.size()];
  if (param.type == Type::kEnum) param.choices = {"fast", "slow"};
  if (param.type == Type::kString && choice >= 128) param.pattern = "[a-z]+(-[a-z]+)*";
  if (param.type == Type::kList && choice >= 128) {
    param.items = kTypes[choice / kTypes.size() % (kTypes.size() - 1)];
    param.typed_items = true;
  }
  if (param.type == Type::kInt && choice >= 128) {
    param.min = expr::Value::integer(-3);
    param.max = expr::Value::integer(1'000'000);
  }
  return param;
}

void read_param(const recipe::Param& param, const std::string& text) {
  for (const auto& value :
       {recipe::convert_param_text(param, text), recipe::convert_param(param, expr::Value::string(text))}) {
    if (!value) {
      if (render(value.error()).empty()) std::abort();
    } else if (!recipe::convert_param(param, *value)) {
      std::abort();  // what fits still fits
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  read_quantity(text);
  read_times(text);
  read_param(param_of(data[0]), text);
  (void)recipe::pattern_problem(text);
  return 0;
}
