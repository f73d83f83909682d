// SPDX-License-Identifier: Apache-2.0
// report.json: the run for scripts. Format "assay.report/1", described in docs/reports.md and by
// docs/schemas/report.schema.json; members are only ever added.
#pragma once

#include <string>

#include "engine/record/run_record.h"
#include "reports/sink.h"

namespace assay::reports {

// Numbers that are not finite become null. Nothing is left out, so the size follows the samples of the run.
// More than kMostIndented steps stand one a line, fewer are indented for people.
void write_json_report(const record::RunRecord& run, const Sink& sink);
std::string json_report(const record::RunRecord& run);

inline constexpr std::size_t kMostIndented = 2000;

}  // namespace assay::reports
