// SPDX-License-Identifier: Apache-2.0
// Answers that are there before anybody asks: `--answers FILE`, for runs without a person.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "engine/base/result.h"
#include "engine/plan/plan.h"
#include "engine/run/questions.h"

namespace assay::cli {

// A YAML mapping of steps to answers, or to { answer, note }. Errors: kBadValue, not of that form, or an answer that does
// not fit what its step asks for; kUnknownStep, a step that the plan does not have.
Result<std::map<std::string, run::GivenAnswer>> read_answers(const std::filesystem::path& file, const plan::Plan& plan);

}  // namespace assay::cli
