// SPDX-License-Identifier: Apache-2.0
// Whether an instance whose turn has come runs, and what becomes of it when it does not: conditions, needs, blocks with
// their rescues, handlers, and what stands for other steps (semantics 2.5, docs/recipes.md).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/action/names.h"
#include "engine/base/time.h"
#include "engine/run/results.h"
#include "engine/run/scheduler.h"

namespace assay::run {

// Why nothing new starts. kFirst: but what must always be done.
enum class Stop : std::uint8_t { kNone, kFirst, kAll };

// Whether an instance is carried out after a first stop, because it must always be done.
bool is_always_done(const plan::Plan& plan, std::size_t index);

class Gate {
 public:
  struct Surroundings {
    const plan::Plan& plan;
    const hardware::Facts& facts;
    const target::Target& target;
    const std::string& run;  // its id
    const Clock& clock;
    const Results* of;  // of the run that is undone: what expressions see as `steps`; nullptr: this one's
  };
  // All must outlive it.
  Gate(Surroundings around, Scheduler& scheduler, Results& results)
      : around_(around), scheduler_(scheduler), results_(results) {}

  // The record of an instance that does not run; nullopt: it runs. `why` says why nothing starts.
  std::optional<record::StepRecord> reason_not_to_run(std::size_t index, Stop stop, const std::string& why);
  // A step has settled: its handlers, if it changed something.
  void settled(std::size_t index);
  // It began, now or in an earlier session: what it is inside of lets its members run, whatever comes of them.
  void begun(std::size_t index);
  // What failed in blocks that the run did not come to the end of: their rescue may yet make up for it.
  [[nodiscard]] std::vector<std::size_t> undecided_failures() const;

  [[nodiscard]] action::Scope scope_of(std::size_t index) const;

 private:
  using Record = record::StepRecord;
  std::optional<Record> not_reached(std::size_t index, const Record& out);
  std::optional<Record> outside_block(std::size_t index, const Record& out);
  [[nodiscard]] bool entered(std::size_t block) const;
  [[nodiscard]] bool broken(std::size_t block) const;
  [[nodiscard]] bool is_in(std::size_t index, plan::Role section) const;
  // The nearest handler that the instance is or stands in, where nothing has notified it.
  [[nodiscard]] std::optional<std::size_t> unnotified(std::size_t index) const;
  // The instances that it stands in, from the outermost on.
  [[nodiscard]] std::vector<std::size_t> around(std::size_t index) const;
  Result<bool> lets_members_run(std::size_t container);
  Result<bool> evaluate_condition(std::size_t index);
  Record container_result(std::size_t index, Record out);
  [[nodiscard]] std::optional<plan::PlannedSkip> skip_of_members(std::size_t index) const;
  void judge_block(std::size_t index, Record& out);
  void add_failed(std::size_t index, std::vector<std::size_t>& out) const;
  void read_outputs(std::size_t index, Record& out);

  Surroundings around_;
  Scheduler& scheduler_;
  Results& results_;
  std::map<std::size_t, Result<bool>> open_;  // whether containers let their members run
  std::set<std::string> notified_;            // handlers: their groups' ids
};

}  // namespace assay::run
