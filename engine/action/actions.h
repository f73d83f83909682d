// SPDX-License-Identifier: Apache-2.0
// The kinds of step. Each takes a planned step and gives its finished record; failures of the step are in the record, a
// Diagnostic comes back only when the run itself cannot go on (the journal cannot be written).
#pragma once

#include "engine/action/context.h"

namespace assay::action {

// What settles a step that has an action: its check before, its action, its check after, and all of it again as
// `retry` says (docs/durable-runs.md).
boost::asio::awaitable<Result<record::StepRecord>> perform(StepContext& context);

// How many of `retry`'s attempts a step that was cut off had spent: those that failed. One that was cut off itself has
// no result and counts for nothing.
int attempts_spent(const record::StepRecord& earlier);
// When the first of these began; nullopt: there is none, the step begins anew.
std::optional<WallTime> began(const record::StepRecord& earlier);

// The action alone, once; chooses by the step's action and whether it is a test.
boost::asio::awaitable<Result<record::StepRecord>> perform_once(StepContext& context);
boost::asio::awaitable<Result<record::StepRecord>> perform_run(StepContext& context);
boost::asio::awaitable<Result<record::StepRecord>> perform_facts(StepContext& context);
boost::asio::awaitable<Result<record::StepRecord>> perform_test(StepContext& context);

// The record of a step before it does anything: names, class, blocker.
record::StepRecord planned_record(const plan::PlannedStep& planned, const std::string& target);

// Errors of the step itself become its record; errors of the record end the run.
bool ends_the_run(const Diagnostic& problem);
void set_error(record::StepRecord& step, const Diagnostic& problem);

// The line that says that an attempt without a process begins; on the disk when it returns.
boost::asio::awaitable<Result<void>> begin_attempt(StepContext& context);

// Facts now, collected on the worker.
boost::asio::awaitable<hardware::Facts> collect_facts_on_worker(StepContext& context);

}  // namespace assay::action
