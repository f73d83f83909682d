// SPDX-License-Identifier: Apache-2.0
// The values of expressions: CEL's types (cel-spec, langdef.md) plus quantities. A Value is cheap to copy: large parts
// are shared and never change.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/quantity.h"
#include "engine/base/time.h"

namespace assay::expr {

class Value;
using List = std::vector<Value>;

// Keys are int, uint, bool or string; an int and a uint of equal value are the same key. Keeps the order of insertion.
class Map {
 public:
  using Entry = std::pair<Value, Value>;
  Map();
  ~Map();
  Map(const Map&);
  Map(Map&&) noexcept;
  Map& operator=(const Map&);
  Map& operator=(Map&&) noexcept;

  // Room for so many entries.
  void reserve(std::size_t entries);
  // Adds, or replaces the value of an equal key.
  void set(Value key, Value value);
  void set(std::string_view key, Value value);
  // nullptr when there is no such key. Constant time on average. The pointer lives as long as the map is not changed.
  [[nodiscard]] const Value* find(const Value& key) const;
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] const std::vector<Entry>& entries() const;

 private:
  struct Storage;
  [[nodiscard]] const Storage& stored() const;
  Storage& storage();
  std::unique_ptr<Storage> storage_;  // nullptr: no entries; made with the first one
};

enum class Kind : std::uint8_t {
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kList,
  kMap,
  kTimestamp,
  kDuration,
  kType,
  kOptional,
  kQuantity,
  kSecret,
};

struct Timestamp {
  std::int64_t seconds = 0;  // since 1970-01-01T00:00:00Z
  std::int32_t nanos = 0;    // 0 to 999,999,999
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};
struct Duration {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;  // same sign as seconds
  friend auto operator<=>(const Duration&, const Duration&) = default;
};

// A secret by its sources: what it is made of, never what it is. Texts and secrets are joined by '+'.
struct Secret {
  struct Part {
    std::string text;           // a reference ("env:TOKEN"), or text as it is
    bool is_reference = false;  // read when a run begins (engine/secret)
    friend bool operator==(const Part&, const Part&) = default;
  };
  std::vector<Part> parts;
  friend bool operator==(const Secret&, const Secret&) = default;
};
// "env:NAME", "file:PATH", "command:PROGRAM …" or "vault:NAME".
bool is_secret_reference(std::string_view text);
// A reference alone as it is; with more around it as a template that names its references: `me:${{ secret("env:X") }}`.
std::string to_text(const Secret& secret);

class Value {
 public:
  Value() = default;  // null
  static Value null() { return {}; }
  static Value boolean(bool value);
  static Value integer(std::int64_t value);
  static Value unsigned_integer(std::uint64_t value);
  static Value number(double value);
  static Value string(std::string value);
  static Value bytes(std::string value);
  static Value list(List items);
  static Value map(Map entries);
  static Value timestamp(Timestamp value);
  static Value duration(Duration value);
  static Value duration(Nanoseconds value);
  static Value type(std::string name);
  static Value optional(std::optional<Value> value);
  static Value quantity(Quantity value);
  static Value secret(Secret value);

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is(Kind k) const { return kind() == k; }
  // Accessors: the kind must be the right one; a wrong one is a broken invariant and throws std::bad_variant_access.
  [[nodiscard]] bool as_bool() const;
  [[nodiscard]] std::int64_t as_int() const;
  [[nodiscard]] std::uint64_t as_uint() const;
  [[nodiscard]] double as_double() const;
  [[nodiscard]] const std::string& as_string() const;
  [[nodiscard]] const std::string& as_bytes() const;
  [[nodiscard]] const List& as_list() const;
  [[nodiscard]] const Map& as_map() const;
  [[nodiscard]] Timestamp as_timestamp() const;
  [[nodiscard]] Duration as_duration() const;
  [[nodiscard]] const std::string& as_type() const;
  [[nodiscard]] const Value* as_optional() const;  // nullptr: none
  [[nodiscard]] const Quantity& as_quantity() const;
  [[nodiscard]] const Secret& as_secret() const;

  // How many lists, maps and optionals stand inside each other; 0 for anything else. Constant time.
  [[nodiscard]] std::size_t depth() const;

  // For maps: the member, or nullptr when this is no map or has no such key.
  [[nodiscard]] const Value* member(std::string_view key) const;

 private:
  struct BytesBox {
    std::shared_ptr<const std::string> value;
  };
  struct TypeBox {
    std::shared_ptr<const std::string> name;
  };
  struct ListBox {
    List items;
    std::size_t depth = 0;
  };
  struct MapBox {
    Map entries;
    std::size_t depth = 0;
  };
  struct OptionalBox;
  struct OptionalPart {
    std::shared_ptr<const OptionalBox> box;  // nullptr: none
  };
  using Storage =
      std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::shared_ptr<const std::string>,
                   BytesBox, std::shared_ptr<const ListBox>, std::shared_ptr<const MapBox>, Timestamp, Duration,
                   TypeBox, OptionalPart, std::shared_ptr<const Quantity>, std::shared_ptr<const Secret>>;
  explicit Value(Storage storage) : storage_(std::move(storage)) {}

  Storage storage_;
};
struct Value::OptionalBox {
  Value value;
  std::size_t depth = 0;
};

// Equality as CEL defines it: numbers compare across int, uint and double; NaN equals nothing; different kinds are
// unequal. Quantities are equal when they are comparable and equal in size. (Expressions have a stricter one that
// refuses to compare what measures different things: functions.h.)
bool equal(const Value& a, const Value& b);
// The name of the value's type as the CEL specification prints it: "int", "google.protobuf.Timestamp", "quantity" …
std::string type_name(const Value& value);

// JSON in: objects become maps, integral numbers int (uint above 2^63-1), others double; in our own records an object
// of exactly {"value": number, "unit": string} with a known unit becomes a quantity, text of others has maps only. JSON
// out: the reverse; duration as "1.5s", timestamp as RFC 3339, bytes as base64, a secret as its reference, NaN and
// infinities as strings, optional as its value or null.
enum class JsonOrigin : std::uint8_t { kOurs, kForeign };
Value from_json(const Json& json, JsonOrigin origin = JsonOrigin::kOurs);
Json to_json(const Value& value);

// A key that to_json() gives to two entries of one map, as {1: "a", "1": "b"} has it; nullopt: there is none.
std::optional<std::string> key_of_two(const Value& value);

// The text that `${{ }}` puts inside longer text: int, double, bool, string, duration, quantity, timestamp, uint.
// nullopt for list, map, bytes, null, type, optional, secret.
std::optional<std::string> to_text(const Value& value);

}  // namespace assay::expr
