// SPDX-License-Identifier: Apache-2.0
// What probes write to: facts with their source, or the reason why there are none. Each probe has a builder of its own;
// collect_facts() joins them in the order of the probe table, a later value replacing an earlier one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/hardware/facts.h"
#include "engine/hardware/record.h"

namespace assay::hardware {

class FactsBuilder {
 public:
  // Members of a group: add("cpu", {model, vendor}, "/proc/cpuinfo").
  void add(std::string_view group, const Record& record, std::string_view source);
  // A list that was enumerated, so that it is there even when it has no items.
  void add_list(std::string_view list, std::string_view source);
  // Members of one item of a list ("disks", "sda"); items of equal key are one item.
  void add_item(std::string_view list, std::string_view key, const Record& record);
  // Where a fact came from, by its dotted path ("disks[sda].health").
  void source(std::string path, std::string from) { sources_[std::move(path)] = std::move(from); }
  void missing(std::string path, std::string reason) { missing_[std::move(path)] = std::move(reason); }

  // Takes over what another builder has.
  void join(const FactsBuilder& other);
  // The facts, groups in the order of fact_rows(). Every group of members is there, if only as an empty map; a list is
  // there when it was enumerated.
  [[nodiscard]] Facts build() const;

 private:
  struct Item {
    std::string key;
    Record record;
  };
  Item& item(std::string_view list, std::string_view key);
  // Ordered containers: equal machines give equal facts, byte for byte.
  std::map<std::string, Record, std::less<>> groups_;
  std::map<std::string, std::vector<Item>, std::less<>> lists_;
  std::map<std::pair<std::string, std::string>, std::size_t> positions_;  // (list, key) -> index in its list
  std::map<std::string, std::string> sources_;
  std::map<std::string, std::string> missing_;
};

}  // namespace assay::hardware
