// SPDX-License-Identifier: Apache-2.0
#include "engine/base/codes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace assay {
namespace {

TEST(Codes, TheTableIsInTheOrderOfTheEnumerators) {
  std::size_t index = 0;
  for (const CodeInfo& row : all_codes()) {
    EXPECT_EQ(static_cast<std::size_t>(row.code), index++);
    EXPECT_EQ(info(row.code).text, row.text);
  }
}

TEST(Codes, AreOneLetterAndThreeDigitsAndUnique) {
  std::set<std::string_view> seen;
  for (const CodeInfo& row : all_codes()) {
    ASSERT_EQ(row.text.size(), 4U) << row.text;
    EXPECT_NE(std::string_view("UYREPSXFJMT").find(row.text[0]), std::string_view::npos) << row.text;
    EXPECT_EQ(row.text.find_first_not_of("0123456789", 1), std::string_view::npos) << row.text;
    EXPECT_TRUE(seen.insert(row.text).second) << row.text << " is given twice";
  }
}

// Titles stand behind "R012: " in lists, explanations are read as prose.
TEST(Codes, TitlesAndExplanationsHaveTheFormOfTheIndex) {
  for (const CodeInfo& row : all_codes()) {
    EXPECT_FALSE(row.title.empty()) << row.text;
    EXPECT_LE(row.title.size(), 72U) << row.text;
    EXPECT_FALSE(row.title.ends_with('.')) << row.text;
    EXPECT_EQ(row.title.find('\n'), std::string_view::npos) << row.text;
    EXPECT_GE(row.explanation.size(), 30U) << row.text;
    EXPECT_TRUE(row.explanation.ends_with('.') || row.explanation.ends_with(')')) << row.text;
  }
}

TEST(Codes, AreFoundByTheirText) {
  for (const CodeInfo& row : all_codes()) {
    const auto found = find_code(row.text);
    ASSERT_TRUE(found) << row.text;
    EXPECT_EQ(found->code, row.code);
  }
  EXPECT_FALSE(find_code("Z999"));
  EXPECT_FALSE(find_code(""));
  EXPECT_FALSE(find_code("s001"));
}

// Published codes never change their meaning: scripts and people rely on them.
TEST(Codes, KeepTheirPublishedNumbers) {
  EXPECT_EQ(info(Code::kInternal).text, "S001");
  EXPECT_EQ(info(Code::kSystem).text, "S002");
  EXPECT_EQ(info(Code::kTooLarge).text, "S003");
  EXPECT_EQ(info(Code::kJsonSyntax).text, "S004");
  EXPECT_EQ(info(Code::kTimeSyntax).text, "S005");
  EXPECT_EQ(info(Code::kNotStartable).text, "S006");
  EXPECT_EQ(info(Code::kDeadline).text, "S007");
  EXPECT_EQ(info(Code::kUsage).text, "U001");
  EXPECT_EQ(info(Code::kNoSuchRun).text, "U002");
}

}  // namespace

}  // namespace assay
