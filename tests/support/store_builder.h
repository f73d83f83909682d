// SPDX-License-Identifier: Apache-2.0
// Runs in a store as RunWriter writes them, for tests of what reads a store.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "engine/record/run_writer.h"
#include "support/fake_clock.h"

namespace assay::test {

struct BuiltRun {
  std::string id = "20260131T083000Z-abcdef";
  std::string name = "r";
  std::string version = "1.0.0";
  std::string host = "lab1";
  record::Verdict verdict = record::Verdict::kPass;
  bool sealed = true;
  std::size_t steps = 2;   // s0, s1 …; all but the last pass, the last has the verdict of the run
  std::size_t output = 0;  // bytes of each step's stdout
  Json params = Json::object();
  std::string undo_of = {};
};

// Must hold; a test cannot go on without it.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
inline void must(Result<void> result) {
  if (!result) throw std::runtime_error(result.error().message);
}

// Gives the folder of the run.
inline std::filesystem::path build_run(const std::filesystem::path& store, const BuiltRun& what = {},
                                       const FakeClock& clock = FakeClock()) {
  using namespace record;
  Json header = {{"assay", "0.1.0"},
                 {"source", {{"kind", "Recipe"}, {"name", what.name}, {"version", what.version}}},
                 {"params", what.params}};
  if (!what.undo_of.empty()) header["undo_of"] = what.undo_of;
  RunWriter run = must(RunWriter::create(store, what.id, header, clock));
  std::vector<StepRecord> steps(what.steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].id = "s" + std::to_string(i);
    steps[i].action = "run";
    steps[i].outputs = Json::object();
  }
  must(run.planned(steps));
  const Json facts = {{"format", "assay.facts/1"}, {"facts", {{"os", {{"hostname", what.host}}}}}};
  must(run.facts("local", must(store_bytes(run.folder(), to_json_line(facts), "facts.json"))));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    must(run.started(steps[i].id, {.attempt = 1, .command = {"/bin/true"}}));
    if (what.output > 0) {
      std::string bytes;
      while (bytes.size() < what.output) bytes += steps[i].id + " says " + std::to_string(bytes.size()) + "\n";
      const StoredBytes stored = must(store_bytes(run.folder(), bytes, "stdout"));
      must(run.output(steps[i].id, 1, stored));
      steps[i].evidence.push_back(stored.ref);
    }
    const bool last = i + 1 == steps.size();
    if (last && !what.sealed) break;  // still running
    steps[i].status = Status::kFinished;
    steps[i].verdict = last ? what.verdict : Verdict::kPass;
    steps[i].attempts = 1;
    steps[i].exit_code = 0;
    must(run.finished(steps[i]));
  }
  if (what.sealed) must(run.sealed(what.verdict, what.verdict == Verdict::kPass ? 0 : 1, ""));
  must(run.close());
  return run.folder();
}

}  // namespace assay::test
