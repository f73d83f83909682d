// SPDX-License-Identifier: Apache-2.0
#include "engine/system/descendants.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <map>
#include <memory>

#include "engine/base/files.h"
#include "engine/base/text.h"

namespace assay::system {
namespace {

struct ProcessInfo {
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  std::uint64_t start = 0;  // clock ticks after the boot
  bool dead = false;        // and nobody has waited for it
};

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<pid_t> numbered_entries(const std::string& folder) {
  std::vector<pid_t> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), ::closedir);
  if (!directory) return out;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (const auto pid = number<pid_t>(entry->d_name)) out.push_back(*pid);
  }
  return out;
}

// /proc/PID/stat: "pid (name) state ppid pgrp session …", the start is field 22; the name may hold anything, so read
// after its last ')'.
std::optional<ProcessInfo> read_info(pid_t pid) {
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!stat) return std::nullopt;
  const auto close = stat->rfind(')');
  if (close == std::string::npos) return std::nullopt;
  const auto fields = split(trim(std::string_view(*stat).substr(close + 1)), ' ');
  constexpr std::size_t kStart = 19;  // of the fields after the name
  if (fields.size() <= kStart) return std::nullopt;
  const auto parent = number<pid_t>(fields[1]);
  const auto group = number<pid_t>(fields[2]);
  const auto session = number<pid_t>(fields[3]);
  const auto start = number<std::uint64_t>(fields[kStart]);
  if (!parent || !group || !session || !start) return std::nullopt;
  return ProcessInfo{*parent, *group, *session, *start, fields[0] == "Z" || fields[0] == "X"};
}

std::map<pid_t, ProcessInfo> all_processes() {
  std::map<pid_t, ProcessInfo> all;
  for (const pid_t pid : numbered_entries("/proc")) {
    if (const auto process = read_info(pid)) all.emplace(pid, *process);
  }
  return all;
}

// The value of the mark in a process's environment; nullopt when it has none or does not let us look.
std::optional<std::string> mark_of(pid_t pid) {
  const auto environment = read_file("/proc/" + std::to_string(pid) + "/environ", 4U << 20U);
  if (!environment) return std::nullopt;
  const std::string wanted = std::string(kStepMark) + "=";
  for (const std::string_view entry : split(*environment, '\0')) {
    if (entry.starts_with(wanted)) return std::string(entry.substr(wanted.size()));
  }
  return std::nullopt;
}

// Whether the process has one of these pipes open for writing. We have their other ends, and so has for a moment a
// child of ours that is about to become its program.
bool writes_to(pid_t pid, const std::set<std::uint64_t>& pipes) {
  const std::string folder = "/proc/" + std::to_string(pid);
  for (const int fd : numbered_entries(folder + "/fd")) {
    struct stat status {};
    const std::string name = std::to_string(fd);
    if (::stat((folder + "/fd/" + name).c_str(), &status) != 0 || !S_ISFIFO(status.st_mode)) continue;
    if (pipes.count(status.st_ino) == 0) continue;
    const auto about = read_file(folder + "/fdinfo/" + name, 4096);  // "pos:\t0\nflags:\t0100001\n…", flags in octal
    if (!about) continue;
    for (const std::string_view line : lines(*about)) {
      if (!line.starts_with("flags:")) continue;
      const std::string_view octal = trim(line.substr(6));
      int flags = 0;
      std::from_chars(octal.data(), octal.data() + octal.size(), flags, 8);
      if ((flags & O_ACCMODE) != O_RDONLY) return true;
    }
  }
  return false;
}

}  // namespace

void become_subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

std::optional<std::vector<pid_t>> own_children() {
  std::vector<pid_t> out;
  for (const pid_t task : numbered_entries("/proc/self/task")) {
    const auto text = read_file("/proc/self/task/" + std::to_string(task) + "/children", 4U << 20U);
    if (!text) return std::nullopt;
    for (const std::string_view word : split(trim(*text), ' ')) {
      if (const auto pid = number<pid_t>(word)) out.push_back(*pid);
    }
  }
  return out;
}

FirstThreadChildren::FirstThreadChildren()
    : file_(::open(("/proc/self/task/" + std::to_string(::getpid()) + "/children").c_str(), O_RDONLY | O_CLOEXEC)) {}

std::optional<std::vector<pid_t>> FirstThreadChildren::list() const {
  if (!file_) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t n = ::pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    text.append(buffer.data(), static_cast<std::size_t>(n));
    if (n == 0) break;
  }
  std::vector<pid_t> out;
  for (const std::string_view word : split(trim(text), ' ')) {
    if (const auto pid = number<pid_t>(word)) out.push_back(*pid);
  }
  return out;
}

