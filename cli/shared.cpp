// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/verbs.h"
#include "engine/record/run_reader.h"
#include "engine/record/store.h"

namespace assay::cli {

Result<std::filesystem::path> store_of(const Common& common) {
  if (common.store) return std::filesystem::absolute(*common.store).lexically_normal();
  return record::default_store();
}

Result<record::RunRecord> read_named_run(const Common& common, const std::string& name) {
  ASSAY_TRY(const std::filesystem::path store, store_of(common));
  ASSAY_TRY(const std::filesystem::path folder, record::find_run(store, name));
  return record::read_run(folder);
}

Colour colour_of(const Common& common, int fd) {
  if (common.color == "always") return Colour::kAlways;
  if (common.color == "never") return Colour::kNever;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool plain =
      (no_color != nullptr && no_color[0] != '\0') || term == nullptr || std::string_view(term) == "dumb";
  return !plain && ::isatty(fd) == 1 ? Colour::kAlways : Colour::kNever;
}

void complain(const Common& common, const Diagnostic& problem) {
  std::cerr << (problem.where ? "" : "assay: ") << render(problem, colour_of(common, STDERR_FILENO));
}

void complain(const Common& common, const Diagnostics& problems) {
  if (!problems.empty()) std::cerr << render(problems, colour_of(common, STDERR_FILENO));
}

int exit_code_of(const Diagnostic& problem) {
  const char group = info(problem.code).text.front();
  return group == 'U' || group == 'Y' || group == 'R' || group == 'P' || group == 'E' ? kUsageExit : kFailedExit;
}

}  // namespace assay::cli
