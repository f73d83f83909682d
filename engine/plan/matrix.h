// SPDX-License-Identifier: Apache-2.0
// A matrix and the rows it stands for; names of instances (semantics 2.2, 2.3).
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/recipe/model.h"

namespace assay::plan {

// More rows than this are an error: a slip of the pen must not fill the memory.
inline constexpr std::size_t kMostRows = 1'000'000;

struct MatrixRows {
  std::vector<expr::Map> rows;
  // No two rows make the same instance: each axis names its values once, and no row was added. false: they have to be
  // compared.
  bool distinct = false;
};

// The rows in the order of the axes, the last one fastest: the product without what `exclude` names, then `include`: an
// entry adds its values to every row that agrees with it in all axes it names, or is a row of its own when none does.
// Expressions are evaluated with `names`. Errors: an expression without a value or that gives no list; too many rows.
Result<MatrixRows> rows_of(const recipe::Matrix& matrix, const expr::Activation& names);

// "id[key=value,…]" in the order of the row's keys. A value over 40 characters, with one of [],=@/ or control
// characters in it, or one that is no text, is replaced by 8 hex digits of its SHA-256; a map that has a text `name`
// goes by it.
std::string instance_id(const std::string& id, const expr::Map& row);

// The problem of two rows with this instance id.
Diagnostic same_instance(const recipe::Matrix& matrix, const std::string& instance);

}  // namespace assay::plan
