// SPDX-License-Identifier: Apache-2.0
// What assay adds to steps that do nothing, with its journal on: 2,000 and 20,000 times /bin/true, two at a time,
// beside loops of ours that do only what must be done, and beside the tools that are installed. Everything is taken in
// turn, round by round; prints medians, and exit code 1 when a bar does not hold. Argument: how many rounds (3).
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <vector>

#include "bench/peers.h"
#include "bench/report.h"
#include "support/temp_folder.h"

namespace assay::bench {
namespace {

constexpr std::size_t kFew = 2'000;
constexpr std::size_t kMany = 20'000;
constexpr std::size_t kJobs = 2;
constexpr std::size_t kTasks = 50;

std::string recipe(std::size_t steps) {
  std::string text =
      "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: many, version: 1.0.0 }\norder: graph\nsteps:\n";
  for (std::size_t i = 0; i < steps; ++i) text += "  - { id: s" + std::to_string(i) + ", run: [/bin/true] }\n";
  return text;
}

// A store of its own each time: what earlier runs have left would be looked at.
Taken assay(const test::TempFolder& folder, const std::filesystem::path& file) {
  const std::filesystem::path store = folder / "store";
  std::filesystem::remove_all(store);
  return run_and_wait({ASSAY_PROGRAM, "run", file.string(), "--jobs", std::to_string(kJobs), "--store", store.string()},
                      folder.path());
}

std::string fixed(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

void print(const std::map<std::string, std::vector<double>>& per_step, double bare, double durable) {
  std::printf("%-34s %12s %12s %16s\n", "", "ms a step", "x bare", "x durable");
  for (const auto& [name, values] : per_step) {
    const double ms = median(values);
    std::printf("%-34s %12s %12s %16s\n", name.c_str(), fixed(ms, "%.3f").c_str(), fixed(ms / bare, "%.2f").c_str(),
                fixed(ms / durable, "%.2f").c_str());
  }
  std::printf("\n");
}

int run(std::size_t rounds) {
  const test::TempFolder folder;
  const auto few = folder.write("few.yaml", recipe(kFew));
  const auto many = folder.write("many.yaml", recipe(kMany));
  std::filesystem::create_directories(folder / "tools");
  std::filesystem::create_directories(folder / "tasks");
  const auto peers = installed_peers(folder / "tools", kFew);
  std::map<std::string, std::vector<double>> per_step;  // milliseconds
  std::vector<double> to_durable;
  std::vector<double> growth;
  std::size_t most = 0;
  const auto take = [&](const std::string& name, double seconds, std::size_t steps) {
    per_step[name].push_back(seconds * 1e3 / static_cast<double>(steps));
    return seconds;
  };
  assay(folder, few);  // its files are in memory from here on, as those of the others are
  for (std::size_t i = 0; i < rounds; ++i) {
    take("a spawn and a wait (bare)", bare_loop(kFew, kJobs), kFew);
    const double limit = take("with pipes and a sync (durable)", durable_loop(kFew, kJobs, folder / "log"), kFew);
    const double ours = take("assay, 2,000 steps", assay(folder, few).seconds, kFew);
    to_durable.push_back(ours / limit);
    const Taken large = assay(folder, many);
    most = std::max(most, large.bytes);
    growth.push_back(take("assay, 20,000 steps", large.seconds, kMany) / ours);
    for (const Peer& peer : peers) take(peer.name, run_and_wait(peer.argv, folder / "tools").seconds, kFew);
    for (const Peer& peer : installed_peers(folder / "tasks", kTasks)) {
      if (peer.name == "ansible-playbook") take(peer.name, run_and_wait(peer.argv, folder / "tasks").seconds, kTasks);
    }
  }
  const double bare = median(per_step["a spawn and a wait (bare)"]);
  const double durable = median(per_step["with pipes and a sync (durable)"]);
  print(per_step, bare, durable);
  const double ours = median(per_step["assay, 2,000 steps"]);
  const std::vector<Figure> figures = {
      {.name = "2,000 steps, against a spawn with pipes and one durable append each",
       .value = median(to_durable),
       .unit = "x",
       .bar = 1.25,
       .detail = fixed(ours, "%.3f ms a step; ") + fixed(ours / bare, "%.2f x a bare spawn")},
      {.name = "20,000 steps, against 2,000", .value = median(growth), .unit = "x", .bar = 11},
      {.name = "memory at 20,000 steps", .value = static_cast<double>(most) / 1e6, .unit = "MB", .bar = 60},
  };
  std::cout << std::flush << to_text(figures);
  bool hold = true;
  for (const Figure& figure : figures) hold = hold && figure.holds();
  return hold ? 0 : 1;
}

}  // namespace
}  // namespace assay::bench

int main(int count, char** words) {
  try {
    return assay::bench::run(count > 1 ? std::strtoul(words[1], nullptr, 10) : 3);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 3;
  }
}
