// SPDX-License-Identifier: Apache-2.0
// Words and colours of verdicts, the same on every screen.
#pragma once

#include <string>

#include "engine/base/diagnostic.h"
#include "engine/record/run_record.h"

namespace assay::cli {

std::string painted(std::string_view text, std::string_view sgr, Colour colour);
// The verdict, padded to `width`, in its colour.
std::string painted_verdict(record::Verdict verdict, Colour colour, std::size_t width = 0);
// "1,234 {event}/s" style: the key number of a test, with interval and limit; empty when it has none.
std::string key_number(const record::StepRecord& step);
std::string pad(std::string_view text, std::size_t width);
// The room that the ids of these steps get in a column: as much as the longest needs, within bounds.
std::size_t id_width(const std::vector<record::StepRecord>& steps);

}  // namespace assay::cli
