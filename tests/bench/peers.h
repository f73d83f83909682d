// SPDX-License-Identifier: Apache-2.0
// Programs that start others: loops of ours, which do what nobody can do without, and the tools that are installed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace assay::bench {

// What a call took, waited for to its end.
struct Taken {
  double seconds = 0;
  std::size_t bytes = 0;  // the most memory that the program held
};

// Runs argv[0], found on PATH, in `folder`, its output into nothing. Throws where it does not start or does not end
// with 0.
Taken run_and_wait(const std::vector<std::string>& argv, const std::filesystem::path& folder);

// posix_spawn and wait for `count` times /bin/true, `jobs` at a time. Seconds.
double bare_loop(std::size_t count, std::size_t jobs);
// The same with two pipes each, and before each spawn 256 bytes appended to `file` and synced: what a program cannot do
// without that must know after a crash what it had started.
double durable_loop(std::size_t count, std::size_t jobs, const std::filesystem::path& file);

// A tool that starts `count` times /bin/true, two at a time.
struct Peer {
  std::string name;
  std::vector<std::string> argv;
};
// Writes what each needs into `folder`; those that are not installed are left out.
std::vector<Peer> installed_peers(const std::filesystem::path& folder, std::size_t count);

}  // namespace assay::bench
