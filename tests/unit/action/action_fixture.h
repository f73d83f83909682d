// SPDX-License-Identifier: Apache-2.0
// One step, read from YAML and carried out by itself: a real record, real processes, a fake clock.
#pragma once

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "engine/action/actions.h"
#include "engine/action/execution.h"
#include "engine/recipe/reader.h"
#include "engine/system/descendants.h"
#include "engine/target/local_target.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::action {

class StopAfter final : public system::StopRequest {
 public:
  [[nodiscard]] bool requested() const override { return count > 0; }
  [[nodiscard]] bool urgent() const override { return count > 1; }
  int count = 0;
};

// From its making to its end no file of this process can grow beyond `bytes`: a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit small = old_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int);
};

class ActionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { system::become_subreaper(); }

  // `secrets`: those of the run.
  explicit ActionTest(std::shared_ptr<const secret::Secrets> secrets = nullptr) : secrets_(std::move(secrets)) {
    std::filesystem::create_directories(folder_ / "work");
    planned_.id = "s";
    planned_.origin = origin_;
    origin_->base_dir = folder_ / "recipe";
    origin_->params = expr::Value::map({});
    facts_.tree = expr::from_json(Json::parse(R"({"cpu": {"threads": 4, "model": "T"}})"));
  }

  // The only step of a recipe, from the keys after its id: "run: [true], timeout: 1s" between braces, or on lines of
  // their own.
  void use_step(const std::string& keys) {
    auto read = recipe::read_recipe(
        "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\nsteps:\n" + item(keys), "r.yaml",
        folder_ / "recipe/r.yaml");
    if (!read.value) throw std::runtime_error(render(read.problems));
    planned_.step = std::make_shared<const recipe::Step>(read.value->steps.at(0));
  }
  void use_test(const std::string& keys) {
    auto read =
        recipe::read_suite("apiVersion: assay/v1\nkind: Suite\nmetadata: { name: t, version: 1.0.0 }\ntests:\n" +
                               item("hardware: cpu\nfault: f\nproves: p\n" + keys),
                           "t.yaml", folder_ / "recipe/t.yaml");
    if (!read.value) throw std::runtime_error(render(read.problems));
    planned_.step = std::make_shared<const recipe::Step>(read.value->tests.at(0));
  }

  Scope scope() {
    return {.planned = planned_,
            .facts = facts_,
            .target = target_,
            .run = writer_.id(),
            .step_value = [this](const std::string& id) {
              ++asked_[id];
              const auto found = steps_.find(id);
              return found != steps_.end() ? found->second : expr::Value::map({});
            }};
  }
  StepContext context() {
    return {.planned = planned_,
            .loop = loop_.get_executor(),
            .worker = worker_.get_executor(),
            .writer = writer_,
            .processes = processes_,
            .stop = stop_,
            .clock = clock_,
            .target = target_,
            .scope = scope(),
            .scratch = scratch_,
            .grace = std::chrono::milliseconds(100),
            .progress = [this](const Progress& progress) { progress_.push_back(progress.what); },
            .sleep_until = [this](SteadyTime time) -> boost::asio::awaitable<void> {
              slept_.push_back(std::chrono::duration_cast<Nanoseconds>(time - clock_.steady()));
              clock_.advance(slept_.back());
              co_return;
            },
            .attempt_ended = [this](const record::AttemptRecord& attempt,
                                    Nanoseconds) { ended_.push_back(attempt.reason); },
            .earlier = earlier_ ? &*earlier_ : nullptr,
            .secrets = secrets_.get()};
  }

  template <class T>
  T finish(boost::asio::awaitable<T> work) {
    std::optional<T> out;
    boost::asio::co_spawn(loop_, std::move(work), [&out](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      out.emplace(std::move(value));
    });
    loop_.restart();
    loop_.run();
    if (!out) throw std::runtime_error("the work did not finish");
    return std::move(*out);
  }

  // The step's record; the run itself must be able to go on.
  record::StepRecord performed() {
    StepContext context = this->context();
    auto done = finish(perform(context));
    outputs_ = context.outputs;
    if (!done) throw std::runtime_error(done.error().message);
    return std::move(*done);
  }
  Result<Execution> executed(const ExecutionRequest& request = {}) {
    StepContext context = this->context();
    names_.emplace(context.scope);
    return finish(execute(context, request, *names_));
  }
  Execution ran(const ExecutionRequest& request = {}) {
    auto execution = executed(request);
    if (!execution) throw std::runtime_error(render(execution.error()));
    return std::move(*execution);
  }

  [[nodiscard]] std::vector<Json> journal(const std::string& type) {
    writer_.commits().write_some();
    std::vector<Json> out;
    std::istringstream text(test::slurp(writer_.folder() / "journal.jsonl"));
    for (std::string line; std::getline(text, line);) {
      Json json = Json::parse(line);
      if (json["type"] == type) out.push_back(std::move(json));
    }
    return out;
  }
  static std::vector<std::string> names_of(const std::vector<record::EvidenceRef>& evidence) {
    std::vector<std::string> out;
    for (const record::EvidenceRef& item : evidence) out.push_back(item.name);
    return out;
  }
  // Folders that were given back empty wait for the next step.
  [[nodiscard]] bool work_is_clean() const {
    for (const auto& folder : std::filesystem::directory_iterator(folder_ / "work")) {
      if (!std::filesystem::is_empty(folder.path())) return false;
    }
    return true;
  }

  test::TempFolder folder_;
  test::FakeClock clock_;
  target::LocalTarget target_{{{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"HOME", "/home/x"}, {"SECRET", "s"}}};
  hardware::Facts facts_;
  std::shared_ptr<const secret::Secrets> secrets_;
  record::RunWriter writer_ =
      record::RunWriter::create(folder_ / "store", "20260131T083000Z-abcdef", {{"assay", "0.1.0"}}, clock_,
                                secrets_ ? secrets_->redactor() : secret::Redactor())
          .value();
  boost::asio::io_context loop_;
  boost::asio::thread_pool worker_{1};
  system::ProcessRunner processes_{loop_.get_executor()};
  StopAfter stop_;
  std::shared_ptr<plan::Origin> origin_ = std::make_shared<plan::Origin>();
  plan::PlannedStep planned_;
  std::map<std::string, expr::Value> steps_;  // what steps.<id> gives
  std::map<std::string, int> asked_;          // how often
  ScratchFolders scratch_{folder_ / "work"};
  std::vector<std::string> progress_;
  std::vector<Nanoseconds> slept_;  // between attempts
  std::vector<std::string> ended_;  // reasons of attempts that another one followed
  std::optional<record::StepRecord> earlier_;
  std::optional<Names> names_;  // of the last execution
  expr::Value outputs_;

 private:
  static std::string item(const std::string& keys) {
    std::string out = "  - id: s\n";
    std::istringstream text(keys);
    for (std::string line; std::getline(text, line);) out += "    " + line + "\n";
    return out;
  }
};

}  // namespace assay::action
