// SPDX-License-Identifier: Apache-2.0
// Templates and shell scripts with values in them: each value is a variable that the script names, or the script is
// refused with a place inside it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/expr/interpolation.h"
#include "engine/recipe/shell_script.h"

namespace {

constexpr assay::expr::Limits kLimits{.bytes = 4096, .depth = 40, .work = 20'000};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto source = std::make_shared<const assay::SourceText>(assay::SourceText{"fuzz.yaml", text});
  const assay::SourceSpan where{.source = source, .line = 1, .column = 1};
  const auto parsed = assay::expr::TemplateText::parse(text, where, kLimits);
  if (!parsed) {
    if (assay::render(parsed.error()).empty()) std::abort();
    return 0;
  }
  const auto checked = parsed->check(assay::expr::Declarations());
  (void)assay::render(checked.problems);
  if (const auto value = parsed->evaluate({.variable = [](std::string_view) { return std::nullopt; }, .function = {}}))
    (void)assay::expr::to_text(*value);
  assay::Diagnostics problems;
  const auto script = assay::recipe::make_shell_script(*parsed, where, problems);
  (void)assay::render(problems);
  if (script.has_value() == problems.has_errors()) std::abort();
  const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
  for (const assay::Diagnostic& problem : problems.items()) {
    if (problem.where && problem.where->line > lines) std::abort();
  }
  if (!script) return 0;
  for (const auto& variable : script->variables) {
    if (script->text.find(variable.name) == std::string::npos) std::abort();
  }
  return 0;
}
