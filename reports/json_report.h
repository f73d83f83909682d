// SPDX-License-Identifier: Apache-2.0
// report.json: the run for scripts. Format "assay.report/1", described in docs/reports.md and by
// docs/schemas/report.schema.json; members are only ever added.
#pragma once

#include <string>

#include "engine/base/json.h"
#include "engine/record/run_record.h"

namespace assay::reports {

// Numbers that are not finite become null. Nothing is left out, so the size follows the samples of the run.
Json report_value(const record::RunRecord& run);
std::string json_report(const record::RunRecord& run);

}  // namespace assay::reports
