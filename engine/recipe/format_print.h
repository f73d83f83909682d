// SPDX-License-Identifier: Apache-2.0
// A layout -> text in canonical form (formatter.h).
#pragma once

#include <string>

#include "engine/recipe/format_scan.h"

namespace assay::recipe {

std::string print_canonical(const YamlLayout& layout);

}  // namespace assay::recipe
