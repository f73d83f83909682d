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
  EXPECT_GE(steps("lists.range(5000)"), 10000U);
  EXPECT_LT(steps("lists.range(5000)"), 10100U);
  EXPECT_GE(steps("cel.bind(l, lists.range(1000), l + l).size()"), 6000U);
  EXPECT_GE(steps("lists.range(1000).slice(0, 1000).size()"), 4000U);
  EXPECT_GE(steps("lists.range(1000).reverse().size()"), 4000U);
  EXPECT_GE(steps("lists.range(5000).map(x, x)"), 10000U);
  EXPECT_GE(steps("lists.range(100).all(a, lists.range(100).all(b, true))"), 10000U);
  EXPECT_GE(steps("sets.contains(lists.range(100), lists.range(100))"), 10000U);
  EXPECT_GE(steps("'" + repeated(1600, "a") + "'.upperAscii().lowerAscii().reverse()"), 300U);
  EXPECT_GE(steps("('" + repeated(1600, "a") + "' + '').size()"), 100U);
  EXPECT_GE(steps("'" + repeated(160, "a") + "'.split('').size()"), 640U);
  EXPECT_GE(steps("'" + repeated(160, "\\n") + "'.lines().size()"), 640U);
  EXPECT_GE(steps("'" + repeated(160, "a") + "'.extract_all('a').size()"), 640U);
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
  EXPECT_EQ(told("'%s'.format([lists.range(2000)])", limits), place + "'%s'.format([lists.range(2000)])");
  EXPECT_EQ(told("lists.range(1300).sortBy(x, -x)", limits).substr(0, place.size()), place);
}

// x0 twice, that twice, …: few values that would be looked at without end.
std::string shared_thirty_times(const std::string& first, const std::string& body) {
  std::string text = "cel.bind(x0, " + first + ", ";
  for (int i = 1; i <= 30; ++i) {
    const std::string before = "x" + std::to_string(i - 1);
    text += "cel.bind(x" + std::to_string(i) + ", [" + before + ", " + before + "], ";
  }
  return text + body + std::string(31, ')');
}

