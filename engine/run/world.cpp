// SPDX-License-Identifier: Apache-2.0
#include "engine/run/world.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/system/descendants.h"

namespace assay::run {

RealWorld::RealWorld() { system::become_subreaper(); }

std::unique_ptr<system::Processes> RealWorld::processes(boost::asio::io_context& loop) {
  return std::make_unique<system::ProcessRunner>(loop.get_executor());
}

boost::asio::any_io_executor RealWorld::worker(boost::asio::io_context&) { return worker_.get_executor(); }

boost::asio::awaitable<void> RealWorld::sleep_until(boost::asio::any_io_executor loop, SteadyTime time) {
  boost::asio::steady_timer timer(loop, time);
  sleepers_.insert(&timer);
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  sleepers_.erase(&timer);
}

void RealWorld::wake_sleepers() {
  for (boost::asio::steady_timer* timer : sleepers_) timer->cancel();
}

void RealWorld::run(boost::asio::io_context& loop) {
  try {
    loop.run();
  } catch (...) {
    worker_.join();  // what it still does ends in the loop, which lives as long as our caller
    throw;
  }
  worker_.join();
  system::reap_all();
}

}  // namespace assay::run
