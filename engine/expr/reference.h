// SPDX-License-Identifier: Apache-2.0
// The reference of functions as text, from the table that the checker and the evaluator use.
#pragma once

#include <string>

namespace assay::expr {

// Markdown: a table of macros, one of functions, one of operators.
std::string function_reference();

}  // namespace assay::expr
