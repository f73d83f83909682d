// SPDX-License-Identifier: Apache-2.0
// One session of a run: one call of `run` or `resume`, from its first line in the journal to the end it comes to. All
// of it happens on one loop. Only engine/run includes this; execute_plan() is what others call.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/action/actions.h"
#include "engine/run/engine.h"
#include "engine/run/gate.h"
#include "engine/run/machine_turn.h"
#include "engine/run/resume.h"

namespace assay::run {
namespace asio = boost::asio;

class Session {
 public:
  Session(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target, const RunOptions& options,
          const std::vector<Observer*>& observers, const Clock& clock, World& world, record::RunWriter writer,
          const std::filesystem::path& work_root, target::MachineAccess* machine);
  void keep_list(system::ProcessList&& processes) { processes_->keep_list(std::move(processes)); }
  RunResult run();

 private:
  // --- The end ---
  RunResult close();
  [[nodiscard]] Outcome judge() const;
  [[nodiscard]] Ending how_it_ended() const;
  Result<void> write_end(RunResult& result);

  // --- What is told, what stops ---
  [[nodiscard]] bool broken() const { return !problem_.empty(); }
  void tell(const Event& event);
  void watch_signals();
  void wait_for_signal();
  void wait_for_tick();
  void watch_deadline(const Nanoseconds& deadline);
  void stop_all();
  void wake_steps();
  void lose_journal(const Diagnostic& problem);
  // The record cannot be written, or soon could not be: nothing new starts, what runs is ended.
  void give_up(const Diagnostic& problem);
  void look_for_room();
  [[nodiscard]] Stop stop_state() const;

  // --- The beginning (session_begin.cpp) ---
  asio::awaitable<void> begin();
  asio::awaitable<Result<void>> record_start();
  Result<void> record_facts();
  Result<void> record_tools();
  // Steps that came since, or whose line was not written any more, get it; those that went and have no end get one.
  Result<void> record_other_steps(const record::RunRecord& record);
  // What the journal says is done is done; the rest is open, and why it is done again is written down.
  Result<void> take_up_again();
  // In the order of the groups, so that what one needs is settled before it.
  void replay();

  // --- The steps ---
  // Starts what can start, settles what will not run, until nothing more can be done now.
  void advance();
  [[nodiscard]] std::string why_stopped() const;
  void finish();
  // What the record has of a step from before this session; nullptr: nothing.
  [[nodiscard]] const record::StepRecord* earlier(std::size_t index) const;
  asio::awaitable<void> perform(std::size_t index);
  // How long earlier sessions were at work after the step had begun.
  [[nodiscard]] Nanoseconds worked_before(std::size_t index) const;
  action::StepContext context_of(std::size_t index, const system::StopRequest& stop);
  // Path and digest of each program that a step starts, once (semantics 4.4): what a number in a report can be traced
  // to, and what a resumed run compares.
  asio::awaitable<Result<void>> note_tool(std::string program, std::string path);
  void conclude(std::size_t index, record::StepRecord done, SteadyTime begin);
  void settle(std::size_t index, record::StepRecord result);

  // --- People (session_people.cpp) ---
  // A question of the recipe; kWaiting: nobody has answered yet.
  asio::awaitable<record::StepRecord> approve(std::size_t index);
  // What becomes of a step that destroys and was cut off: the recipe or a person says. nullopt: it is done again;
  // kWaiting: nobody has said yet.
  asio::awaitable<std::optional<record::StepRecord>> decide_interrupted(std::size_t index);
  // What the journal has under the step is the question of now, and no other that the recipe had before.
  [[nodiscard]] bool is_still(const std::map<std::string, record::QuestionRecord>& known,
                              const record::QuestionRecord& question) const;
  // What the run was given beforehand for this question.
  [[nodiscard]] std::optional<record::QuestionRecord> given_answer(const record::QuestionRecord& question) const;
  // As the journal has it: without secrets.
  [[nodiscard]] record::QuestionRecord as_written(record::QuestionRecord question) const;
  // Puts a question and waits; nullopt: no answer in this session.
  asio::awaitable<std::optional<record::QuestionRecord>> ask(std::size_t index, record::QuestionRecord question);
  // The time for an answer is over when that of its step is.
  void watch_deadline(std::size_t index, asio::steady_timer& timer);
  // Puts what is open to the person at hand; the run ends here, to go on later, when nobody answers.
  asio::awaitable<void> ask_person();
  void wait_for_people();
  // After an answer: others may have taken its job, its pools and the machine meanwhile; it waits for its turn as it
  // did at first. false: the run ends before that.
  asio::awaitable<bool> return_to_work(std::size_t index);
  void end_returns();

  // --- Reboots (session_boots.cpp) ---
  // One boot after another; kWaiting: the run goes on after the next one.
  asio::awaitable<record::StepRecord> boot_again(std::size_t index, const system::StopRequest& stop);
  bool read_command(std::size_t index, Reboot& reboot, record::StepRecord& out) const;
  // The run ends here in order, so that the machine can be rebooted: nothing else is at work, nothing else starts.
  record::StepRecord wait_for_boot(record::StepRecord out, Reboot next);
  record::StepRecord booted(std::size_t index, record::StepRecord out, const Boots& boots);
  asio::awaitable<hardware::Facts> facts_now();

  const plan::Plan& plan_;
  const hardware::Facts& facts_;
  const target::Target& target_;
  const RunOptions& options_;
  const std::vector<Observer*>& observers_;
  const Clock& clock_;
  World& world_;
  asio::io_context loop_;
  record::RunWriter writer_;
  std::unique_ptr<system::Processes> processes_;
  int stop_requests_ = 0;
  Results results_;
  Scheduler scheduler_;
  Gate gate_;
  Questions questions_;
  action::ScratchFolders scratch_;
  action::RetryBudget retries_;  // where the plan has one
  MachineTurn machine_;
  asio::signal_set signals_;
  asio::steady_timer tick_;
  asio::steady_timer deadline_;
  std::set<std::string> noted_;  // programs that the record knows
  std::vector<record::PreconditionRecord> preconditions_;
  std::optional<record::ResumeRecord> resumed_;
  Taken taken_;                                            // empty in a new run
  std::map<std::string, record::QuestionRecord> answers_;  // given before this session and not used yet, by step
  std::optional<Reboot> reboot_;
  std::map<std::string, record::QuestionRecord> asked_;   // before this session, without an answer yet
  std::size_t waiting_ = 0;                               // steps that wait for a person
  std::map<std::size_t, asio::steady_timer*> returning_;  // that have their answer and wait for their turn
  std::set<std::size_t> overdue_;                         // questions that nobody answered in time
  bool asking_ = false;                                   // ask_person() is at work
  Interruption interruption_ = Interruption::kNone;
  std::string problem_;
  bool journal_lost_ = false;
  bool no_room_ = false;
  bool late_ = false;
  bool waits_ = false;
  bool advancing_ = false;
  bool finished_ = false;
};

}  // namespace assay::run
