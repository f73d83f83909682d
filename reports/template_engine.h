// SPDX-License-Identifier: Apache-2.0
// Mustache templates over JSON values. The library's types stay in the .cpp.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/json.h"

namespace assay::reports {

// {{x}} is escaped by escape_markup(), {{{x}}} is not. Numbers print as they are written in JSON. Null, false, "", []
// and
// {} are false for sections. A template that does not parse is a broken invariant and throws std::logic_error.
std::string render_template(std::string_view text, const Json& data);

}  // namespace assay::reports
