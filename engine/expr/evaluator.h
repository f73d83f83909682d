// SPDX-License-Identifier: Apache-2.0
// Walks the tree of one expression once. A step that fails leaves its Fault in `fault_` and returns nothing, so that
// && and || can drop it. Only engine/expr includes this.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/expr/syntax.h"

namespace assay::expr {

class Evaluator {
 public:
  Evaluator(const Expression::Impl& impl, const Activation& activation);
  Result<Value> run();

 private:
  // evaluate.cpp. The value of a node: in `storage`, or where it already lives (a literal, a variable, an element).
  // nullptr: it failed. The pointer lives as long as `storage` and the variables in scope.
  const Value* ref(const Node& node, Value& storage);
  bool compute(const Node& node, Value& out);
  const Value* variable(const Node& node, Value& storage);
  const Value* local(const Node& node);
  bool bounded(const Node& node, const Value& out);
  const Value* select(const Node& node, Value& storage);
  const Value* index(const Node& node, Value& storage);
  bool has(const Node& node, Value& out);
  bool logical(const Node& node, Value& out);
  bool call(const Node& node, Value& out);
  std::optional<bool> operate(const Node& node, const Value& left, const Value& right, Value& out);
  bool charge_key(const Node& node, const Value& key);
  bool apply(const Node& node, Arguments arguments, Value& out);
  bool empty_sum(const Node& node, Value zero, Value& out);
  bool unknown_call(const Node& node, Value& out);
  bool list(const Node& node, Value& out);
  bool map(const Node& node, Value& out);
  const Value* missing(const Node& node, const Value& operand, const Value& key, Place place);
  static const Value* absent_optional(Value& storage);
  const std::optional<Value>& lookup(std::uint32_t slot);

  // evaluate_macros.cpp
  bool comprehension(const Node& node, Value& out);
  bool bind_value(const Node& node, Value& out);
  bool quantified(const Node& node, const Value& range, Value& out);
  bool exists_one(const Node& node, const Value& range, Value& out);
  bool to_list(const Node& node, const Value& range, Value& out);
  bool to_map(const Node& node, const Value& range, Value& out);
  bool sort_by(const Node& node, const Value& range, Value& out);
  bool on_optional(const Node& node, const Value& range, Value& out);
  bool condition(const Node& node, bool& out);
  std::optional<std::size_t> range_size(const Node& node, const Value& range);
  void bind(const Node& node, const Value& range, std::size_t number);

  bool fail(Place place, std::string message, std::string help = {}, Code code = Code::kEvaluation);
  bool fail(Place place, std::unique_ptr<Fault> fault);
  bool charge(const Node& node, std::size_t steps);
  [[nodiscard]] std::string source(const Node& node) const;  // the text of a node, if it is short

  const Expression::Impl& impl_;
  const Activation& activation_;
  Work work_;
  std::unique_ptr<Fault> fault_;
  std::vector<Value> frame_;                                // comprehension variables
  std::map<std::uint32_t, std::unique_ptr<Fault>> failed_;  // by slot: names of cel.bind whose value failed
  struct Cached {
    bool known = false;
    std::optional<Value> value;
  };
  std::vector<Cached> variables_;
};

}  // namespace assay::expr
