// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "engine/hardware/record.h"

namespace assay::hardware {

// The members of "cpu" that /proc/cpuinfo tells, in the dialect of any architecture: model, vendor, architecture,
// family, model_number, stepping, microcode, frequency_base, flags. What is not told is left out.
Record parse_cpuinfo(std::string_view text);

}  // namespace assay::hardware
