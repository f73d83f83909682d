// SPDX-License-Identifier: Apache-2.0
#include "reports/report.h"

#include <gtest/gtest.h>

#include "support/sample_record.h"
#include "support/temp_folder.h"

namespace assay::reports {
namespace {

TEST(WriteReports, WritesEachFormatUnderItsName) {
  const test::TempFolder folder("reports 认证");
  const auto paths = write_reports(test::tiny_run(), folder / "a" / "b", known_formats(), {});
  ASSERT_TRUE(paths.has_value()) << render(paths.error());
  const std::filesystem::path out = folder / "a" / "b";
  EXPECT_EQ(*paths, (ReportPaths{{"html", out / "report.html"},
                                 {"json", out / "report.json"},
                                 {"junit", out / "junit.xml"},
                                 {"markdown", out / "report.md"},
                                 {"otlp", out / "trace.json"}}));
  for (const auto& [format, path] : *paths) {
    EXPECT_EQ(test::slurp(path), render_report(test::tiny_run(), format, {}).value()) << format;
  }
}

TEST(WriteReports, RepeatsByteForByte) {
  for (const std::string& format : known_formats()) {
    EXPECT_EQ(render_report(test::sample_run(), format, {}).value(),
              render_report(test::sample_run(), format, {}).value());
  }
}

TEST(WriteReports, ReplacesAnOldReport) {
  const test::TempFolder folder;
  folder.write("report.md", "old");
  ASSERT_TRUE(write_reports(test::tiny_run(), folder.path(), {"markdown"}, {}).has_value());
  EXPECT_EQ(test::slurp(folder / "report.md").substr(0, 6), "# Pass");
}

TEST(WriteReports, WritesNothingForAnUnknownFormat) {
  const test::TempFolder folder;
  const auto paths = write_reports(test::tiny_run(), folder / "out", {"json", "junitt"}, {});
  ASSERT_FALSE(paths.has_value());
  EXPECT_EQ(render(paths.error()),
            "error[T001]: unknown report format 'junitt'\n"
            "  expected one of html, json, junit, markdown, otlp\n"
            "  help: did you mean 'junit'?\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(WriteReports, WritesNothingForAnUnknownLanguage) {
  const test::TempFolder folder;
  const auto paths = write_reports(test::tiny_run(), folder / "out", {"json"}, {.language = "zh-CM"});
  ASSERT_FALSE(paths.has_value());
  EXPECT_EQ(render(paths.error()),
            "error[T002]: unknown report language 'zh-CM'\n"
            "  expected en or zh-CN\n"
            "  help: did you mean 'zh-CN'?\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(WriteReports, SaysWhereItCannotWrite) {
  const test::TempFolder folder;
  const auto file = folder.write("file", "");
  const auto paths = write_reports(test::tiny_run(), file / "out", {"json"}, {});
  ASSERT_FALSE(paths.has_value());
  EXPECT_NE(paths.error().message.find(file.string()), std::string::npos) << paths.error().message;
}

}  // namespace
}  // namespace assay::reports
