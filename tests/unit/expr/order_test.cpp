// SPDX-License-Identifier: Apache-2.0
// The parts under the functions: code points, order of values, the table of overloads.
#include "engine/expr/order.h"

#include <cmath>

#include "engine/expr/functions.h"
#include "engine/expr/number.h"
#include "engine/expr/overloads.h"
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(CodePoints, AreReadAndWritten) {
  const std::u32string all = U"a\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff";
  EXPECT_EQ(code_points(utf8(all)), all);
  EXPECT_EQ(utf8(all).size(), 1U + 2 + 2 + 3 + 3 + 3 + 3 + 4 + 4);
  EXPECT_EQ(code_points(""), U"");
  EXPECT_EQ(code_points(std::string_view("\0a", 2)), (std::u32string{U'\0', U'a'}));
}

// Each byte that is no part of a character counts as one broken character; what follows is read again.
TEST(CodePoints, BrokenBytesAreReplacedOneByOne) {
  struct Row {
    const char* bytes;
    std::u32string read;
  };
  const Row rows[] = {
      {"\x80", U"\ufffd"},                                // continuation alone
      {"\xff\xfe", U"\ufffd\ufffd"},                      // never a first byte
      {"\xc3", U"\ufffd"},                                // cut
      {"\xc3(", U"\ufffd("},                              // first byte without its second
      {"\xe2\x82", U"\ufffd\ufffd"},                      // cut after two
      {"\xe2\x82z", U"\ufffd\ufffdz"},                    //
      {"\xc0\x80", U"\ufffd\ufffd"},                      // overlong
      {"\xe0\x80\xaf", U"\ufffd\ufffd\ufffd"},            // overlong
      {"\xed\xa0\x80", U"\ufffd\ufffd\ufffd"},            // surrogate
      {"\xf4\x90\x80\x80", U"\ufffd\ufffd\ufffd\ufffd"},  // beyond the last
      {"\xf5\x80", U"\ufffd\ufffd"},                      //
      {"a\xcc\x81", U"a\u0301"},                          // good
  };
  for (const Row& row : rows) EXPECT_EQ(code_points(row.bytes), row.read) << testing::PrintToString(row.bytes);
}

TEST(CodePoints, SurrogatesAreNone) {
  EXPECT_TRUE(is_scalar(0) && is_scalar(0xD7FF) && is_scalar(0xE000) && is_scalar(0x10FFFF));
  EXPECT_FALSE(is_scalar(0xD800) || is_scalar(0xDFFF) || is_scalar(0x110000) || is_scalar(0xFFFFFFFF));
}

