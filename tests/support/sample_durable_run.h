// SPDX-License-Identifier: Apache-2.0
// Records of long runs: attempts, resumptions, questions, steps side by side; and of runs with very many steps.
#pragma once

#include "engine/record/run_record.h"

namespace assay::test {

// A deployment of 31 minutes: two hosts side by side in a container, a flash that needed three attempts, a question, a
// reboot with its resumption, a soak that decided the end.
record::RunRecord durable_run();
// The same while it waits for the answer.
record::RunRecord waiting_run();
// `count` rows of one step, `lanes` at a time, a second each; every thousandth fails.
record::RunRecord wide_run(int count, int lanes);

}  // namespace assay::test
