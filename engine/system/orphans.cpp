// SPDX-License-Identifier: Apache-2.0
#include "engine/system/orphans.h"

#include <cerrno>
#include <csignal>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "engine/system/descendants.h"

namespace assay::system {
namespace {

// Ends what `find` finds, again and again until that is nothing. How many were asked to end.
std::size_t end_all(const std::function<std::vector<pid_t>()>& find, std::chrono::milliseconds grace) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kLook = std::chrono::milliseconds(10);
  const auto kill_at = Clock::now() + grace;
  const auto give_up_at = kill_at + std::chrono::seconds(5);
  // Once each, because a program may take a second TERM as an order to end at once.
  std::set<pid_t> asked;
  // Came after the first look, from a process that ends slowly. It is asked at the look after that: what has just been
  // forked may still have the handler of its parent, and would lose the signal with the exec that follows.
  std::set<pid_t> came;
  for (bool first = true;; first = false) {
    const std::vector<pid_t> orphans = find();
    const auto now = Clock::now();
    if (orphans.empty() || now >= give_up_at) return asked.size();
    for (const pid_t orphan : orphans) {
      if (asked.count(orphan) > 0) {
        if (now >= kill_at) ::kill(orphan, SIGKILL);
      } else if (!first && came.insert(orphan).second) {
        continue;
      } else {
        asked.insert(orphan);
        ::kill(orphan, SIGTERM);
      }
    }
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace

std::size_t end_orphans(std::string_view prefix, std::chrono::milliseconds grace) {
  return end_all([&] { return find_marked(prefix); }, grace);
}

LeftBehind end_left(const std::vector<KnownProcess>& leaders, std::chrono::milliseconds grace) {
  const auto may_signal = [](pid_t pid) { return ::kill(pid, 0) == 0 || errno != EPERM; };
  LeftBehind out;
  out.ended = end_all(
      [&] {
        std::vector<pid_t> left = find_left(leaders);
        std::erase_if(left, [&](pid_t pid) { return !may_signal(pid); });
        return left;
      },
      grace);
  out.refused = find_left(leaders).size();
  return out;
}

}  // namespace assay::system
