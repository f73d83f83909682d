// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "support/cases.h"

namespace assay {
namespace {

struct JsonCase {
  const char* name;
  std::string text;
  std::string line;  // to_json_line() of the value
};
class ReadsJson : public ::testing::TestWithParam<JsonCase> {};
TEST_P(ReadsJson, AndWritesOneLine) {
  const auto value = parse_json(GetParam().text, "input");
  ASSERT_TRUE(value) << render(value.error());
  EXPECT_EQ(to_json_line(*value), GetParam().line);
}
INSTANTIATE_TEST_SUITE_P(
    Values, ReadsJson,
    ::testing::Values(
        JsonCase{"KeepsTheOrderOfKeys", R"({"z":1,"a":2,"m":3})", R"({"z":1,"a":2,"m":3})"},
        JsonCase{"Nested", " [ {} , [ ] , {\"a\":[null,true,false]} ]\n", R"([{},[],{"a":[null,true,false]}])"},
        JsonCase{"Integers", "[0,-1,9223372036854775807,18446744073709551615]",
                 "[0,-1,9223372036854775807,18446744073709551615]"},
        JsonCase{"Doubles", "[1.5,1e3,0.1]", "[1.5,1000.0,0.1]"},
        JsonCase{"Text", R"("中\u4e2d\ud83d\ude00\n\"\\\/")", "\"中中😀\\n\\\"\\\\/\""},
        JsonCase{"SameKeyInTwoObjects", R"([{"a":1},{"a":2,"b":{"a":3}}])", R"([{"a":1},{"a":2,"b":{"a":3}}])"},
        JsonCase{"Scalar", "7", "7"}),
    test::case_name);

struct BadJsonCase {
  const char* name;
  std::string text;
  const char* expected;  // rendered
};
class RefusesJson : public ::testing::TestWithParam<BadJsonCase> {};
TEST_P(RefusesJson, WithPlaceAndCause) {
  const auto value = parse_json(GetParam().text, "facts.json");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, Code::kJsonSyntax);
  EXPECT_EQ(render(value.error()), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Mistakes, RefusesJson,
    ::testing::Values(
        BadJsonCase{"DuplicateKey", R"({"a":1,"b":{},"a":2})",
                    "facts.json: error[S004]: not valid JSON: the key 'a' appears twice in one object\n"},
        BadJsonCase{"TrailingComma", "{\n  \"a\": [1, 2,]\n}",
                    "facts.json:2:14: error[S004]: not valid JSON: syntax error while parsing value - unexpected ']'; "
                    "expected '[', '{', or a literal\n"
                    "    1 | {\n"
                    "    2 |   \"a\": [1, 2,]\n"
                    "      |              ^\n"},
        BadJsonCase{"NumberOutOfRange", "[1e999]",
                    "facts.json:1:6: error[S004]: not valid JSON: number overflow parsing '1e999'\n"
                    "    1 | [1e999]\n"
                    "      |      ^\n"}),
    test::case_name);

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* text :
       {"",         " ",  "nul", "{",  "[1",     "\"a",     "{a:1}",   "{'a':1}",  "[1] x",       "NaN",
        "Infinity", "+1", "01",  ".5", "\"\t\"", "\"\\x\"", "// c\n1", "\"\xff\"", "\"\\ud800\"", "\xff\xfe"}) {
    const auto value = parse_json(text, "input");
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, Code::kJsonSyntax) << text;
    EXPECT_EQ(value.error().message.find("json.exception"), std::string::npos) << value.error().message;
  }
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Json, BoundsTheDepth) {
  EXPECT_TRUE(parse_json(nested(64), "input"));
  EXPECT_EQ(parse_json(nested(65), "input").error().message, "not valid JSON: nested more than 64 deep");
  EXPECT_EQ(parse_json("[{\"a\":1}]", "input", {.depth = 1}).error().message,
            "not valid JSON: nested more than 1 deep");
  EXPECT_TRUE(parse_json("[[],[],{},[]]", "input", {.depth = 2}));
}

