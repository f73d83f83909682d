// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/lone_machine.h"

#include <stdexcept>

namespace assay::rehearse {

Result<std::optional<system::LockHolder>> LoneMachine::enter(bool alone) {
  if (inside_ > 0 && (alone || alone_)) throw std::logic_error("a noisy step beside another one");
  ++inside_;
  alone_ = alone;
  return std::optional<system::LockHolder>();
}

void LoneMachine::leave() {
  if (inside_ == 0) throw std::logic_error("a step left the machine that had not entered it");
  --inside_;
  alone_ = false;
}

}  // namespace assay::rehearse
