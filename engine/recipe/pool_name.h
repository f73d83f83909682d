// SPDX-License-Identifier: Apache-2.0
// Names of pools: those a recipe declares, and those that the hardware of a machine gives.
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/diagnostic.h"

namespace assay::recipe {

// `cpu`, `disk:sda`, `accelerator:0`. They need no declaration; their sizes are facts.
bool is_hardware_pool(std::string_view name);

// What is wrong with the name of a pool, whether declared or of the hardware; nullopt: nothing.
std::optional<Diagnostic> pool_name_problem(std::string_view name);

}  // namespace assay::recipe
