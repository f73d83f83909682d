// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/value.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/text.h"
#include "engine/expr/functions.h"
#include "engine/expr/number.h"
#include "engine/expr/order.h"
#include "engine/expr/quantity_arithmetic.h"
#include "engine/expr/time_text.h"

namespace assay::expr {

Value Value::boolean(bool value) { return Value(Storage(value)); }
Value Value::integer(std::int64_t value) { return Value(Storage(value)); }
Value Value::unsigned_integer(std::uint64_t value) { return Value(Storage(value)); }
Value Value::number(double value) { return Value(Storage(value)); }
Value Value::string(std::string value) { return Value(Storage(std::make_shared<const std::string>(std::move(value)))); }
Value Value::bytes(std::string value) {
  return Value(Storage(BytesBox{std::make_shared<const std::string>(std::move(value))}));
}
Value Value::list(List items) {
  std::size_t inside = 0;
  for (const Value& item : items) inside = std::max(inside, item.depth());
  return Value(Storage(std::make_shared<const ListBox>(ListBox{std::move(items), inside + 1})));
}
Value Value::map(Map entries) {
  std::size_t inside = 0;
  for (const auto& [key, value] : entries.entries()) inside = std::max(inside, value.depth());
  return Value(Storage(std::make_shared<const MapBox>(MapBox{std::move(entries), inside + 1})));
}
Value Value::timestamp(Timestamp value) { return Value(Storage(value)); }
Value Value::duration(Duration value) { return Value(Storage(value)); }
Value Value::duration(Nanoseconds value) {
  constexpr std::int64_t kBillion = 1'000'000'000;
  return duration(Duration{value.count() / kBillion, static_cast<std::int32_t>(value.count() % kBillion)});
}
Value Value::type(std::string name) {
  return Value(Storage(TypeBox{std::make_shared<const std::string>(std::move(name))}));
}
Value Value::optional(std::optional<Value> value) {
  if (!value) return Value(Storage(OptionalPart{}));
  const std::size_t depth = value->depth() + 1;
  return Value(Storage(OptionalPart{std::make_shared<const OptionalBox>(OptionalBox{std::move(*value), depth})}));
}
Value Value::quantity(Quantity value) { return Value(Storage(std::make_shared<const Quantity>(std::move(value)))); }

Value Value::secret(Secret value) { return Value(Storage(std::make_shared<const Secret>(std::move(value)))); }

// The alternatives of Storage stand in the order of Kind.
Kind Value::kind() const { return static_cast<Kind>(storage_.index()); }

bool Value::as_bool() const { return std::get<bool>(storage_); }
std::int64_t Value::as_int() const { return std::get<std::int64_t>(storage_); }
std::uint64_t Value::as_uint() const { return std::get<std::uint64_t>(storage_); }
double Value::as_double() const { return std::get<double>(storage_); }
const std::string& Value::as_string() const { return *std::get<std::shared_ptr<const std::string>>(storage_); }
const std::string& Value::as_bytes() const { return *std::get<BytesBox>(storage_).value; }
const List& Value::as_list() const { return std::get<std::shared_ptr<const ListBox>>(storage_)->items; }
const Map& Value::as_map() const { return std::get<std::shared_ptr<const MapBox>>(storage_)->entries; }
Timestamp Value::as_timestamp() const { return std::get<Timestamp>(storage_); }
Duration Value::as_duration() const { return std::get<Duration>(storage_); }
const std::string& Value::as_type() const { return *std::get<TypeBox>(storage_).name; }
const Value* Value::as_optional() const {
  const auto& box = std::get<OptionalPart>(storage_).box;
  return box ? &box->value : nullptr;
}
const Quantity& Value::as_quantity() const { return *std::get<std::shared_ptr<const Quantity>>(storage_); }

const Secret& Value::as_secret() const { return *std::get<std::shared_ptr<const Secret>>(storage_); }

std::size_t Value::depth() const {
  switch (kind()) {
    case Kind::kList: return std::get<std::shared_ptr<const ListBox>>(storage_)->depth;
    case Kind::kMap: return std::get<std::shared_ptr<const MapBox>>(storage_)->depth;
    case Kind::kOptional: {
      const auto& box = std::get<OptionalPart>(storage_).box;
      return box ? box->depth : 1;
    }
    default: return 0;
  }
}

const Value* Value::member(std::string_view key) const { return is(Kind::kMap) ? as_map().find(key) : nullptr; }

bool is_secret_reference(std::string_view text) {
  static constexpr std::string_view kSources[] = {"env:", "file:", "command:", "vault:"};
  return std::any_of(std::begin(kSources), std::end(kSources), [&](std::string_view source) {
    return text.starts_with(source) && !trim(text.substr(source.size())).empty();
  });
}

std::string to_text(const Secret& secret) {
  if (secret.parts.size() == 1) return secret.parts[0].text;
  std::string out;
  for (const Secret::Part& part : secret.parts)
    out += part.is_reference ? "${{ secret(" + to_json_line(part.text) + ") }}" : part.text;
  return out;
}

namespace {

struct Uncharged {
  static bool charge(std::size_t) { return true; }
  static bool refuses(const Value&, const Value&) { return false; }
};

struct Charged {
  Work& work;
  std::unique_ptr<Fault> fault = nullptr;  // the first pair that cannot be compared
  bool exceeded = false;

