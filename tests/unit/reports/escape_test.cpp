// SPDX-License-Identifier: Apache-2.0
#include "reports/escape.h"

#include <gtest/gtest.h>

#include "support/cases.h"

namespace assay::reports {
namespace {

struct EscapeCase {
  const char* name;
  std::string text;
  const char* escaped;
};

const EscapeCase kEscapeCases[] = {
    {"Plain", "a b", "a b"},
    {"Markup", "<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"},
    {"EndOfAttribute", "\" onload=\"x", "&quot; onload=&quot;x"},
    {"AlreadyEscaped", "&lt;", "&amp;lt;"},
    {"Control", std::string("a\x1b[31m\x00 b", 9), "a?[31m? b"},
    {"LinesStay", "a\nb\tc", "a\nb c"},
    {"BrokenUtf8", "a\xff\xc3", "a??"},
    {"Bidi", "a\u202Eb", "a?b"},
    {"NotACharacter", "a\xEF\xBF\xBE\xEF\xBF\xBF", "a??"},
    {"ReplacementStays", "\xEF\xBF\xBD", "\xEF\xBF\xBD"},
    {"Chinese", "内存 <带宽>", "内存 &lt;带宽&gt;"},
    {"Empty", "", ""},
};

class Escaped : public ::testing::TestWithParam<EscapeCase> {};

TEST_P(Escaped, IsSafeForMarkup) { EXPECT_EQ(escape_markup(GetParam().text), GetParam().escaped); }

INSTANTIATE_TEST_SUITE_P(Texts, Escaped, ::testing::ValuesIn(kEscapeCases), test::case_name);

TEST(CleanText, KeepsMarkupAsItIs) { EXPECT_EQ(clean_text("<a> & \x01"), "<a> & ?"); }

}  // namespace
}  // namespace assay::reports
