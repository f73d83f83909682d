// SPDX-License-Identifier: Apache-2.0
// Not a test: writes the reports of the sample runs into a folder, to be looked at. `unit_reports_render FOLDER`.
#include <cstdio>

#include "reports/report.h"
#include "support/sample_record.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  for (const auto& [name, run] : {std::pair{"sample", assay::test::sample_run()},
                                  {"passing", assay::test::passing_run()},
                                  {"recipe", assay::test::recipe_run()},
                                  {"tiny", assay::test::tiny_run()}}) {
    for (const char* language : {"en", "zh-CN"}) {
      const auto paths = assay::reports::write_reports(run, folder / name / language, assay::reports::known_formats(),
                                                       {.language = language});
      if (!paths) {
        std::fputs(assay::render(paths.error()).c_str(), stderr);
        return 1;
      }
      for (const auto& [format, path] : *paths) std::printf("%s\n", path.c_str());
    }
  }
  return 0;
}
