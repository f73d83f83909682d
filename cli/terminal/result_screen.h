// SPDX-License-Identifier: Apache-2.0
// The end of a run on one screen: verdict, counts, the three worst things, where the report is, what to do next. And
// the same as the one JSON line that scripts read.
#pragma once

#include <string>

#include "engine/base/diagnostic.h"
#include "reports/report.h"

namespace assay::cli {

std::string result_screen(const record::RunRecord& run, const reports::ReportPaths& paths, Colour colour);
// design 6: run, status, verdict, exit_code, record, counts, reports, certificate.
std::string result_json(const record::RunRecord& run, const reports::ReportPaths& paths, int exit_code);
// The same for a run that was not gone on with; nullptr: which one is not known. `status` is "error", or "finished"
// when there was nothing to do; what nobody knows is null.
std::string refusal_json(const record::RunRecord* run, int exit_code);

}  // namespace assay::cli
