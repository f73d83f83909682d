// SPDX-License-Identifier: Apache-2.0
// How long a run will still take: what is left of it is played through in thought, with as many steps at a time as the
// run has places, each as long as it took before. Pure: the caller says what happened and when, in seconds of the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/plan/play.h"
#include "engine/record/run_record.h"

namespace assay::cli {

// Seconds that steps took in earlier runs, by instance id.
using PastDurations = std::map<std::string, double>;

struct Outlook {
  double left_s = 0;              // along what decides the end
  std::size_t unknown = 0;        // steps left of which no time is known: they count as nothing, so it is a lower bound
  std::vector<std::size_t> next;  // the steps that will start first, at most kMostNext
};

class Forecast {
 public:
  static constexpr std::size_t kMostNext = 3;

  // `steps` in plan order; those that are settled already stay so. `jobs` places, at least one. `plan`: what the steps
  // hold, which must outlive this; nullptr: what their records tell of it.
  Forecast(const std::vector<record::StepRecord>& steps, const PastDurations& past, std::size_t jobs,
           const plan::Plan* plan = nullptr);

  void started(std::size_t step, double now_s);
  // It took `took_s`; what it tells about its fellow instances is learned. Not for steps that did not run.
  void ran(std::size_t step, double took_s);
  void settled(std::size_t step);

  // Of one step: what it took before, else what its fellow instances took on average; nullopt: nothing is known.
  [[nodiscard]] std::optional<double> expected_s(std::size_t step) const;
  // Cost: n log n of the steps that are left.
  [[nodiscard]] Outlook look_ahead(double now_s) const;

  [[nodiscard]] std::optional<std::size_t> index_of(std::string_view id) const;

 private:
  enum class State : std::uint8_t { kPending, kRunning, kSettled };
  struct Step {
    std::size_t group = 0;
    State state = State::kPending;
    double since_s = 0;
    std::optional<double> past_s;
    bool alone = false;      // it measures: nothing runs beside it
    bool container = false;  // it only holds others
    bool skipped = false;    // the plan says so
    const std::vector<plan::HeldPool>* pools = nullptr;
  };
  // What the instances of one step of the recipe took.
  struct Known {
    double sum_s = 0;
    std::size_t count = 0;
  };

  void read_plan(const plan::Plan& plan);
  void connect(const std::vector<record::StepRecord>& steps);

  std::vector<Step> steps_;
  std::vector<plan::PlayedGroup> groups_;
  std::vector<Known> known_;                 // by group
  std::map<std::string, std::size_t> room_;  // of pools
  std::unordered_map<std::string, std::size_t> index_;
  std::size_t jobs_;
};

}  // namespace assay::cli
