// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/typed_json.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/expr/checker.h"
#include "engine/expr/number.h"
#include "engine/expr/time_text.h"

namespace assay::expr {
namespace {

Json typed_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

Json plain_json(const Value& value) {
  switch (value.kind()) {
    case Kind::kInt: return std::to_string(value.as_int());
    case Kind::kUint: return std::to_string(value.as_uint());
    case Kind::kDouble: return typed_number(value.as_double());
    case Kind::kList: {
      Json items = Json::array();
      for (const Value& item : value.as_list()) items.push_back(to_typed_json(item));
      return items;
    }
    case Kind::kMap: {
      Json entries = Json::array();
      for (const auto& [key, item] : value.as_map().entries())
        entries.push_back(Json::array({to_typed_json(key), to_typed_json(item)}));
      return entries;
    }
    case Kind::kOptional: return value.as_optional() != nullptr ? to_typed_json(*value.as_optional()) : Json(nullptr);
    case Kind::kQuantity: {
      Json quantity = Json::object();
      quantity["value"] = typed_number(value.as_quantity().value);
      quantity["unit"] = value.as_quantity().unit.symbol;
      return quantity;
    }
    default: return to_json(value);
  }
}

tl::unexpected<Diagnostic> wrong(const std::string& what) {
  return failure(Code::kTypedValue, what,
                 "a typed value is {\"type\": \"int\", \"value\": \"7\"}; see docs/formats.md");
}

std::string shown(const Json& json) { return shorten(printable(to_json_line(json)), 40); }

template <class Number>
std::optional<Number> integer_from(const Json& json) {
  if (json.is_number_integer()) {
    if (json.is_number_unsigned() ? std::in_range<Number>(json.get<std::uint64_t>())
                                  : std::in_range<Number>(json.get<std::int64_t>()))
      return json.get<Number>();
    return std::nullopt;
  }
  if (!json.is_string()) return std::nullopt;
  const auto& text = json.get_ref<const std::string&>();
  Number number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() && !text.empty() ? std::optional(number)
                                                                                    : std::nullopt;
}

std::optional<double> double_from(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json == "NaN") return std::nan("");
  if (json == "Infinity") return HUGE_VAL;
  if (json == "-Infinity") return -HUGE_VAL;
  return std::nullopt;
}

Result<Value> list_from(const Json& json) {
  List items;
  for (const Json& item : json) {
    ASSAY_TRY(Value value, from_typed_json(item));
    items.push_back(std::move(value));
  }
  return Value::list(std::move(items));
}

Result<Value> map_from(const Json& json) {
  Map entries;
  for (const Json& entry : json) {
    if (!entry.is_array() || entry.size() != 2)
      return wrong("an entry of a map is " + shown(entry) + ", not [key, value]");
    ASSAY_TRY(Value key, from_typed_json(entry[0]));
    ASSAY_TRY(Value value, from_typed_json(entry[1]));
    if (!key.is(Kind::kInt) && !key.is(Kind::kUint) && !key.is(Kind::kBool) && !key.is(Kind::kString))
      return wrong("a map has no keys of type " + type_name(key));
    if (entries.find(key) != nullptr) return wrong("the key " + shown(entry[0]) + " is there twice");
    entries.set(std::move(key), std::move(value));
  }
  return Value::map(std::move(entries));
}

Result<Value> quantity_from(const Json& json) {
  const auto number = json.is_object() && json.contains("value") ? double_from(json["value"]) : std::nullopt;
  if (!number || !json.contains("unit") || !json["unit"].is_string())
    return wrong("a quantity is {\"value\": number, \"unit\": text}, not " + shown(json));
  ASSAY_TRY(Unit unit, parse_unit(json["unit"].get_ref<const std::string&>()));
  return Value::quantity(Quantity{*number, std::move(unit)});
}

// Types whose value is one text.
std::optional<Value> text_from(Type::Tag tag, const std::string& text) {
  switch (tag) {
    case Type::Tag::kString: return Value::string(text);
    case Type::Tag::kType: return Value::type(text);
    case Type::Tag::kSecret:
      if (!is_secret_reference(text)) return std::nullopt;
      return Value::secret({{{.text = text, .is_reference = true}}});
    case Type::Tag::kBytes: {
      auto bytes = decode_base64(text);
      return bytes ? std::optional(Value::bytes(std::move(*bytes))) : std::nullopt;
    }
    case Type::Tag::kTimestamp: {
      const auto time = parse_timestamp(text);
      return time ? std::optional(Value::timestamp(*time)) : std::nullopt;
    }
    case Type::Tag::kDuration: {
      const auto duration = parse_duration_text(text);
      return duration ? std::optional(Value::duration(*duration)) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

}  // namespace

Json to_typed_json(const Value& value) {
  Json json = Json::object();
  json["type"] = type_name(value);
  json["value"] = plain_json(value);
  return json;
}

Json typed_json_where_needed(const Value& value) {
  Json typed = to_typed_json(value);
  // As a reader would have it from the plain form, through text: 3.0 stays a double, 2 s would be a text.
  const auto plain = parse_json(to_json_line(to_json(value)), "value");
  if (plain && to_typed_json(from_json(*plain)) == typed) return nullptr;
  return typed;
}

Result<Value> from_typed_json(const Json& json) {
  if (!json.is_object() || !json.contains("type") || !json["type"].is_string())
    return wrong("not a typed value: " + shown(json));
  const auto& name = json["type"].get_ref<const std::string&>();
  const auto type = Type::parse(name);
  if (!type) return wrong("unknown type '" + printable(shorten(name, 40)) + "'");
  static const Json kNull;
  const Json& value = json.contains("value") ? json["value"] : kNull;
  const auto mismatch = [&] { return wrong("a value of type " + type->text() + " cannot be " + shown(value)); };
  switch (type->tag()) {
    case Type::Tag::kNull:
      if (value.is_null()) return Value::null();
      break;
    case Type::Tag::kBool:
      if (value.is_boolean()) return Value::boolean(value.get<bool>());
      break;
    case Type::Tag::kInt:
      if (const auto number = integer_from<std::int64_t>(value)) return Value::integer(*number);
      break;
    case Type::Tag::kUint:
      if (const auto number = integer_from<std::uint64_t>(value)) return Value::unsigned_integer(*number);
      break;
    case Type::Tag::kDouble:
      if (const auto number = double_from(value)) return Value::number(*number);
      break;
    case Type::Tag::kList:
      if (value.is_array()) return list_from(value);
      break;
    case Type::Tag::kMap:
      if (value.is_array()) return map_from(value);
      break;
    case Type::Tag::kOptional: {
      if (value.is_null()) return Value::optional(std::nullopt);
      ASSAY_TRY(Value inside, from_typed_json(value));
      return Value::optional(std::move(inside));
    }
    case Type::Tag::kQuantity: return quantity_from(value);
    default:
      if (!value.is_string()) break;
      if (auto made = text_from(type->tag(), value.get_ref<const std::string&>())) return std::move(*made);
  }
  return mismatch();
}

namespace {

// The parts of empty lists and maps stay open, so that they take the type of their neighbours.
Type open_type_of(const Value& value) {
  const auto add = [](Type& all, const Value& one) { all = join_types(all, open_type_of(one)).value_or(Type::dyn()); };
  switch (value.kind()) {
    case Kind::kList: {
      Type element = open_type();
      for (const Value& item : value.as_list()) add(element, item);
      return Type::list(element);
    }
    case Kind::kMap: {
      Type key = open_type();
      Type element = open_type();
      for (const auto& [name, item] : value.as_map().entries()) {
        add(key, name);
        add(element, item);
      }
      return Type::map(key, element);
    }
    case Kind::kOptional:
      return Type::optional(value.as_optional() != nullptr ? open_type_of(*value.as_optional()) : open_type());
    case Kind::kType: return Type::type_of(Type::parse(value.as_type()).value_or(Type::dyn()));
    case Kind::kQuantity: return Type::quantity(value.as_quantity().unit);
    default: return Type::parse(type_name(value)).value_or(Type::dyn());
  }
}

}  // namespace

Type type_of(const Value& value) { return closed(open_type_of(value)); }

}  // namespace assay::expr
