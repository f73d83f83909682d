// SPDX-License-Identifier: Apache-2.0
// Who works on a machine now. Steps of all runs share it, a noisy one has it alone: across runs, stores and users.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/system/file_lock.h"

namespace assay::target {

// The seam between the engine and the machine that several controllers share. Not for several threads.
class MachineAccess {
 public:
  virtual ~MachineAccess() = default;
  // nullopt: the step may begin; leave() when it has ended. Else who is in the way (pid 0: not known): ask again in a
  // while, the place in the queue is kept. Never waits. With `alone`: none of ours is in. Errors: there are no locks.
  virtual Result<std::optional<system::LockHolder>> enter(bool alone) = 0;
  virtual void leave() = 0;
  // Nobody of ours asks any longer: the place in the queue is for others.
  virtual void withdraw() = 0;
};

// Where the locks of this machine lie: $ASSAY_LOCK_DIR, else /run/lock/assay or /var/lock/assay (made with the rights
// of /tmp, so that all users meet there), else $XDG_RUNTIME_DIR/assay (only runs of this user meet), else `fallback`.
fs::path machine_lock_folder(const std::vector<std::pair<std::string, std::string>>& environment,
                             const fs::path& fallback);

// This machine, by kernel locks in a folder: gone with their holder, so never stale.
//
// `machine.lock` is held shared while any step of ours runs, alone by a noisy one. Who wants in holds `machine.turn`
// until it is in: so nobody overtakes one that waits to be alone, and who waits holds nothing that another waits for.
// `machine-PID-START.holder` says who we are; it is locked exclusively while we are in or
// first in the queue.
class MachineLock final : public MachineAccess {
 public:
  static Result<MachineLock> open(const fs::path& folder, std::string purpose, const Clock& clock);
  MachineLock(MachineLock&&) noexcept = default;
  MachineLock& operator=(MachineLock&&) = delete;
  MachineLock(const MachineLock&) = delete;
  MachineLock& operator=(const MachineLock&) = delete;
  ~MachineLock() override { sign_.release_and_remove(); }

  Result<std::optional<system::LockHolder>> enter(bool alone) override;
  void leave() override;
  void withdraw() override;

 private:
  MachineLock(fs::path folder, std::string purpose, const Clock& clock, system::FileLock machine, system::FileLock turn,
              system::FileLock sign)
      : folder_(std::move(folder)),
        purpose_(std::move(purpose)),
        clock_(&clock),
        machine_(std::move(machine)),
        turn_(std::move(turn)),
        sign_(std::move(sign)) {}
  void raise_sign(bool up);
  // Somebody else that is in, or waits to be; pid 0: not known.
  [[nodiscard]] system::LockHolder who_is_in() const;

  fs::path folder_;
  std::string purpose_;
  const Clock* clock_;
  system::FileLock machine_;
  system::FileLock turn_;
  system::FileLock sign_;
  std::size_t inside_ = 0;  // steps of ours
  bool alone_ = false;
  bool our_turn_ = false;
};

}  // namespace assay::target
