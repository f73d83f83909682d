// SPDX-License-Identifier: Apache-2.0
// Facts without what changes while nobody changes the machine: free memory, temperatures, counters. Names and
// comparisons of what was planned go by these.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>

#include "engine/hardware/facts.h"

namespace assay::hardware {

class SteadyFacts {
 public:
  // `tree`: Facts::tree, of which parts are kept.
  explicit SteadyFacts(expr::Value tree);

  [[nodiscard]] const expr::Value& now() const { return now_; }
  [[nodiscard]] const expr::Value& steady() const { return steady_; }

  // The value without what changes, in every map that is a part of the facts (not one that only looks like it);
  // nullopt: there is nothing of that in it.
  [[nodiscard]] std::optional<expr::Value> without_changing(const expr::Value& value) const;
  // Whether there is something of that below the path, or at it: "memory", "memory.available", "disks".
  [[nodiscard]] static bool may_change(std::string_view path);
  // Whether it is one of these, or below one: "memory.available".
  [[nodiscard]] static bool does_change(std::string_view path);

 private:
  expr::Value now_;
  std::unordered_map<const expr::Map*, expr::Value> parts_;  // maps of now_ that have some, and what is steady of them
  expr::Value steady_;                                       // made with parts_
};

}  // namespace assay::hardware
