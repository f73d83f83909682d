// SPDX-License-Identifier: Apache-2.0
// Requests of other programs in JSON: what a line of `assay eval --batch` asks, and its answer (docs/formats.md).
#pragma once

#include <string>
#include <string_view>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/expr/expression.h"

namespace assay::expr {

// Parses the text of an expression that stands in no file; errors show it as "<expression>".
Result<Expression> parse_given(const std::string& text, Limits limits = {});

// The first error's message, or an empty text.
std::string first_error(const Diagnostics& problems);

// {"id": ID, "expr": TEXT, "vars": {NAME: TYPED}, "check": true|false|"only"} -> the value with its type, {"type": T}
// or
// {"error": TEXT}, without the id. Error (E009): it is no such request.
Result<Json> answer_request(const Json& request, Limits limits = {});

}  // namespace assay::expr
