// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/record.h"

#include <cmath>
#include <stdexcept>

#include "engine/base/quantity.h"
#include "engine/base/text.h"

namespace assay::hardware {
namespace {

constexpr std::size_t kMaxText = 4096;

std::string clean(std::string_view text) {
  std::string result = printable(trim(text.substr(0, kMaxText)));
  return std::string(trim(result));
}

}  // namespace

Record& Record::value(std::string_view name, expr::Value value) {
  for (auto& [known, held] : members_) {
    if (known == name) {
      held = std::move(value);
      return *this;
    }
  }
  members_.emplace_back(name, std::move(value));
  return *this;
}

Record& Record::text(std::string_view name, const std::optional<std::string>& value) {
  if (!value) return *this;
  std::string kept = clean(*value);
  if (kept.empty()) return *this;
  return this->value(name, expr::Value::string(std::move(kept)));
}

Record& Record::texts(std::string_view name, const std::vector<std::string>& values) {
  expr::List items;
  items.reserve(values.size());
  for (const std::string& text : values) items.push_back(expr::Value::string(clean(text)));
  return value(name, expr::Value::list(std::move(items)));
}

Record& Record::integer(std::string_view name, std::optional<std::int64_t> value) {
  return value ? this->value(name, expr::Value::integer(*value)) : *this;
}

Record& Record::number(std::string_view name, std::optional<double> value) {
  return value && std::isfinite(*value) ? this->value(name, expr::Value::number(*value)) : *this;
}

Record& Record::flag(std::string_view name, std::optional<bool> value) {
  return value ? this->value(name, expr::Value::boolean(*value)) : *this;
}

Record& Record::quantity(std::string_view name, std::optional<double> value, std::string_view unit) {
  if (!value || !std::isfinite(*value)) return *this;
  auto parsed = parse_unit(unit);
  if (!parsed) throw std::logic_error("a fact has a unit that is not known: " + std::string(unit));
  return this->value(name, expr::Value::quantity(Quantity{*value, *std::move(parsed)}));
}

const expr::Value* Record::find(std::string_view name) const {
  for (const auto& [known, held] : members_) {
    if (known == name) return &held;
  }
  return nullptr;
}

expr::Value Record::build() const {
  expr::Map map;
  for (const auto& [name, held] : members_) map.set(name, held);
  return expr::Value::map(std::move(map));
}

expr::Value list_of(const std::vector<Record>& records) {
  expr::List items;
  items.reserve(records.size());
  for (const Record& record : records) items.push_back(record.build());
  return expr::Value::list(std::move(items));
}

}  // namespace assay::hardware
