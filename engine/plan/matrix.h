// SPDX-License-Identifier: Apache-2.0
// A matrix and the rows it stands for; names of instances (semantics 2.2, 2.3).
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "engine/hardware/steady.h"
#include "engine/recipe/model.h"

namespace assay::plan {

// More rows than this are an error: a slip of the pen must not fill the memory.
inline constexpr std::size_t kMostRows = 1'000'000;

// What maps that an expression gave are called in ids, where it is not what they say of themselves.
using ValueNames = std::unordered_map<const expr::Map*, std::string>;

struct MatrixRows {
  std::vector<expr::Map> rows;
  ValueNames names = {};  // of values in the rows
  // No two rows make the same instance: each axis names its values once, and no row was added. false: they have to be
  // compared.
  bool distinct = false;
};

// The rows in the order of the axes, the last one fastest: the product without what `exclude` names, then `include`: an
// entry adds its values to every row that agrees with it in all axes it names, or is a row of its own when none does.
// Expressions are evaluated with `names`; `facts`: those among them, nullptr: none. Errors: an expression without a
// value or that gives no list; too many rows.
Result<MatrixRows> rows_of(const recipe::Matrix& matrix, const expr::Activation& names,
                           const hardware::SteadyFacts* facts = nullptr);

// "id[key=value,…]" in the order of the row's keys. A value over 40 characters, with one of [],=@/ or control
// characters in it, or one that is no text, is replaced by 8 hex digits of its SHA-256; a map that has a text `name`
// goes by it. Where an expression gave a list with one such name twice, all its elements go by their `address`, else
// their `uuid`, else their `serial`, whichever tells them apart, else by name and place. Facts that change by
// themselves have no part in it.
std::string instance_id(const std::string& id, const expr::Map& row, const ValueNames& names = {});

// The problem of two rows with this instance id.
Diagnostic same_instance(const recipe::Matrix& matrix, const std::string& instance);

}  // namespace assay::plan
