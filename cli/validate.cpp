// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/verbs.h"
#include "engine/base/files.h"
#include "engine/plan/loader.h"
#include "engine/rehearse/rehearsal.h"

namespace assay::cli {
namespace {

// A file that cannot be read is told by whoever reads it.
Diagnostics problems_of(const std::filesystem::path& file, const std::vector<std::filesystem::path>& overlays) {
  const auto text = read_file(file, std::size_t{17} << 20U);
  if (text && recipe::kind_of(*text) == "RecipeTest") return rehearse::load_test(file).problems;
  return plan::validate_file(file, overlays);
}

}  // namespace

int validate(const Common& common, const ValidateVerb& verb) {
  bool good = true;
  for (const auto& file : verb.files) {
    const Diagnostics problems = problems_of(file, verb.overlays);
    complain(common, problems);
    if (problems.has_errors()) {
      good = false;
    } else {
      std::cout << file.string() << ": valid\n";
    }
  }
  return good ? 0 : kUsageExit;
}

}  // namespace assay::cli
