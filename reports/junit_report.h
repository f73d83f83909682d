// SPDX-License-Identifier: Apache-2.0
// junit.xml: the run for CI systems. One testsuite per class, one testcase per test; docs/reports.md has the mapping of
// verdicts. A red case is a case that made the exit code red: what does not block is shown as skipped, with its
// verdict.
#pragma once

#include <string>

#include "engine/record/run_record.h"
#include "reports/sink.h"

namespace assay::reports {

// Valid UTF-8 and XML 1.0 whatever the record holds.
void write_junit_report(const record::RunRecord& run, const Sink& sink);
std::string junit_report(const record::RunRecord& run);

}  // namespace assay::reports
