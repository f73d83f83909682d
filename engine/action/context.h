// SPDX-License-Identifier: Apache-2.0
// What an action gets to do its work. Everything is owned by the run; an action keeps nothing after it returns.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "engine/action/names.h"
#include "engine/base/time.h"
#include "engine/record/run_writer.h"
#include "engine/system/process.h"

namespace assay::action {

// Told while a step works, for people who wait.
struct Progress {
  std::string what;  // "sample 3 of 6 to 15", "warming up"
  double done = -1;  // share of the step's work, 0 to 1; negative: not known
};

struct StepContext {
  const plan::PlannedStep& planned;
  boost::asio::any_io_executor loop;
  boost::asio::any_io_executor worker;  // for calls that block
  record::RunWriter& writer;
  system::Processes& processes;
  const system::StopRequest& stop;
  const Clock& clock;
  const target::Target& target;
  Scope scope;
  std::filesystem::path work_root;  // private folders are made below it
  std::chrono::nanoseconds grace;
  std::function<void(const Progress&)> progress;
  expr::Value outputs;  // filled by the action: its outputs with their types
};

}  // namespace assay::action
