// SPDX-License-Identifier: Apache-2.0
// Builds one map of facts. What is not known is left out, so that callers can pass what they read as they read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/expr/value.h"

namespace assay::hardware {

class Record {
 public:
  using Members = std::vector<std::pair<std::string, expr::Value>>;

  // Trimmed and made printable; an empty text is an unknown one. At most 4,096 bytes are kept.
  Record& text(std::string_view name, const std::optional<std::string>& value);
  Record& texts(std::string_view name, const std::vector<std::string>& values);
  Record& integer(std::string_view name, std::optional<std::int64_t> value);
  Record& number(std::string_view name, std::optional<double> value);
  Record& flag(std::string_view name, std::optional<bool> value);
  // `unit` is one that parse_unit() knows: "B", "Hz", "bit/s", "W", "Cel".
  Record& quantity(std::string_view name, std::optional<double> value, std::string_view unit);
  Record& value(std::string_view name, expr::Value value);

  [[nodiscard]] bool empty() const { return members_.empty(); }
  [[nodiscard]] const Members& members() const { return members_; }
  [[nodiscard]] const expr::Value* find(std::string_view name) const;
  [[nodiscard]] expr::Value build() const;

 private:
  Members members_;
};

// A list of maps.
expr::Value list_of(const std::vector<Record>& records);

}  // namespace assay::hardware
