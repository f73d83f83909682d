// SPDX-License-Identifier: Apache-2.0
// docs/cel.md shows the function table between two marks. ASSAY_ACCEPT=1 writes it anew.
#include "engine/expr/reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace assay::expr {
namespace {

TEST(Reference, ThePageShowsTheTable) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/docs/cel.md";
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string page = text.str();
  const std::string begin = "<!-- begin: function table -->\n\n";
  const std::string end = "\n<!-- end: function table -->";
  const std::size_t from = page.find(begin);
  const std::size_t to = page.find(end);
  ASSERT_NE(from, std::string::npos) << path;
  ASSERT_NE(to, std::string::npos) << path;
  const std::string shown = page.substr(from + begin.size(), to - from - begin.size());
  if (std::getenv("ASSAY_ACCEPT") != nullptr && shown != function_reference()) {
    std::ofstream(path) << page.substr(0, from + begin.size()) << function_reference() << page.substr(to);
    GTEST_SKIP() << "docs/cel.md was written anew";
  }
  EXPECT_EQ(shown, function_reference()) << "run this test with ASSAY_ACCEPT=1 and look at the difference";
}

TEST(Reference, ShowsEveryStyle) {
  const std::string text = function_reference();
  for (const char* line : {"| `string.contains(string) → bool` | whether the other text stands somewhere in this one |",
                           "`map(A, B).size() → int`", "`quantity(string) → quantity`", "| `!bool → bool` |",
                           "| `A in list(A) → bool`<br>`A in map(A, B) → bool` |", "`-int → int`<br>"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace assay::expr
