// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/expr/expression.h"

namespace assay::expr {
namespace {

TEST(Map, KeepsTheOrderOfInsertionAndReplacesEqualKeys) {
  Map map;
  for (int i = 20; i > 0; --i) map.set(Value::integer(i), Value::integer(i * i));
  map.set(Value::unsigned_integer(20), Value::string("replaced"));
  ASSERT_EQ(map.size(), 20U);
  EXPECT_EQ(map.entries()[0].second.as_string(), "replaced");
  EXPECT_EQ(map.entries()[19].first.as_int(), 1);
}

TEST(Map, FindsNumbersOfEqualValueWhateverTheirKind) {
  for (const int size : {1, 100}) {  // below and above where the table begins
    Map map;
    for (int i = 0; i < size; ++i) map.set(Value::integer(i), Value::integer(i));
    EXPECT_NE(map.find(Value::unsigned_integer(0)), nullptr);
    EXPECT_NE(map.find(Value::number(0.0)), nullptr);
    EXPECT_EQ(map.find(Value::number(0.5)), nullptr);
    EXPECT_EQ(map.find(Value::boolean(false)), nullptr);
    EXPECT_EQ(map.find("0"), nullptr);
    EXPECT_EQ(map.find(Value::null()), nullptr);
  }
}

TEST(Map, HoldsManyTexts) {
  Map map;
  for (int i = 0; i < 10000; ++i) map.set("key" + std::to_string(i), Value::integer(i));
  for (int i = 0; i < 10000; ++i) {
    const Value* found = map.find("key" + std::to_string(i));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->as_int(), i);
  }
  EXPECT_EQ(map.find("key10000"), nullptr);
}

TEST(Map, RefusesKeysThatCannotBeFound) {
  Map map;
  EXPECT_THROW(map.set(Value::number(1.5), Value::null()), std::invalid_argument);
  EXPECT_THROW(map.set(Value::null(), Value::null()), std::invalid_argument);
}

TEST(Map, CopiesAreTheirOwn) {
  Map map;
  map.set("a", Value::integer(1));
  Map copy = map;
  copy.set("a", Value::integer(2));
  EXPECT_EQ(map.find("a")->as_int(), 1);
  const Map moved = std::move(copy);
  EXPECT_EQ(moved.find("a")->as_int(), 2);
}

TEST(Equality, ComparesNumbersAcrossKinds) {
  EXPECT_TRUE(equal(Value::integer(1), Value::unsigned_integer(1)));
  EXPECT_TRUE(equal(Value::number(1), Value::unsigned_integer(1)));
  EXPECT_FALSE(equal(Value::integer(-1), Value::unsigned_integer(std::numeric_limits<std::uint64_t>::max())));
  EXPECT_FALSE(equal(Value::integer(9007199254740993), Value::number(9007199254740996.0)));
  EXPECT_TRUE(equal(Value::integer(9007199254740993), Value::number(9007199254740992.0))) << "nearest double";
  EXPECT_FALSE(equal(Value::number(std::nan("")), Value::number(std::nan(""))));
  EXPECT_TRUE(equal(Value::number(0x1p64), Value::unsigned_integer(std::numeric_limits<std::uint64_t>::max())));
  EXPECT_FALSE(equal(Value::integer(1), Value::string("1")));
  EXPECT_FALSE(equal(Value::boolean(true), Value::integer(1)));
}

TEST(Json, BecomesValuesAndBack) {
  const char* text = R"({"a":[1,-2,2.5,true,null,"x"],"big":18446744073709551615,"q":{"value":4.0,"unit":"GiB"}})";
  const Value value = from_json(Json::parse(text));
  EXPECT_EQ(value.member("big")->as_uint(), 18446744073709551615U);
  EXPECT_TRUE(value.member("q")->is(Kind::kQuantity));
  EXPECT_EQ(value.member("nothing"), nullptr);
  EXPECT_EQ(to_json(value).dump(), text);
}

TEST(Json, AnObjectWithAnUnknownUnitStaysAMap) {
  EXPECT_TRUE(from_json(Json::parse(R"({"value":4,"unit":"parsec"})")).is(Kind::kMap));
  EXPECT_TRUE(from_json(Json::parse(R"({"value":"4","unit":"GB"})")).is(Kind::kMap));
  EXPECT_TRUE(from_json(Json::parse(R"({"value":4,"unit":"GB","more":1})")).is(Kind::kMap));
}

TEST(Json, HoldsWhatItHasNoWordFor) {
  Map map;
  map.set(Value::integer(1), Value::number(std::nan("")));
  map.set(Value::boolean(true), Value::bytes("\xff"));
  map.set("d", Value::duration(std::chrono::milliseconds(1500)));
  map.set("t", Value::timestamp(Timestamp{0, 0}));
  map.set("o", Value::optional(Value::integer(7)));
  map.set("n", Value::optional(std::nullopt));
  map.set("y", Value::type("int"));
  EXPECT_EQ(to_json(Value::map(map)).dump(),
            R"({"1":"NaN","true":"/w==","d":"1.5s","t":"1970-01-01T00:00:00Z","o":7,"n":null,"y":"int"})");
}

TEST(Text, IsGivenForScalarsOnly) {
  EXPECT_EQ(to_text(Value::integer(-5)), "-5");
  EXPECT_EQ(to_text(Value::unsigned_integer(5)), "5");
  EXPECT_EQ(to_text(Value::number(3)), "3");
  EXPECT_EQ(to_text(Value::boolean(false)), "false");
  EXPECT_EQ(to_text(Value::quantity(*parse_quantity("4GiB"))), "4 GiB");
  EXPECT_EQ(to_text(Value::duration(std::chrono::seconds(90))), "90s");
  for (const Value& value : {Value::null(), Value::bytes("a"), Value::list({}), Value::map({}), Value::type("int"),
                             Value::optional(std::nullopt)}) {
    EXPECT_EQ(to_text(value), std::nullopt) << type_name(value);
  }
}

TEST(Value, AWrongAccessorIsABrokenInvariant) {
  EXPECT_THROW((void)Value::integer(1).as_string(), std::bad_variant_access);
}

// Keys of different types that JSON cannot tell apart.
TEST(Json, TwoKeysOfOneText) {
  const auto key = [](const char* text) {
    return key_of_two(*evaluate(*Expression::parse(text), Activation{})).value_or("none");
  };
  EXPECT_EQ(key("{1: 'a', '1': 'b'}"), "1");
  EXPECT_EQ(key("[{}, {'x': optional.of({true: 1, 'true': 2})}]"), "true");
  EXPECT_EQ(key("{1: 'a', 2: 'b', 'c': [1, 1]}"), "none");
  EXPECT_EQ(key("[1, '1']"), "none");
}

// Only our own records write a quantity as an object.
TEST(Json, QuantitiesOfOurRecordsOnly) {
  const Json json = Json::parse(R"([{"value": 80, "unit": "W"}])");
  EXPECT_TRUE(from_json(json).as_list()[0].is(Kind::kQuantity));
  EXPECT_TRUE(from_json(json, JsonOrigin::kForeign).as_list()[0].is(Kind::kMap));
}

// Keys that a fixed mixing of their bits would put side by side.
TEST(Map, FindsKeysThatWereMadeToCollide) {
  constexpr std::uint64_t kInverse = 0xF1DE83E19937733DULL;  // of 0x9E3779B97F4A7C15, modulo 2^64
  constexpr std::uint64_t kKeys = 20'000;
  const auto key = [](std::uint64_t i) {
    const std::uint64_t word = i * kInverse;
    return Value::unsigned_integer(word ^ (word >> 32U));
  };
  Map map;
  for (std::uint64_t i = 0; i < kKeys; ++i) map.set(key(i), Value::unsigned_integer(i));
  ASSERT_EQ(map.size(), kKeys);
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    const Value* found = map.find(key(i));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->as_uint(), i);
  }
  EXPECT_EQ(map.find(Value::string("a")), nullptr);
}

TEST(Map, FindsTextsOfEveryLength) {
  Map map;
  std::string text;
  for (int i = 0; i < 100; ++i, text += static_cast<char>('a' + i % 26)) map.set(text, Value::integer(i));
  text.clear();
  for (int i = 0; i < 100; ++i, text += static_cast<char>('a' + i % 26)) {
    ASSERT_NE(map.find(text), nullptr) << text;
    EXPECT_EQ(map.find(text)->as_int(), i);
    EXPECT_EQ(map.find(text + "0"), nullptr);
  }
}

}  // namespace
}  // namespace assay::expr
