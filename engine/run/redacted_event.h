// SPDX-License-Identifier: Apache-2.0
// What observers are told of a run with secrets.
#pragma once

#include "engine/run/events.h"
#include "engine/secret/redactor.h"

namespace assay::run {

// The event with every text that people or programs wrote masked.
Event redacted(Event event, const secret::Redactor& redactor);

}  // namespace assay::run
