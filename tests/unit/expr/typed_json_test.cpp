// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/typed_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cases.h"

namespace assay::expr {
namespace {

struct TypedCase {
  const char* name;
  const char* expression;
  const char* json;
};
void PrintTo(const TypedCase& one, std::ostream* out) { *out << one.expression; }

class TypedJson : public testing::TestWithParam<TypedCase> {};

TEST_P(TypedJson, SaysTypeAndValueAndReadsThemBack) {
  const auto value = evaluate(*Expression::parse(GetParam().expression), test_activation());
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(to_json_line(to_typed_json(*value)), GetParam().json);
  const auto back = from_typed_json(*parse_json(GetParam().json, "case"));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(shown(*back), shown(*value));
}

INSTANTIATE_TEST_SUITE_P(
    Values, TypedJson,
    testing::Values(
        TypedCase{"null", "null", R"({"type":"null_type","value":null})"},
        TypedCase{"boolean", "1 < 2", R"({"type":"bool","value":true})"},
        TypedCase{"least_int", "-9223372036854775808", R"({"type":"int","value":"-9223372036854775808"})"},
        TypedCase{"greatest_uint", "18446744073709551615u", R"({"type":"uint","value":"18446744073709551615"})"},
        TypedCase{"double_value", "0.1", R"({"type":"double","value":0.1})"},
        TypedCase{"whole_double", "1.0", R"({"type":"double","value":1.0})"},
        TypedCase{"not_a_number", "0.0 / 0.0", R"({"type":"double","value":"NaN"})"},
        TypedCase{"infinity", "1.0 / 0.0", R"({"type":"double","value":"Infinity"})"},
        TypedCase{"negative_infinity", "-1.0 / 0.0", R"({"type":"double","value":"-Infinity"})"},
        TypedCase{"text", "'a\\u4e2d'", "{\"type\":\"string\",\"value\":\"a中\"}"},
        TypedCase{"bytes", "b'\\xff\\x00a'", R"({"type":"bytes","value":"/wBh"})"},
        TypedCase{"list", "[1, 'a']",
                  R"({"type":"list","value":[{"type":"int","value":"1"},{"type":"string","value":"a"}]})"},
        TypedCase{"empty_list", "[]", R"({"type":"list","value":[]})"},
        TypedCase{"map", "{1: true, 'b': 2u}",
                  R"({"type":"map","value":[[{"type":"int","value":"1"},{"type":"bool","value":true}],)"
                  R"([{"type":"string","value":"b"},{"type":"uint","value":"2"}]]})"},
        TypedCase{"timestamp", "timestamp('2009-02-13T23:31:30.25Z')",
                  R"({"type":"google.protobuf.Timestamp","value":"2009-02-13T23:31:30.25Z"})"},
        TypedCase{"duration", "duration('1m30.5s')", R"({"type":"google.protobuf.Duration","value":"90.5s"})"},
        TypedCase{"type", "type(1)", R"({"type":"type","value":"int"})"},
        TypedCase{"optional", "optional.of(1)", R"({"type":"optional_type","value":{"type":"int","value":"1"}})"},
        TypedCase{"none", "optional.none()", R"({"type":"optional_type","value":null})"},
        TypedCase{"quantity", "quantity('26 GB/s')", R"({"type":"quantity","value":{"value":26.0,"unit":"GB/s"}})"}),
    [](const testing::TestParamInfo<TypedCase>& one) { return one.param.name; });

TEST(TypedJson, TakesWhatProgramsAlsoWrite) {
  const auto read = [](const char* text) {
    const auto value = from_typed_json(*parse_json(text, "case"));
    return value ? shown(*value) : shown(value.error());
  };
  EXPECT_EQ(read(R"({"type":"int","value":7})"), "7");
  EXPECT_EQ(read(R"({"type":"uint","value":7})"), "7u");
  EXPECT_EQ(read(R"j({"type":"list(int)","value":[]})j"), "[]");
  EXPECT_EQ(read(R"({"type":"null_type"})"), "null");
  EXPECT_EQ(read(R"({"type":"google.protobuf.Duration","value":"1h"})"), "duration 3600s");
}

TEST(TypedJson, ExplainsWhatIsWrong) {
  const auto read = [](const char* text) {
    const auto value = from_typed_json(*parse_json(text, "case"));
    return value ? "read: " + shown(*value) : std::string(info(value.error().code).text) + ' ' + value.error().message;
  };
  EXPECT_EQ(read("7"), "E009 not a typed value: 7");
  EXPECT_EQ(read(R"({"value":1})"), R"(E009 not a typed value: {"value":1})");
  EXPECT_EQ(read(R"({"type":"integer","value":1})"), "E009 unknown type 'integer'");
  EXPECT_EQ(read(R"({"type":"int","value":"1.5"})"), R"(E009 a value of type int cannot be "1.5")");
  EXPECT_EQ(read(R"({"type":"int","value":9223372036854775808})"),
            "E009 a value of type int cannot be 9223372036854775808");
  EXPECT_EQ(read(R"({"type":"uint","value":-1})"), "E009 a value of type uint cannot be -1");
  EXPECT_EQ(read(R"({"type":"uint","value":""})"), R"(E009 a value of type uint cannot be "")");
  EXPECT_EQ(read(R"({"type":"bool","value":1})"), "E009 a value of type bool cannot be 1");
  EXPECT_EQ(read(R"({"type":"double","value":"inf"})"), R"(E009 a value of type double cannot be "inf")");
  EXPECT_EQ(read(R"({"type":"bytes","value":"a"})"), R"(E009 a value of type bytes cannot be "a")");
  EXPECT_EQ(read(R"({"type":"google.protobuf.Timestamp","value":"today"})"),
            R"(E009 a value of type google.protobuf.Timestamp cannot be "today")");
  EXPECT_EQ(read(R"({"type":"map","value":[[{"type":"int","value":"1"}]]})"),
            R"(E009 an entry of a map is [{"type":"int","value":"1"}], not [key, value])");
  EXPECT_EQ(read(R"({"type":"map","value":[[{"type":"double","value":1},{"type":"int","value":"1"}]]})"),
            "E009 a map has no keys of type double");
  EXPECT_EQ(read(R"({"type":"map","value":[[{"type":"int","value":"1"},{"type":"int","value":"1"}],)"
                 R"([{"type":"uint","value":"1"},{"type":"int","value":"1"}]]})"),
            R"(E009 the key {"type":"uint","value":"1"} is there twice)");
  EXPECT_EQ(read(R"({"type":"list","value":[1]})"), "E009 not a typed value: 1");
  EXPECT_EQ(read(R"({"type":"quantity","value":{"value":1,"unit":"furlong"}})").substr(0, 4), "E007");
}

TEST(TypeOfValue, IsAsNarrowAsTheValueAllows) {
  const auto type = [](const char* text) {
    return type_of(*evaluate(*Expression::parse(text), test_activation())).text();
  };
  EXPECT_EQ(type("1"), "int");
  EXPECT_EQ(type("[1, 2]"), "list(int)");
  EXPECT_EQ(type("[1, 'a']"), "list(dyn)");
  EXPECT_EQ(type("[]"), "list(dyn)");
  EXPECT_EQ(type("[[1], []]"), "list(list(int))");
  EXPECT_EQ(type("{'a': 1u}"), "map(string, uint)");
  EXPECT_EQ(type("{'a': 1u, 1: 2u}"), "map(dyn, uint)");
  EXPECT_EQ(type("optional.of('x')"), "optional_type(string)");
  EXPECT_EQ(type("type(1)"), "type(int)");
  EXPECT_EQ(type("null"), "null_type");
  EXPECT_EQ(type("quantity('1 GB')"), "quantity(GB)");
  EXPECT_EQ(type("timestamp('2009-02-13T23:31:30Z')"), "google.protobuf.Timestamp");
}

}  // namespace
}  // namespace assay::expr
