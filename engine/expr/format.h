// SPDX-License-Identifier: Apache-2.0
// "…%s…".format([…]), as CEL's strings extension defines it, and the functions that two tables share. Only engine/expr
// includes this.
#pragma once

#include <string_view>

#include "engine/expr/functions.h"

namespace assay::expr {

Outcome format(std::string_view pattern, const List& values, Work& work);
Outcome reverse_list(Arguments arguments, Work& work);

}  // namespace assay::expr
