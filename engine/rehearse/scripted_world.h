// SPDX-License-Identifier: Apache-2.0
// A world without processes: a script says how each would end, and time passes when nothing else is left to do, so that
// an hour costs nothing and the order of what happens is always the same.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>

#include "engine/base/time.h"
#include "engine/rehearse/script.h"
#include "engine/run/world.h"

namespace assay::rehearse {

// Begins at the same moment in every rehearsal.
class ScriptClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] SteadyTime steady() const override {
    return SteadyTime(std::chrono::duration_cast<SteadyTime::duration>(passed_));
  }
  [[nodiscard]] Nanoseconds passed() const { return passed_; }
  void pass_until(Nanoseconds time) { passed_ = time; }

 private:
  Nanoseconds passed_{0};
};

class ScriptedWorld final : public run::World {
 public:
  // Files are written only below `folder`. All must outlive the world.
  ScriptedWorld(Script& script, ScriptClock& clock, std::filesystem::path folder)
      : script_(script), clock_(clock), folder_(std::move(folder)) {}

  std::unique_ptr<system::Processes> processes(boost::asio::io_context& loop) override;
  boost::asio::any_io_executor worker(boost::asio::io_context& loop) override;
  std::optional<boost::asio::any_io_executor> journal_thread() override { return std::nullopt; }
  boost::asio::awaitable<void> sleep_until(boost::asio::any_io_executor loop, SteadyTime time) override;
  void wake_sleepers() override { wake_all(); }
  void run(boost::asio::io_context& loop) override;

 private:
  friend class ScriptedProcesses;
  // Until `time`, or until woken before.
  boost::asio::awaitable<void> sleep_until_passed(boost::asio::any_io_executor loop, Nanoseconds time);
  void wake_all();
  // Moves the clock to the next moment at which somebody wakes; false: nobody sleeps.
  bool let_time_pass();

  Script& script_;
  ScriptClock& clock_;
  std::filesystem::path folder_;
  std::multimap<Nanoseconds, boost::asio::steady_timer*> sleepers_;
};

}  // namespace assay::rehearse
