// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/verbs.h"
#include "engine/plan/loader.h"

namespace assay::cli {

int validate(const Common& common, const ValidateVerb& verb) {
  bool good = true;
  for (const auto& file : verb.files) {
    const Diagnostics problems = plan::validate_file(file);
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
