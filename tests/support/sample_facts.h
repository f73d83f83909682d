// SPDX-License-Identifier: Apache-2.0
// A made-up server as an "assay.facts/1" document.
#pragma once

#include "engine/base/json.h"

namespace assay::test {

Json sample_facts();

}  // namespace assay::test
