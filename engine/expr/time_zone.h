// SPDX-License-Identifier: Apache-2.0
// Named time zones, read from the system's files (RFC 8536) one by one, without the process-wide TZ variable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace assay::expr {

// Seconds east of UTC at `time` (seconds since 1970). nullopt: no such zone, or its file cannot be read.
std::optional<std::int64_t> zone_offset(std::string_view name, std::int64_t time);

// The same for many times: the file of a zone is read once and kept, for the first 32 zones that are asked for.
class Zones {
 public:
  std::optional<std::int64_t> offset(std::string_view name, std::int64_t time);
  // How many files have been looked for.
  [[nodiscard]] std::size_t reads() const { return reads_; }

 private:
  std::map<std::string, std::shared_ptr<const std::string>, std::less<>> files_;  // nullptr: there is none
  std::size_t reads_ = 0;
};

}  // namespace assay::expr
