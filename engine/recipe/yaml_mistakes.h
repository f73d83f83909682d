// SPDX-License-Identifier: Apache-2.0
// What a person did when the parser says that a text is no YAML. Used by the YAML reader only, after a failure.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/diagnostic.h"

namespace assay::recipe {

// The mistake behind the parser's `complaint` about the character at `at` (a byte offset).
Diagnostic explain_yaml(const std::shared_ptr<const SourceText>& source, const std::string& complaint, std::size_t at);

// A quoted text that begins at `at` and runs to the end of the file; nullopt: it is closed. The parser takes it for
// closed.
std::optional<Diagnostic> unclosed_quote(const std::shared_ptr<const SourceText>& source, std::size_t at);

// A character that no YAML file can hold.
std::optional<Diagnostic> control_character(const std::shared_ptr<const SourceText>& source);

}  // namespace assay::recipe
