// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/builder.h"

namespace assay::hardware {

void FactsBuilder::add(std::string_view group, const Record& record, std::string_view source) {
  Record& known = groups_[std::string(group)];
  for (const auto& [name, value] : record.members()) {
    known.value(name, value);
    const std::string path = std::string(group) + "." + name;
    sources_[path] = source;
    missing_.erase(path);
  }
}

void FactsBuilder::add_list(std::string_view list, std::string_view source) {
  lists_[std::string(list)];
  sources_.emplace(list, source);
}

FactsBuilder::Item& FactsBuilder::item(std::string_view list, std::string_view key) {
  auto& items = lists_[std::string(list)];
  const auto [position, fresh] = positions_.try_emplace({std::string(list), std::string(key)}, items.size());
  if (fresh) items.push_back(Item{std::string(key), {}});
  return items[position->second];
}

void FactsBuilder::add_item(std::string_view list, std::string_view key, const Record& record) {
  Item& known = item(list, key);
  for (const auto& [name, value] : record.members()) known.record.value(name, value);
}

void FactsBuilder::join(const FactsBuilder& other) {
  for (const auto& [path, reason] : other.missing_) missing_[path] = reason;
  for (const auto& [group, record] : other.groups_) {
    Record& known = groups_[group];
    for (const auto& [name, value] : record.members()) {
      known.value(name, value);
      const std::string path = group + "." + name;
      if (!other.missing_.contains(path)) missing_.erase(path);  // another probe found it after all
    }
  }
  for (const auto& [list, items] : other.lists_) {
    lists_[list];
    for (const Item& found : items) add_item(list, found.key, found.record);
  }
  for (const auto& [path, from] : other.sources_) {
    auto& known = sources_[path];
    if (known.empty() || groups_.contains(path.substr(0, path.find('.')))) {
      known = from;
    } else if (known.find(from) == std::string::npos) {
      known += ", " + from;
    }
  }
}

Facts FactsBuilder::build() const {
  std::vector<std::pair<std::string, bool>> order;  // name of the group, whether it is a list
  for (const FactRow& row : fact_rows()) {
    const std::size_t end = row.path.find_first_of(".[");
    const std::string_view name = row.path.substr(0, end);
    if (order.empty() || order.back().first != name) order.emplace_back(name, row.path[end] == '[');
  }
  expr::Map tree;
  for (const auto& [name, is_list] : order) {
    if (!is_list) {
      // Always there, so that has(facts.board.serial) is false and no error on a machine that tells nothing of its
      // board.
      const auto group = groups_.find(name);
      tree.set(name, group == groups_.end() ? Record().build() : group->second.build());
    } else if (const auto list = lists_.find(name); list != lists_.end()) {
      std::vector<Record> records;
      records.reserve(list->second.size());
      for (const Item& found : list->second) records.push_back(found.record);
      tree.set(name, list_of(records));
    }
  }
  return Facts{.tree = expr::Value::map(std::move(tree)), .sources = sources_, .missing = missing_};
}

}  // namespace assay::hardware
