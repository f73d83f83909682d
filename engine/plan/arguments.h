// SPDX-License-Identifier: Apache-2.0
// Values that a file gives to the parameters of another, checked before planning.
#pragma once

#include <vector>

#include "engine/recipe/model.h"

namespace assay::plan {

// Unknown names with a suggestion; values that do not fit the declared type. `value` nullptr: known only later.
void check_argument(const std::vector<recipe::Param>& params, const recipe::Name& name, const expr::Value* value,
                    Diagnostics& problems);
void check_arguments(const std::vector<recipe::Param>& params, const recipe::Named<recipe::Argument>& arguments,
                     Diagnostics& problems);

// A value of that type given to the parameter: what cannot fit whatever it is.
void check_argument_type(const std::vector<recipe::Param>& params, const recipe::Name& name, const expr::Type& type,
                         const SourceSpan& where, Diagnostics& problems);
// The problem of a parameter that gets no value from the step that uses its file.
Diagnostic missing_argument(const recipe::Name& step, const std::string& param);
// Parameters that get no value: none is given, none of the same name is declared outside with a type that can fit, and
// there is no default.
void check_missing(const std::vector<recipe::Param>& params, const recipe::Named<recipe::Argument>& arguments,
                   const std::vector<recipe::Param>& outside, const recipe::Name& step, Diagnostics& problems);

}  // namespace assay::plan
