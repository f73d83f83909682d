// SPDX-License-Identifier: Apache-2.0
// From a finished record to documents. Reads the record and nothing else, so that a run of last year gives the same
// documents again.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/record/run_record.h"

namespace assay::reports {

struct ReportOptions {
  std::string language = "en";  // "en" or "zh-CN"; for documents that people read
};

using ReportPaths = std::map<std::string, std::filesystem::path>;  // by format

// "html", "json", "junit", "markdown".
std::vector<std::string> known_formats();

// The text of one document. Errors: T001 unknown format, T002 unknown language.
Result<std::string> render_report(const record::RunRecord& run, std::string_view format, const ReportOptions& options);

// Writes report.html, report.json, junit.xml, report.md into `folder`, which is made if need be. Each file is replaced
// as a whole or not at all; nothing is written when a format or the language is unknown.
Result<ReportPaths> write_reports(const record::RunRecord& run, const std::filesystem::path& folder,
                                  const std::vector<std::string>& formats, const ReportOptions& options);

}  // namespace assay::reports
