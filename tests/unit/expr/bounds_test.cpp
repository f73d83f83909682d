// SPDX-License-Identifier: Apache-2.0
// Bounds on text, depth and work, just inside and just outside; and that the steps a long chain takes grow with its
// length and no faster.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

std::string repeated(std::size_t count, std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

// The least bound on work with which the text has a value: the steps it takes.
std::size_t steps(const std::string& text) {
  const auto enough = [&](std::size_t work) {
    const auto expression = Expression::parse(text, std::nullopt, Limits{.work = work});
    EXPECT_TRUE(expression) << shown(expression.error());
    const auto value = evaluate(*expression, test_activation());
    if (value) return true;
    EXPECT_EQ(value.error().code, Code::kExpressionLimit) << value.error().message;
    return false;
  };
  std::size_t low = 0;
  std::size_t high = 1;
  while (!enough(high)) {
    low = high;
    high *= 2;
    if (high > Limits{}.work) return 0;
  }
  while (high - low > 1) {
    const std::size_t middle = (low + high) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

struct Chain {
  const char* name;
  const char* begin;
  const char* part;
  const char* end;
};
void PrintTo(const Chain& one, std::ostream* out) { *out << one.part; }

class Linear : public testing::TestWithParam<Chain> {};

// n, 2n and 4n parts: each part more costs what every part costs.
TEST_P(Linear, EveryPartCostsTheSame) {
  const auto cost = [&](std::size_t parts) {
    return steps(GetParam().begin + repeated(parts, GetParam().part) + GetParam().end);
  };
  const std::size_t one = cost(100);
  const std::size_t two = cost(200);
  const std::size_t four = cost(400);
  ASSERT_GT(one, 0U);
  EXPECT_EQ(four - two, 2 * (two - one)) << one << ' ' << two << ' ' << four;
  EXPECT_LE(two - one, 100U * 20U);
}

INSTANTIATE_TEST_SUITE_P(
    Chains, Linear,
    testing::Values(Chain{"sums", "1", " + 1", ""}, Chain{"products", "1", " * 1", ""},
                    Chain{"ands", "true", " && true", ""}, Chain{"ors", "false", " || false", ""},
                    Chain{"failing_ors", "missing", " || missing", " || true"}, Chain{"mixed", "true", " && 1 < 2", ""},
                    Chain{"elements", "[", "1, ", "]"}, Chain{"optional_elements", "[", "?optional.of(1), ", "]"},
                    Chain{"texts", "'", "0123456789abcdef", "'.upperAscii()"},
                    Chain{"members_of_optionals", "params.?a", ".b", ""},
                    Chain{"arguments", "math.greatest(0", ", 1", ")"}, Chain{"loop", "[", "1, ", "].all(x, x == 1)"},
                    Chain{"copies", "[", "1, ", "].map(x, [x])"}, Chain{"sorted", "[", "1, ", "].sort()"},
                    Chain{"joined", "[", "'0123456789abcde', ", "].join('')"}, Chain{"summed", "sum([", "1, ", "])"}),
    [](const auto& one) { return std::string(one.param.name); });

// What functions make is charged: a step for an element, a step for sixteen bytes.
TEST(Work, GrowsWithWhatIsMade) {
  EXPECT_GE(steps("lists.range(5000)"), 5000U);
  EXPECT_LT(steps("lists.range(5000)"), 5100U);
  EXPECT_GE(steps("lists.range(5000).map(x, x)"), 10000U);
  EXPECT_GE(steps("lists.range(100).all(a, lists.range(100).all(b, true))"), 10000U);
  EXPECT_GE(steps("sets.contains(lists.range(100), lists.range(100))"), 10000U);
  EXPECT_GE(steps("'" + repeated(1600, "a") + "'.upperAscii().lowerAscii().reverse()"), 300U);
  EXPECT_GE(steps("('" + repeated(1600, "a") + "' + '').size()"), 100U);
  EXPECT_GE(steps("'" + repeated(160, "a") + "'.split('').size()"), 160U);
  EXPECT_LT(steps("'a'.matches('a') && 'b'.matches('b')"), 200U);
}

TEST(Work, IsBoundedWhateverAsksForIt) {
  const Limits limits{.work = 5000};
  const std::string place =
      "E008 the expression needs more than 5000 steps | compute the value in a step, or look at "
      "fewer elements @";
  EXPECT_EQ(told("lists.range(5000)", limits), place + "lists.range(5000)");
  EXPECT_EQ(told("lists.range(1000).map(x, lists.range(x))", limits), place + "lists.range(x)");
  EXPECT_EQ(told("lists.range(3000).map(x, x)", limits).substr(0, place.size()), place);
  EXPECT_EQ(told("cel.bind(l, lists.range(600), l + l + l + l + l)", limits), place + "+");
  EXPECT_EQ(told("lists.range(900).sort()", limits), place + "lists.range(900).sort()");
  EXPECT_EQ(told("sets.intersects(lists.range(100), lists.range(100))", limits),
            place + "sets.intersects(lists.range(100), lists.range(100))");
  EXPECT_EQ(told("lists.range(2000).map(x, [x]).flatten()", limits).substr(0, place.size()), place);
  EXPECT_EQ(told("'%s'.format([lists.range(2600)])", limits), place + "'%s'.format([lists.range(2600)])");
  EXPECT_EQ(told("lists.range(1300).sortBy(x, -x)", limits).substr(0, place.size()), place);
}

// No operator and no macro goes on after the bound.
TEST(Work, IsNotAbsorbed) {
  const Limits limits{.work = 2000};
  for (const char* text : {"lists.range(5000) == [] || true", "true && lists.range(5000) == [] || true",
                           "false && lists.range(5000) == [] || lists.range(5000) == []",
                           "[1, 2].exists(x, x == 2 || lists.range(5000) == [])",
                           "[1, 2].all(x, lists.range(5000) == [] && false)", "!(lists.range(5000) == []) || true"}) {
    EXPECT_TRUE(told(text, limits).starts_with("E008 the expression needs more than 2000 steps")) << text;
  }
  // What is not reached costs nothing.
  EXPECT_EQ(told("true || lists.range(5000) == []", limits), "true");
  EXPECT_EQ(told("false ? lists.range(5000) : [1]", limits), "[1]");
}

TEST(Text, IsBounded) {
  const auto result = [](std::size_t size, std::size_t bound) {
    return told(repeated(size - 1, " ") + "1", Limits{.bytes = bound});
  };
  EXPECT_EQ(result(64, 64), "1");
  EXPECT_EQ(result(65, 64), "E008 an expression of 65 bytes; at most 64 are allowed @ ");
  EXPECT_EQ(result(65536, Limits{}.bytes), "1");
  EXPECT_EQ(told("'" + repeated(40, "é") + "'", Limits{.bytes = 81}).substr(0, 4), "E008");
  EXPECT_EQ(told("'" + repeated(40, "é") + "'.size()", Limits{.bytes = 89}), "40");
}

struct Nest {
  const char* name;
  const char* open;
  const char* inside;
  const char* close;
};
void PrintTo(const Nest& one, std::ostream* out) { *out << one.open; }

class Nested : public testing::TestWithParam<Nest> {};

// With a bound of 10, nine levels and the innermost are ten; one more is refused.
TEST_P(Nested, IsBounded) {
  const auto result = [&](std::size_t levels) {
    const auto expression =
        Expression::parse(repeated(levels, GetParam().open) + GetParam().inside + repeated(levels, GetParam().close),
                          std::nullopt, Limits{.depth = 10});
    return expression ? "good" : std::string(info(expression.error().code).text) + ' ' + expression.error().message;
  };
  EXPECT_EQ(result(9), "good");
  EXPECT_EQ(result(10), "E008 nested more than 10 deep");
  EXPECT_EQ(result(3000), "E008 nested more than 10 deep");
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Nested,
    testing::Values(Nest{"parentheses", "(", "1", ")"}, Nest{"lists", "[", "1", "]"},
                    Nest{"map_values", "{'a': ", "1", "}"}, Nest{"map_keys", "{", "1", ": 2}"},
                    Nest{"calls", "size(", "'a'", ")"}, Nest{"methods", "'a'.contains(", "'a'", ")"},
                    Nest{"indexes", "a[", "0", "]"}, Nest{"optional_indexes", "a[?", "0", "]"},
                    Nest{"macros", "[1].map(x, ", "x", ")"}, Nest{"binds", "cel.bind(x, 1, ", "x", ")"},
                    Nest{"bound_values", "cel.bind(x, ", "1", ", x)"}, Nest{"choices", "true ? 1 : ", "2", ""},
                    Nest{"optional_elements", "[?", "a", "]"}, Nest{"signs_and_parentheses", "-(", "1", ")"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Signs, AreBounded) {
  EXPECT_EQ(told(repeated(10, "!") + "true", Limits{.depth = 10}), "true");
  EXPECT_EQ(told(repeated(11, "!") + "true", Limits{.depth = 10}), "E008 more than 10 signs in a row @!");
  EXPECT_EQ(told(repeated(10, "-") + "1.5", Limits{.depth = 10}), "1.5");
  EXPECT_EQ(told(repeated(11, "- ") + "1.5", Limits{.depth = 10}), "E008 more than 10 signs in a row @-");
}

// Chains nest to the left without nesting the text: eight times as deep.
TEST(Chains, AreBounded) {
  const auto result = [](std::size_t links, const char* link) {
    const auto expression = Expression::parse("a" + repeated(links, link), std::nullopt, Limits{.depth = 10});
    return expression ? "good" : shown(expression.error());
  };
  const std::string refused =
      "E008 a chain of more than 80 operators or members | use a list with sum(), join() or exists(), or compute the "
      "value in a step";
  for (const char* link : {" + a", " - a", " * a", " < a", " == a", " in a", ".b", ".?b", "[0]", ".size()"}) {
    EXPECT_EQ(result(79, link), "good") << link;
    EXPECT_EQ(result(80, link), refused) << link;
  }
  EXPECT_EQ(result(5000, " && a"), "good");
  EXPECT_EQ(result(5000, " || a"), "good");
}

// Hostile texts of every kind end with a diagnostic, quickly and without a crash.
TEST(Hostile, TextsAreRefused) {
  for (const char* part : {"(",           "[",     "{",  "!",        "-",  "a.",   "a[", "'",    "\"\"\"",
                           "//",          "\\",    "1e", "0x",       "?",  "a?b:", "`",  "has(", "x.map(x,",
                           "cel.bind(x,", "b'\\x", "$",  "\xf0\x9f", "a,", "&&",   ".",  "..",   "@"}) {
    const auto expression = Expression::parse(repeated(2000, part));
    ASSERT_FALSE(expression) << part;
    EXPECT_TRUE(expression.error().code == Code::kExpressionSyntax || expression.error().code == Code::kExpressionLimit)
        << part;
  }
}

}  // namespace
}  // namespace assay::expr
