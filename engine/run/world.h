// SPDX-License-Identifier: Apache-2.0
// What a run's loop finds outside itself: processes, a thread for calls that block, and time that passes. The real one
// waits for the machine; a rehearsal answers from a script and moves its clock.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <optional>
#include <set>

#include "engine/base/time.h"
#include "engine/system/process.h"

namespace assay::run {

class World {
 public:
  virtual ~World() = default;
  // For the loop that run() will be given; used as long as that runs.
  virtual std::unique_ptr<system::Processes> processes(boost::asio::io_context& loop) = 0;
  virtual boost::asio::any_io_executor worker(boost::asio::io_context& loop) = 0;
  // For one call after another that writes the journal; nullopt: the loop writes it itself.
  virtual std::optional<boost::asio::any_io_executor> journal_thread() = 0;
  // Until then, or until wake_sleepers().
  virtual boost::asio::awaitable<void> sleep_until(boost::asio::any_io_executor loop, SteadyTime time) = 0;
  virtual void wake_sleepers() = 0;
  // Until the loop has no more work.
  virtual void run(boost::asio::io_context& loop) = 0;
};

class RealWorld final : public World {
 public:
  RealWorld();
  std::unique_ptr<system::Processes> processes(boost::asio::io_context& loop) override;
  boost::asio::any_io_executor worker(boost::asio::io_context& loop) override;
  std::optional<boost::asio::any_io_executor> journal_thread() override { return journal_.get_executor(); }
  boost::asio::awaitable<void> sleep_until(boost::asio::any_io_executor loop, SteadyTime time) override;
  void wake_sleepers() override;
  void run(boost::asio::io_context& loop) override;

 private:
  boost::asio::thread_pool worker_{1};
  boost::asio::thread_pool journal_{1};
  std::set<boost::asio::steady_timer*> sleepers_;
};

}  // namespace assay::run
