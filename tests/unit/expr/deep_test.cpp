// SPDX-License-Identifier: Apache-2.0
// Values and types that nest deep without a deep text: refused, or cut short, before anything walks down.
#include "engine/expr/typed_json.h"
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

std::string many_times(std::size_t count, std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}
// [1], put `levels` lists deeper `times` times.
std::string deep(std::size_t times, std::size_t levels) {
  return "[1]" + many_times(times, ".map(x, " + many_times(levels, "[") + "x" + many_times(levels, "]") + ")");
}

TEST(Depth, OfAValueIsKept) {
  EXPECT_EQ(Value::integer(1).depth(), 0U);
  EXPECT_EQ(Value::list({}).depth(), 1U);
  EXPECT_EQ(Value::optional(std::nullopt).depth(), 1U);
  const Value two = Value::list({Value::integer(1), Value::optional(Value::integer(2))});
  EXPECT_EQ(two.depth(), 2U);
  Map map;
  map.set("a", Value::string("text"));
  EXPECT_EQ(Value::map(map).depth(), 1U);
  map.set("b", two);
  EXPECT_EQ(Value::map(map).depth(), 3U);
  EXPECT_EQ(Value::list({Value::map(map)}).depth(), 4U);
}

TEST(Depth, OfAValueIsBounded) {
  EXPECT_TRUE(told(deep(5, 97)).starts_with("[[["));  // 1 + 5 * 97 = 486
  EXPECT_TRUE(told(deep(6, 97)).starts_with("E008 lists, maps and optionals inside each other more than 500 deep"));
  EXPECT_TRUE(told(deep(300, 97)).starts_with("E008 lists, maps and optionals inside each other more than 500 deep"));
  const Limits limits{.nesting = 3};
  for (const char* text : {"[[[1]]]", "{1: {2: {3: 4}}}", "optional.of(optional.of([1]))", "[[1]].map(x, [x])",
                           "[[1]].filter(x, true).map(x, x)", "{1: [[2]]}.transformMap(k, v, v)",
                           "{1: [2]}.transformMapEntry(k, v, {k: [v]})", "optional.of([1]).optMap(x, [x])"}) {
    EXPECT_FALSE(told(text, limits).starts_with("E")) << text;
  }
  const std::string refused =
      "E008 lists, maps and optionals inside each other more than 3 deep | keep the parts side by side in one list @";
  EXPECT_EQ(told("[[[[1]]]]", limits), refused + "[[[[1]]]]");
  EXPECT_EQ(told("{1: {2: {3: {}}}}", limits), refused + "{1: {2: {3: {}}}}");
  EXPECT_EQ(told("optional.of([[[1]]])", limits), refused + "optional.of([[[1]]])");
  EXPECT_EQ(told("[[[1]]].map(x, [x])", limits).substr(0, refused.size()), refused);
  EXPECT_EQ(told("{1: [[2]]}.transformMap(k, v, [v])", limits).substr(0, refused.size()), refused);
  EXPECT_EQ(told("{1: [[2]]}.transformMapEntry(k, v, {k: [v]})", limits).substr(0, refused.size()), refused);
  EXPECT_EQ(told("optional.of([[1]]).optMap(x, [x])", limits).substr(0, refused.size()), refused);
  EXPECT_EQ(told("[[[1]]] == [[[1]]] && [[[[1]]]] == []", limits).substr(0, refused.size()), refused);
}

// The deepest value that there is can be compared, shown, written and taken apart.
TEST(Depth, ThatIsAllowedIsWalkedThrough) {
  const std::string text = deep(5, 97);
  EXPECT_EQ(told("cel.bind(d, " + text + ", d == d && d in [d] && [d, d].distinct().size() == 1)"), "true");
  EXPECT_EQ(told("cel.bind(d, " + text + ", '%s'.format([d]).size())"), std::to_string(2 * 486 + 1));
  const auto expression = Expression::parse(text);
  ASSERT_TRUE(expression);
  const auto value = evaluate(*expression, test_activation());
  ASSERT_TRUE(value);
  EXPECT_EQ(value->depth(), 486U);
  EXPECT_GT(to_json_line(to_typed_json(*value)).size(), 486U * 20U);
  EXPECT_EQ(to_json_line(to_json(*value)).size(), 2U * 486U + 1U);
  EXPECT_EQ(key_of_two(*value), std::nullopt);
  EXPECT_LE(type_of(*value).depth(), Type::kDeepest);
}

TEST(Depth, OfATypeIsBounded) {
  Type type = Type::of(Type::Tag::kInt);
  EXPECT_EQ(type.depth(), 1U);
  for (int i = 0; i < 63; ++i) type = Type::list(type);
  EXPECT_EQ(type.depth(), 64U);
  EXPECT_EQ(Type::list(type), Type::list(Type::dyn()));
  EXPECT_EQ(Type::map(Type::of(Type::Tag::kInt), type), Type::map(Type::of(Type::Tag::kInt), Type::dyn()));
  EXPECT_EQ(Type::optional(type), Type::optional(Type::dyn()));
  const auto expression = Expression::parse(deep(300, 97));
  ASSERT_TRUE(expression);
  const Checked result = check(*expression, {});
  ASSERT_TRUE(result.type);
  EXPECT_LE(result.type->depth(), Type::kDeepest);
  EXPECT_LE(result.type->text().size(), 500U);
}

TEST(Types, ThatHoldSecretsSaySo) {
  const Type secret = Type::of(Type::Tag::kSecret);
  const Type params = Type::object({{"a", Type::of(Type::Tag::kInt)}, {"token", secret}});
  for (const Type& type : {secret, params, Type::list(params), Type::map(Type::of(Type::Tag::kString), secret),
                           Type::optional(Type::list(params)), Type::object({{"inner", Type::list(secret)}})}) {
    EXPECT_TRUE(type.holds_secret()) << type.text();
  }
  EXPECT_FALSE(Type::list(Type::of(Type::Tag::kString)).holds_secret());
  EXPECT_FALSE(Type::type_of(secret).holds_secret());
}

// A hundred mistakes are told; of the rest nothing is made, however long it would be.
TEST(Mistakes, AreBounded) {
  const std::string text = "cel.bind(d, " + deep(10, 97) + ", [" + many_times(3000, "d + 1, ") + "])";
  const auto expression = Expression::parse(text);
  ASSERT_TRUE(expression);
  const Checked result = check(*expression, {});
  ASSERT_EQ(result.problems.items().size(), 100U);
  for (const Diagnostic& problem : result.problems.items()) EXPECT_LT(problem.message.size(), 400U);
}

}  // namespace
}  // namespace assay::expr
