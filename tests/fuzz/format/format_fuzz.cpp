// SPDX-License-Identifier: Apache-2.0
// The formatter: whatever the bytes are, they end in a text or in problems; the text reads like the source (the
// formatter checks that itself and says S011), and formatting it again changes nothing.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "engine/recipe/formatter.h"

namespace {

[[noreturn]] void give_up(const char* what, const std::string& text) {
  std::fprintf(stderr, "%s:\n%s\n", what, text.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const assay::recipe::Formatted once = assay::recipe::format_yaml(text, "fuzz.yaml");
  if (once.text.has_value() == once.problems.has_errors()) give_up("neither text nor problems, or both", text);
  for (const assay::Diagnostic& problem : once.problems.items()) {
    if (problem.code == assay::Code::kFormatter) give_up("another meaning", assay::render(problem));
  }
  if (!once.text) return 0;
  const assay::recipe::Formatted twice = assay::recipe::format_yaml(*once.text, "fuzz.yaml");
  if (!twice.text) give_up("the result cannot be formatted", assay::render(twice.problems) + *once.text);
  if (*twice.text != *once.text) give_up("not stable", *once.text + "\n--- again:\n" + *twice.text);
  return 0;
}
