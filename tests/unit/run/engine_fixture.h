// SPDX-License-Identifier: Apache-2.0
// Recipes carried out by the engine inside the test: real processes, a real store, a fake clock, what is seen by those
// who watch.
#pragma once

#include <gmock/gmock.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/plan/loader.h"
#include "engine/record/run_reader.h"
#include "engine/run/engine.h"
#include "engine/target/local_target.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::run {

// Keeps events as short lines and calls what a test wants done at a moment.
class Watcher final : public Observer {
 public:
  void on_event(const Event& event) override {
    all += event_line(event, {}, 1);
    const Json json = Json::parse(event_line(event, {}, 1));
    std::string line = json["event"];
    for (const char* key : {"step", "verdict", "exit_code", "urgent"}) {
      if (json.contains(key)) line += " " + (json[key].is_string() ? json[key].get<std::string>() : json[key].dump());
    }
    seen.push_back(line);
    if (at_event) at_event(line);
  }
  void on_tick() override {
    if (at_tick) at_tick();
  }
  std::string all;  // whole lines
  std::vector<std::string> seen;
  std::function<void(const std::string& line)> at_event;
  std::function<void()> at_tick;
};

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    facts_.tree = expr::from_json(Json::parse(R"({"cpu": {"threads": 4}})"));
    options_.store = folder_ / "store";
    options_.jobs = 4;
    options_.grace = std::chrono::milliseconds(100);
    options_.command_line = {"assay", "run", "r.yaml"};
    options_.assay_version = "0.1.0";
  }

  // Plans `rest` of a recipe. Files that it names are written with write() before.
  plan::Plan plan_of(const std::string& rest, plan::PlanInput input = {}) {
    const auto loaded = plan::load_recipe(folder_.write("r.yaml", kHead + rest));
    if (!loaded.value) throw std::runtime_error(render(loaded.problems));
    input.facts = &facts_;
    input.has_tool = [this](const std::string& tool) { return target_.find_tool(tool).has_value(); };
    auto planned = plan::plan_recipe(*loaded.value, input);
    if (!planned.plan) throw std::runtime_error(render(planned.problems));
    return std::move(*planned.plan);
  }
  Result<RunResult> try_run(const std::string& rest, const plan::PlanInput& input = {}) {
    return execute_plan(plan_of(rest, input), facts_, target_, options_, {&watcher_}, clock_);
  }
  // Goes on with the run as its record is now.
  void resume(const std::string& rest) {
    const record::RunRecord earlier = record_;
    options_.resume.record = &earlier;
    run(rest);
    options_.resume.record = nullptr;
  }
  // Leaves the first lines of the journal, as if the controller had been killed then, and reads the record again.
  void cut_journal(std::size_t lines) {
    const auto path = result_.folder / "journal.jsonl";
    std::istringstream text(test::slurp(path));
    std::string kept;
    std::string line;
    for (std::size_t i = 0; i < lines && std::getline(text, line); ++i) kept += line + "\n";
    std::ofstream(path, std::ios::trunc) << kept;
    record_ = record::read_run(result_.folder).value();
  }
  // The same, when a record must come about; reads it back.
  void run(const std::string& rest, const plan::PlanInput& input = {}) {
    auto result = try_run(rest, input);
    if (!result) throw std::runtime_error(result.error().message);
    result_ = std::move(*result);
    record_ = record::read_run(result_.folder).value();
  }
  // "id status verdict: reason [skip kind]" for each step as the record has it.
  [[nodiscard]] std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const record::StepRecord& step : record_.steps) {
      std::string line = step.id + " " + std::string(record::to_string(step.status)) + " " +
                         std::string(record::to_string(step.verdict));
      if (!step.reason.empty()) line += ": " + replace_all(step.reason, folder_.path().string() + "/", "");
      if (!step.skip_kind.empty()) line += " [" + step.skip_kind + "]";
      out.push_back(std::move(line));
    }
    return out;
  }
  // "type step" of each line of the journal.
  [[nodiscard]] std::vector<std::string> journal() const {
    std::vector<std::string> out;
    std::istringstream text(test::slurp(result_.folder / "journal.jsonl"));
    for (std::string line; std::getline(text, line);) {
      const Json json = Json::parse(line);
      out.push_back(json["type"].get<std::string>() +
                    (json.contains("step") ? " " + json["step"].get<std::string>() : ""));
    }
    return out;
  }
  [[nodiscard]] std::string output_of(const std::string& step) const {
    for (const record::StepRecord& item : record_.steps) {
      if (item.id == step && !item.evidence.empty()) return record::read_evidence(record_, item.evidence[0]).value();
    }
    return {};
  }

  static constexpr const char* kHead = "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\n";
  test::TempFolder folder_;
  test::FakeClock clock_;
  hardware::Facts facts_;
  target::LocalTarget target_{{{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}}};
  RunOptions options_;
  Watcher watcher_;
  RunResult result_;
  record::RunRecord record_;
};

}  // namespace assay::run
