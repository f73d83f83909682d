// SPDX-License-Identifier: Apache-2.0
// report.md: one screen for a merge request or a ticket: verdict, results by class, what failed and why.
#pragma once

#include <string>

#include "engine/record/run_record.h"
#include "reports/words.h"

namespace assay::reports {

std::string markdown_report(const record::RunRecord& run, Language language);

}  // namespace assay::reports
