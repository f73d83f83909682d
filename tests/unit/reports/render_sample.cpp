// SPDX-License-Identifier: Apache-2.0
// Not a test: writes the reports of the sample runs into a folder, to be looked at. With a second argument, the output
// of `assay facts --json`, the machine is that one: `unit_reports_render FOLDER [FACTS]`.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "reports/report.h"
#include "support/sample_durable_run.h"
#include "support/sample_record.h"

namespace {

int fail(const assay::Diagnostic& why) {
  std::fputs(assay::render(why).c_str(), stderr);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return 2;
  const std::filesystem::path folder = argv[1];
  for (const auto& [name, run] : {std::pair{"sample", assay::test::sample_run()},
                                  {"passing", assay::test::passing_run()},
                                  {"recipe", assay::test::recipe_run()},
                                  {"tiny", assay::test::tiny_run()},
                                  {"durable", assay::test::durable_run()},
                                  {"waiting", assay::test::waiting_run()},
                                  {"wide", assay::test::wide_run(5000, 8)}}) {
    assay::record::RunRecord shown = run;
    if (argc == 3) {
      const auto text = assay::read_file(argv[2]);
      if (!text) return fail(text.error());
      const auto facts = assay::parse_json(*text, argv[2]);
      if (!facts) return fail(facts.error());
      shown.machines = {{"local", *facts}};
    }
    for (const char* language : {"en", "zh-CN"}) {
      const auto paths = assay::reports::write_reports(shown, folder / name / language, assay::reports::known_formats(),
                                                       {.language = language});
      if (!paths) return fail(paths.error());
      for (const auto& [format, path] : *paths) std::printf("%s\n", path.c_str());
    }
  }
  return 0;
}
