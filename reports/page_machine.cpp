// SPDX-License-Identifier: Apache-2.0
// The machine: its facts in groups, whatever their shape. A group is a member of the facts; its scalars are pairs, its
// lists of objects tables (or, where they are wide, lines of pairs).
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "reports/numbers.h"
#include "reports/page_parts.h"

namespace assay::reports {

namespace {

constexpr std::size_t kMostDepth = 6;
constexpr std::size_t kMostColumns = 8;
constexpr std::size_t kMostWidth = 80;  // columns of text of a table; wider lists become lines of pairs
constexpr std::size_t kWideFact = 60;   // columns of text; a longer fact takes a line of its own
constexpr std::size_t kMostFact = 160;  // columns of text of one fact
constexpr std::size_t kFoldedFrom = 9;  // items of a group that is folded

constexpr std::array<std::string_view, 20> kGroupOrder{
    "system", "chassis", "board",    "bios",           "firmware", "bmc",        "cpu",
    "memory", "numa",    "disks",    "raid",           "network",  "infiniband", "accelerators",
    "opencl", "pci",     "platform", "virtualisation", "os",       "kernel"};
constexpr std::array<std::string_view, 12> kTitles{"name",  "path",  "interface", "locator", "slot", "address",
                                                   "label", "model", "product",   "device",  "node", "id"};

bool is_quantity(const Json& value) {
  return value.is_object() && value.size() == 2 && value.contains("value") && value.contains("unit") &&
         value["value"].is_number() && value["unit"].is_string();
}

bool is_scalar(const Json& value) { return value.is_primitive() || is_quantity(value); }

bool is_list_of_objects(const Json& value) {
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), [](const Json& item) {
           return item.is_object() && !is_quantity(item);
         });
}

// Sizes of memories are counted in powers of two, those of disks as their makers do.
enum class Sizes : bool { kDecimal, kBinary };

Sizes sizes_of(std::string_view group) {
  return group == "disks" || group == "raid" ? Sizes::kDecimal : Sizes::kBinary;
}

std::string quantity_text(double value, const std::string& unit, Sizes sizes) {
  constexpr double kKibi = 1024;
  constexpr double kSmall = 65536;  // blocks and pages, also of disks
  if (unit == "B" && value >= kKibi && (sizes == Sizes::kBinary || value < kSmall)) return human(value / kKibi, "KiB");
  return human(value, unit);
}

// A scalar, or a list of scalars, as people read it; empty for null and for what is neither.
std::string value_text(const Page& page, const Json& value, Sizes sizes) {
  if (is_quantity(value)) return quantity_text(value["value"].get<double>(), value["unit"].get<std::string>(), sizes);
  if (value.is_boolean()) return page.words(value.get<bool>() ? "fact.yes" : "fact.no");
  if (value.is_string()) return std::string(trim(value.get_ref<const std::string&>()));
  if (value.is_number_float()) return human(value.get<double>(), "1");
  if (value.is_number()) return value.dump();
  if (!value.is_array()) return {};
  std::vector<std::string> parts;
  for (const Json& item : value) {
    if (is_scalar(item)) parts.push_back(value_text(page, item, sizes));
  }
  const std::string all = join(parts, ", ");
  return display_width(all) <= kMostFact ? all : shorten(all, kMostFact) + " (" + std::to_string(parts.size()) + ")";
}

struct Pair {
  std::string path;  // below the group or the item, with dots
  std::string label;
  std::string value;
};

struct Contents {
  std::vector<Pair> pairs;
  std::vector<std::pair<std::string, const Json*>> lists;  // label -> list of objects
};

std::string label_of(const Page& page, const std::string& key) {
  return page.words.has("fact." + key) ? page.words("fact." + key) : page.words.named("group.", key);
}

// Everything below one group or item; `sizes` says how its bytes are written.
void collect(const Page& page, const Json& value, const std::string& path, const std::string& label, Sizes sizes,
             Contents& into) {
  const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '.'));
  if (depth > kMostDepth || into.pairs.size() >= kMostRows) return;
  if (is_list_of_objects(value)) {
    into.lists.emplace_back(label, &value);
  } else if (value.is_object() && !is_quantity(value)) {
    for (const auto& [key, member] : value.items()) {
      const std::string word = label_of(page, key);
      collect(page, member, path.empty() ? key : std::string(path).append(".").append(key),
              label.empty() ? word : std::string(label).append(" ").append(word), sizes, into);
    }
  } else if (std::string text = value_text(page, value, sizes); !text.empty()) {
    into.pairs.push_back({path, label, shorten(text, kMostFact + 10)});
  }
}

