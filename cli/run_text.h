// SPDX-License-Identifier: Apache-2.0
// How `runs` shows runs and steps, as text and as JSON (docs/formats.md).
#pragma once

#include <string>

#include "engine/base/diagnostic.h"
#include "engine/base/json.h"
#include "engine/record/run_summary.h"

namespace assay::cli {

// Members of `runs list --json` and the head of `runs show --json`.
Json summary_json(const record::RunSummary& run, const std::string& state, const std::string& folder);
// Each attempt: number, status, verdict, failure, exit_code, started, finished, reason.
Json tries_json(const record::StepRecord& step);
Json step_json(const record::StepRecord& step);
// One line without its end: verdict or status, id, time taken, key number, attempts, reason.
std::string step_line(const record::StepRecord& step, std::size_t width, Colour colour);
// "pass", or of a run that has not ended its state, in colour.
std::string result_word(const record::RunSummary& run, const std::string& state, Colour colour, std::size_t width = 0);
// What the state means and what goes on from there; empty for "finished".
std::string state_help(const std::string& state);
// "1.2 MiB".
std::string size_text(std::uint64_t bytes);

}  // namespace assay::cli
