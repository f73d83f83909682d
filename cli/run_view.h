// SPDX-License-Identifier: Apache-2.0
// The steps of one run by the names that people give, and by what they hang together.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/record/run_record.h"

namespace assay::cli {

// Looked up once for all questions; the run must outlive it.
class RunView {
 public:
  explicit RunView(const record::RunRecord& run);

  [[nodiscard]] const record::RunRecord& run() const { return run_; }
  // All instances of a step: "flip" stands for "flip[…]" and "flip@…" too.
  [[nodiscard]] std::vector<const record::StepRecord*> instances(const std::string& id) const;
  // An error that names what is near: `id` is no step of the run.
  [[nodiscard]] Diagnostic no_such_step(const std::string& id) const;
  // The `use` or `suite` that the step is inside of; nullptr: the run itself.
  [[nodiscard]] const record::StepRecord* container(const record::StepRecord& step) const;
  // What the step needs; asked for many instances with the same needs, and answered once.
  [[nodiscard]] const std::vector<const record::StepRecord*>& needs(const record::StepRecord& step);

 private:
  const record::RunRecord& run_;
  std::map<std::string, const record::StepRecord*, std::less<>> by_id_;
  std::map<std::string, std::vector<const record::StepRecord*>, std::less<>> by_name_;
  std::map<std::vector<std::string>, std::vector<const record::StepRecord*>> needs_;
};

}  // namespace assay::cli
