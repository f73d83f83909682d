// SPDX-License-Identifier: Apache-2.0
#include "engine/run/outcome.h"

#include <algorithm>

namespace assay::run {

using record::Verdict;

Outcome judge_run(const std::vector<record::StepRecord>& steps, Interruption interruption, bool broken, bool late) {
  const auto has = [&](Verdict verdict) {
    return std::any_of(steps.begin(), steps.end(), [&](const record::StepRecord& step) {
      return step.blocker && !step.rescued && step.verdict == verdict;
    });
  };
  Outcome out;
  for (const Verdict verdict :
       {Verdict::kFail, Verdict::kError, Verdict::kInconclusive, Verdict::kWaived, Verdict::kPass}) {
    if (!has(verdict)) continue;
    out.verdict = verdict;
    break;
  }
  switch (out.verdict) {
    case Verdict::kPass:
    case Verdict::kWaived: out.exit_code = 0; break;
    case Verdict::kError: out.exit_code = 3; break;
    default: out.exit_code = 1; break;
  }
  if (broken && out.verdict != Verdict::kFail) {
    out.verdict = Verdict::kError;
    out.exit_code = 3;
  }
  if (broken && !late) out.exit_code = 3;
  if (interruption == Interruption::kInterrupt) out.exit_code = 130;
  if (interruption == Interruption::kTerminate) out.exit_code = 143;
  return out;
}

}  // namespace assay::run
