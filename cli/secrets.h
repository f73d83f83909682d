// SPDX-License-Identifier: Apache-2.0
// The secrets of a plan, read before anything starts.
#pragma once

#include <memory>

#include "cli/options.h"
#include "cli/started_with.h"
#include "engine/plan/plan.h"
#include "engine/secret/secrets.h"

namespace assay::cli {

// Relative paths begin in `started.folder`. nullptr after mistakes, all of which have been told. A plan without secrets
// reads nothing. Used by everything that carries out a plan, also when a run is taken up again.
std::shared_ptr<const secret::Secrets> read_secrets(const Common& common, const StartedWith& started,
                                                    const plan::Plan& plan);

}  // namespace assay::cli
