// SPDX-License-Identifier: Apache-2.0
// Time as text, and the clock as an input.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay {

using Nanoseconds = std::chrono::nanoseconds;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

// The seam for time: pass it in, never ask the system.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
};
class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] SteadyTime steady() const override;
};

// "2026-11-21T08:30:00.123456Z": RFC 3339, UTC, microseconds.
std::string format_rfc3339(WallTime time);
Result<WallTime> parse_rfc3339(std::string_view text);
// "20261121T083000Z", for names of folders.
std::string format_compact(WallTime time);

// "90s", "5m", "1h30m", "1.5s", "250ms", "2d": a sequence of number and unit (ns us ms s m h d).
Result<Nanoseconds> parse_duration(std::string_view text);
// The shortest of that form: "1m30s", "250ms", "1.5s".
std::string format_duration(Nanoseconds duration);
// For people, two units at most: "1 m 30 s", "2 h 05 m", "0.3 s".
std::string format_elapsed(Nanoseconds duration);

}  // namespace assay
