// SPDX-License-Identifier: Apache-2.0
// StepRecord and its parts to JSON and back: one place for both directions.
#pragma once

#include "engine/record/run_record.h"

namespace assay::record {

// What is known before a step runs: names, class, blocker …
Json plan_to_json(const StepRecord& step);
void plan_from_json(const Json& json, StepRecord& step);
// What is known after it.
Json result_to_json(const StepRecord& step);
void result_from_json(const Json& json, StepRecord& step);

Json to_json(const EvidenceRef& item);
EvidenceRef evidence_from_json(const Json& json);
// The end of one attempt; its times are those of the lines it stands between.
Json attempt_to_json(const AttemptRecord& item);
AttemptRecord attempt_from_json(const Json& json);
// JSON has no NaN and no infinity: they are texts, a sample that is one must not vanish.
Json number_to_json(double value);
// Adds what one execution measured.
void sample_from_json(const Json& json, StepRecord& step);
// What is asked; the answer is not in it.
Json question_to_json(const QuestionRecord& item);
QuestionRecord question_from_json(const Json& json);
Json to_json(const PreconditionRecord& item);
PreconditionRecord precondition_from_json(const Json& json);
Json to_json(const ToolRecord& item);
ToolRecord tool_from_json(const Json& json);

}  // namespace assay::record
