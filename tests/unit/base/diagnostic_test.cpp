// SPDX-License-Identifier: Apache-2.0
// What people see when something is wrong, to the letter.
#include "engine/base/diagnostic.h"

#include <gtest/gtest.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

#include "support/cases.h"

namespace assay {
namespace {

std::shared_ptr<const SourceText> source(std::string text, std::string name = "node.yaml") {
  return std::make_shared<SourceText>(SourceText{std::move(name), std::move(text)});
}

const std::string kRecipe =
    "steps:\n"
    "  - id: submit\n"
    "    brwoser:\n"
    "\tname: 中文 x\r\n"
    "last";

struct RenderCase {
  const char* name;
  std::uint32_t line, column, length;
  const char* expected;
};

class RenderPlace : public ::testing::TestWithParam<RenderCase> {};

TEST_P(RenderPlace, ShowsTheLineAndACaret) {
  const RenderCase& c = GetParam();
  const Diagnostic diagnostic{
      .code = Code::kUsage,
      .where = SourceSpan{.source = source(kRecipe), .line = c.line, .column = c.column, .length = c.length},
      .message = "wrong"};
  EXPECT_EQ(render(diagnostic), c.expected);
}

const RenderCase kRenderCases[] = {
    {"FirstLine", 1, 1, 5,
     "node.yaml:1:1: error[U001]: wrong\n"
     "    1 | steps:\n"
     "      | ^~~~~\n"},
    {"WithTheLineBefore", 3, 5, 7,
     "node.yaml:3:5: error[U001]: wrong\n"
     "    2 |   - id: submit\n"
     "    3 |     brwoser:\n"
     "      |     ^~~~~~~\n"},
    {"WideCharactersTakeTwoColumns", 4, 8, 2,
     "node.yaml:4:8: error[U001]: wrong\n"
     "    3 |     brwoser:\n"
     "    4 |  name: 中文 x\n"
     "      |        ^~~~\n"},
    {"AfterWideCharacters", 4, 11, 1,
     "node.yaml:4:11: error[U001]: wrong\n"
     "    3 |     brwoser:\n"
     "    4 |  name: 中文 x\n"
     "      |             ^\n"},
    {"LengthIsCutAtTheEndOfTheLine", 5, 1, 900,
     "node.yaml:5:1: error[U001]: wrong\n"
     "    4 |  name: 中文 x\n"
     "    5 | last\n"
     "      | ^~~~\n"},
    {"ColumnPastTheEndStaysThere", 1, 99, 3,
     "node.yaml:1:99: error[U001]: wrong\n"
     "    1 | steps:\n"
     "      |       ^\n"},
    {"LinePastTheEndShowsNothing", 99, 1, 1,
     "node.yaml:99:1: error[U001]: wrong\n"
     "   99 | \n"
     "      | ^\n"},
    {"ZeroLengthIsOneCaret", 5, 2, 0,
     "node.yaml:5:2: error[U001]: wrong\n"
     "    4 |  name: 中文 x\n"
     "    5 | last\n"
     "      |  ^\n"},
    {"LineZeroIsTheWholeFile", 0, 0, 1, "node.yaml: error[U001]: wrong\n"},
    {"ColumnZeroCountsAsOne", 1, 0, 1,
     "node.yaml:1:1: error[U001]: wrong\n"
     "    1 | steps:\n"
     "      | ^\n"},
};
INSTANTIATE_TEST_SUITE_P(Places, RenderPlace, ::testing::ValuesIn(kRenderCases), test::case_name);

TEST(Render, ShowsEveryPartInOrder) {
  Diagnostic diagnostic{.code = Code::kUsage,
                        .where = SourceSpan{.source = source(kRecipe), .line = 3, .column = 5, .length = 7},
                        .message = "unknown action 'brwoser'",
                        .expected = "one action key, for example: browser, copy, http, run, suite",
                        .help = "did you mean 'browser'?"};
  diagnostic.notes.push_back({.where = SourceSpan{.source = diagnostic.where->source, .line = 2, .column = 5},
                              .text = "the step begins here"});
  EXPECT_EQ(render(std::move(diagnostic).with_note("while reading suite 'memory'")),
            "node.yaml:3:5: error[U001]: unknown action 'brwoser'\n"
            "    2 |   - id: submit\n"
            "    3 |     brwoser:\n"
            "      |     ^~~~~~~\n"
            "  expected one action key, for example: browser, copy, http, run, suite\n"
            "  note: node.yaml:2:5: the step begins here\n"
            "  note: while reading suite 'memory'\n"
            "  help: did you mean 'browser'?\n");
}

TEST(Render, IndentsNotesAndHelpOfSeveralLines) {
  const Diagnostic diagnostic{.code = Code::kSystem,
                              .message = "apt-get ended with 100",
                              .notes = {{.text = "E: no network\nE: no luck\n\n"}},
                              .help = "run this:\n  apt-get update"};
  EXPECT_EQ(render(diagnostic),
            "error[S002]: apt-get ended with 100\n"
            "  note: E: no network\n"
            "        E: no luck\n"
            "  help: run this:\n"
            "          apt-get update\n");
}

TEST(Render, NamesTheSeverity) {
  Diagnostic diagnostic{.code = Code::kUsage, .severity = Severity::kWarning, .message = "a pipeline in sh"};
  EXPECT_EQ(render(diagnostic), "warning[U001]: a pipeline in sh\n");
  diagnostic.severity = Severity::kNote;
  EXPECT_EQ(render(diagnostic), "note[U001]: a pipeline in sh\n");
}

TEST(Render, ColoursWhenAsked) {
  const Diagnostic diagnostic{.code = Code::kUsage,
                              .where = SourceSpan{.source = source("ab"), .line = 1, .column = 2},
                              .message = "wrong",
                              .notes = {{.text = "why"}},
                              .help = "cure"};
  EXPECT_EQ(render(diagnostic, Colour::kAlways),
            "\x1b[1mnode.yaml:1:2\x1b[0m: \x1b[1;31merror[U001]\x1b[0m: wrong\n"
            "    1 | ab\n"
            "      |  \x1b[1;32m^\x1b[0m\n"
            "  \x1b[1;36mnote\x1b[0m: why\n"
            "  \x1b[1;36mhelp\x1b[0m: cure\n");
}

TEST(Render, LetsNoControlCharacterThrough) {
  const auto hostile = source("a\x1b[2Jb\xff\u202Ec\n", "na\x07me\n");
  const Diagnostic diagnostic{.code = Code::kUsage,
                              .where = SourceSpan{.source = hostile, .line = 1, .column = 1},
                              .message = "m\x1b[31m\nfake: error",
                              .expected = "e\r",
                              .notes = {{.text = "n\x1b"}},
                              .help = "h\x1b"};
  EXPECT_EQ(render(diagnostic),
            "na?me?:1:1: error[U001]: m?[31m?fake: error\n"
            "    1 | a?[2Jb??c\n"
            "      | ^\n"
            "  expected e?\n"
            "  note: n?\n"
            "  help: h?\n");
}

TEST(Render, CutsALongLineAroundThePlace) {
  const std::string before(500, 'a');
  const std::string after(500, 'b');
  const Diagnostic diagnostic{
      .code = Code::kUsage,
      .where = SourceSpan{.source = source("x: 1\n" + before + "HERE" + after), .line = 2, .column = 501, .length = 4},
      .message = "wrong"};
  EXPECT_EQ(render(diagnostic), "node.yaml:2:501: error[U001]: wrong\n    2 | " + std::string(80, 'a') + "HERE" +
                                    std::string(76, 'b') + "\n      | " + std::string(80, ' ') + "^~~~\n");
}

TEST(Render, CutsALongLineBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "中";
  for (const std::uint32_t column : {1U, 2U, 30U, 100U, 199U, 200U, 201U}) {
    const Diagnostic diagnostic{.code = Code::kUsage,
                                .where = SourceSpan{.source = source(text), .line = 1, .column = column, .length = 3},
                                .message = "wrong"};
    EXPECT_EQ(render(diagnostic).find('?'), std::string::npos) << column << '\n' << render(diagnostic);
  }
}

// Found by fuzzing: bytes that look like the inside of a character, further than a line is shown.
TEST(Render, CutsALongLineOfBrokenBytes) {
  for (const char* unit : {"\xa7", "a\xa7", "\xe4\xb8", "\xf0"}) {
    std::string text;
    while (text.size() < 1000) text += unit;
    for (const std::uint32_t column : {1U, 80U, 200U, 500U, 999U, 2000U}) {
      const Diagnostic diagnostic{
          .code = Code::kUsage,
          .where = SourceSpan{.source = source(text), .line = 1, .column = column, .length = 300},
          .message = "wrong"};
      const std::string shown = render(diagnostic);
      EXPECT_TRUE(is_valid_utf8(shown));
      EXPECT_LT(shown.size(), 500U) << shown;
    }
  }
}

TEST(Render, AMessageWithoutAPlaceIsOneLine) {
  EXPECT_EQ(render(Diagnostic{.code = Code::kUsage, .message = "no such verb"}), "error[U001]: no such verb\n");
}

TEST(Render, APlaceInNoFileIsNotShown) {
  Diagnostics all;
  all.add({.code = Code::kUsage,
           .where = SourceSpan{},
           .message = "no such step",
           .notes = {{.where = SourceSpan{}, .text = "it has no name"}}});
  all.add({.code = Code::kUsage, .message = "no such verb"});
  EXPECT_EQ(render(all, Colour::kNever, 20),
            "error[U001]: no such step\n  note: it has no name\nerror[U001]: no such verb\n2 errors\n");
}

Diagnostic at(const std::shared_ptr<const SourceText>& text, std::uint32_t line, std::uint32_t column,
              std::string message) {
  return {.code = Code::kUsage,
          .where = SourceSpan{.source = text, .line = line, .column = column},
          .message = std::move(message)};
}

std::string messages(const Diagnostics& diagnostics) {
  std::string all;
  for (const Diagnostic& item : diagnostics.items()) all += item.message + ' ';
  return all;
}

// --- Secrets ---

struct HiddenCase {
  const char* name;
  const char* text;
  std::uint32_t line, column, length;
  const char* secret;
  const char* expected;
};
class HiddenText : public ::testing::TestWithParam<HiddenCase> {};

TEST_P(HiddenText, IsInNoExcerpt) {
  const HiddenCase& c = GetParam();
  const SourceSpan where{.source = source(c.text), .line = c.line, .column = c.column, .length = c.length};
  const Diagnostic before{.code = Code::kUsage, .where = where, .message = "wrong"};
  hide(where, c.secret);
  EXPECT_EQ(render(before), c.expected);
}

const HiddenCase kHiddenCases[] = {
    {"PartOfThePlace", "git: \"https://me:pw@host/x\"\n", 1, 6, 22, "me:pw",
     "node.yaml:1:6: error[U001]: wrong\n"
     "    1 | git: \"https://***@host/x\"\n"
     "      |      ^~~~~~~~~~~~~~~~~~~~\n"},
    {"TheWholePlace", "a: hunter2 # b\n", 1, 4, 7, "hunter2",
     "node.yaml:1:4: error[U001]: wrong\n"
     "    1 | a: *** # b\n"
     "      |    ^~~\n"},
    {"BehindThePlace", "a: hunter2\n", 1, 1, 1, "hunter2",
     "node.yaml:1:1: error[U001]: wrong\n"
     "    1 | a: ***\n"
     "      | ^\n"},
    {"InTheLineBeforeAndTwice", "a: hunter2\nb: { c: hunter2 } é\n", 2, 9, 7, "hunter2",
     "node.yaml:2:9: error[U001]: wrong\n"
     "    1 | a: ***\n"
     "    2 | b: { c: *** } é\n"
     "      |         ^~~\n"},
    {"InOtherLetters", "a: \"hunter\\x32\"\nb: 1\n", 1, 4, 9, "hunter2",
     "node.yaml:1:4: error[U001]: wrong\n"
     "    1 | a: ***\n"
     "      |    ^~~\n"},
    {"InOtherLettersAndAsItIs", "a: hunter2 # \nb: { c: \"hunter\\x32\", d: 1 }\n", 2, 9, 9, "hunter2",
     "node.yaml:2:9: error[U001]: wrong\n"
     "    1 | a: *** # \n"
     "    2 | b: { c: ***, d: 1 }\n"
     "      |         ^~~\n"},
    {"InTwoQuotesEach", "a: 'it''s' # it\n", 1, 4, 7, "it's",
     "node.yaml:1:4: error[U001]: wrong\n"
     "    1 | a: *** # it\n"
     "      |    ^~~\n"},
    {"InQuotesOverLines", "a: \"x\\\"\n  y\"\nb: 1\n", 1, 4, 1, "x\" y",
     "node.yaml:1:4: error[U001]: wrong\n"
     "    1 | ***\n"
     "      | ^~~\n"},
    {"OverLines", "a: >\n  x\n  y\nb: 1\n", 1, 4, 1, "x y\n",
     "node.yaml:1:4: error[U001]: wrong\n"
     "    1 | ***\n"
     "      | ^~~\n"},
    {"NoneAtAll", "a: \"\"\n", 1, 4, 2, "",
     "node.yaml:1:4: error[U001]: wrong\n"
     "    1 | a: \"\"\n"
     "      |    ^~\n"},
};
INSTANTIATE_TEST_SUITE_P(Hide, HiddenText, ::testing::ValuesIn(kHiddenCases), test::case_name);

TEST(HiddenText, OfManySecretsEachIsHidden) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "k: secret" + std::to_string(i) + "x\n";
  const auto file = source(text);
  for (std::uint32_t i = 0; i < 300; ++i)
    hide({.source = file, .line = i + 1, .column = 4}, "secret" + std::to_string(i) + "x");
  for (std::uint32_t i = 1; i <= 300; ++i) {
    const SourceSpan where{.source = file, .line = i, .column = 1};
    EXPECT_EQ(render(Diagnostic{.code = Code::kUsage, .where = where, .message = "wrong"}).find("secret"),
              std::string::npos)
        << i;
  }
}

TEST(HiddenText, NoPartOfItIsShownWhenALineIsCut) {
  const auto file = source("a: " + std::string(100, 'x') + std::string(70, 's') + std::string(100, 'y') + "\n");
  hide({.source = file, .line = 1, .column = 104}, std::string(70, 's'));
  const SourceSpan where{.source = file, .line = 1, .column = 1};
  const std::string shown = render(Diagnostic{.code = Code::kUsage, .where = where, .message = "wrong"});
  EXPECT_EQ(shown.find("ss"), std::string::npos) << shown;
  EXPECT_NE(shown.find("xx***yy"), std::string::npos) << shown;
}

TEST(HiddenText, WithoutATextAllFromItsLineOnIsHidden) {
  const auto file = source("a: 1\nb: [hunter2]\nc: 3\n");
  hide_from({.source = file, .line = 2, .column = 4});
  const SourceSpan where{.source = file, .line = 3, .column = 4};
  EXPECT_EQ(render(Diagnostic{.code = Code::kUsage, .where = where, .message = "wrong"}),
            "node.yaml:3:4: error[U001]: wrong\n    2 | ***\n    3 | ***\n      | ^~~\n");
}

TEST(Diagnostics, AreSortedByFileAndPlaceAndKeepEqualPlaces) {
  const auto a = source("1\n2\n3\n", "a.yaml");
  const auto b = source("1\n2\n3\n", "b.yaml");
  Diagnostics diagnostics;
  diagnostics.add(at(b, 1, 1, "b11"));
  diagnostics.add(at(a, 2, 1, "a21"));
  diagnostics.add(at(a, 1, 2, "a12-first"));
  diagnostics.add(at(a, 1, 2, "a12-second"));
  diagnostics.add(at(a, 1, 1, "a11"));
  diagnostics.add(Diagnostic{.message = "nowhere"});
  diagnostics.sort();
  EXPECT_EQ(messages(diagnostics), "nowhere a11 a12-first a12-second a21 b11 ");
}

TEST(Diagnostics, SayTheSameThingOnce) {
  const auto a = source("1\n", "a.yaml");
  Diagnostics diagnostics;
  diagnostics.add(at(a, 1, 1, "same"));
  Diagnostics more;
  more.add(at(a, 1, 1, "same"));
  more.add(at(a, 1, 1, "other"));
  diagnostics.add(more);
  diagnostics.sort();
  EXPECT_EQ(messages(diagnostics), "same other ");
}

TEST(Diagnostics, WarningsAreNoErrors) {
  Diagnostics diagnostics;
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_FALSE(diagnostics.has_errors());
  diagnostics.add(Diagnostic{.severity = Severity::kWarning, .message = "w"});
  EXPECT_FALSE(diagnostics.empty());
  EXPECT_FALSE(diagnostics.has_errors());
  diagnostics.add(Diagnostic{.message = "e"});
  EXPECT_TRUE(diagnostics.has_errors());
}

TEST(Diagnostics, RenderAllWithACount) {
  const auto a = source("one\ntwo\n", "a.yaml");
  Diagnostics diagnostics;
  diagnostics.add(at(a, 2, 1, "second"));
  diagnostics.add(at(a, 1, 1, "first"));
  diagnostics.add(Diagnostic{.code = Code::kUsage, .severity = Severity::kWarning, .message = "careful"});
  EXPECT_EQ(render(diagnostics),
            "warning[U001]: careful\n"
            "a.yaml:1:1: error[U001]: first\n"
            "    1 | one\n"
            "      | ^\n"
            "a.yaml:2:1: error[U001]: second\n"
            "    1 | one\n"
            "    2 | two\n"
            "      | ^\n"
            "2 errors\n");
}

TEST(Diagnostics, OneErrorNeedsNoCount) {
  Diagnostics diagnostics;
  diagnostics.add(Diagnostic{.code = Code::kUsage, .message = "wrong"});
  EXPECT_EQ(render(diagnostics), "error[U001]: wrong\n");
  EXPECT_EQ(render(Diagnostics{}), "");
}

TEST(Diagnostics, AreCappedAndSayHowManyAreNotShown) {
  Diagnostics diagnostics;
  for (int i = 0; i < 25; ++i)
    diagnostics.add(Diagnostic{.code = Code::kUsage, .message = "wrong " + std::to_string(i)});
  const std::string text = render(diagnostics, Colour::kNever, 2);
  EXPECT_EQ(text, "error[U001]: wrong 0\nerror[U001]: wrong 1\n… and 23 more\n25 errors\n");
}

struct SpanCase {
  const char* name;
  std::size_t begin, end;
  std::uint32_t line, column, length;
};

class SpanOf : public ::testing::TestWithParam<SpanCase> {};

//                          0123456789
const std::string kSpanText = "ab\n中c\nd";  // 中 is bytes 3 to 5

TEST_P(SpanOf, CountsCodePoints) {
  const SpanCase& c = GetParam();
  const SourceSpan span = span_of(source(kSpanText), c.begin, c.end);
  EXPECT_EQ(span.line, c.line);
  EXPECT_EQ(span.column, c.column);
  EXPECT_EQ(span.length, c.length);
  EXPECT_EQ(span.source->text, kSpanText);
}

INSTANTIATE_TEST_SUITE_P(
    Spans, SpanOf,
    ::testing::Values(SpanCase{"Start", 0, 2, 1, 1, 2}, SpanCase{"Inside", 1, 2, 1, 2, 1},
                      SpanCase{"EndOfLine", 2, 3, 1, 3, 1}, SpanCase{"WideCharacter", 3, 6, 2, 1, 1},
                      SpanCase{"AfterWideCharacter", 6, 7, 2, 2, 1}, SpanCase{"OverALineEndIsCut", 0, 8, 1, 1, 2},
                      SpanCase{"LastLine", 8, 9, 3, 1, 1}, SpanCase{"Empty", 1, 1, 1, 2, 1},
                      SpanCase{"EndOfText", 9, 9, 3, 2, 1}, SpanCase{"PastTheEnd", 900, 901, 3, 2, 1},
                      SpanCase{"Reversed", 6, 3, 2, 2, 1}),
    test::case_name);

TEST(SpanOf, OfAnEmptyText) {
  const SourceSpan span = span_of(source(""), 0, 1);
  EXPECT_EQ(span.line, 1U);
  EXPECT_EQ(span.column, 1U);
}

// The macros every module uses to pass failures up.
Result<int> half(int value) {
  if (value % 2 != 0) return failure(Code::kUsage, "odd", "try an even one");
  return value / 2;
}
Result<int> quarter(int value) {
  ASSAY_TRY(const int once, half(value));
  ASSAY_TRY(const int twice, half(once));
  return twice;
}
Result<void> check_quarter(int value) {
  ASSAY_CHECK(quarter(value));
  return {};
}

TEST(Result, TryPassesValuesAndFailures) {
  EXPECT_EQ(quarter(12).value(), 3);
  const auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "odd");
  EXPECT_EQ(failed.error().help, "try an even one");
  EXPECT_EQ(failed.error().code, Code::kUsage);
  EXPECT_TRUE(check_quarter(4));
  EXPECT_FALSE(check_quarter(3));
}

}  // namespace
}  // namespace assay
