// SPDX-License-Identifier: Apache-2.0
// Every function and every method with none to four arguments of every kind: the checker and evaluation give an answer,
// and a number of arguments that no row has is refused by both.
#include <algorithm>
#include <set>
#include <utility>

#include "engine/expr/functions.h"
#include "engine/expr/overloads.h"
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

constexpr const char* kArguments[] = {"1",
                                      "2u",
                                      "1.5",
                                      "'a'",
                                      "b'a'",
                                      "true",
                                      "null",
                                      "[1]",
                                      "['a']",
                                      "{'a': 1}",
                                      "int",
                                      "dyn(1)",
                                      "[]",
                                      "optional.of(1)",
                                      "quantity('1 GB')",
                                      "duration('1s')",
                                      "timestamp(0)"};

std::string called(const FunctionRow& row, std::size_t count, std::size_t first) {
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < count; ++i) arguments.emplace_back(kArguments[(first + i) % std::size(kArguments)]);
  std::string text;
  if (row.style == Style::kMethod) {
    text = "(" + arguments.front() + ").";
    arguments.erase(arguments.begin());
  }
  text += std::string(row.name) + "(";
  for (const std::string& one : arguments) text += (&one == &arguments.front() ? "" : ", ") + one;
  return text + ")";
}

TEST(Arguments, OfEveryNumberAndKindAreAnswered) {
  const Declarations declarations;
  std::set<std::pair<std::string_view, Style>> seen;
  for (const FunctionRow& row : function_rows()) {
    if (row.style == Style::kOperator || !seen.emplace(row.name, row.style).second) continue;
    const auto& overloads = find_overloads(row.name, row.style)->overloads;
    for (std::size_t count = row.style == Style::kMethod ? 1 : 0; count <= 4; ++count) {
      const bool possible =
          std::any_of(overloads.begin(), overloads.end(), [&](const Overload& one) { return one.takes(count); });
      for (std::size_t first = 0; first<std::size(kArguments); first += count> 1 ? 3 : 1) {
        const std::string text = called(row, count, first);
        const auto expression = Expression::parse(text);
        if (!expression) continue;  // a macro of that name
        const Checked result = check(*expression, declarations);
        EXPECT_NE(result.type.has_value(), result.problems.has_errors()) << text;
        const auto value = evaluate(*expression, test_activation());
        if (possible) continue;
        EXPECT_FALSE(result.type) << text;
        EXPECT_FALSE(value) << text;
      }
    }
  }
}

TEST(Arguments, NoneAreRefused) {
  expect_each({
      {"greatest", "math.greatest()",
       "E004 'math.greatest' does not take () | it takes (list(A)), (int, int, ...), (uint, uint, ...), (double, "
       "double, "
       "...), (dyn, ...) @math.greatest"},
      {"least", "math.least()",
       "E004 'math.least' does not take () | it takes (list(A)), (int, int, ...), (uint, uint, ...), (double, double, "
       "...), (dyn, ...) @math.least"},
  });
  EXPECT_EQ(deduced("math.greatest()", {}), told("math.greatest()"));
  EXPECT_EQ(deduced("math.least()", {}), told("math.least()"));
}

}  // namespace
}  // namespace assay::expr
