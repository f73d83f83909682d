// SPDX-License-Identifier: Apache-2.0
// What was meant by a time or a size that is written as people say it: "5 minutes", "10", "4 gb". Used by the readers
// for help only.
#pragma once

#include <string>
#include <string_view>

namespace assay::recipe {

// "write 5m"; empty: nothing is known.
std::string duration_help(std::string_view text);
// "write 4 GB"; empty: nothing is known.
std::string size_help(std::string_view text);

}  // namespace assay::recipe
