// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/unit_words.h"

#include <gtest/gtest.h>

#include "support/cases.h"

namespace assay::recipe {
namespace {

struct UnitWordsCase {
  const char* name;
  std::string (*help)(std::string_view);
  const char* text;
  const char* expected;
};
class UnitWords : public testing::TestWithParam<UnitWordsCase> {};
TEST_P(UnitWords, AreUnderstood) { EXPECT_EQ(GetParam().help(GetParam().text), GetParam().expected); }

const UnitWordsCase kUnitWords[] = {
    {"seconds", duration_help, "10", "write 10s for seconds"},
    {"no_time", duration_help, "0", ""},
    {"blank", duration_help, "5 m", "write it without blanks: 5m"},
    {"minutes", duration_help, "5 minutes", "write 5m"},
    {"sec", duration_help, "5 sec", "write 5s"},
    {"joined", duration_help, "5Sec", "write 5s"},
    {"two", duration_help, "1 hour, 30 mins", "write 1h30m"},
    {"no_number", duration_help, "minutes", ""},
    {"other_word", duration_help, "5 moons", ""},
    {"nothing", duration_help, "", ""},
    {"bytes", size_help, "10", "write 10 B for bytes, or another unit of size"},
    {"small_letters", size_help, "4 gb", "write 4 GB"},
    {"binary", size_help, "4gib", "write 4 GiB"},
    {"kilo", size_help, "1.5 KB", "write 1.5 kB"},
    {"prefix", size_help, "4 g", "write 4 GB or 4 GiB"},
    {"words_of_bytes", size_help, "4 gbytes", "write 4 GB"},
    {"speed", size_help, "4 GB/s", ""},
    {"no_size", size_help, "big", ""},
};
INSTANTIATE_TEST_SUITE_P(Units, UnitWords, testing::ValuesIn(kUnitWords), test::case_name);

}  // namespace
}  // namespace assay::recipe
