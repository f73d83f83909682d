// SPDX-License-Identifier: Apache-2.0
// Which names the expressions of a step look at.
#pragma once

#include <functional>

#include "engine/recipe/model.h"

namespace assay::plan {

// Calls `visit` for every expression of a step with the place of its field, those of its matrix included.
void for_each_expression(const recipe::Step& step,
                         const std::function<void(const expr::Expression&, const SourceSpan& where)>& visit);

// Whether it asks with success(), failure() or always() (semantics 2.5).
bool asks_status(const expr::Expression& expression);
// Whether planning can evaluate it: it reads only params, facts, target and matrix, and asks for no status.
bool known_when_planned(const expr::Expression& expression);
bool reads_facts(const expr::Expression& expression);

}  // namespace assay::plan