TEST(ExactInt, IsForWholeDoublesThatFit) {
  EXPECT_EQ(exact_int(-0x1p63), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(exact_int(0x1p53), std::int64_t{1} << 53U);
  EXPECT_EQ(exact_int(-0.0), 0);
  for (const double value : {0x1p63, -0x1.0000000000001p63, 0.5, std::nan(""), HUGE_VAL, -HUGE_VAL})
    EXPECT_FALSE(exact_int(value)) << value;
  EXPECT_EQ(exact_uint(0x1p63), std::uint64_t{1} << 63U);
  for (const double value : {0x1p64, -1.0, 0.5, std::nan(""), HUGE_VAL}) EXPECT_FALSE(exact_uint(value)) << value;
}

// Values from the least to the greatest; neighbours in one group are equal.
TEST(Order, IsTheSameInBothDirections) {
  const std::vector<std::vector<std::string>> ladders = {
      {"-1.0 / 0.0", "-9223372036854775808", "-1", "-0.5", "0", "0.5", "1u", "1.5", "2", "9223372036854775807",
       "18446744073709551615u", "1e300", "1.0 / 0.0"},
      {"''", "'A'", "'a'", "'a\\x00'", "'ab'", "'b'", "'é'", "'\\uffff'", "'😀'"},
      {"b''", "b'\\x00'", "b'a'", "b'\\x7f'", "b'\\x80'", "b'\\xff'"},
      {"false", "true"},
      {"timestamp('0001-01-01T00:00:00Z')", "timestamp(-1)", "timestamp('1969-12-31T23:59:59.5Z')", "timestamp(0)",
       "timestamp('9999-12-31T23:59:59Z')"},
      {"duration('-1s')", "duration('-1ns')", "duration('0s')", "duration('1ns')", "duration('1s')", "duration('1h')"},
      {"quantity('1 kB')", "quantity('1 KiB')", "quantity('1 MB')", "quantity('1 Gbit')", "quantity('1 GB')"},
  };
  const auto value = [](const std::string& text) { return *evaluate(*Expression::parse(text), Activation{}); };
  for (const auto& ladder : ladders) {
    for (std::size_t i = 0; i < ladder.size(); ++i) {
      for (std::size_t j = 0; j < ladder.size(); ++j) {
        const auto found = order(value(ladder[i]), value(ladder[j]));
        ASSERT_TRUE(found) << ladder[i] << ' ' << ladder[j];
        EXPECT_TRUE(*found == (i <=> j)) << ladder[i] << ' ' << ladder[j];
        EXPECT_EQ(sorts_before(value(ladder[i]), value(ladder[j])), i < j) << ladder[i] << ' ' << ladder[j];
      }
    }
  }
  // Values of two ladders have no order, but for the numbers among themselves.
  for (std::size_t i = 0; i < ladders.size(); ++i) {
    for (std::size_t j = 0; j < ladders.size(); ++j) {
      EXPECT_EQ(order(value(ladders[i][1]), value(ladders[j][1])).has_value(), i == j) << i << ' ' << j;
    }
  }
}

TEST(Order, NanComesFirstInASort) {
  const Value nan = Value::number(std::nan(""));
  const Value least = Value::number(-HUGE_VAL);
  EXPECT_TRUE(sorts_before(nan, least));
  EXPECT_FALSE(sorts_before(least, nan));
  EXPECT_FALSE(sorts_before(nan, nan));
  EXPECT_EQ(order(nan, least), std::partial_ordering::unordered);
}

TEST(Order, IsNotThereForWhatHasNone) {
  for (const Value& value : {Value::null(), Value::list({}), Value::map({}), Value::type("int"),
                             Value::optional(std::nullopt), Value::optional(Value::integer(1))}) {
    EXPECT_FALSE(order(value, value)) << type_name(value);
  }
  EXPECT_FALSE(order(Value::quantity(*parse_quantity("1 GB")), Value::quantity(*parse_quantity("1 s"))));
}

TEST(Overloads, AreChosenByTheKindsOfTheArguments) {
  const auto chosen = [](std::string_view name, Style style, const std::vector<Value>& arguments) -> std::string {
    const Overload* overload = find_overloads(name, style)->select(arguments);
    return overload == nullptr ? "none" : std::string(overload->row->parameters);
  };
  const Value one = Value::integer(1);
  const Value half = Value::number(0.5);
  const Value text = Value::string("a");
  EXPECT_EQ(chosen("_+_", Style::kOperator, {one, one}), "int, int");
  EXPECT_EQ(chosen("_+_", Style::kOperator, {Value::list({}), Value::list({text})}), "list(A), list(A)");
  EXPECT_EQ(chosen("_+_", Style::kOperator, {one, half}), "none");
  EXPECT_EQ(chosen("_==_", Style::kOperator, {one, text}), "A, A");
  EXPECT_EQ(chosen("math.greatest", Style::kFunction, {one, one, one}), "int, int, ...");
  EXPECT_EQ(chosen("math.greatest", Style::kFunction, {one, half, one}), "dyn, ...");
  EXPECT_EQ(chosen("math.greatest", Style::kFunction, {Value::list({})}), "list(A)");
  EXPECT_EQ(chosen("indexOf", Style::kMethod, {text, text}), "string, string");
  EXPECT_EQ(chosen("indexOf", Style::kMethod, {text, text, one}), "string, string, int");
  EXPECT_EQ(chosen("indexOf", Style::kMethod, {text, text, one, one}), "none");
  EXPECT_EQ(find_overloads("indexOf", Style::kFunction), nullptr);
  EXPECT_EQ(find_overloads("_+_", Style::kFunction), nullptr);
}

// A row for every name of each style that suggestions may give; operators are not among them.
TEST(Overloads, NamesAreThoseOfTheTable) {
  for (const Style style : {Style::kFunction, Style::kMethod}) {
    for (const std::string& name : overload_names(style)) {
      EXPECT_NE(find_overloads(name, style), nullptr) << name;
      EXPECT_EQ(name.find('_') == 0 || name.find('@') == 0, false) << name;
    }
  }
}

TEST(Work, IsChargedUntilItIsUsedUp) {
  Work work(10);
  EXPECT_TRUE(work.charge(4));
  EXPECT_FALSE(work.charge(7));
  EXPECT_TRUE(work.charge(6)) << "what was refused costs nothing";
  EXPECT_TRUE(work.charge(0));
  EXPECT_FALSE(work.charge(1));
  const auto fault = std::move(work.exceeded().value());
  EXPECT_EQ(fault->message, "the expression needs more than 10 steps");
  EXPECT_TRUE(fault->fatal);
  Work bytes(3);
  EXPECT_TRUE(bytes.charge_bytes(31));
  EXPECT_FALSE(bytes.charge_bytes(16));
  EXPECT_TRUE(bytes.charge_bytes(15));
}

}  // namespace
}  // namespace assay::expr
