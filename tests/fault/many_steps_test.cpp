// SPDX-License-Identifier: Apache-2.0
// A hundred thousand steps: they complete, are all in the record, and the record can be read in seconds.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>

#include "fault/fault.h"
#include "fault/scene.h"

namespace assay::test {
namespace {

constexpr int kSteps = 100'000;

Recipe many(const std::filesystem::path&) {
  std::string text =
      "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: many, version: 1.0.0 }\norder: graph\nsteps:\n";
  for (int i = 0; i < kSteps; ++i) text += "  - { id: s" + std::to_string(i) + ", run: [/bin/true] }\n";
  return {.main = std::move(text), .files = {}};
}

// What a call takes. The most memory is that of the largest child so far, so call those that may take more last.
struct Cost {
  double seconds = 0;
  double megabytes = 0;
};
Cost cost_of(const Invocation& invocation) {
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = run_program(invocation);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return {.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          .megabytes = static_cast<double>(usage.ru_maxrss) / 1000};
}

TEST(SlowManySteps, CompleteAndCanBeRead) {
  const TempFolder folder("assay-fault");
  const Scene scene(folder.path(), many);
  Invocation run = scene.run();
  run.limit = std::chrono::hours(1);
  {
    // Its talk goes to a file: a hundred thousand lines are not for the test's memory.
    Running controller(run, folder / "output");
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(controller.wait(run.limit));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    EXPECT_EQ(controller.exit_code(), 0);
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    std::cerr << "run: " << seconds << " s, " << static_cast<double>(usage.ru_maxrss) / 1000 << " MB\n";
  }
  std::ifstream journal(scene.record() / "journal.jsonl");
  int finished = 0;
  std::string last;
  for (std::string line; std::getline(journal, line); last = line) {
    if (line.find("\"type\":\"finished\"") != std::string::npos) ++finished;
  }
  EXPECT_EQ(finished, kSteps);
  EXPECT_NE(last.find("\"type\":\"sealed\",\"verdict\":\"pass\""), std::string::npos) << last;
  const std::string id = scene.record().filename().string();
  for (const auto& words :
       {std::vector<std::string>{"runs", "show", id}, {"runs", "show", id, "--json"}, {"report", id}}) {
    Invocation reading = scene.assay(words);
    reading.limit = std::chrono::minutes(10);
    const Cost cost = cost_of(reading);
    std::cerr << words[0] << ' ' << words[1] << ": " << cost.seconds << " s, at most " << cost.megabytes
              << " MB so far\n";
  }
}

}  // namespace
}  // namespace assay::test
