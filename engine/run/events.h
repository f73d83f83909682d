// SPDX-License-Identifier: Apache-2.0
// What happens in a run, for those who watch: the terminal, an events file. Plain data; observers run on the loop's
// thread and must not block. The journal is not an observer: it is written first (docs/architecture.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/action/context.h"
#include "engine/record/run_record.h"

namespace assay::run {

using Steps = std::vector<record::StepRecord>;

struct RunStarted {
  std::string run;
  std::string title;
  std::filesystem::path folder;
  std::shared_ptr<const Steps> steps;  // planned, in plan order; never null. The engine's own: valid during the call
  std::vector<record::PreconditionRecord> preconditions;
};
struct StepStarted {
  std::string step;
};
struct StepProgress {
  std::string step;
  action::Progress progress;
};
// An attempt of a step ended and does not settle it, or it is the last one.
struct StepAttempt {
  std::string step;
  record::AttemptRecord attempt;
  double wait_s = -1;  // until the next attempt starts; negative: none follows
  int most = 0;        // attempts the step may have in all; 0: not known
};
struct StepFinished {
  record::StepRecord step;
};
// A question to a person is open: its step waits.
struct Waiting {
  record::QuestionRecord question;
};
struct Answered {
  record::QuestionRecord question;
};
// The run was taken up again; comes after RunStarted, whose steps then hold what was settled before.
struct Resumed {
  record::ResumeRecord resume;
};
// Another run is in the way of the next step, and has been for a while.
struct MachineBusy {
  std::string holder;  // "run … of user ann (process 312 on lab7, since …)"
};
struct Stopping {
  bool urgent = false;
};
struct RunFinished {
  record::Verdict verdict;
  int exit_code;
  std::string problem;
};
using Event = std::variant<RunStarted, StepStarted, StepProgress, StepAttempt, StepFinished, Waiting, Answered, Resumed,
                           MachineBusy, Stopping, RunFinished>;

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_event(const Event& event) = 0;
  // Called a few times a second while the run lasts, for clocks that move.
  virtual void on_tick() {}
};

// One line of JSON for an event: "assay.events/1". `seq` counts the lines of one file from 1, so that a reader sees
// what it missed.
std::string event_line(const Event& event, WallTime time, std::uint64_t seq);
// The last line of a file that lacks `count` events because nobody read it in time.
std::string left_out_line(std::uint64_t count, WallTime time, std::uint64_t seq);

}  // namespace assay::run
