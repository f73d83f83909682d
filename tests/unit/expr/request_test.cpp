// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/request.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/cases.h"

namespace assay::expr {
namespace {

std::string answer_to(const std::string& request, Limits limits = {}) {
  const auto json = parse_json(request, "request");
  if (!json) return "no JSON";
  const auto answer = answer_request(*json, limits);
  return answer ? to_json_line(*answer) : "refused: " + answer.error().message;
}

struct AnswerCase {
  const char* name;
  const char* request;
  const char* answer;
};
class Requests : public ::testing::TestWithParam<AnswerCase> {};
TEST_P(Requests, GiveAValueATypeOrAnError) { EXPECT_EQ(answer_to(GetParam().request), GetParam().answer); }

const AnswerCase kAnswers[] = {
    {"value", R"j({"id": 7, "expr": "1 + 1"})j", R"j({"type":"int","value":"2"})j"},
    {"variables",
     R"j({"expr": "a + b", "vars": {"a": {"type": "string", "value": "x"}, "b": {"type": "string", "value": "y"}}})j",
     R"j({"type":"string","value":"xy"})j"},
    {"types_are_checked", R"j({"expr": "1 + 'a'"})j", R"j({"error":"'+' does not take (int, string)"})j"},
    {"or_not", R"j({"expr": "true || 1 + 'a' == 2", "check": false})j", R"j({"type":"bool","value":true})j"},
    {"only_the_type", R"j({"expr": "[1]", "check": "only"})j", R"j({"type":"list(int)"})j"},
    {"no_value", R"j({"expr": "1 / 0"})j", R"j({"error":"division by zero"})j"},
    {"syntax", R"j({"expr": "1 +"})j", R"j({"error":"the expression ends too early"})j"},
    {"no_object", "[1]", "refused: a request is an object"},
    {"no_expression", R"j({"id": 1})j", "refused: a request needs 'expr'"},
    {"another_key", R"j({"expr": "1", "checks": true})j", "refused: a request cannot have 'checks' of this form"},
    {"wrong_form", R"j({"expr": 1})j", "refused: a request cannot have 'expr' of this form"},
    {"wrong_check", R"j({"expr": "1", "check": "maybe"})j", "refused: a request cannot have 'check' of this form"},
};
INSTANTIATE_TEST_SUITE_P(Request, Requests, ::testing::ValuesIn(kAnswers), test::case_name);

TEST(Request, KeepsToItsBounds) {
  EXPECT_NE(answer_to(R"j({"expr": "[1, 2, 3].map(x, [1, 2, 3].map(y, x * y))"})j", {.work = 5}).find("error"),
            std::string::npos);
  EXPECT_EQ(answer_to(R"j({"expr": "[1, 2, 3].size()"})j"), R"j({"type":"int","value":"3"})j");
}

TEST(Request, AnErrorOfAGivenTextShowsIt) {
  const auto parsed = parse_given("1 + (2");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(render(parsed.error()).substr(0, 17), "<expression>:1:7:");
}

}  // namespace
}  // namespace assay::expr
