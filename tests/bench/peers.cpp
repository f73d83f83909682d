// SPDX-License-Identifier: Apache-2.0
#include "bench/peers.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "engine/base/files.h"
#include "engine/base/text.h"

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace assay::bench {
namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

void spawn_true(const posix_spawn_file_actions_t* actions) {
  char name[] = "true";
  std::array<char*, 2> argv = {name, nullptr};
  pid_t pid = 0;
  if (::posix_spawn(&pid, "/bin/true", actions, nullptr, argv.data(), environ) != 0)
    throw std::runtime_error("cannot start /bin/true");
}

void spawn_with_pipes() {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  spawn_true(&actions);
  posix_spawn_file_actions_destroy(&actions);
  for (const int fd : {out[0], out[1], err[0], err[1]}) ::close(fd);
}

template <class Start>
double loop(std::size_t count, std::size_t jobs, Start start) {
  const auto begin = Clock::now();
  std::size_t started = 0;
  std::size_t running = 0;
  for (std::size_t done = 0; done < count; ++done, --running) {
    for (; running < jobs && started < count; ++running, ++started) start();
    int status = 0;
    if (::wait(&status) < 0 || status != 0) throw std::runtime_error("/bin/true failed");
  }
  return since(begin);
}

bool installed(const std::string& program) {
  const char* const path = std::getenv("PATH");
  for (const std::string_view folder : split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
    if (::access((std::filesystem::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// `line` for each of `count`, with its number for every '#'.
void write_lines(const std::filesystem::path& path, const std::string& head, const std::string& line, std::size_t count,
                 const std::string& tail = {}) {
  std::ofstream file(path);
  file << head;
  for (std::size_t i = 0; i < count; ++i) {
    for (const char byte : line) {
      if (byte == '#') {
        file << i;
      } else {
        file << byte;
      }
    }
  }
  file << tail;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

Taken run_and_wait(const std::vector<std::string>& argv, const std::filesystem::path& folder) {
  std::vector<std::string> words = argv;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  const auto begin = Clock::now();
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  rusage usage{};
  if (error != 0 || ::wait4(pid, &status, 0, &usage) != pid || status != 0)
    throw std::runtime_error(argv[0] + " failed");
  return {.seconds = since(begin), .bytes = static_cast<std::size_t>(usage.ru_maxrss) * 1024};
}

double bare_loop(std::size_t count, std::size_t jobs) {
  return loop(count, jobs, [] { spawn_true(nullptr); });
}

double durable_loop(std::size_t count, std::size_t jobs, const std::filesystem::path& path) {
  const UniqueFd file(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_TRUNC | O_CLOEXEC, 0600));
  const std::string record(256, 'x');
  return loop(count, jobs, [&] {
    if (!write_all(file.get(), record, path) || ::fdatasync(file.get()) != 0)
      throw std::runtime_error("cannot write " + path.string());
    spawn_with_pipes();
  });
}

std::vector<Peer> installed_peers(const std::filesystem::path& folder, std::size_t count) {
  write_lines(folder / "words", "", "#\n", count);
  write_lines(folder / "Makefile", "all:", " t#", count, "\n.PHONY: all\nt%:\n\t@/bin/true\n");
  write_lines(folder / "build.ninja", "rule r\n  command = /bin/true\n", "build t#: r\n", count);
  write_lines(folder / "CTestTestfile.cmake", "", "add_test(t# /bin/true)\n", count);
  constexpr std::size_t kTasks = 50;  // it takes a second for a handful
  write_lines(folder / "play.yaml", "- hosts: localhost\n  gather_facts: false\n  connection: local\n  tasks:\n",
              "    - command: /bin/true\n", std::min(count, kTasks));
  std::vector<Peer> all = {
      {"xargs -P 2", {"xargs", "-P", "2", "-n", "1", "-a", "words", "/bin/true"}},
      {"make -j 2", {"make", "-j", "2"}},
      {"ninja -j 2", {"ninja", "-j", "2"}},
      {"ctest -j 2", {"ctest", "-j", "2"}},
      {"parallel -j 2", {"parallel", "-j", "2", "-a", "words", "/bin/true"}},
  };
  if (count <= kTasks) all.push_back({"ansible-playbook", {"ansible-playbook", "play.yaml"}});
  std::erase_if(all, [](const Peer& peer) { return !installed(peer.argv[0]); });
  return all;
}

}  // namespace assay::bench
