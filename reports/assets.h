// SPDX-License-Identifier: Apache-2.0
// The files of templates/, compiled in, so that the program needs no data beside it. Made by reports/embed.cmake.
#pragma once

#include <string_view>

namespace assay::reports {

extern const std::string_view kReportTemplate;  // templates/report.html.mustache
extern const std::string_view kReportStyle;     // templates/report.css

}  // namespace assay::reports
