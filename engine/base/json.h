// SPDX-License-Identifier: Apache-2.0
// JSON as the house uses it: nlohmann's ordered value, so that what we write has the order we meant. Include this to
// name the type; include <nlohmann/json.hpp> in the .cpp that builds values.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay {

using Json = nlohmann::ordered_json;

struct JsonLimits {
  std::size_t bytes = 64U << 20U;
  std::size_t depth = 64;
};

// Strict JSON (RFC 8259), at most 20,000 members in an object. `name` is what errors call the input. Duplicate keys are
// an error: readers that take the first and readers that take the last would disagree on what was signed.
Result<Json> parse_json(std::string_view text, std::string_view name, JsonLimits limits = {});
// What parse_json() would refuse of the text of `value`, but for its size: too many levels, too many members. For what
// is written to be read again.
Result<void> check_readable(const Json& value, std::string_view name, std::size_t depth = JsonLimits{}.depth);
// One line; broken UTF-8 becomes U+FFFD.
std::string to_json_line(const Json& value);
// Indented by two, with a final newline.
std::string to_json_text(const Json& value);

}  // namespace assay
