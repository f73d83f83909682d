// SPDX-License-Identifier: Apache-2.0
// The machine of a rehearsal: no other run is on it. It keeps the rules of the real one, so that a rehearsal finds an
// engine that breaks them.
#pragma once

#include <cstddef>

#include "engine/target/machine_lock.h"

namespace assay::rehearse {

class LoneMachine final : public target::MachineAccess {
 public:
  // Only steps of ours can be in the way. Throws where the engine would start a noisy step beside another.
  Result<std::optional<system::LockHolder>> enter(bool alone) override;
  // Throws where nobody is in.
  void leave() override;
  void withdraw() override {}

 private:
  std::size_t inside_ = 0;
  bool alone_ = false;
};

}  // namespace assay::rehearse
