// SPDX-License-Identifier: Apache-2.0
// Which step may start now, and what becomes of those that may not. Pure state, no clock, no processes. Cost: each
// instance and each need between groups is looked at a constant number of times.
//
// A step takes all its pools at once or none, so steps never wait for each other in a circle. The one that has waited
// longest for room has a claim on all that it needs: later ones take only what is left beyond that, so none starves.
#pragma once

#include <boost/icl/interval_set.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/boxed.h"
#include "engine/plan/plan.h"
#include "engine/record/run_record.h"

namespace assay::run {

class Scheduler {
 public:
  Scheduler(const plan::Plan& plan, std::size_t jobs);

  // The next instance to settle: its needs are settled and there is room for it. Ties go to plan order. nullopt: none
  // now.
  std::optional<std::size_t> next();
  // `index` came from next() and is now running.
  void start(std::size_t index);
  // Settles an instance, running or not. One that is settled before its needs (it was done in an earlier session, what
  // it needs came since) is passed on to those that need it when they are.
  void settle(std::size_t index, const record::StepRecord& result);

  // success() and failure() for an instance whose needs are settled (semantics 2.5); for a container from when its
  // first member could start: over what it waits for, not over its own steps.
  [[nodiscard]] bool success(std::size_t index) const { return chain_of(group_of(index)).ok; }
  [[nodiscard]] bool failure(std::size_t index) const { return chain_of(group_of(index)).failed; }
  // Takes the job of a running instance that waits for a person, and its room in pools. Before it goes on, take_back()
  // puts it among those that wait for their turn, and next() gives it again; withdraw(): it does not go on.
  void lend_job(std::size_t index);
  void take_back(std::size_t index);
  void withdraw(std::size_t index);
  [[nodiscard]] bool has_job(std::size_t index) const { return started_[index]; }
  // The instance that keeps this one, whose needs are settled and whose `if` asks for no status, from running: what
  // failed, not what was skipped for it or ran all the same. nullopt: none does.
  [[nodiscard]] std::optional<std::size_t> culprit(std::size_t index) const { return groups_[group_of(index)].kept_by; }

  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] bool done() const { return settled_count_ == plan_.steps.size(); }

 private:
  // A group that this one is a part of (a block, a recipe in use), and the part of it that it belongs to.
  struct Inside {
    std::size_t container;
    plan::Role section;
  };
  struct Chain {
    bool ok = true;       // all passed or were skipped by their own `if`
    bool failed = false;  // one failed or could not be carried out
  };
  // What few groups of a long run have.
  struct Nesting {
    std::vector<Inside> inside = {};      // of what it is a part of, from the innermost on
    std::vector<std::size_t> named = {};  // sorted: needs that its step names, where what is around it decides
    bool container = false;
    bool decides = false;                 // its `if` asks for a status, so it decides whether its parts are entered
    std::vector<std::size_t> outer = {};  // of a container: what it and its parts wait for outside of it
    std::optional<std::vector<std::size_t>> before = std::nullopt;  // sorted: of those what all of it waits for
  };
  struct GroupState {
    std::size_t needs_left = 0;
    std::size_t unsettled = 0;
    Chain own = {};                                     // its instances
    Chain chain = {};                                   // once its needs are settled: all of them, transitively
    std::optional<std::size_t> culprit = std::nullopt;  // the first of its instances that is not ok
    bool skipped_for_need = false;                      // that one did not run because of what it needs
    std::optional<std::size_t> kept_by = std::nullopt;  // once its needs are settled: who of them keeps it from running
    std::optional<std::size_t> blame = std::nullopt;    // of a settled group: why those that need it do not run
    std::vector<std::size_t> dependants = {};
    Boxed<Nesting> nesting = {};
  };

  [[nodiscard]] std::size_t group_of(std::size_t index) const { return plan_.steps[index].group; }
  void find_containers();
  void find_outer_needs(std::size_t part);
  void find_named_needs(std::size_t group);
  [[nodiscard]] const Inside* part_of(std::size_t group, std::size_t container) const;
  [[nodiscard]] Chain chain_of(std::size_t group) const;
  [[nodiscard]] Chain over(const std::vector<std::size_t>& needs) const;
  // Whether a need has no say in whether its dependant runs: what a rescue or an `always` follows is why it runs, and
  // what stands before a container whose `if` asks for a status is what that decides about.
  [[nodiscard]] bool is_passed_over(std::size_t need, std::size_t dependant) const;
  // Who keeps `dependant` from running because of a settled need.
  [[nodiscard]] std::optional<std::size_t> blame_for(std::size_t need, std::size_t dependant) const;
  // Whether all of it had been settled before.
  bool make_ready(std::size_t group);
  void look_at_needs(std::size_t group);
  void finish_group(std::size_t group);
  // Tells those that need it; adds those that this finishes.
  void pass_on(std::size_t group, std::vector<std::size_t>& finished);
  // The first pool of the step that has too little left for it; nullptr: there is room.
  [[nodiscard]] const std::string* full_pool(std::size_t index) const;
  void take_room(const plan::PlannedStep& step);
  void give_room(const plan::PlannedStep& step);
  void wake_waiting(const plan::PlannedStep& step);
  void wake_waiting(const std::string& pool);
  void wait_for(const std::string& pool, std::size_t index);
  void stop_waiting(std::size_t index);

  const plan::Plan& plan_;
  std::size_t jobs_;
  std::size_t running_ = 0;
  std::size_t settled_count_ = 0;
  bool noisy_running_ = false;
  // A step that is ready but for the room in pools.
  struct Waiter {
    std::size_t ticket;  // who came first has the lower one; kept until it starts
    std::string pool;    // whose queue it is in, or was taken from to be tried again
    bool in_queue;
  };
  using Queue = std::map<std::size_t, std::size_t>;        // instances by ticket
  std::map<std::string, std::int64_t, std::less<>> room_;  // left of each pool; below 0: given out beyond its size
  std::map<std::string, Queue, std::less<>> queues_;
  std::unordered_map<std::size_t, Waiter> waiters_;
  Queue by_ticket_;  // all waiters
  std::size_t tickets_ = 0;
  boost::icl::interval_set<std::size_t> ready_;  // the rows of a large matrix are one interval
  std::vector<GroupState> groups_;
  std::vector<bool> started_;
  std::vector<bool> settled_;
};

}  // namespace assay::run