  bool charge(std::size_t steps) {
    exceeded = !work.charge(steps);
    return !exceeded;
  }
  bool refuses(const Value& a, const Value& b) {
    if (fault) return true;
    const bool both = a.is(Kind::kQuantity) && b.is(Kind::kQuantity);
    fault = std::move(both ? different_dimensions("compare", a.as_quantity().unit, b.as_quantity().unit).value()
                           : bare_number().value());
    return true;
  }
  // Why there is no answer.
  tl::unexpected<std::unique_ptr<Fault>> reason() {
    if (!exceeded) return tl::unexpected(std::move(fault));
    return work.exceeded();
  }
};

// Of two different kinds.
bool equal_numbers(const Value& a, const Value& b) {
  if (a.kind() > b.kind()) return equal_numbers(b, a);
  if (a.is(Kind::kUint)) return compare_numbers(a.as_uint(), b.as_double()) == 0;
  if (b.is(Kind::kUint)) return compare_numbers(a.as_int(), b.as_uint()) == 0;
  return compare_numbers(a.as_int(), b.as_double()) == 0;
}

// nullopt, of these three: the steps did not suffice, or two parts cannot be compared.
template <class Steps>
std::optional<bool> compare_equal(const Value& a, const Value& b, Steps& steps);

template <class Steps>
std::optional<bool> equal_texts(const std::string& a, const std::string& b, Steps& steps) {
  if (a.size() != b.size()) return false;
  if (!steps.charge(a.size() / 16)) return std::nullopt;
  return a == b;
}

template <class Steps>
std::optional<bool> equal_lists(const List& a, const List& b, Steps& steps) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!steps.charge(1)) return std::nullopt;
    const auto same = compare_equal(a[i], b[i], steps);
    if (!same || !*same) return same;
  }
  return true;
}

template <class Steps>
std::optional<bool> equal_maps(const Map& a, const Map& b, Steps& steps) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a.entries()) {
    if (!steps.charge(1 + (key.is(Kind::kString) ? key.as_string().size() / 16 : 0))) return std::nullopt;
    const Value* other = b.find(key);
    if (other == nullptr) return false;
    const auto same = compare_equal(value, *other, steps);
    if (!same || !*same) return same;
  }
  return true;
}

template <class Steps>
std::optional<bool> compare_equal(const Value& a, const Value& b, Steps& steps) {
  if (a.kind() != b.kind()) {
    if (is_number(a) && is_number(b)) return equal_numbers(a, b);
    const bool bare = (a.is(Kind::kQuantity) && is_number(b)) || (b.is(Kind::kQuantity) && is_number(a));
    return bare && steps.refuses(a, b) ? std::nullopt : std::optional(false);
  }
  switch (a.kind()) {
    case Kind::kNull: return true;
    case Kind::kBool: return a.as_bool() == b.as_bool();
    case Kind::kInt: return a.as_int() == b.as_int();
    case Kind::kUint: return a.as_uint() == b.as_uint();
    case Kind::kDouble: return a.as_double() == b.as_double();
    case Kind::kString: return equal_texts(a.as_string(), b.as_string(), steps);
    case Kind::kBytes: return equal_texts(a.as_bytes(), b.as_bytes(), steps);
    case Kind::kList: return equal_lists(a.as_list(), b.as_list(), steps);
    case Kind::kMap: return equal_maps(a.as_map(), b.as_map(), steps);
    case Kind::kTimestamp: return a.as_timestamp() == b.as_timestamp();
    case Kind::kDuration: return a.as_duration() == b.as_duration();
    case Kind::kType: return a.as_type() == b.as_type();
    case Kind::kOptional: {
      const Value* left = a.as_optional();
      const Value* right = b.as_optional();
      if (left == nullptr || right == nullptr) return left == right;
      if (!steps.charge(1)) return std::nullopt;
      return compare_equal(*left, *right, steps);
    }
    case Kind::kQuantity:
      if (!comparable(a.as_quantity().unit, b.as_quantity().unit))
        return steps.refuses(a, b) ? std::nullopt : std::optional(false);
      return compare(a.as_quantity(), b.as_quantity()) == 0;
    case Kind::kSecret: return a.as_secret() == b.as_secret();
  }
  return false;
}

}  // namespace

bool equal(const Value& a, const Value& b) {
  Uncharged steps;
  return *compare_equal(a, b, steps);
}
Answer equal(const Value& a, const Value& b, Work& work) {
  Charged steps{work};
  const auto same = compare_equal(a, b, steps);
  if (!same) return steps.reason();
  return *same;
}

Answer among(const Value& value, const List& items, Work& work) {
  Charged steps{work};
  for (const Value& item : items) {
    const auto same = compare_equal(value, item, steps);
    if (same && *same) return true;
    if (!same && steps.exceeded) return work.exceeded();
  }
  if (steps.fault) return steps.reason();
  return false;
}

