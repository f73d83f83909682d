// SPDX-License-Identifier: Apache-2.0
// trace.json: the run as one trace of OpenTelemetry, for Jaeger, Tempo and other readers of OTLP/JSON. One
// ExportTraceServiceRequest (opentelemetry-proto 1.x, JSON mapping of the OTLP specification: ids in hex, 64-bit
// integers as text, enumerations as numbers). Attributes have the names of the semantic conventions for CI/CD and
// processes where there are some; docs/reports.md lists them.
#pragma once

#include <string>

#include "engine/record/run_record.h"
#include "reports/sink.h"

namespace assay::reports {

// Ids follow from the record, so the same run is the same trace: the trace is named by the first 16 bytes of the
// SHA-256 of the run's id, a span by the first 8 bytes of the SHA-256 of "RUN/STEP" or "RUN/STEP#ATTEMPT", never zero.
std::string trace_id(const record::RunRecord& run);
std::string span_id(const record::RunRecord& run, const std::string& instance);

// Steps that never started have no time and no span.
void write_otlp_report(const record::RunRecord& run, const Sink& sink);
std::string otlp_report(const record::RunRecord& run);

}  // namespace assay::reports
