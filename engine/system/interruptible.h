// SPDX-License-Identifier: Apache-2.0
// Work that blocks inside a library, ended in order by Ctrl-C or when nothing comes any more. For verbs that have no
// event loop; a running engine reads its signals itself.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <vector>

namespace assay::system {

// Those of these signals that are not ignored. POSIX: one that is ignored when a program starts stays so (`nohup`, a
// job in the background of a script), so who takes signals takes these.
std::vector<int> not_ignored(std::initializer_list<int> signals);

// What the work sees of its surroundings. Its functions may be called from any thread.
class WorkWatch {
 public:
  // Something came: the time without any begins anew. False: end the work.
  bool alive() {
    ++signs_of_life_;
    return !stop_;
  }
  [[nodiscard]] bool stopped() const { return stop_; }

 private:
  friend class WatchedWork;
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> signs_of_life_ = 0;
};

struct WorkEnd {
  int signal = 0;        // SIGINT or SIGTERM came
  bool stalled = false;  // nothing came for the time allowed
};

struct WorkLimits {
  std::chrono::milliseconds stall = std::chrono::seconds(60);
  std::chrono::milliseconds grace = std::chrono::seconds(5);  // to end in order, after either
};

// Runs `work` on a thread of its own and gives back when it has returned. Meanwhile SIGINT and SIGTERM are taken by
// this function where they are not ignored: a first one asks the work to stop and interrupts its system calls. Work
// that does not return within the grace, or a second signal, ends the process at once with 128 + the signal (3 when it
// was stalled): what it was writing must be such that the next start clears it. `each_tick` is called about ten times a
// second.
WorkEnd run_watched(const std::function<void(WorkWatch&)>& work, const WorkLimits& limits = {},
                    const std::function<void()>& each_tick = {});

}  // namespace assay::system
