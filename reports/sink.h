// SPDX-License-Identifier: Apache-2.0
// Where a report goes, piece by piece: a report of a hundred thousand steps is never whole in memory.
#pragma once

#include <functional>
#include <string_view>

namespace assay::reports {

using Sink = std::function<void(std::string_view bytes)>;

}  // namespace assay::reports
