// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "engine/recipe/reader.h"
#include "support/cases.h"

namespace assay::recipe {
namespace {

struct TextCase {
  const char* name;
  ParamType type;
  const char* text;
  const char* json;     // the value; nullptr: refused
  const char* problem;  // the message's end
};
class ParamText : public testing::TestWithParam<TextCase> {};

TEST_P(ParamText, IsConverted) {
  const Param param{.name = {"p", {}}, .type = GetParam().type, .fallback = {}, .choices = {"low", "high"}, .help = {}};
  const auto value = convert_param_text(param, GetParam().text);
  if (GetParam().json == nullptr) {
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, Code::kBadParam);
    EXPECT_EQ(value.error().message + "; expected " + value.error().expected, GetParam().problem);
    return;
  }
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(to_json_line(expr::to_json(*value)), GetParam().json);
}

const TextCase kTexts[] = {
    {"string", ParamType::kString, "a b", "\"a b\"", nullptr},
    {"number_as_string", ParamType::kString, "42", "\"42\"", nullptr},
    {"integer", ParamType::kInt, "-3", "-3", nullptr},
    {"integer_with_rest", ParamType::kInt, "3x", nullptr, "parameter 'p' cannot be '3x'; expected a whole number"},
    {"number", ParamType::kNumber, "0.5", "0.5", nullptr},
    {"truth", ParamType::kBool, "true", "true", nullptr},
    {"yes", ParamType::kBool, "yes", nullptr, "parameter 'p' cannot be 'yes'; expected true or false"},
    {"duration", ParamType::kDuration, "1m30s", "\"90s\"", nullptr},
    {"size", ParamType::kSize, "4 GiB", "{\"value\":4.0,\"unit\":\"GiB\"}", nullptr},
    {"size_in_seconds", ParamType::kSize, "4 s", nullptr,
     "parameter 'p' cannot be '4 s'; expected a number and a unit of size, for example 4 GiB"},
    {"choice", ParamType::kEnum, "low", "\"low\"", nullptr},
    {"no_choice", ParamType::kEnum, "lwo", nullptr, "parameter 'p' cannot be 'lwo'; expected one of: low, high"},
    {"list", ParamType::kList, "a,b", "[\"a\",\"b\"]", nullptr},
    {"empty_list", ParamType::kList, "", "[]", nullptr},
};
INSTANTIATE_TEST_SUITE_P(Params, ParamText, testing::ValuesIn(kTexts), test::case_name);

TEST(BindParams, TakesTheLastGivenAndTheDefaults) {
  const std::vector<Param> params = {
      {.name = {"a", {}}, .type = ParamType::kInt, .fallback = expr::Value::integer(1), .choices = {}, .help = {}},
      {.name = {"b", {}}, .type = ParamType::kInt, .fallback = expr::Value::integer(2), .choices = {}, .help = {}}};
  Diagnostics problems;
  const expr::Map bound = bind_params(params, {{"a", std::string("5"), {}}, {"a", std::string("6"), {}}}, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(bound.find("a")->as_int(), 6);
  EXPECT_EQ(bound.find("b")->as_int(), 2);
}

TEST(BindParams, UnknownAndMissingOnesAreBothTold) {
  const std::vector<Param> params = {
      {.name = {"seconds", {}}, .type = ParamType::kInt, .fallback = {}, .choices = {}, .help = {}}};
  Diagnostics problems;
  bind_params(params, {{"secnods", std::string("5"), {}}}, problems);
  ASSERT_EQ(problems.items().size(), 2U);
  EXPECT_EQ(problems.items()[0].message, "unknown parameter 'secnods'");
  EXPECT_EQ(problems.items()[0].help, "did you mean 'seconds'?");
  EXPECT_EQ(problems.items()[1].message, "parameter 'seconds' has no default and no value was given");
}

}  // namespace
}  // namespace assay::recipe
