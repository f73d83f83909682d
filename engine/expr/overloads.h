// SPDX-License-Identifier: Apache-2.0
// The function table, arranged for lookup: all rows of one name and style, their types parsed. Only engine/expr
// includes this.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expr/functions.h"
#include "engine/expr/type.h"

namespace assay::expr {

struct Overload {
  const FunctionRow* row = nullptr;
  std::vector<Type> parameters;
  std::vector<std::uint32_t> kinds;  // one bit for each Kind a parameter takes
  Type result;
  bool variadic = false;  // the last parameter repeats, also not at all unless it is the only one

  [[nodiscard]] bool takes(std::size_t count) const {
    return variadic ? count > 0 && count + 1 >= parameters.size() : count == parameters.size();
  }
  [[nodiscard]] std::size_t parameter(std::size_t argument) const {
    return argument < parameters.size() ? argument : parameters.size() - 1;
  }
};

struct OverloadSet {
  std::string name;
  Style style = Style::kFunction;
  std::vector<Overload> overloads;

  // The first whose parameters take values of these kinds; nullptr: none.
  [[nodiscard]] const Overload* select(Arguments arguments) const;
};

// nullptr: there is none.
const OverloadSet* find_overloads(std::string_view name, Style style);
// For suggestions.
std::vector<std::string> overload_names(Style style);
// "did you mean 'math.greatest'?" for an unknown function; empty: none is near.
std::string function_cure(std::string_view name, const std::vector<std::string>& known);
// Whether functions are called "scope.name".
bool is_function_scope(std::string_view scope);
// "'+' does not take (int, string)" with the forms it does take.
tl::unexpected<std::unique_ptr<Fault>> no_overload(const OverloadSet& set, const std::vector<std::string>& types);

}  // namespace assay::expr
