// SPDX-License-Identifier: Apache-2.0
// Facts for people: about one screen.
#pragma once

#include <string>

#include "engine/hardware/facts.h"

namespace assay::hardware {

// Groups with aligned labels, sizes with fitting prefixes, at the end what could not be read and why. Lines end in
// '\n'; no colour, no control characters.
std::string facts_text(const Facts& facts);

}  // namespace assay::hardware
