// SPDX-License-Identifier: Apache-2.0
#include "engine/record/torn.h"

#include <gmock/gmock.h>

#include "engine/record/run_reader.h"
#include "engine/record/verify.h"
#include "support/cases.h"
#include "support/store_builder.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A journal that is whole for 100 bytes, and then this.
struct TornCase {
  const char* name;
  std::string rest;
  bool torn;
};
class Torn : public testing::TestWithParam<TornCase> {};
TEST_P(Torn, IsToldFromChanged) {
  const test::TempFolder folder;
  const std::string whole = std::string(99, ' ') + '\n';
  folder.write("journal.jsonl", whole + GetParam().rest);
  EXPECT_EQ(is_torn(folder / "journal.jsonl", whole.size()), GetParam().torn);
}
const std::string kStarted = R"({"type":"started","step":"a","command":["true"]})"
                             "\n";
const std::string kDone = "{\"type\":\"finished\",\"step\":\"a\"}\n";
// The rest of the sector from `begin` on.
std::string lost(std::size_t begin, std::size_t sectors = 1) { return std::string(sectors * 512 - begin, '\0'); }
const TornCase kTornCases[] = {
    {"beginning", "{\"type\":\"fin", true},
    {"whole_but_for_its_newline", "{\"type\":\"finished\"}", true},
    {"another_newline", "{\"type\":\"finished\"}x", false},
    {"one_byte", std::string("{\"ty\0e\":\"x\"}\n", 13) + kDone, false},
    {"no_byte_for_a_newline", std::string("{\"type\":\"x\"}\0", 13), false},
    {"rest_of_a_sector", "{\"type\":" + lost(108) + "\"finished\"}\n", true},
    {"short_rest_of_a_sector", std::string(410, 'x') + lost(510) + "}\n", true},
    {"short_and_not_to_the_end_of_a_sector", std::string(409, 'x') + std::string("\0\0", 2) + "}\n", false},
    {"whole_sector_from_the_end_of_what_was_synced", lost(100, 2) + "}\n", true},
    {"much_anywhere", "{" + std::string(64, '\0') + "}\n", true},
    {"less_anywhere", "{" + std::string(63, '\0') + "}\n", false},
    {"to_the_end_of_the_file", "{\"type\"" + std::string(20, '\0'), true},
    {"lines_of_the_same_write", lost(100) + "}\n" + kDone + "{\"type\":\"finished\",\"step\":\"b\"}\n", true},
    {"and_half_a_line", lost(100) + "}\n" + kDone + "{\"ty", true},
    {"a_step_that_only_started", lost(100) + "}\n" + kStarted, true},
    {"a_step_that_was_carried_out", lost(100) + "}\n" + kStarted + kDone, false},
    {"output_of_a_step", lost(100) + "}\n" + kStarted + "{\"type\":\"output\",\"step\":\"a\"}\n", false},
    {"a_question", lost(100) + "}\n{\"type\":\"started\",\"step\":\"a\"}\n{\"type\":\"waiting\",\"step\":\"a\"}\n",
     true},
    {"a_later_part",
     lost(100) + "}\n" +
         R"({"type":"started","step":"a","part":"check-after","command":["true"]})"
         "\n" +
         kDone,
     true},
    {"seal", lost(100) + "}\n{\"type\":\"sealed\"}\n", false},
    {"taken_up_again_since", lost(100) + "}\n{\"type\":\"resumed\"}\n", false},
    {"whole_line", kDone, false},
    {"nothing", "", false},
};
INSTANTIATE_TEST_SUITE_P(Record, Torn, testing::ValuesIn(kTornCases), test::case_name);

TEST(TornFile, ThatIsNotThereIsNot) { EXPECT_FALSE(is_torn("/nowhere/journal.jsonl", 0)); }

// Both readers of a record say the same of every byte that became NUL, and of a seal nothing is cut off.
TEST(TornReaders, NeverTakeASealedRecordForTorn) {
  const test::TempFolder folder;
  const auto run = test::build_run(folder.path());
  const std::string good = test::slurp(run / "journal.jsonl");
  for (const std::size_t count : {1U, 2U, 64U, 600U}) {
    for (std::size_t at = 0; at + count < good.rfind('\n', good.size() - 2); at += 3) {
      std::string bad = good;
      bad.replace(at, count, count, '\0');
      std::ofstream(run / "journal.jsonl", std::ios::binary | std::ios::trunc) << bad;
      const auto read = read_run(run);
      ASSERT_TRUE(read);
      EXPECT_THAT(read->damage, ElementsAre(Not(HasSubstr(" is torn")))) << count << " at " << at;
      const auto verified = verify_record(run);
      ASSERT_TRUE(verified);
      EXPECT_FALSE(verified->good()) << count << " at " << at;
    }
  }
}

// A run that was cut off: what both say of a byte in its middle, and of the sector that it was writing.
TEST(TornReaders, AgreeOnARunThatWasCutOff) {
  const test::TempFolder folder;
  const auto run = test::build_run(folder.path(), {.sealed = false});
  const std::string good = test::slurp(run / "journal.jsonl");
  const auto told = [&](const std::string& bytes) {
    std::ofstream(run / "journal.jsonl", std::ios::binary | std::ios::trunc) << bytes;
    const auto read = read_run(run);
    const auto verified = verify_record(run);
    const bool torn = read->damage.size() == 1 && read->damage[0].find(" is torn") != std::string::npos;
    EXPECT_EQ(torn, verified->good()) << (read->damage.empty() ? "no damage" : read->damage[0]);
    return torn;
  };
  std::string one = good;
  one[good.size() / 2] = '\0';
  EXPECT_FALSE(told(one));
  EXPECT_TRUE(told(good + std::string(512 - good.size() % 512, '\0') + "\"}\n"));
  EXPECT_TRUE(told(good + "{\"seq\":99,\"ti"));
}

}  // namespace
}  // namespace assay::record
