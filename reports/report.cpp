// SPDX-License-Identifier: Apache-2.0
#include "reports/report.h"

#include <algorithm>
#include <array>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "reports/html_report.h"
#include "reports/json_report.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "reports/words.h"

namespace assay::reports {

namespace {

using record::RunRecord;

struct Format {
  std::string_view name;
  std::string_view file;
  std::string (*render)(const RunRecord& run, Language language);
};

constexpr std::array<Format, 4> kFormats{{
    {"html", "report.html", html_report},
    {"json", "report.json", [](const RunRecord& run, Language) { return json_report(run); }},
    {"junit", "junit.xml", [](const RunRecord& run, Language) { return junit_report(run); }},
    {"markdown", "report.md", markdown_report},
}};

Result<const Format*> find_format(std::string_view name) {
  const auto* const found =
      std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& one) { return one.name == name; });
  if (found != kFormats.end()) return found;
  Diagnostic unknown{.code = Code::kReportFormat, .message = "unknown report format '" + printable(name) + "'"};
  unknown.expected = "one of " + join(known_formats(), ", ");
  unknown.help = did_you_mean(name, known_formats());
  return failure(std::move(unknown));
}

Result<Language> find_language(std::string_view tag) {
  if (const auto language = language_from(tag)) return *language;
  Diagnostic unknown{.code = Code::kReportLanguage, .message = "unknown report language '" + printable(tag) + "'"};
  unknown.expected = "en or zh-CN";
  unknown.help = did_you_mean(tag, {"en", "zh-CN"});
  return failure(std::move(unknown));
}

}  // namespace

std::vector<std::string> known_formats() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

Result<std::string> render_report(const RunRecord& run, std::string_view format, const ReportOptions& options) {
  ASSAY_TRY(const Language language, find_language(options.language));
  ASSAY_TRY(const Format* found, find_format(format));
  return found->render(run, language);
}

Result<ReportPaths> write_reports(const RunRecord& run, const std::filesystem::path& folder,
                                  const std::vector<std::string>& formats, const ReportOptions& options) {
  ASSAY_TRY(const Language language, find_language(options.language));
  std::vector<const Format*> chosen;
  for (const std::string& name : formats) {
    ASSAY_TRY(const Format* format, find_format(name));
    chosen.push_back(format);
  }
  ASSAY_CHECK(make_directories(folder));
  ReportPaths paths;
  for (const Format* format : chosen) {
    const std::filesystem::path path = folder / format->file;
    ASSAY_CHECK(write_file_atomically(path, format->render(run, language)));
    paths[std::string(format->name)] = path;
  }
  return paths;
}

}  // namespace assay::reports