std::optional<KnownProcess> know_process(pid_t pid) {
  const auto info = read_info(pid);
  return info ? std::optional(KnownProcess{pid, info->start}) : std::nullopt;
}

std::vector<pid_t> find_left(const std::vector<KnownProcess>& leaders) {
  if (leaders.empty()) return {};
  const std::map<pid_t, ProcessInfo> all = all_processes();
  std::set<pid_t> ours;  // we, and what is above us
  for (pid_t at = ::getpid(); at > 0 && ours.insert(at).second;) at = all.count(at) > 0 ? all.at(at).parent : 0;
  // Whose parent has ended: it is below init, or below whoever takes orphans, which is of another session.
  const auto is_orphan = [&](const ProcessInfo& process) {
    const auto parent = all.find(process.parent);
    return process.parent <= 1 || parent == all.end() || parent->second.session != process.session;
  };
  std::set<pid_t> left;
  for (const KnownProcess& leader : leaders) {
    const auto found = all.find(leader.pid);
    if (found != all.end() && found->second.start != leader.start) continue;  // the number is another one's
    for (const auto& [pid, process] : all) {
      if (process.group != leader.pid || process.start < leader.start) continue;
      if (found != all.end() || is_orphan(process)) left.insert(pid);
    }
  }
  for (bool more = true; more;) {
    more = false;
    for (const auto& [pid, process] : all) more = (left.count(process.parent) > 0 && left.insert(pid).second) || more;
  }
  std::erase_if(left, [&](pid_t pid) { return ours.count(pid) > 0 || all.at(pid).dead; });
  return {left.begin(), left.end()};
}

std::vector<pid_t> find_descendants(pid_t root, std::string_view mark, const std::set<pid_t>& foreign,
                                    const std::set<std::uint64_t>& pipes) {
  const std::map<pid_t, ProcessInfo> all = all_processes();
  const pid_t self = ::getpid();
  // Whose is it? Follow the parents up to us: the last one below us decides. Its own pid may be another step's.
  const auto top_of = [&](pid_t pid) {
    pid_t at = pid;
    for (std::size_t steps = 0; steps < all.size(); ++steps) {
      const auto found = all.find(at);
      if (found == all.end() || found->second.parent == 0) return pid_t{0};
      if (found->second.parent == self) return at;
      at = found->second.parent;
    }
    return pid_t{0};
  };
  // Of one that bears no sign of a step. `top`: what is above it and directly below us.
  const auto can_be_of_no_other = [&](pid_t pid, pid_t top) {
    const std::uint64_t start = all.at(top).start;
    const bool first = std::all_of(foreign.begin(), foreign.end(), [&](pid_t other) {
      const auto found = all.find(other);
      return found != all.end() && found->second.start > start;
    });
    if (first) return true;
    // Members of the group or session of another step are that step's.
    for (const pid_t one : {pid, top}) {
      const ProcessInfo& process = all.at(one);
      if (foreign.count(process.group) > 0 || foreign.count(process.session) > 0) return false;
    }
    return !pipes.empty() && (writes_to(top, pipes) || (pid != top && writes_to(pid, pipes)));
  };
  std::vector<pid_t> out;
  for (const auto& [pid, process] : all) {
    if (pid == self) continue;
    const pid_t below_us = top_of(pid);
    if (below_us != root && foreign.count(below_us) > 0) continue;
    if (pid == root || below_us == root || process.group == root || process.session == root) {
      out.push_back(pid);
      continue;
    }
    // The mark is looked at only where it can be ours: below us, or with another parent because the controller that
    // started it has died. Reading every environment of the machine at the end of each step would be too dear.
    if (below_us == 0 && process.parent != 1) continue;
    const auto found = mark_of(pid);
    if (found ? *found == mark : below_us != 0 && can_be_of_no_other(pid, below_us)) out.push_back(pid);
  }
  return out;
}

std::vector<pid_t> find_marked(std::string_view prefix) {
  std::vector<pid_t> out;
  for (const pid_t pid : numbered_entries("/proc")) {
    if (pid == ::getpid()) continue;
    const auto mark = mark_of(pid);  // one that has ended has no environment any more
    if (mark && mark->starts_with(prefix)) out.push_back(pid);
  }
  return out;
}

void reap(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids) {
    int status = 0;
    ::waitpid(pid, &status, WNOHANG);
  }
}

void reap_all() {
  int status = 0;
  while (::waitpid(-1, &status, WNOHANG) > 0) {
  }
}

}  // namespace assay::system
