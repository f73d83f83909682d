// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/matrix.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace assay::plan {
namespace {

using expr::Kind;
using expr::Map;
using expr::Value;

std::string id_part(const Value& value) {
  constexpr std::size_t kLongest = 40;
  constexpr std::size_t kDigits = 8;
  if (const Value* name = value.member("name"); name != nullptr && name->is(Kind::kString)) return id_part(*name);
  const auto text = expr::to_text(value);
  const std::string whole = text ? *text : to_json_line(expr::to_json(value));
  // Most values; the tests below cost more.
  const bool simple = std::all_of(whole.begin(), whole.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
  if (text && simple && !whole.empty() && whole.size() <= kLongest) return whole;
  const bool plain = text && !whole.empty() && count_code_points(whole) <= kLongest && is_valid_utf8(whole) &&
                     printable(whole) == whole && whole.find_first_of("[],=@/") == std::string::npos;
  return plain ? whole : sha256_hex(whole).substr(0, kDigits);
}

std::string id_part(const Value& value, const ValueNames& names) {
  const auto named = names.empty() || !value.is(Kind::kMap) ? names.end() : names.find(&value.as_map());
  return named != names.end() ? named->second : id_part(value);
}

bool distinct(const std::vector<std::string>& texts) {
  std::unordered_set<std::string_view> seen;
  return std::all_of(texts.begin(), texts.end(), [&](const std::string& one) { return seen.insert(one).second; });
}

// What tells maps apart that have the same names, as two equal cards have.
std::vector<std::string> names_apart(const std::vector<Value>& values) {
  for (const char* member : {"address", "uuid", "serial"}) {
    std::vector<std::string> out;
    for (const Value& value : values) {
      const Value* const own = value.member(member);
      if (own == nullptr || !own->is(Kind::kString)) break;
      out.push_back(id_part(*own));
    }
    if (out.size() == values.size() && distinct(out)) return out;
  }
  std::vector<std::string> out;
  for (std::size_t i = 0; i < values.size(); ++i)
    out.push_back(id_part(Value::string(values[i].member("name")->as_string() + '-' + std::to_string(i))));
  return out;
}

void name_values(const std::vector<Value>& values, const hardware::SteadyFacts* facts, ValueNames& names) {
  std::vector<std::string> parts;
  bool named = true;
  for (const Value& value : values) {
    const Value* const name = value.member("name");
    named = named && name != nullptr && name->is(Kind::kString);
    const auto steady = facts != nullptr ? facts->without_changing(value) : std::nullopt;
    parts.push_back(id_part(steady ? *steady : value));
    if (steady && value.is(Kind::kMap)) names.insert_or_assign(&value.as_map(), parts.back());
  }
  if (!named || distinct(parts)) return;
  parts = names_apart(values);
  for (std::size_t i = 0; i < values.size(); ++i) names.insert_or_assign(&values[i].as_map(), parts[i]);
}

// Whether the row has every value of `entry`.
bool agrees(const Map& row, const recipe::Named<Value>& entry) {
  return std::all_of(entry.begin(), entry.end(), [&](const auto& item) {
    const Value* value = row.find(item.first.text);
    return value != nullptr && expr::equal(*value, item.second);
  });
}

// The same for the axes among its keys only: what another entry added may be replaced.
bool agrees_in_axes(const Map& row, const recipe::Named<Value>& entry, const recipe::Matrix& matrix) {
  return std::all_of(entry.begin(), entry.end(), [&](const auto& item) {
    const bool axis = std::any_of(matrix.axes.begin(), matrix.axes.end(),
                                  [&](const recipe::Axis& one) { return one.name.text == item.first.text; });
    const Value* value = axis ? row.find(item.first.text) : nullptr;
    return !axis || (value != nullptr && expr::equal(*value, item.second));
  });
}

Result<std::vector<Value>> values_of(const recipe::Axis& axis, const expr::Activation& names) {
  if (!axis.list) return axis.values;
  ASSAY_TRY(const Value list, expr::evaluate(axis.list->expression, names));
  if (list.is(Kind::kList)) return list.as_list();
  return failure(Diagnostic{.code = Code::kWrongType,
                            .where = axis.list->where,
                            .message = "'" + axis.name.text + "' must be a list, this gives " + expr::type_name(list)});
}

Result<void> check_size(std::size_t rows, const recipe::Matrix& matrix) {
  if (rows <= kMostRows) return {};
  return failure(Diagnostic{.code = Code::kTooLarge,
                            .where = matrix.where,
                            .message = "the matrix has more than " + std::to_string(kMostRows) + " rows",
                            .help = "split the step, or leave rows out with `exclude`"});
}

// The axes with their values.
struct Axes {
  std::vector<Value> keys;
  std::vector<std::vector<Value>> values;
  ValueNames names;
  std::size_t rows = 0;
};

Result<Axes> axes_of(const recipe::Matrix& matrix, const expr::Activation& names, const hardware::SteadyFacts* facts) {
  Axes axes;
  axes.rows = matrix.axes.empty() ? 0 : 1;
  for (const recipe::Axis& axis : matrix.axes) {
    ASSAY_TRY(std::vector<Value> values, values_of(axis, names));
    if (axes.rows > 0 && !values.empty())
      ASSAY_CHECK(check_size(axes.rows > kMostRows / values.size() ? kMostRows + 1 : 0, matrix));
    axes.rows *= values.size();
    if (axis.list) name_values(values, facts, axes.names);
    axes.keys.push_back(Value::string(axis.name.text));
    axes.values.push_back(std::move(values));
  }
  return axes;
}

// Whether each axis names each of its values once.
bool all_distinct(const Axes& axes) {
  return std::all_of(axes.values.begin(), axes.values.end(), [&](const std::vector<Value>& values) {
    std::unordered_set<std::string> ids;
    return std::all_of(values.begin(), values.end(),
                       [&](const Value& value) { return ids.insert(id_part(value, axes.names)).second; });
  });
}

std::vector<Map> product(const recipe::Matrix& matrix, const Axes& axes) {
  std::vector<Map> rows;
  rows.reserve(axes.rows);
  std::vector<std::size_t> at(axes.keys.size());  // the place in each axis, the last one fastest
  for (std::size_t i = 0; i < axes.rows; ++i) {
    Map row;
    row.reserve(axes.keys.size());
    for (std::size_t k = 0; k < at.size(); ++k) row.set(axes.keys[k], axes.values[k][at[k]]);
    const bool excluded = std::any_of(matrix.exclude.begin(), matrix.exclude.end(),
                                      [&](const auto& entry) { return agrees(row, entry); });
    if (!excluded) rows.push_back(std::move(row));
    for (std::size_t k = at.size(); k-- > 0;) {
      if (++at[k] < axes.values[k].size()) break;
      at[k] = 0;
    }
  }
  return rows;
}

}  // namespace

Result<MatrixRows> rows_of(const recipe::Matrix& matrix, const expr::Activation& names,
                           const hardware::SteadyFacts* facts) {
  ASSAY_TRY(Axes axes, axes_of(matrix, names, facts));
  MatrixRows out{.rows = product(matrix, axes), .distinct = false};
  std::vector<Map>& rows = out.rows;
  const std::size_t of_axes = rows.size();
  for (const recipe::Named<Value>& entry : matrix.include) {
    bool added = false;
    for (std::size_t i = 0; i < of_axes; ++i) {
      if (!agrees_in_axes(rows[i], entry, matrix)) continue;
      for (const auto& [key, value] : entry) rows[i].set(key.text, value);
      added = true;
    }
    if (added) continue;
    Map row;
    for (const auto& [key, value] : entry) row.set(key.text, value);
    rows.push_back(std::move(row));
  }
  ASSAY_CHECK(check_size(rows.size(), matrix));
  out.distinct = matrix.include.empty() && all_distinct(axes);
  out.names = std::move(axes.names);
  return out;
}

std::string instance_id(const std::string& id, const Map& row, const ValueNames& names) {
  std::string out = id + '[';
  for (const auto& [key, value] : row.entries()) {
    if (out.size() > id.size() + 1) out += ',';
    out += key.as_string();
    out += '=';
    out += id_part(value, names);
  }
  return out + ']';
}

Diagnostic same_instance(const recipe::Matrix& matrix, const std::string& instance) {
  return {.code = Code::kDuplicateName,
          .where = matrix.where,
          .message = "two rows of the matrix make the same instance '" + instance + "'",
          .help = "give each value once, or leave a row out with `exclude`"};
}

}  // namespace assay::plan