TEST(Work, CountsSharedPartsAsOftenAsTheyAreLookedAt) {
  const Limits limits{.work = 100'000};
  for (const char* body :
       {"x30 == x30", "x30 != x30", "x30 in [x30]", "[x30, x30].distinct()", "sets.contains([x30], [x30])",
        "sets.equivalent([x30], [x30])", "sets.intersects([x30], [x30])", "{1: x30} == {1: x30}",
        "optional.of(x30) == optional.of(x30)", "x30 == x30 || true", "'%s'.format([x30])"}) {
    const std::string text = told(shared_thirty_times("[1]", body), limits);
    EXPECT_TRUE(text.starts_with("E008 the expression needs more than 100000 steps")) << body << ": " << text;
  }
  EXPECT_EQ(told(shared_thirty_times("[1]", "x4 == x4"), limits), "true");
  EXPECT_EQ(told(shared_thirty_times("[1]", "x4 == x5"), limits), "false");
}

TEST(Work, CountsTheBytesThatAreRead) {
  const std::string text = "'" + repeated(16000, "a") + "'";
  for (const std::string part :
       {"s.size()", "s == s", "s < s", "{s: 1}[s]", "s in {s: 1}", "s.startsWith(s)", "s.endsWith(s)", "max([s])",
        "[s].sort()", "[s].distinct()", "s in [s]", "[s] == [s]", "bytes(s) == bytes(s)"}) {
    const std::size_t least = steps("cel.bind(s, " + text + ", " + part + ")");
    EXPECT_GE(least, 1000U) << part;
    EXPECT_LE(least, 4100U) << part;
  }
  EXPECT_LE(steps("'a' == 'a'"), 1U);
  EXPECT_LE(steps("1 == 1"), 1U);
}

// A result that is small as it stands in memory and not as it is written.
TEST(Result, IsBounded) {
  const Limits limits{.result = 16 << 10};
  const std::string refused = "E008 the value is larger than 16 KiB | choose a part of it, or count what is in it @";
  EXPECT_EQ(told(shared_thirty_times("[1]", "x30")).substr(0, 36), "E008 the value is larger than 16384 ");
  EXPECT_EQ(told("lists.range(1023)", limits).substr(0, 4), "[0, ");
  EXPECT_EQ(told("lists.range(1024)", limits), refused + "lists.range(1024)");
  EXPECT_EQ(told("{1: '" + repeated(16384, "a") + "'}.size()", limits), "1");
  EXPECT_EQ(told("{1: '" + repeated(16384, "a") + "'}[1] + ''", limits),
            refused + "{1: '" + repeated(16384, "a") + "'}[1] + ''");
  EXPECT_EQ(told("optional.of(lists.range(1100))", limits).substr(0, refused.size()), refused);
}

// The pieces are paid for before they are made.
TEST(Work, BoundsWhatAFormatMakes) {
  const std::string refused = "E008 the expression needs more than 10000000 steps";
  const std::string text = "cel.bind(s, lists.range(100000).map(x, '0123456789').join(), ";
  EXPECT_TRUE(told(text + "'%s'.format([lists.range(1000).map(x, s)]).size())").starts_with(refused));
  EXPECT_TRUE(told(text + "'%s'.format([lists.range(1000).transformMap(i, x, s)]).size())").starts_with(refused));
  EXPECT_EQ(told(text + "'%s'.format([[s, s]]).size())"), "2000004");
}

// What a clause makes is charged, not only what it is made of.
TEST(Work, CountsWhatEveryClauseMakes) {
  EXPECT_GE(steps("'%.100f'.format([1e308])"), 400U / 16U);
  EXPECT_GE(steps("'%.100f%.100f%.100f%.100f'.format([1.0, 1.0, 1.0, 1.0])"), 400U / 16U);
  EXPECT_GE(steps("'%d'.format([1e308])"), 300U / 16U);
}

// A wrong unit is sought among all names, also where nobody will read which it resembles.
TEST(Work, CountsTheHelpOfAWrongUnit) {
  for (const char* text : {"quantity('1 parsec')", "quantity(1, 'parsec')", "quantity('1 B').to('parsec')",
                           "quantity('1 B').value('parsec')"}) {
    EXPECT_GE(steps(std::string(text) + " == 1 || true"), 500U) << text;
  }
  EXPECT_LE(steps("quantity('1 GB').to('MB') == quantity(1, 'GB')"), 50U);
}

TEST(Work, CountsTheFilesOfTimeZones) {
  const std::string hours = "timestamp(x).getHours('Europe/Berlin')";
  const std::size_t one = steps("[1].all(x, " + hours + " >= 0 || true)");
  const std::size_t many = steps("lists.range(101).all(x, " + hours + " >= 0 || true)");
  EXPECT_GE(one, 200U);  // the file is looked for
  EXPECT_LE(many, one + 100U * 20U);
  EXPECT_GE(many, one + 100U * 6U);
  EXPECT_LE(steps("timestamp(0).getHours('+02:00')"), 20U);
  EXPECT_LE(steps("timestamp(0).getHours()"), 5U);
}

// A large program is held against every byte; of a small one the states are kept.
TEST(Work, CountsWhatALargePatternCosts) {
  const std::string text = "cel.bind(s, '" + repeated(500, "0123456789abcdef") + "', s.";
  const std::size_t small = steps(text + "matches('x[0-9]+y'))");
  const std::size_t large = steps(text + "matches('(a|[0-4])[0-9a]{900}[xyz]'))");
  EXPECT_LE(small, 700U);
  EXPECT_GE(large, 8000U * 900U / 64U);
  EXPECT_GE(steps(text + "extract_all('(a|[0-4])[0-9a]{900}[xyz]'))"), large);
  EXPECT_GE(steps(text + "extract_all('a|[0-4][0-9a]{60}[xyz]'))"), 100'000U);
  EXPECT_TRUE(told("cel.bind(s, lists.range(100000).map(i, string((i*i*7919+i*i*i)%1000003)).join('a'), "
                   "s.matches('(a|[0-4])[0-9a]{900}[xyz]'))")
                  .starts_with("E008 the expression needs more than 10000000 steps"));
}

// Hostile texts are searched in linear time; the number of steps is that of the text.
TEST(Work, OfASearchIsLinear) {
  const std::string text =
      "cel.bind(s, lists.range(20000).map(x, 'aaaaaaaaaa').join(), cel.bind(p, s.substring(0, 100000), ";
  for (const auto& [part, value] : {std::pair<const char*, const char*>("s.indexOf(p + 'b')", "-1"),
                                    {"s.lastIndexOf('b' + p)", "-1"},
                                    {"s.contains(p + 'b')", "false"},
                                    {"s.replace(p + 'b', '').size()", "200000"},
                                    {"s.split(p + 'b').size()", "1"},
                                    {"s.indexOf(p, 5)", "5"},
                                    {"s.lastIndexOf(p)", "100000"},
                                    {"s.lastIndexOf(p, 7)", "7"}}) {
    EXPECT_EQ(told(text + part + "))"), value) << part;
  }
}

// What an optional is given instead of a value is evaluated only when it has none.
TEST(Optional, FallsBackOnlyWithoutAValue) {
  expect_each({
      {"value", "optional.of(1).orValue(1 / 0)", "1"},
      {"other", "optional.of(1).or(optional.of(1 / 0))", "some 1"},
      {"other_that_is_none", "optional.of(1).or(1)", "some 1"},
      {"index", "{'size': 5}[?'size'].orValue([][0])", "5"},
      {"member", "{'size': 5}.?size.orValue(facts.disks[7].size)", "5"},
      {"chain", "optional.none().or(optional.of(2)).or(optional.of(1 / 0)).orValue(1 / 0)", "2"},
      {"none", "optional.none().orValue(1 / 0)", "E006 division by zero @/"},
      {"none_or_other", "optional.none().or(optional.of(3))", "some 3"},
      {"none_or_a_number", "optional.none().or(3)",
       "E004 'or' does not take (optional_type, int) | it takes (optional_type(A), optional_type(A)) @or"},
      {"no_optional", "dyn(1).orValue(2)",
       "E004 'orValue' does not take (int, int) | it takes (optional_type(A), A) @orValue"},
  });
}

// A list of choices is no nest of them.
TEST(Choices, AreAChain) {
  const auto chain = [](std::size_t choices) { return told(repeated(choices, "1 == 2 ? 3 : ") + "4"); };
  EXPECT_EQ(chain(101), "4");
  EXPECT_EQ(chain(800), "4");
  EXPECT_EQ(chain(801),
            "E008 a chain of more than 800 choices | look the value up in a map: {\"a\": 1, \"b\": 2}[key] @1 == 2");
  EXPECT_EQ(told("false ? 1 : true ? 2 : 3"), "2");
  EXPECT_EQ(told("true ? 1 : 1 / 0 == 0 ? 2 : 3"), "1");
  EXPECT_EQ(told("(false ? 1 : 2) == 2 ? 'a' : 'b'"), "\"a\"");
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

// With a bound of 10, ten levels stand around the innermost; one more is refused.
TEST_P(Nested, IsBounded) {
  const auto result = [&](std::size_t levels) {
    const auto expression =
        Expression::parse(repeated(levels, GetParam().open) + GetParam().inside + repeated(levels, GetParam().close),
                          std::nullopt, Limits{.depth = 10});
    return expression ? "good" : std::string(info(expression.error().code).text) + ' ' + expression.error().message;
  };
  EXPECT_EQ(result(10), "good");
  EXPECT_EQ(result(11), "E008 nested more than 10 deep");
  EXPECT_EQ(result(3000), "E008 nested more than 10 deep");
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Nested,
    testing::Values(Nest{"parentheses", "(", "1", ")"}, Nest{"lists", "[", "1", "]"},
                    Nest{"map_values", "{'a': ", "1", "}"}, Nest{"map_keys", "{", "1", ": 2}"},
                    Nest{"calls", "size(", "'a'", ")"}, Nest{"methods", "'a'.contains(", "'a'", ")"},
                    Nest{"indexes", "a[", "0", "]"}, Nest{"optional_indexes", "a[?", "0", "]"},
                    Nest{"macros", "[1].map(x, ", "x", ")"}, Nest{"binds", "cel.bind(x, 1, ", "x", ")"},
                    Nest{"bound_values", "cel.bind(x, ", "1", ", x)"}, Nest{"optional_elements", "[?", "a", "]"},
                    Nest{"signs_and_parentheses", "-(", "1", ")"}),
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
    EXPECT_EQ(result(80, link), "good") << link;
    EXPECT_EQ(result(81, link), refused) << link;
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
