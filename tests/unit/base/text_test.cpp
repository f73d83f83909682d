// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"

#include <gtest/gtest.h>

#include <chrono>

#include "support/cases.h"

namespace assay {
namespace {

using Views = std::vector<std::string_view>;

TEST(Text, Trims) {
  EXPECT_EQ(trim(" \t\r\n\v\f a b \n"), "a b");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim("中 "), "中");
}

TEST(Text, Splits) {
  EXPECT_EQ(split("a,b,,c", ','), (Views{"a", "b", "", "c"}));
  EXPECT_EQ(split("", ','), Views{""});
  EXPECT_EQ(split(",", ','), (Views{"", ""}));
  EXPECT_EQ(split("abc", ','), Views{"abc"});
}

TEST(Text, CutsLines) {
  EXPECT_EQ(lines("a\nb\r\n\nc"), (Views{"a", "b", "", "c"}));
  EXPECT_EQ(lines("a\n"), Views{"a"});
  EXPECT_EQ(lines("\n"), Views{""});
  EXPECT_EQ(lines(""), Views{});
  EXPECT_EQ(lines("a\rb"), Views{"a\rb"});
}

TEST(Text, Joins) {
  EXPECT_EQ(join({"a", "", "c"}, ", "), "a, , c");
  EXPECT_EQ(join({"a"}, ", "), "a");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(Text, ReplacesWithoutLookingAtItsOwnWork) {
  EXPECT_EQ(replace_all("a.b.c", ".", ".."), "a..b..c");
  EXPECT_EQ(replace_all("aaaa", "aa", "a"), "aa");
  EXPECT_EQ(replace_all("abc", "b", ""), "ac");
  EXPECT_EQ(replace_all("abc", "x", "y"), "abc");
  EXPECT_EQ(replace_all("", "x", "y"), "");
  EXPECT_EQ(replace_all("abc", "", "y"), "abc");
}

TEST(Text, ReplacingCostsLinearTime) {
  const auto start = std::chrono::steady_clock::now();
  const std::string out = replace_all(std::string(4'000'000, '\n'), "\n", "\n  ");
  EXPECT_EQ(out.size(), 12'000'000U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

struct Utf8Case {
  const char* name;
  std::string text;
  bool valid;
  std::size_t code_points;
  std::size_t width;
  std::string printable;
};
class Utf8 : public ::testing::TestWithParam<Utf8Case> {};
TEST_P(Utf8, IsUnderstood) {
  const Utf8Case& c = GetParam();
  EXPECT_EQ(is_valid_utf8(c.text), c.valid);
  EXPECT_EQ(count_code_points(c.text), c.code_points);
  EXPECT_EQ(display_width(c.text), c.width);
  EXPECT_EQ(printable(c.text), c.printable);
}
const Utf8Case kUtf8Cases[] = {
    {"Empty", "", true, 0, 0, ""},
    {"Ascii", "abc", true, 3, 3, "abc"},
    {"Chinese", "中文a", true, 3, 5, "中文a"},
    {"Hangul", "한", true, 1, 2, "한"},
    {"FullWidth", "Ａ", true, 1, 2, "Ａ"},
    {"Emoji", "😀", true, 1, 2, "😀"},
    {"CombiningMark", "e\u0301", true, 2, 1, "e\u0301"},
    {"ZeroWidthJoiner", "a\u200Db", true, 3, 2, "a\u200Db"},
    {"LargestCodePoint", "\xF4\x8F\xBF\xBF", true, 1, 1, "\xF4\x8F\xBF\xBF"},
    {"AboveTheLargest", "\xF4\x90\x80\x80", false, 4, 4, "????"},
    {"LoneContinuation", "\x80z", false, 2, 2, "?z"},
    {"CutShort", "a\xE4\xB8", false, 3, 3, "a??"},
    {"OverlongSlash", "\xC0\xAF", false, 2, 2, "??"},
    {"OverlongThreeBytes", "\xE0\x80\xAF", false, 3, 3, "???"},
    {"Surrogate", "\xED\xA0\x80", false, 3, 3, "???"},
    {"FiveByteForm", "\xF8\x88\x80\x80\x80", false, 5, 5, "?????"},
    {"Latin1", "\xE9t\xE9", false, 3, 3, "?t?"},
    {"Escape", "\x1b[2J", true, 4, 4, "?[2J"},
    {"NulAndDelete", std::string("\0\x7f", 2), true, 2, 2, "??"},
    {"C1Control", "\u009B", true, 1, 1, "?"},
    {"BidiOverride", "\u202Egnp.exe", true, 8, 8, "?gnp.exe"},
    {"BidiIsolate", "\u2066a\u2069", true, 3, 3, "?a?"},
    {"TabAndNewline", "a\tb\nc\r", true, 6, 6, "a b?c?"},
};
INSTANTIATE_TEST_SUITE_P(Texts, Utf8, ::testing::ValuesIn(kUtf8Cases), test::case_name);

TEST(Text, PrintableKeepsLinesWhenAsked) {
  EXPECT_EQ(printable("a\nb\x1b\r\n", KeepLines::kYes), "a\nb??\n");
  EXPECT_EQ(printable("a\nb"), "a?b");
}

struct ShortenCase {
  const char* name;
  const char* text;
  std::size_t width;
  const char* expected;
};
class Shorten : public ::testing::TestWithParam<ShortenCase> {};
TEST_P(Shorten, ToColumns) {
  const std::string out = shorten(GetParam().text, GetParam().width);
  EXPECT_EQ(out, GetParam().expected);
  EXPECT_LE(display_width(out), GetParam().width);
}
INSTANTIATE_TEST_SUITE_P(
    Texts, Shorten,
    ::testing::Values(ShortenCase{"Fits", "abc", 3, "abc"}, ShortenCase{"Cut", "abcd", 3, "ab…"},
                      ShortenCase{"OneColumn", "abcd", 1, "…"}, ShortenCase{"NoColumn", "abcd", 0, ""},
                      ShortenCase{"Empty", "", 0, ""}, ShortenCase{"WideFits", "中文", 4, "中文"},
                      ShortenCase{"WideCut", "中文字", 4, "中…"}, ShortenCase{"WideCutOdd", "中文字", 5, "中文…"},
                      ShortenCase{"MarksCostNothing", "e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"}),
    test::case_name);

struct NearestCase {
  const char* name;
  const char* word;
  std::vector<std::string> candidates;
  const char* expected;
};
class Nearest : public ::testing::TestWithParam<NearestCase> {};
TEST_P(Nearest, IsASlipOrNothing) { EXPECT_EQ(nearest(GetParam().word, GetParam().candidates), GetParam().expected); }
INSTANTIATE_TEST_SUITE_P(
    Words, Nearest,
    ::testing::Values(
        NearestCase{"Swap", "brwoser", {"browser", "copy", "http"}, "browser"},
        NearestCase{"OtherCase", "PASS", {"passed", "pass"}, "pass"},
        NearestCase{"Missing", "certfy", {"certify", "verify"}, "certify"},
        NearestCase{"Extra", "runn", {"run", "runs"}, "run"}, NearestCase{"Changed", "timeoat", {"timeout"}, "timeout"},
        NearestCase{"TooFar", "xyz", {"browser", "run"}, ""},
        NearestCase{"ShortWordsNeedOneSlip", "rnu", {"run"}, "run"},
        NearestCase{"OneLetterIsNoSlipOfAnother", "a", {"b", "c"}, ""},
        NearestCase{"TheFirstOfEquallyNear", "bat", {"cat", "hat"}, "cat"},
        NearestCase{"ItselfIsNoSuggestion", "run", {"run"}, ""}, NearestCase{"Empty", "", {"a"}, ""},
        NearestCase{"NoCandidates", "run", {}, ""}, NearestCase{"AnotherForm", "retries", {"run", "retry"}, "retry"},
        NearestCase{"HalfOfItIsTheSame", "parameters", {"name", "params"}, "params"},
        NearestCase{"LessThanHalf", "retry_with_backoff", {"retry"}, ""},
        NearestCase{"ThreeLettersAreTooFew", "runner", {"run"}, ""},
        NearestCase{"TheLongestBeginning", "deadlines_of", {"deadli", "deadline"}, "deadline"},
        NearestCase{"ASlipIsNearerThanABeginning", "timeots", {"timeliness", "timeout"}, "timeout"},
        NearestCase{"LongWordsAllowMore", "temprature_sensr", {"temperature_sensor"}, "temperature_sensor"}),
    test::case_name);

TEST(Text, HugeWordsAreNotCompared) {
  EXPECT_EQ(nearest(std::string(1'000'000, 'a'), {std::string(1'000'000, 'b')}), "");
  EXPECT_EQ(nearest("word", {std::string(1'000'000, 'b')}), "");
}

TEST(Text, DidYouMean) {
  EXPECT_EQ(did_you_mean("sutie", {"suite", "run"}), "did you mean 'suite'?");
  EXPECT_EQ(did_you_mean("zzz", {"suite", "run"}), "");
}

TEST(Text, Base64KnownAnswers) {  // RFC 4648, section 10
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(base64(text), expected);
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
  EXPECT_EQ(base64(std::string("\0\0", 2)), "AAA=");
}

TEST(Text, Hex) {
  EXPECT_EQ(hex(std::string("\0\x0f\xf0\xff", 4)), "000ff0ff");
  EXPECT_EQ(hex(""), "");
}

}  // namespace
}  // namespace assay
