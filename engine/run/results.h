// SPDX-License-Identifier: Apache-2.0
// What a run knows of its steps so far, and how expressions see it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/expr/value.h"
#include "engine/plan/plan.h"
#include "engine/plan/seen_rows.h"
#include "engine/record/run_record.h"

namespace assay::run {

class Results {
 public:
  // The plan must outlive it.
  Results(const plan::Plan& plan, const std::string& target);

  [[nodiscard]] const std::vector<record::StepRecord>& all() const { return records_; }
  [[nodiscard]] record::StepRecord& operator[](std::size_t index) { return records_[index]; }
  [[nodiscard]] const record::StepRecord& operator[](std::size_t index) const { return records_[index]; }
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  [[nodiscard]] std::optional<std::size_t> find(const std::string& instance) const;

  [[nodiscard]] const expr::Value& outputs(std::size_t index) const { return outputs_[index]; }
  void set_outputs(std::size_t index, expr::Value outputs);
  // Outputs with their types as JSON, where plain JSON would lose them; else null.
  [[nodiscard]] Json typed_outputs(std::size_t index) const;
  // From a record; those of another plan's form are left out.
  void read_outputs(std::size_t index, const record::StepRecord& record);

  // steps.<id> as `viewer` sees it: the instance with its own row where there is one, else all of them (semantics 2.4).
  [[nodiscard]] expr::Value step_value(const plan::PlannedStep& viewer, const std::string& id) const;

 private:
  [[nodiscard]] expr::Value instance_value(std::size_t index) const;
  [[nodiscard]] expr::Value aggregate_value(const plan::Group& group) const;

  const plan::Plan& plan_;
  std::string target_;
  std::vector<record::StepRecord> records_;  // in plan order
  std::vector<expr::Value> outputs_;         // of settled steps; null: none
  std::vector<std::uint32_t> groups_;        // of the plan, in the order of their ids
  plan::SeenRows rows_;
  mutable std::unordered_map<std::string, std::size_t> instances_;  // made when first asked
};

}  // namespace assay::run
