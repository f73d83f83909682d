// SPDX-License-Identifier: Apache-2.0
// Lines of lock and lease files, which other users may write: a value or nothing, and what was read is written and read
// again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/target/lease.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto holder = system::parse_holder(text)) {
    if (system::describe(*holder).find('\x1b') != std::string::npos) std::abort();
    const std::string line = system::to_json_line(*holder);
    // Broken UTF-8 is replaced when it is written; then it stays.
    const auto again = system::parse_holder(line);
    if (line.size() <= 4096 && (!again || system::to_json_line(*again) != line)) std::abort();
  }
  if (const auto lease = target::parse_lease(text); !lease) {
    if (render(lease.error()).empty()) std::abort();
  }
  return 0;
}
