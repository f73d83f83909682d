// SPDX-License-Identifier: Apache-2.0
// Members of journal lines. The chain proves that we wrote them, but a hostile line may still be read (a bundle from
// outside): what is not there or has another type is empty, never a crash.
#pragma once

#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>  // templates over values
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/record/run_record.h"

namespace assay::record {

// nullptr: there is none.
const Json* member_of(const Json& json, std::string_view key);
// Nothing is copied: a record of 100,000 steps has some million texts. The reference lives as long as `json`.
const std::string& text_of(const Json& json, std::string_view key);
bool flag_of(const Json& json, std::string_view key, bool fallback);
std::optional<WallTime> time_of(const Json& json, std::string_view key);
std::optional<double> number_of(const Json& json, std::string_view key);

// A fraction or a number that does not fit is no count.
template <std::integral Count>
std::optional<Count> count_from(const Json& value) {
  const auto fitting = [](auto number) {
    return std::in_range<Count>(number) ? std::optional(static_cast<Count>(number)) : std::nullopt;
  };
  if (value.is_number_unsigned()) return fitting(value.get<std::uint64_t>());
  if (value.is_number_integer()) return fitting(value.get<std::int64_t>());
  return std::nullopt;
}
template <std::integral Count>
std::optional<Count> count_of(const Json& json, std::string_view key) {
  const Json* const found = member_of(json, key);
  return found != nullptr ? count_from<Count>(*found) : std::nullopt;
}

// The texts of a list in order; what is no text is left out.
std::vector<std::string> texts_of(const Json& json, std::string_view key);

// The texts, or the whole numbers, of an object by their names.
TextByName named_texts_of(const Json& json, std::string_view key);
CountByName named_counts_of(const Json& json, std::string_view key);

// Calls `function` with each item of a list.
template <class Function>
void for_each(const Json& json, std::string_view key, Function function) {
  const Json* const found = member_of(json, key);
  if (found == nullptr || !found->is_array()) return;
  for (const Json& item : *found) function(item);
}

}  // namespace assay::record
