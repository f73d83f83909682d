// SPDX-License-Identifier: Apache-2.0
// The promises that the redactor builds on: bounds of matches, and how many patterns a value has.
#include "engine/secret/spellings.h"

#include <gtest/gtest.h>

namespace assay::secret {
namespace {

TEST(Spellings, OfAValue) {
  EXPECT_EQ(spellings("12345678").size(), 6U);  // text, hex, UTF-16, base64 at three places
  EXPECT_EQ(spellings("1234567").size(), 4U);   // base64 as a whole only
}

TEST(Spellings, KnowTheirLongestMatch) {
  // a: &#x0061; and its like; base64: each character by percent, with a line end before it; hex: with one between.
  const auto all = spellings("aaaaaaaa");
  EXPECT_EQ(all[0].longest, 8 * 12U);
  EXPECT_EQ(all[1].longest, 8 * 4U);
  EXPECT_EQ(all[2].longest, 16U);
  EXPECT_EQ(all[3].longest, 10 * 5U);
}

TEST(Spellings, WriteCharactersBeyondTheBasicPlaneAsPairs) {
  const auto all = spellings("\xF0\x9F\x98\x80");
  EXPECT_EQ(all[2].pattern, "\\x3d\\xd8\\x00\\xde");
  EXPECT_NE(all[0].pattern.find("\\\\u[dD]83[dD]\\\\u[dD][eE]00"), std::string::npos) << all[0].pattern;
  EXPECT_NE(all[0].pattern.find("&#0?0?128512;"), std::string::npos);
}

TEST(Spellings, KeepShortOnesToWholeWords) {
  const auto all = spellings("pin");
  EXPECT_TRUE(all[0].pattern.starts_with("(?:\\bp|")) << all[0].pattern;
  EXPECT_NE(all[0].pattern.find("(?:n\\b|"), std::string::npos) << all[0].pattern;
  EXPECT_EQ(all[1].pattern, "\\b70(?:\\r?\\n|[ :])?69(?:\\r?\\n|[ :])?6[eE]\\b");
}

}  // namespace
}  // namespace assay::secret
