// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "engine/base/diagnostic_json.h"
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
  Json files = Json::array();
  for (const auto& file : verb.files) {
    Diagnostics problems = problems_of(file, verb.overlays);
    good = good && !problems.has_errors();
    if (common.json) {
      problems.sort();
      Json list = Json::array();
      for (const Diagnostic& problem : problems.items()) list.push_back(to_json(problem));
      files.push_back({{"path", file.string()}, {"valid", !problems.has_errors()}, {"problems", std::move(list)}});
      continue;
    }
    complain(common, problems);
    if (!problems.has_errors()) std::cout << file.string() << ": valid\n";
  }
  const int exit_code = good ? 0 : kUsageExit;
  if (common.json) {
    std::cout << to_json_line({{"format", "assay.validate/1"}, {"exit_code", exit_code}, {"files", std::move(files)}})
              << '\n';
  }
  return exit_code;
}

}  // namespace assay::cli
