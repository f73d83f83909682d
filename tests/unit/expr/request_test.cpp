// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/request.h"

#include <gtest/gtest.h>

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
class Answer : public ::testing::TestWithParam<AnswerCase> {};
TEST_P(Answer, IsAValueATypeOrAnError) { EXPECT_EQ(answer_to(GetParam().request), GetParam().answer); }

const AnswerCase kAnswers[] = {
    {"value", R"({"id": 7, "expr": "1 + 1"})", R"({"type":"int","value":"2"})"},
    {"variables", R"({"expr": "a + b", "vars": {"a": {"type": "string", "value": "x"}, "b": {"type": "string", "value": "y"}}})",
     R"({"type":"string","value":"xy"})"},
    {"types_are_checked", R"({"expr": "1 + 'a'"})", R"({"error":"'+' does not take (int, string)"})"},
    {"or_not", R"({"expr": "true || 1 + 'a' == 2", "check": false})", R"({"type":"bool","value":true})"},
    {"only_the_type", R"({"expr": "[1]", "check": "only"})", R"({"type":"list(int)"})"},
    {"no_value", R"({"expr": "1 / 0"})", R"({"error":"division by zero"})"},
    {"syntax", R"({"expr": "1 +"})", R"({"error":"the expression ends too early"})"},
    {"no_object", "[1]", "refused: a request is an object"},
    {"no_expression", R"({"id": 1})", "refused: a request needs 'expr'"},
    {"another_key", R"({"expr": "1", "checks": true})", "refused: a request cannot have 'checks' of this form"},
    {"wrong_form", R"({"expr": 1})", "refused: a request cannot have 'expr' of this form"},
    {"wrong_check", R"({"expr": "1", "check": "maybe"})", "refused: a request cannot have 'check' of this form"},
};
INSTANTIATE_TEST_SUITE_P(Request, Answer, ::testing::ValuesIn(kAnswers), test::case_name);

TEST(Request, KeepsToItsBounds) {
  EXPECT_NE(answer_to(R"({"expr": "[1, 2, 3].map(x, [1, 2, 3].map(y, x * y))"})", {.work = 5}).find("error"),
            std::string::npos);
  EXPECT_EQ(answer_to(R"({"expr": "[1, 2, 3].size()"
  })"), R"({"type":"int","value":"3"})");
  }

  TEST(Request, AnErrorOfAGivenTextShowsIt) {
    const auto parsed = parse_given("1 + (2");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(render(parsed.error()).substr(0, 17), "<expression>:1:7:");
  }

  }  // namespace
  }  // namespace assay::expr
