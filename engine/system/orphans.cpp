// SPDX-License-Identifier: Apache-2.0
#include "engine/system/orphans.h"

#include <algorithm>
#include <csignal>
#include <thread>
#include <vector>

#include "engine/system/descendants.h"

namespace assay::system {

std::size_t end_orphans(std::string_view prefix, std::chrono::milliseconds grace) {
  using Clock = std::chrono::steady_clock;
  std::vector<pid_t> orphans = find_marked(prefix);
  std::size_t most = orphans.size();
  if (most == 0) return 0;
  const auto kill_at = Clock::now() + grace;
  const auto give_up_at = kill_at + std::chrono::seconds(5);
  for (const pid_t orphan : orphans) ::kill(orphan, SIGTERM);
  while (!orphans.empty() && Clock::now() < give_up_at) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    orphans = find_marked(prefix);
    most = std::max(most, orphans.size());
    if (Clock::now() < kill_at) continue;
    for (const pid_t orphan : orphans) ::kill(orphan, SIGKILL);
  }
  return most;
}

}  // namespace assay::system
