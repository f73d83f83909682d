// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/steady.h"

#include <algorithm>
#include <string>

namespace assay::hardware {
namespace {

using expr::Kind;
using SteadyParts = std::unordered_map<const expr::Map*, expr::Value>;

// Path without the "[]" of lists: expressions name members of elements without it.
bool is_below(std::string_view path, std::string_view above) {
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '.');
}

std::vector<std::string> changing_paths() {
  std::vector<std::string> out;
  for (const FactRow& row : fact_rows()) {
    if (!row.changes) continue;
    std::string path;
    for (const char c : row.path) {
      if (c != '[' && c != ']') path += c;
    }
    out.push_back(std::move(path));
  }
  return out;
}

const std::vector<std::string>& changing_facts() {
  static const std::vector<std::string> kPaths = changing_paths();
  return kPaths;
}

expr::Value steady_of(const expr::Value& value, const std::string& path, SteadyParts& parts) {
  if (!path.empty() && !SteadyFacts::may_change(path)) return value;
  if (value.is(Kind::kList)) {
    expr::List items;
    items.reserve(value.as_list().size());
    for (const expr::Value& item : value.as_list()) items.push_back(steady_of(item, path, parts));
    return expr::Value::list(std::move(items));
  }
  if (!value.is(Kind::kMap)) return value;
  expr::Map out;
  for (const auto& [key, member] : value.as_map().entries()) {
    const std::string name = key.is(Kind::kString) ? key.as_string() : std::string();
    const std::string below = path.empty() ? name : path + '.' + name;
    if (!SteadyFacts::does_change(below)) out.set(key, steady_of(member, below, parts));
  }
  return parts.insert_or_assign(&value.as_map(), expr::Value::map(std::move(out))).first->second;
}

}  // namespace

SteadyFacts::SteadyFacts(expr::Value tree) : now_(std::move(tree)), steady_(steady_of(now_, {}, parts_)) {}

bool SteadyFacts::may_change(std::string_view path) {
  return std::any_of(changing_facts().begin(), changing_facts().end(),
                     [path](const std::string& one) { return is_below(one, path) || is_below(path, one); });
}

bool SteadyFacts::does_change(std::string_view path) {
  return std::any_of(changing_facts().begin(), changing_facts().end(),
                     [path](const std::string& one) { return is_below(path, one); });
}

std::optional<expr::Value> SteadyFacts::without_changing(const expr::Value& value) const {
  if (value.is(Kind::kList)) {
    std::optional<expr::List> changed;
    const expr::List& items = value.as_list();
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto item = without_changing(items[i]);
      if (!item) continue;
      if (!changed) changed = items;
      (*changed)[i] = std::move(*item);
    }
    return changed ? std::optional(expr::Value::list(std::move(*changed))) : std::nullopt;
  }
  if (!value.is(Kind::kMap)) return std::nullopt;
  if (const auto part = parts_.find(&value.as_map()); part != parts_.end()) return part->second;
  std::optional<expr::Map> changed;
  for (const auto& [key, member] : value.as_map().entries()) {
    auto other = without_changing(member);
    if (!other) continue;
    if (!changed) changed = value.as_map();
    changed->set(key, std::move(*other));
  }
  return changed ? std::optional(expr::Value::map(std::move(*changed))) : std::nullopt;
}

}  // namespace assay::hardware