// Where a fact came from: its own entry, or that of the group it belongs to.
std::string source_of(const Json& sources, std::string path) {
  while (sources.is_object() && !path.empty()) {
    if (const auto found = sources.find(path); found != sources.end() && found->is_string())
      return found->get<std::string>();
    const std::size_t dot = path.rfind('.');
    path.resize(dot == std::string::npos ? 0 : dot);
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> columns_of(const Page& page, const std::vector<Contents>& items) {
  std::vector<std::pair<std::string, std::string>> columns;  // path -> label, in order of appearance
  for (const Contents& item : items) {
    for (const Pair& pair : item.pairs) {
      const bool known =
          std::any_of(columns.begin(), columns.end(), [&](const auto& one) { return one.first == pair.path; });
      if (!known && columns.size() <= kMostColumns)
        columns.emplace_back(pair.path, pair.label.empty() ? page.words("fact.name") : pair.label);
    }
  }
  return columns;
}

bool fits_table(const std::vector<Contents>& items, const std::vector<std::pair<std::string, std::string>>& columns) {
  if (columns.empty() || columns.size() > kMostColumns) return false;
  std::size_t width = 0;
  for (const auto& [path, label] : columns) {
    std::size_t widest = display_width(label);
    for (const Contents& item : items) {
      for (const Pair& pair : item.pairs) {
        if (pair.path == path) widest = std::max(widest, display_width(pair.value));
      }
    }
    width += widest;
  }
  return width <= kMostWidth;
}

Json table_rows(const std::vector<Contents>& items, const std::vector<std::pair<std::string, std::string>>& columns) {
  Json rows = Json::array();
  for (const Contents& item : items) {
    Json cells = Json::array();
    for (const auto& [path, label] : columns) {
      const auto found = std::find_if(item.pairs.begin(), item.pairs.end(),
                                      [&, &wanted = path](const Pair& pair) { return pair.path == wanted; });
      cells.push_back({{"value", found == item.pairs.end() ? "–" : found->value}});
    }
    rows.push_back({{"cells", std::move(cells)}});
  }
  return rows;
}

Json item_line(const Contents& item, std::size_t number) {
  const Pair* title = nullptr;
  for (const std::string_view name : kTitles) {
    const auto found =
        std::find_if(item.pairs.begin(), item.pairs.end(), [&](const Pair& pair) { return pair.path == name; });
    if (title == nullptr && found != item.pairs.end()) title = &*found;
  }
  Json pairs = Json::array();
  for (const Pair& pair : item.pairs) {
    if (&pair != title) pairs.push_back({{"label", pair.label}, {"value", pair.value}});
  }
  return {{"title", title == nullptr ? std::to_string(number) : title->value}, {"pairs", std::move(pairs)}};
}

// A list inside an item (cores of a processor, partitions of a disk) becomes a pair with its count or its names.
void add_inner_lists(Contents& item) {
  for (const auto& [label, list] : item.lists) {
    std::vector<std::string> names;
    for (const Json& inner : *list) {
      for (const std::string_view name : kTitles) {
        const auto found = inner.find(name);
        if (found == inner.end() || !found->is_string()) continue;
        names.push_back(found->get<std::string>());
        break;
      }
    }
    const std::string text = names.empty() ? std::to_string(list->size()) : join(names, ", ");
    item.pairs.push_back({label, label, shorten(text, kMostFact)});
  }
}

Json list_block(const Page& page, const std::string& label, const Json& list, Sizes sizes) {
  std::vector<Contents> items;
  for (const Json& value : list) {
    if (items.size() >= kMostRows) break;
    collect(page, value, "", "", sizes, items.emplace_back());
    add_inner_lists(items.back());
  }
  const auto columns = columns_of(page, items);
  const bool table = fits_table(items, columns);
  Json heads = Json::array();
  for (const auto& [path, text] : columns) heads.push_back({{"label", text}});
  Json lines = Json::array();
  for (std::size_t i = 0; !table && i < items.size(); ++i) lines.push_back(item_line(items[i], i + 1));
  const std::size_t left_out = list.size() - items.size();
  return {{"name", label},
          {"folded", !label.empty() && list.size() >= kFoldedFrom},
          {"total", std::to_string(list.size())},
          {"has_table", table},
          {"columns", std::move(heads)},
          {"rows", table ? table_rows(items, columns) : Json::array()},
          {"has_items", !table && !items.empty()},
          {"items", std::move(lines)},
          {"more", left_out == 0 ? "" : page.words.counted("more.rows", left_out)}};
}

Json group_block(const Page& page, const std::string& key, const Json& value, const Json& sources) {
  Contents contents;
  const Sizes sizes = sizes_of(key);
  collect(page, value, key, "", sizes, contents);
  Json pairs = Json::array();
  for (const Pair& pair : contents.pairs) {
    pairs.push_back({{"label", pair.label.empty() ? label_of(page, key) : pair.label},
                     {"value", pair.value},
                     {"wide", display_width(pair.value) > kWideFact},
                     {"source", bounded(source_of(sources, pair.path))}});
  }
  Json lists = Json::array();
  std::size_t items = 0;
  const bool only_list = pairs.empty() && contents.lists.size() == 1;
  for (const auto& [label, list] : contents.lists) {
    items = std::max(items, list->size());
    lists.push_back(list_block(page, only_list ? "" : label, *list, sizes));
  }
  return {{"name", page.words.named("group.", key)},
          {"count", only_list ? page.words.counted("count.items", items) : ""},
          {"fold", only_list && items >= kFoldedFrom},
          {"has_pairs", !pairs.empty()},
          {"pairs", std::move(pairs)},
          {"lists", std::move(lists)}};
}

bool has_content(const Json& group) { return group["has_pairs"].get<bool>() || !group["lists"].empty(); }

Json groups_of(const Page& page, const Json& facts, const Json& sources) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : facts.items()) keys.push_back(key);
  const auto rank = [](const std::string& key) {
    return std::find(kGroupOrder.begin(), kGroupOrder.end(), key) - kGroupOrder.begin();
  };
  std::stable_sort(keys.begin(), keys.end(),
                   [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  Json groups = Json::array();
  Json loose = Json::object();
  for (const std::string& key : keys) {
    const Json& value = facts[key];
    if (is_scalar(value)) {
      loose[key] = value;
    } else if (Json group = group_block(page, key, value, sources); has_content(group)) {
      groups.push_back(std::move(group));
    }
  }
  if (!loose.empty()) {
    Json group = group_block(page, "", loose, sources);
    group["name"] = page.words("group.other");
    if (has_content(group)) groups.push_back(std::move(group));
  }
  return groups;
}

const Json& facts_in(const Json& document) {
  const bool wrapped = document.is_object() && document.contains("facts") && document["facts"].is_object();
  return wrapped ? document["facts"] : document;
}

Json machine_block(const Page& page, const std::string& target, const Json& document) {
  static const Json kNone = Json::object();
  const bool readable = document.is_object();
  const Json& facts = readable ? facts_in(document) : kNone;
  const Json& sources = readable && document.contains("sources") ? document["sources"] : kNone;
  const Json& missing =
      readable && document.contains("missing") && document["missing"].is_object() ? document["missing"] : kNone;
  Json groups = groups_of(page, facts, sources);
  Json missing_rows = Json::array();
  for (const auto& [path, reason] : missing.items()) {
    if (missing_rows.size() >= kMostRows) break;
    missing_rows.push_back({{"label", bounded(path)}, {"value", bounded(value_text(page, reason, Sizes::kDecimal))}});
  }
  const std::size_t left_out = missing.size() - missing_rows.size();
  const bool several = page.run.machines.size() > 1;
  return {
      {"heading", several ? page.words.fill("machine.heading.n", {{"target", target}}) : page.words("machine.heading")},
      {"unreadable", groups.empty() ? page.words("machine.unreadable") : ""},
      {"groups", std::move(groups)},
      {"has_missing", !missing_rows.empty()},
      {"missing_count", std::to_string(missing.size())},
      {"missing", std::move(missing_rows)},
      {"missing_more", left_out == 0 ? "" : page.words.counted("more.rows", left_out)}};
}

}  // namespace

std::string fact_text(const Page& page, const Json& document, std::string_view path) {
  if (!document.is_object()) return {};
  const Json* value = &facts_in(document);
  for (const std::string_view part : split(path, '.')) {
    if (!value->is_object()) return {};
    const auto found = value->find(std::string(part));
    if (found == value->end()) return {};
    value = &*found;
  }
  return value_text(page, *value, sizes_of(path.substr(0, path.find('.'))));
}

void add_machines(const Page& page, Json& model) {
  Json machines = Json::array();
  for (const auto& [target, document] : page.run.machines) machines.push_back(machine_block(page, target, document));
  model["machines"] = std::move(machines);
}

}  // namespace assay::reports
