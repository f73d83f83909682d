// SPDX-License-Identifier: Apache-2.0
#include "reports/report.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "engine/record/run_reader.h"
#include "engine/record/store.h"

namespace assay::cli {

int report(const Common& common, const ReportVerb& verb) {
  const auto give_up = [&](const Diagnostic& problem) {
    complain(common, problem);
    return exit_code_of(problem);
  };
  const auto store = store_of(common);
  if (!store) return give_up(store.error());
  const auto folder = record::find_run(*store, verb.run);
  if (!folder) return give_up(folder.error());
  const auto run = record::read_run(*folder);
  if (!run) return give_up(run.error());
  const auto formats = verb.formats.empty() ? std::vector<std::string>{"html", "json", "junit"} : verb.formats;
  const auto paths =
      reports::write_reports(*run, verb.output.value_or(*folder / "reports"), formats, {.language = common.language});
  if (!paths) return give_up(paths.error());
  Json json = Json::object();
  for (const auto& [format, path] : *paths) {
    json[format] = path.string();
    if (!common.json) std::cout << path.string() << '\n';
  }
  if (common.json) std::cout << to_json_line(json) << '\n';
  return 0;
}

}  // namespace assay::cli
