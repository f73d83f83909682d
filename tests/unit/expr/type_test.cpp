// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/type.h"

#include <gtest/gtest.h>

#include "engine/expr/functions.h"
#include "engine/expr/overloads.h"

namespace assay::expr {
namespace {

TEST(Type, TextIsReadBack) {
  for (const char* text : {"dyn", "null_type", "int", "list(int)", "map(string, list(dyn))", "optional_type(double)",
                           "type(int)", "type", "quantity", "quantity(GB/s)", "google.protobuf.Timestamp", "list(A)"}) {
    const auto type = Type::parse(text);
    ASSERT_TRUE(type) << text;
    EXPECT_EQ(type->text(), text);
  }
  EXPECT_EQ(Type::parse("timestamp")->text(), "google.protobuf.Timestamp");
  EXPECT_EQ(Type::parse("list")->text(), "list(dyn)");
  EXPECT_EQ(Type::parse("map")->text(), "map(dyn, dyn)");
}

TEST(Type, RefusesWhatIsNone) {
  for (const char* text :
       {"", "integer", "list(", "list()", "list(int, int)", "map(int)", "int(int)", "quantity(parsec)", "list(int))"}) {
    EXPECT_FALSE(Type::parse(text)) << text;
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "list(";
  EXPECT_FALSE(Type::parse(deep + "int" + std::string(100, ')')));
}

TEST(Type, ObjectsKnowTheirMembers) {
  const Type object = Type::object({{"a", Type::of(Type::Tag::kInt)}, {"b", Type::quantity(*parse_unit("GB"))}});
  EXPECT_EQ(object.text(), "object");
  ASSERT_NE(object.member("b"), nullptr);
  EXPECT_EQ(object.member("b")->text(), "quantity(GB)");
  EXPECT_EQ(object.member("c"), nullptr);
  EXPECT_EQ(object.member_names(), (std::vector<std::string>{"a", "b"}));
}

TEST(Type, EqualityLooksAtParts) {
  EXPECT_EQ(*Type::parse("list(int)"), *Type::parse("list(int)"));
  EXPECT_FALSE(*Type::parse("list(int)") == *Type::parse("list(uint)"));
  EXPECT_EQ(*Type::parse("quantity(GB)"), *Type::parse("quantity(KiB)"));
  EXPECT_FALSE(*Type::parse("quantity(GB)") == *Type::parse("quantity(s)"));
  EXPECT_FALSE(*Type::parse("quantity(GB)") == Type::quantity());
  EXPECT_EQ(*Type::parse("list"), *Type::parse("list(dyn)"));
  EXPECT_FALSE(*Type::parse("quantity(Cel)") == *Type::parse("quantity(K)"));
  EXPECT_EQ(*Type::parse("quantity(mK)"), *Type::parse("quantity(K)"));
}

// The table is data that people read: every row has types that parse, every first row has a help, and no name is
// scattered over the table.
TEST(FunctionTable, IsWellFormed) {
  std::string last;
  std::vector<std::string> seen;
  for (const FunctionRow& row : function_rows()) {
    const std::string name = std::string(row.name) + std::to_string(static_cast<int>(row.style));
    const OverloadSet* set = find_overloads(row.name, row.style);
    ASSERT_NE(set, nullptr) << name;
    EXPECT_NE(row.function, nullptr) << name;
    if (name == last) continue;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), name), 0) << name << " stands in two places";
    EXPECT_FALSE(row.help.empty()) << name;
    seen.push_back(name);
    last = name;
  }
  EXPECT_GT(seen.size(), 80U);
  for (const MacroRow& row : macro_rows()) EXPECT_FALSE(row.help.empty()) << row.name;
}

}  // namespace
}  // namespace assay::expr
