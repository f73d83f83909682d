// SPDX-License-Identifier: Apache-2.0
// The few signs by which a machine is known again, read in well under a millisecond and without any tool: for runs that
// need no facts. What tells more is in identity_lines().
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/json.h"

namespace assay::hardware {

// An object of texts: `machine_id` and `product_uuid` (SHA-256 of /etc/machine-id and of the firmware's, which are not
// for everybody), `board`, `cpu`, `hostname`. What cannot be read is not there; the UUID is for root alone.
Json machine_signs(const std::filesystem::path& root = "/");

// What is another one, in words; empty: nothing. A sign that only one side has says nothing. Names of hosts change, so
// they count only where both sides have neither id, board nor UUID.
std::vector<std::string> different_signs(const Json& before, const Json& now);

}  // namespace assay::hardware
