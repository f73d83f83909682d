// SPDX-License-Identifier: Apache-2.0
#include "reports/report.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"

namespace assay::cli {

int report(const Common& common, const ReportVerb& verb) {
  const auto run = read_named_run(common, verb.run);
  if (!run) return give_up(common, run.error());
  const auto formats = verb.formats.empty() ? std::vector<std::string>{"html", "json", "junit"} : verb.formats;
  std::error_code error;
  const bool is_bundle = std::filesystem::is_regular_file(run->folder, error);
  const auto folder = is_bundle ? std::filesystem::path(run->id + "-reports") : run->folder / "reports";
  const auto paths = reports::write_reports(*run, verb.output.value_or(folder), formats, {.language = common.language});
  if (!paths) return give_up(common, paths.error());
  Json json = Json::object();
  for (const auto& [format, path] : *paths) {
    json[format] = path.string();
    if (!common.json) std::cout << path.string() << '\n';
  }
  if (common.json) std::cout << to_json_line(json) << '\n';
  return 0;
}

}  // namespace assay::cli
