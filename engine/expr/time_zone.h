// SPDX-License-Identifier: Apache-2.0
// Named time zones, read from the system's files (RFC 8536) one by one, without the process-wide TZ variable.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::expr {

// Seconds east of UTC at `time` (seconds since 1970). nullopt: no such zone, or its file cannot be read.
std::optional<std::int64_t> zone_offset(std::string_view name, std::int64_t time);

}  // namespace assay::expr
