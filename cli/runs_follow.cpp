// SPDX-License-Identifier: Apache-2.0
// `runs show --follow`: a run as it goes, from its journal. It only reads: whatever ends it leaves the run alone.
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "cli/run_text.h"
#include "cli/terminal/style.h"
#include "cli/verbs.h"
#include "engine/base/text.h"
#include "engine/record/journal_tail.h"
#include "engine/record/members.h"
#include "engine/record/run_reader.h"
#include "engine/record/step_json.h"
#include "engine/record/tries.h"
#include "engine/system/interruptible.h"

namespace assay::cli {
namespace {

// The signals that end us, taken where we wait, so that output is never cut in the middle of a line.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&signals_);
    for (const int signal : system::not_ignored({SIGINT, SIGTERM})) sigaddset(&signals_, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  // The signal that came within `time`; 0: none.
  [[nodiscard]] int wait(std::chrono::milliseconds time) const {
    const timespec limit{.tv_sec = time.count() / 1000, .tv_nsec = (time.count() % 1000) * 1'000'000};
    const int signal = ::sigtimedwait(&signals_, nullptr, &limit);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t signals_{};
};

using record::text_of;

class Follower {
 public:
  Follower(const Common& common) : json_(common.json), colour_(colour_of(common, STDOUT_FILENO)) {}

  void line(const Json& line) {
    const std::string& type = text_of(line, "type");
    if (type == "planned") {
      record::StepRecord step;
      record::plan_from_json(line, step);
      steps_[step.id] = std::move(step);
    } else if (type == "started") {
      started(steps_[text_of(line, "step")], line);
    } else if (type == "attempt") {
      record::end_attempt(steps_[text_of(line, "step")], record::attempt_from_json(line),
                          record::time_of(line, "time"));
    } else if (type == "finished") {
      const std::string& id = text_of(line, "step");
      record::StepRecord& step = steps_[id];
      step.id = id;
      record::result_from_json(line, step);
      record::end_attempt(step,
                          {.status = step.status,
                           .verdict = step.verdict,
                           .reason = step.reason,
                           .failure = text_of(line, "failure"),
                           .exit_code = step.exit_code},
                          record::time_of(line, "time"));
      std::cout << (json_ ? to_json_line(step_json(step)) : step_line(step, kWidth, colour_)) << '\n';
    } else if (type == "sealed" || type == "stopped") {
      ended_ = true;
    } else if (type == "resumed") {
      ended_ = false;
    }
  }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  static void started(record::StepRecord& step, const Json& line) {
    const auto time = record::time_of(line, "time");
    if (!step.started) step.started = time;
    if (text_of(line, "part").empty()) record::begin_attempt(step, time);
  }

  static constexpr std::size_t kWidth = 40;
  bool json_;
  Colour colour_;
  bool ended_ = false;
  std::unordered_map<std::string, record::StepRecord> steps_;
};

// Everything that is there now.
Result<void> catch_up(record::JournalTail& tail, Follower& follower) {
  for (;;) {
    ASSAY_TRY(const std::vector<Json> lines, tail.next());
    if (lines.empty()) return {};
    for (const Json& line : lines) follower.line(line);
    std::cout.flush();
  }
}

}  // namespace

int runs_follow(const Common& common, const RunsShowVerb& verb) {
  const auto place = find_named_run(common, verb.run);
  if (!place) return give_up(common, place.error());
  auto tail = record::JournalTail::open(place->folder);
  if (!tail) return give_up(common, tail.error());
  const EndSignals signals;
  Follower follower(common);
  for (bool last_look = false;;) {
    if (auto lines = catch_up(*tail, follower); !lines) return give_up(common, lines.error());
    if (follower.ended() || last_look || !std::cout) break;
    // What was written until its writer ended is there when the writer is gone, so one more look is enough.
    last_look = !is_at_work(*place);
    if (last_look) continue;
    if (const int signal = signals.wait(std::chrono::milliseconds(100)); signal != 0) return 128 + signal;
  }
  const auto run = record::read_run(place->folder);
  if (!run) return give_up(common, run.error());
  const record::RunSummary summary = record::summarise(*run);
  const std::string state = state_of(*place, *run);
  if (common.json) {
    std::cout << to_json_line(summary_json(summary, state, place->shown.string())) << '\n';
  } else {
    const std::string help = state_help(state);
    std::cout << run->id << "  " << printable(run->recipe_name) << "  "
              << result_word(summary, state, colour_of(common, STDOUT_FILENO)) << (help.empty() ? "" : ": " + help)
              << '\n';
  }
  return 0;
}

}  // namespace assay::cli
