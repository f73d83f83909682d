// SPDX-License-Identifier: Apache-2.0
// Where a text stands in the YAML file it was read from, character by character. Only engine/expr includes this.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/base/diagnostic.h"

namespace assay::expr {

// The place in the file of text[begin, end), when the scalar that holds `text` begins at `origin`: plain, quoted or a
// block, on one line or several. nullopt: the text does not stand there.
std::optional<SourceSpan> place_in_file(const SourceSpan& origin, std::string_view text, std::size_t begin,
                                        std::size_t end);

}  // namespace assay::expr
