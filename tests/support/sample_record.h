// SPDX-License-Identifier: Apache-2.0
// Finished runs for tests of what reads a record. Everything in them is made up and fixed: no clock, no random numbers
// that differ between machines.
#pragma once

#include <string>

#include "engine/record/run_record.h"

namespace assay::test {

// A run of the programme quick over one server: every class, every verdict, every kind of skip, counters that moved,
// samples that do not count, a sustained series, Chinese names.
record::RunRecord sample_run();

// The same run on a good day: every test that ran passed.
record::RunRecord passing_run();

// A recipe without tests: three steps on two targets, cut off by an interrupt.
record::RunRecord recipe_run();

// One test with one metric; the small thing to change in tests.
record::RunRecord tiny_run();

// A test that passed, for filling up.
record::StepRecord sample_test(const std::string& id, const std::string& test_class, const std::string& hardware);
record::MetricRecord sample_metric(const std::string& name, const std::string& unit, std::vector<double> samples);

}  // namespace assay::test
