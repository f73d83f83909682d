// SPDX-License-Identifier: Apache-2.0
// A run's turn on the machine that others use too: asks before each step, waits while somebody else has it, and says
// so.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <set>
#include <string>

#include "engine/base/time.h"
#include "engine/target/machine_lock.h"

namespace assay::run {

class MachineTurn {
 public:
  struct Calls {
    std::function<void()> again;                             // enter() may succeed now
    std::function<void(const std::string& holder)> is_busy;  // somebody has had it for a while; once for each holder
  };
  // `machine`: nullptr where nobody shares it. `machine` and `loop` must outlive it.
  MachineTurn(target::MachineAccess* machine, boost::asio::io_context& loop, Calls calls)
      : machine_(machine), timer_(loop), calls_(std::move(calls)) {}

  // Whether a step may begin; false: `again` will be called. Error: there are no locks.
  Result<bool> enter(std::size_t step, bool alone);
  // The step is at work no longer; nothing where it had not entered.
  void leave(std::size_t step);
  // What waited does not any longer: others need not stand behind it.
  void withdraw();
  // The same, for good.
  void finish();

 private:
  void ask_again();

  target::MachineAccess* machine_;
  boost::asio::steady_timer timer_;
  Calls calls_;
  std::set<std::size_t> inside_;
  int refusals_ = 0;  // since somebody of ours was let in
  bool asking_ = false;
  std::string told_;
};

}  // namespace assay::run
