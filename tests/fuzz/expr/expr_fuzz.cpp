// SPDX-License-Identifier: Apache-2.0
// Expressions and templates: any bytes give a value or a diagnostic, and what is checked without a
// mistake and evaluates has a value that can be written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/base/quantity.h"
#include "engine/expr/expression.h"
#include "engine/expr/interpolation.h"

namespace {

constexpr assay::expr::Limits kLimits{.bytes = 4096, .depth = 40, .work = 20'000};

assay::expr::Activation activation() {
  return {.variable = [](std::string_view name) -> std::optional<assay::expr::Value> {
            if (name == "s") return assay::expr::Value::string("line 1\nvalue: 2.5\n");
            if (name == "q") return assay::expr::Value::quantity(*assay::parse_quantity("4 GiB"));
            return std::nullopt;
          },
          .function = {}};
}

void one_expression(std::string_view text) {
  const auto expression = assay::expr::Expression::parse(text, std::nullopt, kLimits);
  if (!expression) {
    (void)assay::render(expression.error());
    return;
  }
  const auto checked = assay::expr::check(*expression, assay::expr::Declarations());
  if (checked.type.has_value() == checked.problems.has_errors()) std::abort();
  (void)assay::render(checked.problems);
  const auto value = assay::expr::evaluate(*expression, activation());
  if (value) {
    (void)assay::to_json_line(assay::expr::to_json(*value));
    (void)assay::expr::to_text(*value);
  } else {
    (void)assay::render(value.error());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  one_expression(text);
  if (const auto parsed = assay::expr::TemplateText::parse(text, std::nullopt, kLimits))
    (void)parsed->evaluate(activation());
  return 0;
}
