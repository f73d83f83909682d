// SPDX-License-Identifier: Apache-2.0
// Everything a step has started, wherever it has hidden itself: children of children, other sessions, double forks.
// Found by parent, by session and process group, and by the mark in the environment (semantics 4.5).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/files.h"

namespace assay::system {

// The variable that marks what belongs to a step: "ASSAY_STEP=<run>/<instance>#<attempt>".
inline constexpr std::string_view kStepMark = "ASSAY_STEP";

// Makes orphans of our descendants our children, so that none escapes to init. Once per process, before the first
// spawn.
void become_subreaper();

// Our direct children now, zombies included. nullopt where the kernel does not tell (no CONFIG_PROC_CHILDREN).
std::optional<std::vector<pid_t>> own_children();

// The children of our first thread, zombies included: what it started itself, and every orphan of our descendants, for
// the kernel hands those of a subreaper to its first thread. Asked at the end of each step, so the file stays open.
class FirstThreadChildren {
 public:
  FirstThreadChildren();
  // nullopt where the kernel does not tell.
  [[nodiscard]] std::optional<std::vector<pid_t>> list() const;

 private:
  UniqueFd file_;
};

// Processes that belong to the step: descendants of `root`, members of its group or session, and all that carry the
// mark. `root` itself is included while it lives, dead ones that nobody has waited for too. Processes of `foreign`
// (roots of other steps) and below are left out.
// An orphan that left group and session and wiped its environment says no more whose it is. It is the step's when it
// can write to one of `pipes` (inodes of those that the step writes its output to), when every other step began after
// it, or when there is no other step; else it may be that of a step which goes on, and is left.
std::vector<pid_t> find_descendants(pid_t root, std::string_view mark, const std::set<pid_t>& foreign,
                                    const std::set<std::uint64_t>& pipes = {});

// Processes of the machine whose mark begins with `prefix`, but for ourselves and those that have ended.
std::vector<pid_t> find_marked(std::string_view prefix);

// A process as it was when it was started: its number alone may be another one's later, in the same boot.
struct KnownProcess {
  pid_t pid = 0;
  std::uint64_t start = 0;  // clock ticks after the boot
};
std::optional<KnownProcess> know_process(pid_t pid);

// What is left of the groups that these have led, and all below it, alive. Where the leader is gone only its orphans
// are meant: a shell may lead a new group of that number. Never we or who started us.
std::vector<pid_t> find_left(const std::vector<KnownProcess>& leaders);

// Takes the exit status of dead children of ours among `pids`, so that none stays a zombie.
void reap(const std::vector<pid_t>& pids);
// The same for every dead child. Only when nobody else in this process waits for one.
void reap_all();

}  // namespace assay::system
