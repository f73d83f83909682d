// SPDX-License-Identifier: Apache-2.0
// YAML and every reader of files: whatever the bytes are, they end in a model or in diagnostics with places inside the
// text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/recipe/reader.h"
#include "engine/recipe/recipe_test_model.h"
#include "engine/recipe/yaml.h"

namespace {

using assay::Diagnostics;

void check_places(const Diagnostics& problems, const std::string& text) {
  const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
  for (const assay::Diagnostic& problem : problems.items()) {
    if (problem.where && problem.where->source && problem.where->line > lines) std::abort();
    if (problem.message.empty()) std::abort();
  }
  assay::render(problems);
}

template <class T>
void check(const assay::recipe::ReadResult<T>& result, const std::string& text) {
  if (result.value.has_value() == result.problems.has_errors()) std::abort();
  check_places(result.problems, text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto document = assay::recipe::parse_yaml(text, "fuzz.yaml");
  check_places(document.problems, text);
  if (!document.root) {
    if (!document.problems.has_errors()) std::abort();
    return 0;
  }
  assay::recipe::to_value(*document.root);
  assay::recipe::kind_of(text);
  check(assay::recipe::read_recipe(text, "fuzz.yaml", "fuzz.yaml"), text);
  check(assay::recipe::read_suite(text, "fuzz.yaml", "fuzz.yaml"), text);
  check(assay::recipe::read_programme(text, "fuzz.yaml", "fuzz.yaml"), text);
  check(assay::recipe::read_recipe_test(text, "fuzz.yaml", "fuzz.yaml"), text);
  return 0;
}
