// SPDX-License-Identifier: Apache-2.0
// A lease: the right to act on something that no kernel lock of one machine can guard, such as the BMC of a machine
// that several controllers reach through a shared folder. It has an owner, an end that the owner moves on, and a token
// that grows with each owner: one that lost its lease sees a higher token and stops before its next effect (fencing).
//
// In the folder (docs/formats.md, "Leases"): NAME.lease says who has it, NAME.token keeps the last token also when that
// file is lost, NAME.guard is locked while they change, NAME.TOKEN.lock is held by the living owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/time.h"
#include "engine/system/file_lock.h"

namespace assay::target {

struct LeaseTerms {
  fs::path folder;
  std::string name;  // "machine:<identity>", "bmc:<address>"; at most 200 bytes
  system::LockHolder owner;
  Nanoseconds length = std::chrono::seconds(60);  // how long it lasts without renewal; at most an hour
};

// What NAME.lease holds.
struct LeaseState {
  std::string name;
  std::uint64_t token = 0;
  system::LockHolder owner;  // pid 0: not known
  WallTime expires;
  bool released = false;
};
// Errors: hostile or torn text; the message says what is missing.
Result<LeaseState> parse_lease(std::string_view line);
std::string to_json_line(const LeaseState& state);

class Lease {
 public:
  struct Attempt;
  // Never waits longer than others need to write a file. It is free when nobody has it, its owner gave it back, has
  // not renewed it in time, or is known to be dead: a process of this machine whose lock is gone, or of an earlier boot
  // of it. A file that cannot be read is taken for a lease of somebody unknown that begins now. Errors: the folder
  // cannot be written, the name is too long.
  static Result<Attempt> try_acquire(const LeaseTerms& terms, const Clock& clock);
  Lease(Lease&& other) noexcept
      : terms_(std::move(other.terms_)),
        clock_(other.clock_),
        token_(std::exchange(other.token_, 0)),
        alive_(std::move(other.alive_)) {}
  Lease& operator=(Lease&&) = delete;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();

  // For the record, and for devices that can refuse a lower one.
  [[nodiscard]] std::uint64_t token() const { return token_; }
  // From now on `length` again, also after its end if nobody has taken it. Error kLeaseLost: somebody has.
  Result<void> renew();
  // Before each effect. Error kLeaseLost: it has ended, or somebody else has it.
  [[nodiscard]] Result<void> check() const;
  // The next one need not wait. A lease that was lost is left to its owner.
  Result<void> release();

 private:
  Lease(LeaseTerms terms, const Clock& clock, std::uint64_t token, system::FileLock alive)
      : terms_(std::move(terms)), clock_(&clock), token_(token), alive_(std::move(alive)) {}
  [[nodiscard]] Result<LeaseState> own_state() const;

  LeaseTerms terms_;
  const Clock* clock_;
  std::uint64_t token_;  // 0: given back
  system::FileLock alive_;
};

struct Lease::Attempt {
  std::optional<Lease> lease;  // nullopt: somebody else has it
  system::LockHolder held_by = {};
  WallTime until = {};
};

}  // namespace assay::target
