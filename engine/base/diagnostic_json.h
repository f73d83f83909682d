// SPDX-License-Identifier: Apache-2.0
// Diagnostics for programs: editors, CI jobs (docs/formats.md).
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/base/json.h"

namespace assay {

// code, severity, message; where there is one expected, help, file, line, column, length (in code points), notes.
Json to_json(const Diagnostic& problem);

}  // namespace assay
