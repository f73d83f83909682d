// SPDX-License-Identifier: Apache-2.0
// Which operands decide: && || and the choice, with failing operands and with operands that are no bool.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

// Operands by one letter: true, false, two failures that can be told apart, a value that is no bool.
std::string operand(char letter) {
  switch (letter) {
    case 'T': return "(1 < 2)";
    case 'F': return "(2 < 1)";
    case 'E': return "(1 / 0 > 0)";
    case 'M': return "missing";
    default: return "'n'";
  }
}

struct Row {
  const char* operands;
  const char* all;  // joined by &&
  const char* any;  // joined by ||
};
constexpr const char* kDivision = "E006 division by zero @/";
constexpr const char* kMissing = "E002 no value for 'missing' @missing";
constexpr const char* kAnd = "E004 '&&' needs bool, not string @'n'";
constexpr const char* kOr = "E004 '||' needs bool, not string @'n'";

std::string joined(std::string_view letters, const std::string& sign) {
  std::string text;
  for (const char letter : letters) text += (text.empty() ? "" : sign) + operand(letter);
  return text;
}

TEST(Logic, OneDecidingOperandIsEnough) {
  const Row rows[] = {
      {"TT", "true", "true"},         {"TF", "false", "true"},
      {"FT", "false", "true"},        {"FF", "false", "false"},
      {"TE", kDivision, "true"},      {"ET", kDivision, "true"},
      {"FE", "false", kDivision},     {"EF", "false", kDivision},
      {"EE", kDivision, kDivision},   {"EM", kDivision, kDivision},
      {"ME", kMissing, kMissing},     {"TN", kAnd, "true"},
      {"NT", kAnd, "true"},           {"FN", "false", kOr},
      {"NF", "false", kOr},           {"NE", kAnd, kOr},
      {"EN", kDivision, kDivision},   {"NN", kAnd, kOr},
      {"TTT", "true", "true"},        {"TTF", "false", "true"},
      {"FFT", "false", "true"},       {"ETF", "false", "true"},
      {"TEF", "false", "true"},       {"FET", "false", "true"},
      {"TET", kDivision, "true"},     {"FEF", "false", kDivision},
      {"MTE", kMissing, "true"},      {"EFM", "false", kDivision},
      {"FFFFFF", "false", "false"},   {"TTTTTT", "true", "true"},
      {"EEEEEF", "false", kDivision}, {"EEEEET", kDivision, "true"},
      {"NEMF", "false", kOr},         {"MENT", kMissing, "true"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(told(joined(row.operands, " && ")), row.all) << row.operands;
    EXPECT_EQ(told(joined(row.operands, " || ")), row.any) << row.operands;
  }
}

// The same laws hold for the elements of a list, whatever their order.
TEST(Logic, AllAndExistsDecideAsChainsDo) {
  const char* const elements[] = {"TT", "TF", "FT", "FF", "TE", "ET", "FE", "EF", "EE", "ETF", "TEF", "FET", "TET"};
  for (const std::string_view letters : elements) {
    // 4 / x > 1 holds for 1, not for 8, and fails for 0.
    std::string list;
    for (const char letter : letters)
      list += (list.empty() ? "" : ", ") + std::string(letter == 'T' ? "1" : letter == 'F' ? "8" : "0");
    EXPECT_EQ(told('[' + list + "].all(x, 4 / x > 1)"), told(joined(letters, " && "))) << letters;
    EXPECT_EQ(told('[' + list + "].exists(x, 4 / x > 1)"), told(joined(letters, " || "))) << letters;
    EXPECT_EQ(told('[' + list + "].all(i, x, 4 / x > i - i + 1)"), told(joined(letters, " && "))) << letters;
  }
}

TEST(Choice, Logic) {
  expect_each({
      {"first", "true ? 1 : missing", "1"},
      {"second", "false ? missing : 2", "2"},
      {"first_fails", "true ? missing : 2", "E002 no value for 'missing' @missing"},
      {"condition_fails", "missing ? 1 : 2", "E002 no value for 'missing' @missing"},
      {"condition_fails_with_equal_choices", "1 / 0 > 0 ? 1 : 1", "E006 division by zero @/"},
      {"null_condition", "null ? 1 : 2", "E004 '?' needs a bool, not null_type @null"},
      {"text_condition", "'true' ? 1 : 2", "E004 '?' needs a bool, not string @'true'"},
      {"list_condition", "[true] ? 1 : 2", "E004 '?' needs a bool, not list @[true]"},
      {"absorbed_condition", "false && missing ? 1 : 2", "2"},
      {"choices_of_two_kinds", "[true ? 1 : 'a', false ? 1 : 'a']", R"([1, "a"])"},
      {"choice_keeps_its_type", "true ? 1u : 2", "1u"},
  });
}

TEST(Choice, Absorption) {
  expect_each({
      {"unknown_function_left_of_false", "nowhere(1) && false", "false"},
      {"unknown_function_right_of_true", "true || nowhere(1)", "true"},
      {"unknown_function_that_counts", "true && nowhere(1)", "E003 unknown function 'nowhere' @nowhere"},
      {"unknown_method_that_counts", "false || 'a'.nowhere()", "E003 unknown function 'nowhere' @nowhere"},
      {"choice_of_no_bool", "(1 ? true : true) || true", "true"},
      {"comparison_that_fails", "1 < 'a' || true", "true"},
      {"index_outside", "samples[9] == 1 && false", "false"},
      {"missing_member", "params.nothing || params.flag", "true"},
      {"and_inside_or", "missing && false || true", "true"},
      {"failing_and_inside_or", "missing && true || false", "E002 no value for 'missing' @missing"},
      {"or_inside_and", "(missing || true) && true", "true"},
      {"failing_or_inside_and", "(missing || false) && true", "E002 no value for 'missing' @missing"},
      {"not_does_not_absorb", "!missing || false", "E002 no value for 'missing' @missing"},
      {"equality_does_not_absorb", "(missing == 1) == false", "E002 no value for 'missing' @missing"},
      {"in_does_not_absorb", "missing in [true]", "E002 no value for 'missing' @missing"},
      {"exists_one_does_not_absorb", "[1, 0].exists_one(x, 4 / x > 1)", "E006 division by zero @/"},
      {"filter_does_not_absorb", "[1, 0].filter(x, 4 / x > 1)", "E006 division by zero @/"},
      {"map_does_not_absorb", "[1, 0].map(x, 4 / x > 1)", "E006 division by zero @/"},
      {"no_bool_then_deciding", "[1, true].exists(x, x)", "true"},
      {"deciding_then_no_bool", "[false, 1].all(x, x)", "false"},
      {"no_bool_that_counts", "[1, true].all(x, x)", "E004 a condition must be a bool, not int @x"},
      {"first_failure_counts", "[0, 1].all(x, x == 0 ? missing : 4 / 0 > 1)", "E002 no value for 'missing' @missing"},
      {"failing_range", "missing.all(x, false)", "E002 no value for 'missing' @missing"},
      {"empty_range", "[[].all(x, missing), [].exists(x, missing), [].exists_one(x, missing)]", "[true, false, false]"},
      {"empty_map", "[{}.all(k, v, missing), {}.exists(k, missing)]", "[true, false]"},
  });
}

// Operands are computed from left to right, and none behind the one that decides.
TEST(Logic, AsksNothingBehindTheDecision) {
  const auto asked = [](std::string_view text) {
    std::string order;
    const Activation activation{.variable = [&](std::string_view name) -> std::optional<Value> {
                                  order += name;
                                  return Value::boolean(name < "m");
                                },
                                .function = {}};
    EXPECT_TRUE(evaluate(*Expression::parse(text), activation));
    return order;
  };
  EXPECT_EQ(asked("a && b && c"), "abc");
  EXPECT_EQ(asked("a && z && c"), "az");
  EXPECT_EQ(asked("z || a || b"), "za");
  EXPECT_EQ(asked("a || b"), "a");
  EXPECT_EQ(asked("z && a || b"), "zb");
  EXPECT_EQ(asked("a ? b : c"), "ab");
  EXPECT_EQ(asked("z ? b : c"), "zc");
  EXPECT_EQ(asked("[1, 2, 3].all(x, z)"), "z");
  EXPECT_EQ(asked("{'k': a}.k == b"), "ab");
}

}  // namespace
}  // namespace assay::expr
