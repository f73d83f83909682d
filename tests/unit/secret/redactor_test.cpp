// SPDX-License-Identifier: Apache-2.0
// Secrets are found in every encoding, wherever the stream is cut, and nothing else is touched.
#include "engine/secret/redactor.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "support/cases.h"

namespace assay::secret {
namespace {

Redactor redactor(const std::vector<std::string>& values) { return Redactor::create(values).value(); }

// Through a stream in pieces of `size` bytes.
std::string streamed(const Redactor& redactor, std::string_view text, std::size_t size) {
  RedactedStream stream(redactor);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += size) out += stream.append(text.substr(at, size));
  return out += stream.finish();
}

constexpr const char* kSecret = "s3cr3t/K&y\"<'+ é$";

struct Encoded {
  const char* name;
  std::string text;
};
class Encodings : public testing::TestWithParam<Encoded> {};

TEST_P(Encodings, AreFound) {
  const std::string text = "before " + GetParam().text + " after";
  EXPECT_EQ(redactor({kSecret}).redact(text), "before *** after");
  for (std::size_t size = 1; size < 20; ++size)
    EXPECT_EQ(streamed(redactor({kSecret}), text, size), "before *** after");
}

// Made with other programs: python3's base64, urllib.parse, json, xml.sax.saxutils, html and shlex; bash's printf %q.
const Encoded kEncodings[] = {
    {"raw", kSecret},
    {"hex_lower", "7333637233742f4b2679223c272b20c3a924"},
    {"hex_upper", "7333637233742F4B2679223C272B20C3A924"},
    {"hex_of_xxd", "7333 6372 3374 2f4b 2679 223c 272b 20c3 a924"},
    {"hex_with_colons", "73:33:63:72:33:74:2f:4b:26:79:22:3c:27:2b:20:c3:a9:24"},
    {"url", "s3cr3t%2FK%26y%22%3C%27%2B%20%C3%A9%24"},
    {"url_with_slash", "s3cr3t/K%26y%22%3C%27%2B%20%C3%A9%24"},
    {"url_lower", "s3cr3t%2fK%26y%22%3c%27%2b%20%c3%a9%24"},
    {"form", "s3cr3t%2FK%26y%22%3C%27%2B+%C3%A9%24"},
    {"every_byte_by_percent", "%73%33%63%72%33%74%2F%4B%26%79%22%3C%27%2B%20%C3%A9%24"},
    {"json", R"(s3cr3t/K&y\"<'+ é$)"},
    {"json_ascii", R"(s3cr3t/K&y\"<'+ \u00e9$)"},
    {"json_slash", R"(s3cr3t\/K&y\"<'+ \u00E9$)"},
    {"json_of_go", R"(s3cr3t/K\u0026y\"\u003c'+ é$)"},
    {"xml", "s3cr3t/K&amp;y\"&lt;'+ é$"},
    {"xml_attribute", "s3cr3t/K&amp;y&quot;&lt;&apos;+ é$"},
    {"html", "s3cr3t/K&amp;y&quot;&lt;&#x27;+ é$"},
    {"xml_numbers", "s3cr3t/K&#38;y&#34;&lt;&#039;+ &#233;$"},
    {"shell_single", R"(s3cr3t/K&y"<'"'"'+ é$)"},
    {"shell_escaped_quote", R"(s3cr3t/K&y"<'\''+ é$)"},
    {"shell_backslashes", R"(s3cr3t/K\&y\"\<\'+\ é\$)"},
    {"shell_octal", R"(s3cr3t/K&y"<\'+ \303\251$)"},
    {"utf16", std::string("s\0"
                          "3\0c\0r\0"
                          "3\0t\0/\0K\0&\0y\0\"\0<\0'\0+\0 \0\xe9\0$\0",
                          34)},
};
INSTANTIATE_TEST_SUITE_P(All, Encodings, testing::ValuesIn(kEncodings), test::case_name);

TEST(Redactor, FindsBase64WhereverItStandsInTheData) {
  const Redactor hidden = redactor({kSecret});
  for (std::size_t before = 0; before < 7; ++before) {
    for (std::size_t after = 0; after < 4; ++after) {
      const std::string data = std::string(before, 'x') + kSecret + std::string(after, 'y');
      std::string url = replace_all(replace_all(base64(data), "+", "-"), "/", "_");
      for (const std::string& text : {base64(data), url}) {
        const std::string out = hidden.redact("<" + text + ">");
        ASSERT_NE(out.find("***"), std::string::npos) << text;
        // What is left are the characters that also depend on the neighbours, at most one at each end.
        EXPECT_LE(out.size(),
                  2 + 3 + base64(std::string(before, 'x')).size() + base64(std::string(after + 2, 'y')).size() + 2)
            << out;
      }
    }
  }
  std::string broken = base64(std::string("user:") + kSecret + " and more");
  broken.insert(12, "\n");
  EXPECT_EQ(hidden.redact(broken).find(base64(kSecret).substr(3, 8)), std::string::npos);
}

struct Text {
  const char* name;
  std::vector<std::string> secrets;
  std::string text;
  std::string expected;
};
class Texts : public testing::TestWithParam<Text> {};
TEST_P(Texts, AreMasked) {
  const Redactor hidden = redactor(GetParam().secrets);
  EXPECT_EQ(hidden.redact(GetParam().text), GetParam().expected);
  for (std::size_t size = 1; size < 12; ++size) EXPECT_EQ(streamed(hidden, GetParam().text, size), GetParam().expected);
}
const Text kTexts[] = {
    {"none", {}, "anything", "anything"},
    {"empty_values_are_none", {""}, "anything", "anything"},
    {"not_there", {"hunter2hunter2"}, "hunter2hunter", "hunter2hunter"},
    {"twice", {"hunter2-secret"}, "hunter2-secrethunter2-secret", "******"},
    {"overlapping_are_one", {"abcdefgh", "efghijkl"}, "-abcdefghijkl-", "-***-"},
    {"one_inside_another", {"abcdefgh", "xxabcdefghxx"}, "-xxabcdefghxx-abcdefgh", "-***-***"},
    {"overlaps_itself", {"aaaaaaaa"}, "baaaaaaaaaaaac", "b***c"},
    {"line_ends_of_a_terminal", {"two\nlines of it"}, "two\r\nlines of it", "***"},
    {"bytes_that_are_no_text",
     {std::string("\xff\x00\xfe 12345", 9)},
     std::string("a\xff\x00\xfe 12345b", 11),
     "a***b"},
    {"short_alone", {"pin7"}, "pin7 (pin7) pin=pin7, \"pin7\"", "*** (***) pin=***, \"***\""},
    {"short_inside_words", {"pin7"}, "spin7 pin77 _pin7 pin7_", "spin7 pin77 _pin7 pin7_"},
    {"short_at_both_ends", {"pin7"}, "pin7", "***"},
    {"short_in_hex", {"pin7"}, "70696e37 a70696e37", "*** a70696e37"},
    {"short_in_base64", {"pin7"}, "cGluNw== xcGluNw==", "***== xcGluNw=="},
    {"short_of_signs", {"!?"}, "a!?b", "a***b"},
    {"one_letter", {"x"}, "x xx x", "*** xx ***"},
};
INSTANTIATE_TEST_SUITE_P(All, Texts, testing::ValuesIn(kTexts), test::case_name);

TEST(Redactor, KeepsTheRestOfALongStreamAsItIs) {
  const Redactor hidden = redactor({"hunter2hunter2"});
  std::string text;
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = "line " + std::to_string(i) + " ";
    text += line + (i % 1000 == 7 ? "hunter2hunter2\n" : "hunter3\n");
    expected += line + (i % 1000 == 7 ? "***\n" : "hunter3\n");
  }
  for (const std::size_t size : {std::size_t{1000}, std::size_t{65'536}, text.size()})
    EXPECT_EQ(streamed(hidden, text, size), expected);
}

TEST(Redactor, HoldsALineOfAHundredMegabytesInLittleMemory) {
  RedactedStream stream(redactor({"hunter2hunter2"}));
  const std::string piece(100'000, 'h');
  std::size_t passed = 0;
  std::size_t most_held = 0;
  for (std::size_t i = 1; i <= 1000; ++i) {
    passed += stream.append(piece).size();
    most_held = std::max(most_held, i * piece.size() - passed);
  }
  EXPECT_EQ(passed + stream.finish().size(), 100'000'000U);
  EXPECT_LE(most_held, 200'000U);
}

TEST(Redactor, PassesTextThroughWhenThereIsNothingToHide) {
  RedactedStream stream{Redactor()};
  const std::string text = "as it is";
  EXPECT_EQ(stream.append(text).data(), text.data());
  EXPECT_EQ(stream.finish(), "");
}

TEST(Redactor, LooksAtEveryTextOfJson) {
  const Redactor hidden = redactor({"hunter2hunter2"});
  Json json = Json::parse(R"({"a": ["hunter2hunter2", 1, {"hunter2hunter2": {"b": "x hunter2hunter2"}}], "c": null})");
  hidden.redact(json);
  EXPECT_EQ(to_json_line(json), R"({"a":["***",1,{"***":{"b":"x ***"}}],"c":null})");
}

TEST(Redactor, TakesAValueOfTheLargestSize) {
  std::string value;
  for (int i = 0; value.size() < 16'000; ++i) value += std::to_string(i * 7919) + "/";
  value.resize(16'000);
  const Redactor hidden = redactor({value});
  EXPECT_EQ(streamed(hidden, "<" + value + ">", 999), "<***>");
  EXPECT_EQ(hidden.redact("<" + hex(value) + ">"), "<***>");
}

}  // namespace
}  // namespace assay::secret
