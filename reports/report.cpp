// SPDX-License-Identifier: Apache-2.0
#include "reports/report.h"

#include <algorithm>
#include <array>
#include <optional>

#include "engine/base/atomic_file.h"
#include "engine/base/text.h"
#include "reports/html_report.h"
#include "reports/json_report.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "reports/otlp_report.h"
#include "reports/words.h"

namespace assay::reports {

namespace {

using record::RunRecord;

struct Format {
  std::string_view name;
  std::string_view file;
  void (*write)(const RunRecord& run, Language language, const Sink& sink);
};

constexpr std::array<Format, 5> kFormats{{
    {"html", "report.html",
     [](const RunRecord& run, Language language, const Sink& sink) { sink(html_report(run, language)); }},
    {"json", "report.json", [](const RunRecord& run, Language, const Sink& sink) { write_json_report(run, sink); }},
    {"junit", "junit.xml", [](const RunRecord& run, Language, const Sink& sink) { write_junit_report(run, sink); }},
    {"markdown", "report.md",
     [](const RunRecord& run, Language language, const Sink& sink) { sink(markdown_report(run, language)); }},
    {"otlp", "trace.json", [](const RunRecord& run, Language, const Sink& sink) { write_otlp_report(run, sink); }},
}};

// Pieces of a report are small; the file gets them together.
Result<void> write_report(const Format& format, const RunRecord& run, Language language,
                          const std::filesystem::path& path) {
  constexpr std::size_t kTogether = 256U << 10U;
  ASSAY_TRY(AtomicFile file, AtomicFile::create(path));
  std::string waiting;
  std::optional<Diagnostic> problem;
  const auto flush = [&] {
    if (problem) return;
    if (auto written = file.write(waiting); !written) problem = std::move(written).error();
    waiting.clear();
  };
  format.write(run, language, [&](std::string_view bytes) {
    waiting += bytes;
    if (waiting.size() >= kTogether) flush();
  });
  flush();
  if (problem) return failure(std::move(*problem));
  return file.commit();
}

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
  std::string out;
  found->write(run, language, [&](std::string_view bytes) { out += bytes; });
  return out;
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
    ASSAY_CHECK(write_report(*format, run, language, path));
    paths[std::string(format->name)] = path;
  }
  return paths;
}

}  // namespace assay::reports
