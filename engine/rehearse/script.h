// SPDX-License-Identifier: Apache-2.0
// What the processes of a rehearsal do, and what was asked of them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/recipe/recipe_test_model.h"
#include "engine/system/spawn.h"

namespace assay::rehearse {

// A process that would have been started.
struct StartedProcess {
  std::vector<std::string> argv;  // the step's own folder stands there as {scratch}
  std::vector<std::pair<std::string, std::string>> env;
  std::string input;
};

// The script of one case while it is played. Not shared between threads.
class Script {
 public:
  // The case must outlive the script.
  explicit Script(const recipe::TestCase& test);

  // Whether the file says what an instance does.
  [[nodiscard]] bool has(const std::string& instance) const;
  // The result of the next execution of an instance: its own, else that of its step (without the row). Errors (R071):
  // the file has none, or no further one; they are kept in `problems`.
  Result<const recipe::ScriptedResult*> next(const std::string& instance);
  // A result that cannot be used.
  void refuse(Diagnostic problem) { problems_.add(std::move(problem)); }
  void started(const std::string& instance, const system::ProcessSpec& spec);
  [[nodiscard]] bool is_missing(const std::string& tool) const;

  // Of the last process of an instance; nullptr: it had none.
  [[nodiscard]] const StartedProcess* last_process(const std::string& instance) const;
  // How many results of a scripted step were used, at most by one instance.
  [[nodiscard]] std::size_t used(const recipe::ScriptedStep& step) const;
  [[nodiscard]] const Diagnostics& problems() const { return problems_; }

 private:
  const recipe::TestCase& test_;
  std::map<std::string, const recipe::ScriptedStep*, std::less<>> steps_;
  std::map<std::string, std::size_t, std::less<>> position_;  // by instance
  std::map<const recipe::ScriptedStep*, std::size_t> used_;
  std::set<std::string, std::less<>> missing_tools_;
  std::map<std::string, StartedProcess, std::less<>> processes_;
  Diagnostics problems_;
};

// "outer/load[a=1]" -> "outer/load".
std::string without_row(std::string_view instance);

}  // namespace assay::rehearse
