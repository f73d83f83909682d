// SPDX-License-Identifier: Apache-2.0
// Verdict and exit code of a run from those of its steps (semantics 3). Pure.
#pragma once

#include <vector>

#include "engine/record/run_record.h"

namespace assay::run {

enum class Interruption : std::uint8_t { kNone, kInterrupt, kTerminate };

struct Outcome {
  record::Verdict verdict = record::Verdict::kInconclusive;
  int exit_code = 3;
};

// Over blockers: fail > error > inconclusive > waived > pass; nothing judged at all is inconclusive. Steps without a
// test count like tests when there are no tests. `broken`: the run could not be carried on, which is no better than an
// error. Its record cannot be written, or soon could not be: then the exit code is 3 also when a step had failed, since
// what is known may not be all (semantics 5.5). Or it is `late`: past its deadline, and its record is whole.
Outcome judge_run(const std::vector<record::StepRecord>& steps, Interruption interruption, bool broken,
                  bool late = false);

}  // namespace assay::run
