// SPDX-License-Identifier: Apache-2.0
// Overlays: a recipe and, behind a line "---8<---", what changes it, both hostile. They end in one model or in
// diagnostics with places inside one of the two.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/recipe/reader.h"

namespace {

std::uint32_t lines_of(const std::string& text) {
  return static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
}

void check_places(const assay::Diagnostics& problems) {
  for (const assay::Diagnostic& problem : problems.items()) {
    if (problem.where && problem.where->source && problem.where->line > lines_of(problem.where->source->text))
      std::abort();
    if (problem.message.empty()) std::abort();
  }
  assay::render(problems);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string between = "---8<---\n";
  const auto cut = text.find(between);
  const std::string recipe = text.substr(0, cut);
  const std::string overlay = cut == std::string::npos ? std::string() : text.substr(cut + between.size());
  const auto alone = assay::recipe::overlay_problems({.text = overlay, .name = "o.yaml", .path = "o.yaml"});
  check_places(alone);
  const auto both = assay::recipe::read_recipe({.text = recipe, .name = "r.yaml", .path = "r.yaml"},
                                               {{.text = overlay, .name = "o.yaml", .path = "o.yaml"}});
  if (both.value.has_value() == both.problems.has_errors()) std::abort();
  if (both.value && alone.has_errors()) std::abort();  // no recipe makes a wrong overlay right
  check_places(both.problems);
  return 0;
}
