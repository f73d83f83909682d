// SPDX-License-Identifier: Apache-2.0
// Takes secrets out of lines of the record and of events, and leaves alone what holds them together: times, digests,
// ids and the words of the format. A secret that happens to be "finished" must not cost the record its meaning.
#pragma once

#include "engine/record/run_record.h"
#include "engine/secret/redactor.h"

namespace assay::record {

// `line`: a JSON object, as it is written.
void redact_line(Json& line, const secret::Redactor& redactor);
// The same for a step before it is told.
void redact_step(StepRecord& step, const secret::Redactor& redactor);

}  // namespace assay::record
