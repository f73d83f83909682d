// SPDX-License-Identifier: Apache-2.0
// What happens in a run, for those who watch: the terminal, an events file. Plain data; observers run on the loop's
// thread and must not block. The journal is not an observer: it is written first (docs/architecture.md).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/action/context.h"
#include "engine/record/run_record.h"

namespace assay::run {

struct RunStarted {
  std::string run;
  std::string title;
  std::filesystem::path folder;
  std::vector<record::StepRecord> steps;  // planned, in plan order
  std::vector<record::PreconditionRecord> preconditions;
};
struct StepStarted {
  std::string step;
};
struct StepProgress {
  std::string step;
  action::Progress progress;
};
struct StepFinished {
  record::StepRecord step;
};
struct Stopping {
  bool urgent = false;
};
struct RunFinished {
  record::Verdict verdict;
  int exit_code;
  std::string problem;
};
using Event = std::variant<RunStarted, StepStarted, StepProgress, StepFinished, Stopping, RunFinished>;

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_event(const Event& event) = 0;
  // Called a few times a second while the run lasts, for clocks that move.
  virtual void on_tick() {}
};

// One line of JSON for an event: "assay.events/1".
std::string to_json_line(const Event& event, WallTime time);

}  // namespace assay::run
