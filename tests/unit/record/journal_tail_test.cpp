// SPDX-License-Identifier: Apache-2.0
#include "engine/record/journal_tail.h"

#include <gmock/gmock.h>

#include "support/temp_folder.h"

namespace assay::record {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TailTest : public testing::Test {
 protected:
  void append(const std::string& bytes) const {
    std::ofstream(folder_ / "journal.jsonl", std::ios::binary | std::ios::app) << bytes;
  }
  // The numbers in the lines that came.
  static std::vector<int> numbers(JournalTail& tail) {
    auto lines = tail.next();
    if (!lines) throw std::runtime_error(lines.error().message);
    std::vector<int> out;
    for (const Json& line : *lines) out.push_back(line.at("n").get<int>());
    return out;
  }
  test::TempFolder folder_;
};

TEST_F(TailTest, GivesWholeLinesAsTheyCome) {
  append("{\"n\":1}\n{\"n\":2}\n{\"n\"");
  auto tail = JournalTail::open(folder_.path());
  ASSERT_TRUE(tail);
  EXPECT_THAT(numbers(*tail), ElementsAre(1, 2));
  EXPECT_THAT(numbers(*tail), IsEmpty());
  append(":3}");
  EXPECT_THAT(numbers(*tail), IsEmpty());
  append("\n{\"n\":4}\n");
  EXPECT_THAT(numbers(*tail), ElementsAre(3, 4));
}

TEST_F(TailTest, FollowsARunThatCutsATornLineAndGoesOn) {
  append("{\"n\":1}\n{\"n\":2,\"torn");
  auto tail = JournalTail::open(folder_.path());
  ASSERT_TRUE(tail);
  EXPECT_THAT(numbers(*tail), ElementsAre(1));
  std::filesystem::resize_file(folder_ / "journal.jsonl", 8);
  EXPECT_THAT(numbers(*tail), IsEmpty());
  append("{\"n\":3}\n");
  EXPECT_THAT(numbers(*tail), ElementsAre(3));
}

TEST_F(TailTest, LongLinesComeWhole) {
  append("{\"n\":1,\"text\":\"" + std::string(3'000'000, 'x') + "\"}\n{\"n\":2}\n");
  auto tail = JournalTail::open(folder_.path());
  ASSERT_TRUE(tail);
  std::vector<int> all;
  for (int i = 0; i < 10; ++i) {
    for (const int n : numbers(*tail)) all.push_back(n);
  }
  EXPECT_THAT(all, ElementsAre(1, 2));
}

TEST_F(TailTest, WhatIsNoJournalIsNamed) {
  EXPECT_FALSE(JournalTail::open(folder_.path())) << "there is none";
  append("{\"n\":1}\nnonsense\n");
  auto tail = JournalTail::open(folder_.path());
  ASSERT_TRUE(tail);
  const auto lines = tail->next();
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().message, "'" + (folder_ / "journal.jsonl").string() + " line 2' is not a JSON object");
}

TEST_F(TailTest, ALineWithoutEndIsBounded) {
  append(std::string(18U << 20U, 'x'));
  auto tail = JournalTail::open(folder_.path());
  ASSERT_TRUE(tail);
  Result<std::vector<Json>> lines;
  for (int i = 0; i < 20 && lines; ++i) lines = tail->next();
  ASSERT_FALSE(lines);
  EXPECT_THAT(lines.error().message, testing::HasSubstr("a line that is longer than 16 MiB"));
}

}  // namespace
}  // namespace assay::record
