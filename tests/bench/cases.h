// SPDX-License-Identifier: Apache-2.0
// Inputs of the benchmarks: recipes of a given size that read like those people write.
#pragma once

#include <cstddef>
#include <string>

namespace assay::bench {

// `steps` steps with two expressions each: conditions over facts and parameters, arguments, outputs, and what later
// steps make of them. `steps` is a multiple of 4.
std::string long_recipe(std::size_t steps);

// One step with a matrix of 1,000 times `thousands` rows, a condition that each row decides, and a step after it.
std::string matrix_recipe(std::size_t thousands);

}  // namespace assay::bench