std::string type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull: return "null_type";
    case Kind::kBool: return "bool";
    case Kind::kInt: return "int";
    case Kind::kUint: return "uint";
    case Kind::kDouble: return "double";
    case Kind::kString: return "string";
    case Kind::kBytes: return "bytes";
    case Kind::kList: return "list";
    case Kind::kMap: return "map";
    case Kind::kTimestamp: return "google.protobuf.Timestamp";
    case Kind::kDuration: return "google.protobuf.Duration";
    case Kind::kType: return "type";
    case Kind::kOptional: return "optional_type";
    case Kind::kQuantity: return "quantity";
    case Kind::kSecret: return "secret";
  }
  return "dyn";
}

Value from_json(const Json& json, JsonOrigin origin) {
  switch (json.type()) {
    case Json::value_t::boolean: return Value::boolean(json.get<bool>());
    case Json::value_t::number_integer: return Value::integer(json.get<std::int64_t>());
    case Json::value_t::number_unsigned: {
      const auto number = json.get<std::uint64_t>();
      if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return Value::unsigned_integer(number);
      return Value::integer(static_cast<std::int64_t>(number));
    }
    case Json::value_t::number_float: return Value::number(json.get<double>());
    case Json::value_t::string: return Value::string(json.get_ref<const std::string&>());
    case Json::value_t::array: {
      List items;
      items.reserve(json.size());
      for (const Json& item : json) items.push_back(from_json(item, origin));
      return Value::list(std::move(items));
    }
    case Json::value_t::object: {
      if (origin == JsonOrigin::kOurs && json.size() == 2 && json.contains("value") && json.contains("unit") &&
          json["value"].is_number() && json["unit"].is_string()) {
        if (auto unit = parse_unit(json["unit"].get_ref<const std::string&>())) {
          return Value::quantity(Quantity{json["value"].get<double>(), std::move(*unit)});
        }
      }
      Map entries;
      for (const auto& [key, item] : json.items()) entries.set(key, from_json(item, origin));
      return Value::map(std::move(entries));
    }
    default: return Value::null();
  }
}

namespace {

Json number_json(double number) {
  if (!std::isfinite(number)) return shortest(number);
  return number;
}

}  // namespace

Json to_json(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull: return nullptr;
    case Kind::kBool: return value.as_bool();
    case Kind::kInt: return value.as_int();
    case Kind::kUint: return value.as_uint();
    case Kind::kDouble: return number_json(value.as_double());
    case Kind::kString: return value.as_string();
    case Kind::kBytes: return base64(value.as_bytes());
    case Kind::kList: {
      Json items = Json::array();
      for (const Value& item : value.as_list()) items.push_back(to_json(item));
      return items;
    }
    case Kind::kMap: {
      Json members = Json::object();
      for (const auto& [key, item] : value.as_map().entries()) members[to_text(key).value_or("")] = to_json(item);
      return members;
    }
    case Kind::kTimestamp: return to_text(value.as_timestamp());
    case Kind::kDuration: return to_text(value.as_duration());
    case Kind::kType: return value.as_type();
    case Kind::kOptional: return value.as_optional() != nullptr ? to_json(*value.as_optional()) : Json(nullptr);
    case Kind::kQuantity: {
      Json out = Json::object();
      out["value"] = number_json(value.as_quantity().value);
      out["unit"] = value.as_quantity().unit.symbol;
      return out;
    }
    case Kind::kSecret: return to_text(value.as_secret());
  }
  return nullptr;
}

std::optional<std::string> key_of_two(const Value& value) {
  if (value.is(Kind::kOptional))
    return value.as_optional() != nullptr ? key_of_two(*value.as_optional()) : std::nullopt;
  if (value.is(Kind::kList)) {
    for (const Value& item : value.as_list()) {
      if (auto key = key_of_two(item)) return key;
    }
  }
  if (!value.is(Kind::kMap)) return std::nullopt;
  std::set<std::string> texts;
  for (const auto& [key, item] : value.as_map().entries()) {
    const auto [text, added] = texts.insert(to_text(key).value_or(""));
    if (!added) return *text;
    if (auto inside = key_of_two(item)) return inside;
  }
  return std::nullopt;
}

std::optional<std::string> to_text(const Value& value) {
  switch (value.kind()) {
    case Kind::kBool: return value.as_bool() ? "true" : "false";
    case Kind::kInt: return std::to_string(value.as_int());
    case Kind::kUint: return std::to_string(value.as_uint());
    case Kind::kDouble: return shortest(value.as_double());
    case Kind::kString: return value.as_string();
    case Kind::kTimestamp: return to_text(value.as_timestamp());
    case Kind::kDuration: return to_text(value.as_duration());
    case Kind::kQuantity: return to_string(value.as_quantity());
    case Kind::kNull:
    case Kind::kBytes:
    case Kind::kList:
    case Kind::kMap:
    case Kind::kType:
    case Kind::kOptional:
    case Kind::kSecret: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace assay::expr
