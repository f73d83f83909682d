// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cstring>
#include <random>
#include <stdexcept>

#include "engine/expr/number.h"
#include "engine/expr/value.h"

namespace assay::expr {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// Drawn once for the program, so that nobody can write keys that all fall into one place. No result depends on it: maps
// are walked through in the order of their entries.
struct Seed {
  std::uint64_t start;
  std::uint64_t factor;
};
Seed draw() {
  std::random_device device;
  const auto word = [&] { return (std::uint64_t{device()} << 32U) | device(); };
  return {word(), word() | 1U};
}
const Seed& seed() {
  static const Seed kSeed = draw();
  return kSeed;
}

std::uint64_t mixed(std::uint64_t word, std::uint64_t before) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(word ^ before) * seed().factor;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}
std::size_t hash_of(std::string_view text) {
  std::uint64_t hash = mixed(text.size(), seed().start);
  for (; text.size() >= sizeof hash; text.remove_prefix(sizeof hash)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    hash = mixed(word, hash) + seed().start;
  }
  std::uint64_t rest = 0;
  if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
  return mixed(rest, hash);
}
// What a key hashes by: an int and a uint of equal value are one key.
std::size_t hash_of(const Value& key) {
  switch (key.kind()) {
    case Kind::kBool: return key.as_bool() ? 1 : 0;
    case Kind::kInt: return mixed(static_cast<std::uint64_t>(key.as_int()), seed().start);
    case Kind::kUint: return mixed(key.as_uint(), seed().start);
    case Kind::kString: return hash_of(std::string_view(key.as_string()));
    default: return 0;
  }
}

bool can_be_key(const Value& key) {
  return key.is(Kind::kBool) || key.is(Kind::kInt) || key.is(Kind::kUint) || key.is(Kind::kString);
}

}  // namespace

// Entries in order, and from the ninth on an open-addressed table of their numbers (0 is empty).
struct Map::Storage {
  std::vector<Entry> entries;
  std::vector<std::uint32_t> table;

  static constexpr std::size_t kSmall = 8;

  template <class Equal>
  [[nodiscard]] std::size_t find(std::size_t hash, Equal is_key) const {
    if (table.empty()) {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (is_key(entries[i].first)) return i;
      }
      return kNone;
    }
    for (std::size_t slot = first_slot(hash); table[slot] != 0; slot = (slot + 1) & (table.size() - 1)) {
      if (is_key(entries[table[slot] - 1].first)) return table[slot] - 1;
    }
    return kNone;
  }

  [[nodiscard]] std::size_t find(std::string_view key) const {
    const auto is_key = [&](const Value& other) { return other.is(Kind::kString) && other.as_string() == key; };
    return find(table.empty() ? 0 : hash_of(key), is_key);
  }

  [[nodiscard]] std::size_t find(const Value& key) const {
    if (key.is(Kind::kString)) return find(std::string_view(key.as_string()));
    if (key.is(Kind::kDouble)) {
      // Exactly, unlike where a double and an int are compared: a key is found or not, however many others there are.
      if (const auto whole = exact_int(key.as_double())) return find(Value::integer(*whole));
      if (const auto large = exact_uint(key.as_double())) return find(Value::unsigned_integer(*large));
      return kNone;
    }
    if (!can_be_key(key)) return kNone;
    return find(hash_of(key), [&](const Value& other) { return equal(other, key); });
  }

  void append(Value key, Value value) {
    entries.emplace_back(std::move(key), std::move(value));
    if (entries.size() <= kSmall) return;
    if (entries.size() * 2 > table.size()) {
      table.assign(table.empty() ? kSmall * 4 : table.size() * 2, 0);
      for (std::size_t i = 0; i < entries.size(); ++i) place(i);
    } else {
      place(entries.size() - 1);
    }
  }

 private:
  [[nodiscard]] std::size_t first_slot(std::size_t hash) const {
    // The top bits are those that every bit of the hash has a part in.
    const std::uint64_t spread = (hash ^ (hash >> 32U)) * 0x9E3779B97F4A7C15ULL;
    return static_cast<std::size_t>(spread >> (64U - static_cast<unsigned>(std::countr_zero(table.size()))));
  }
  void place(std::size_t number) {
    std::size_t slot = first_slot(hash_of(entries[number].first));
    while (table[slot] != 0) slot = (slot + 1) & (table.size() - 1);
    table[slot] = static_cast<std::uint32_t>(number + 1);
  }
};

Map::Map() = default;
Map::~Map() = default;
Map::Map(const Map& other) : storage_(other.storage_ ? std::make_unique<Storage>(*other.storage_) : nullptr) {}
Map::Map(Map&& other) noexcept = default;
Map& Map::operator=(const Map& other) {
  storage_ = other.storage_ ? std::make_unique<Storage>(*other.storage_) : nullptr;
  return *this;
}
Map& Map::operator=(Map&& other) noexcept = default;

const Map::Storage& Map::stored() const {
  static const Storage kEmpty;
  return storage_ ? *storage_ : kEmpty;
}
Map::Storage& Map::storage() {
  if (!storage_) storage_ = std::make_unique<Storage>();
  return *storage_;
}

void Map::reserve(std::size_t entries) { storage().entries.reserve(entries); }
void Map::set(Value key, Value value) {
  if (!can_be_key(key)) throw std::invalid_argument("a map key must be int, uint, bool or string");
  Storage& own = storage();
  if (const std::size_t at = own.find(key); at != kNone) {
    own.entries[at].second = std::move(value);
  } else {
    own.append(std::move(key), std::move(value));
  }
}
void Map::set(std::string_view key, Value value) { set(Value::string(std::string(key)), std::move(value)); }

const Value* Map::find(const Value& key) const {
  const std::size_t at = stored().find(key);
  return at != kNone ? &stored().entries[at].second : nullptr;
}
const Value* Map::find(std::string_view key) const {
  const std::size_t at = stored().find(key);
  return at != kNone ? &stored().entries[at].second : nullptr;
}
std::size_t Map::size() const { return stored().entries.size(); }
const std::vector<Map::Entry>& Map::entries() const { return stored().entries; }

}  // namespace assay::expr
