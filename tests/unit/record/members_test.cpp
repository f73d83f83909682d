// SPDX-License-Identifier: Apache-2.0
#include "engine/record/members.h"

#include <gmock/gmock.h>

#include <chrono>

namespace assay::record {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// A member "x" of every type that JSON has, and a line without it.
const Json kOthers[] = {Json::object(),  {{"x", nullptr}}, {{"x", true}},       {{"x", 1}},       {{"x", 1.5}},
                        {{"x", "text"}}, {{"x", {1, 2}}},  {{"x", {{"a", 1}}}}, Json::array({1}), Json("no object")};

TEST(Members, AreGivenWhereTheyHaveTheirType) {
  const Json line = {
      {"text", "words"}, {"flag", true}, {"time", "2026-01-31T08:30:00Z"}, {"number", 1.5}, {"count", 7}};
  EXPECT_EQ(text_of(line, "text"), "words");
  EXPECT_TRUE(flag_of(line, "flag", false));
  EXPECT_EQ(format_rfc3339(time_of(line, "time").value()), "2026-01-31T08:30:00.000000Z");
  EXPECT_EQ(number_of(line, "number"), 1.5);
  EXPECT_EQ(number_of(line, "count"), 7.0);
  EXPECT_EQ(count_of<int>(line, "count"), 7);
}

TEST(Members, OfAnotherTypeAreAsIfTheyWereNotThere) {
  for (const Json& line : kOthers) {
    const auto is = [&](const char* type) {
      return line.is_object() && line.contains("x") && std::string_view(line["x"].type_name()) == type;
    };
    EXPECT_EQ(text_of(line, "x"), is("string") ? "text" : "") << line;
    EXPECT_EQ(flag_of(line, "x", false), is("boolean")) << line;
    EXPECT_TRUE(flag_of(line, "x", true)) << line;
    EXPECT_EQ(time_of(line, "x"), std::nullopt) << line;
    EXPECT_EQ(number_of(line, "x").has_value(), is("number")) << line;
    EXPECT_EQ(count_of<int>(line, "x").has_value(), is("number") && line["x"] == 1) << line;
    EXPECT_EQ(texts_of(line, "x").size(), 0U) << line;
    EXPECT_EQ(named_texts_of(line, "x").size(), 0U) << line;
    EXPECT_EQ(named_counts_of(line, "x").size(), is("object") ? 1U : 0U) << line;
  }
}

TEST(Members, ACountIsAWholeNumberThatFits) {
  const Json line = {{"minus", -1}, {"byte", 255}, {"more", 256}, {"huge", UINT64_MAX}, {"least", INT64_MIN}};
  EXPECT_EQ(count_of<std::uint8_t>(line, "byte"), 255);
  EXPECT_EQ(count_of<std::uint8_t>(line, "more"), std::nullopt);
  EXPECT_EQ(count_of<std::uint64_t>(line, "minus"), std::nullopt);
  EXPECT_EQ(count_of<int>(line, "minus"), -1);
  EXPECT_EQ(count_of<std::uint64_t>(line, "huge"), UINT64_MAX);
  EXPECT_EQ(count_of<std::int64_t>(line, "huge"), std::nullopt);
  EXPECT_EQ(count_of<std::int64_t>(line, "least"), INT64_MIN);
  EXPECT_EQ(count_of<int>(line, "least"), std::nullopt);
}

TEST(Members, OfListsAndObjectsThoseOfTheTypeStay) {
  const Json line = {{"list", {"b", 1, nullptr, "a"}},
                     {"named", {{"b", "2"}, {"a", "1"}, {"c", 3}, {"d", 4.5}, {"e", UINT64_MAX}}}};
  EXPECT_THAT(texts_of(line, "list"), ElementsAre("b", "a"));
  EXPECT_THAT(named_texts_of(line, "named"), ElementsAre(Pair("a", "1"), Pair("b", "2"))) << "sorted";
  EXPECT_THAT(named_counts_of(line, "named"), ElementsAre(Pair("c", 3)));
  EXPECT_THAT(texts_of(line, "named"), IsEmpty());
  int items = 0;
  for_each(line, "list", [&](const Json&) { ++items; });
  for_each(line, "named", [&](const Json&) { ++items; });
  for_each(line, "missing", [&](const Json&) { ++items; });
  EXPECT_EQ(items, 4);
}

// As many members as an object may have, the last name first: a hostile line must not cost quadratic time.
TEST(Members, ManyNamesAreSortedOnce) {
  Json many = Json::object();
  auto& members = many.get_ref<Json::object_t&>();
  for (int i = 20'000; i > 0; --i) members.emplace_back("name" + std::to_string(100'000 + i), "text");
  const Json line = {{"named", std::move(many)}};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(named_texts_of(line, "named").size(), 20'000U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

}  // namespace
}  // namespace assay::record
