// SPDX-License-Identifier: Apache-2.0
#include "engine/run/machine_turn.h"

namespace assay::run {
namespace {

// Two runs of short steps meet at the door all the time and part at once; that is worth neither a word nor a long wait.
constexpr std::chrono::milliseconds kFirstWait{5};
constexpr std::chrono::milliseconds kWait{100};
constexpr int kRefusalsToTell = 4;

}  // namespace

Result<bool> MachineTurn::enter(std::size_t step, bool alone) {
  if (machine_ == nullptr) return true;
  ASSAY_TRY(const auto holder, machine_->enter(alone));
  if (!holder) {
    inside_.insert(step);
    refusals_ = 0;
    told_.clear();
    return true;
  }
  ++refusals_;
  if (std::string text = system::describe(*holder); refusals_ >= kRefusalsToTell && text != told_) {
    told_ = text;
    calls_.is_busy(told_);
  }
  ask_again();
  return false;
}

void MachineTurn::leave(std::size_t step) {
  if (inside_.erase(step) > 0) machine_->leave();
}

void MachineTurn::withdraw() {
  if (machine_ != nullptr) machine_->withdraw();
}

void MachineTurn::finish() {
  timer_.cancel();
  withdraw();
}

void MachineTurn::ask_again() {
  if (asking_) return;
  asking_ = true;
  timer_.expires_after(refusals_ < kRefusalsToTell ? kFirstWait : kWait);
  timer_.async_wait([this](boost::system::error_code error) {
    asking_ = false;
    if (!error) calls_.again();
  });
}

}  // namespace assay::run
