// SPDX-License-Identifier: Apache-2.0
// A clock that moves when the test says so. Wall and steady time advance together; set_wall() is a clock that was set.
#pragma once

#include "engine/base/time.h"

namespace assay::test {

class FakeClock final : public Clock {
 public:
  // 2026-01-31T08:30:00Z
  explicit FakeClock(WallTime start = WallTime(std::chrono::seconds(1'769'848'200))) : wall_(start) {}

  [[nodiscard]] WallTime wall() const override { return wall_; }
  [[nodiscard]] SteadyTime steady() const override { return steady_; }

  void advance(Nanoseconds by) {
    wall_ += by;
    steady_ += std::chrono::duration_cast<SteadyTime::duration>(by);
  }
  void set_wall(WallTime time) { wall_ = time; }

 private:
  WallTime wall_;
  SteadyTime steady_{std::chrono::seconds(1'000)};
};

}  // namespace assay::test