TEST(Json, WhatCouldNotBeReadAgainIsTold) {
  const auto nested = [](std::size_t levels) {
    Json value = 1;
    for (std::size_t i = 0; i < levels; ++i) value = i % 2 == 0 ? Json::array({value}) : Json({{"a", value}});
    return value;
  };
  for (const std::size_t levels : {1U, 63U, 64U}) {
    EXPECT_TRUE(check_readable(nested(levels), "it")) << levels;
    EXPECT_TRUE(parse_json(to_json_line(nested(levels)), "it")) << levels;
  }
  EXPECT_FALSE(parse_json(to_json_line(nested(65)), "it"));
  EXPECT_EQ(check_readable(nested(65), "it").error().message, "it could not be read again: nested more than 64 deep");
  EXPECT_EQ(check_readable(nested(3), "it", 2).error().message, "it could not be read again: nested more than 2 deep");
  Json wide = Json::object();
  for (int i = 0; i < 20'000; ++i) wide[std::to_string(i)] = i;
  EXPECT_TRUE(check_readable(wide, "it"));
  wide["one more"] = 1;
  EXPECT_EQ(check_readable({{"a", wide}}, "it").error().message,
            "it could not be read again: an object with more than 20000 members");
}

TEST(Json, ADeepBombCostsAnError) { EXPECT_FALSE(parse_json(std::string(5'000'000, '['), "input")); }

TEST(Json, BoundsTheSize) {
  EXPECT_TRUE(parse_json("[1]", "input", {.bytes = 3}));
  const auto failed = parse_json("[1] ", "'big.json'", {.bytes = 3});
  ASSERT_FALSE(failed);
  EXPECT_EQ(render(failed.error()), "error[S003]: 'big.json' is larger than 3 bytes\n");
}

TEST(Json, TakesNoKeyTwiceHoweverManyThereAre) {
  for (const int count : {1, 23, 24, 25, 200}) {
    for (const int again : {0, count - 1}) {
      std::string text = "{";
      for (int i = 0; i < count; ++i) text += "\"k" + std::to_string(i) + "\":{\"k0\":1},";
      const auto fine = parse_json(text + "\"other\":1}", "input");
      ASSERT_TRUE(fine) << count;
      EXPECT_EQ(fine->size(), count + 1U);
      const auto twice = parse_json(text + "\"k" + std::to_string(again) + "\":1}", "input");
      ASSERT_FALSE(twice) << count << " " << again;
      EXPECT_EQ(twice.error().message,
                "not valid JSON: the key 'k" + std::to_string(again) + "' appears twice in one object");
    }
  }
}

TEST(Json, NamesAreToldApartByTheirObjects) {
  std::string members;
  for (int i = 0; i < 40; ++i) members += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  const std::string inner = "{" + members + "\"end\":{}}";
  const auto value = parse_json("{" + members + "\"inner\":" + inner + ",\"k40\":[" + inner + "]}", "input");
  ASSERT_TRUE(value);
  EXPECT_EQ((*value)["inner"].size(), 41U);
  EXPECT_EQ((*value)["k40"][0]["k39"], 39);
  const auto twice = parse_json("{" + members + "\"inner\":" + inner + ",\"k7\":1}", "input");
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, testing::HasSubstr("the key 'k7' appears twice"));
}

TEST(Json, BoundsTheMembersOfAnObject) {
  const auto object = [](int members) {
    std::string text = "{";
    for (int i = 0; i < members; ++i) text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":0";
    return text + "}";
  };
  EXPECT_EQ(parse_json(object(20'001), "input").error().message,
            "not valid JSON: an object with more than 20000 members");
  const auto two = parse_json("[" + object(20'000) + "," + object(20'000) + "]", "input");
  ASSERT_TRUE(two) << render(two.error());
  EXPECT_EQ(two->at(1).size(), 20'000U);
}

TEST(Json, ErrorsShowNoControlCharacters) {
  const auto value = parse_json("{\"\x1b[2J\x1b[2J\":1,\"\x01\"", "input");
  ASSERT_FALSE(value);
  EXPECT_EQ(render(value.error()).find('\x1b'), std::string::npos);
}

TEST(Json, WritesIndentedText) {
  const Json value = {{"name", "x"}, {"list", {1, 2}}, {"none", nullptr}};
  EXPECT_EQ(to_json_text(value), "{\n  \"name\": \"x\",\n  \"list\": [\n    1,\n    2\n  ],\n  \"none\": null\n}\n");
}

TEST(Json, BrokenTextIsWrittenReplaced) {
  const Json value = {{"out", "a\xff"}};
  EXPECT_EQ(to_json_line(value), "{\"out\":\"a\xEF\xBF\xBD\"}");
  EXPECT_EQ(to_json_text(value), "{\n  \"out\": \"a\xEF\xBF\xBD\"\n}\n");
}

}  // namespace
}  // namespace assay
