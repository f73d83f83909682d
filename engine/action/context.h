// SPDX-License-Identifier: Apache-2.0
// What an action gets to do its work. Everything is owned by the run; an action keeps nothing after it returns.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "engine/base/time.h"
#include "engine/expr/expression.h"
#include "engine/plan/plan.h"
#include "engine/record/run_writer.h"
#include "engine/system/process.h"
#include "engine/target/local_target.h"

namespace assay::action {

// Told while a step works, for people who wait.
struct Progress {
  std::string what;  // "sample 3 of 6 to 15", "warming up"
  double done = -1;  // share of the step's work, 0 to 1; negative: not known
};

struct StepContext {
  const plan::PlannedStep& planned;
  boost::asio::any_io_executor loop;
  boost::asio::any_io_executor worker;  // for calls that block
  record::RunWriter& writer;
  system::ProcessRunner& processes;
  const system::StopRequest& stop;
  const Clock& clock;
  const target::LocalTarget& target;
  const hardware::Facts& facts;     // of the start of the run; empty tree when not collected
  std::filesystem::path work_root;  // private folders are made below it
  std::chrono::nanoseconds grace;
  std::function<expr::Value(const std::string& id)> step_value;  // steps.<id>, for settled steps
  std::function<void(const Progress&)> progress;
  expr::Value outputs;  // filled by the action: its outputs with their types
};

// Values of the names that an expression of this step may use. Later additions hide earlier ones.
class Names {
 public:
  explicit Names(const StepContext& context) : context_(&context) {}
  void set(std::string name, expr::Value value);
  [[nodiscard]] Result<expr::Value> evaluate(const expr::Expression& expression) const;
  [[nodiscard]] Result<expr::Value> evaluate(const expr::TemplateText& text) const;
  // A text field as text: numbers, durations and quantities are converted, lists and maps are errors.
  [[nodiscard]] Result<std::string> text(const recipe::TextField& field) const;
  // The values an expression looked at, for people: "outputs.errors = 3, facts.cpu.threads = 2".
  [[nodiscard]] std::string observed(const expr::Expression& expression) const;

 private:
  [[nodiscard]] expr::Activation activation(const std::set<std::string>& references) const;
  const StepContext* context_;
  std::map<std::string, expr::Value, std::less<>> values_;
};

}  // namespace assay::action
