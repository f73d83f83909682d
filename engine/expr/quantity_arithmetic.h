// SPDX-License-Identifier: Apache-2.0
// Arithmetic with units. Temperatures in Cel are points on a scale: two of them differ by an amount in K, and only an
// amount in K can be added to one. Only engine/expr includes this.
#pragma once

#include "engine/expr/functions.h"

namespace assay::expr {

Outcome add_quantities(Arguments arguments, Work& work);
Outcome subtract_quantities(Arguments arguments, Work& work);
Outcome scale_quantity(Arguments arguments, Work& work);   // quantity and number, in either order
Outcome divide_quantity(Arguments arguments, Work& work);  // by a number
Outcome multiply_quantities(Arguments arguments, Work& work);
// A double when both are comparable.
Outcome divide_quantities(Arguments arguments, Work& work);
Outcome negate_quantity(Arguments arguments, Work& work);

// The value of an optional; none is an error. Here because a quantity has a value() too.
Outcome optional_value(Arguments arguments, Work& work);

// A quantity beside a number.
tl::unexpected<std::unique_ptr<Fault>> bare_number();
// "cannot compare B with s: …"
tl::unexpected<std::unique_ptr<Fault>> different_dimensions(std::string_view verb, const Unit& a, const Unit& b);

}  // namespace assay::expr
