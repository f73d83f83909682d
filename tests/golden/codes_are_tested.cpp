// SPDX-License-Identifier: Apache-2.0
// Every diagnostic that the program can show is shown by a golden case, or pinned by a unit test that names its
// enumerator. What cannot be provoked from outside stands in untested_codes.txt with its reason.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/base/codes.h"
#include "engine/base/text.h"
#include "support/temp_folder.h"

namespace assay::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnumerators[] = {
#define ASSAY_CODE(name, text, title, explanation) "Code::" #name,
#include "engine/base/codes.def"
#undef ASSAY_CODE
};

bool is_word(char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool holds_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

// Expectations of golden cases, and sources of tests but for those that go over the table.
std::vector<std::string> texts_that_pin() {
  std::vector<std::string> texts;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(ASSAY_SOURCE_DIR) / "tests")) {
    if (!entry.is_regular_file()) continue;
    const std::string name = entry.path().filename().string();
    const bool names_all = name == "codes_are_tested.cpp" || name == "codes_test.cpp";
    if (name.starts_with("expected.") || (name.ends_with(".cpp") && !names_all)) {
      texts.push_back(slurp(entry.path()));
    }
  }
  return texts;
}

// "CODE reason" lines; '#' starts a comment.
std::map<std::string, std::string, std::less<>> exceptions() {
  std::map<std::string, std::string, std::less<>> rows;
  const std::string text = slurp(fs::path(ASSAY_SOURCE_DIR) / "tests/golden/untested_codes.txt");
  for (const std::string_view line : lines(text)) {
    if (trim(line).empty() || line.starts_with('#')) continue;
    const auto space = line.find(' ');
    rows[std::string(line.substr(0, space))] =
        space == std::string_view::npos ? std::string() : std::string(trim(line.substr(space)));
  }
  return rows;
}

TEST(DiagnosticCodes, AreEachPinnedByATest) {
  const auto texts = texts_that_pin();
  const auto excused = exceptions();
  const auto codes = all_codes();
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const bool pinned = std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
      return text.find("[" + std::string(codes[i].text) + "]") != std::string::npos ||
             holds_word(text, kEnumerators[i]);
    });
    const bool is_excused = excused.contains(codes[i].text);
    EXPECT_TRUE(pinned || is_excused) << codes[i].text << " (" << codes[i].title
                                      << ") is in no test: add a golden case";
    EXPECT_FALSE(pinned && is_excused) << codes[i].text << " is tested now: remove it from untested_codes.txt";
  }
}

TEST(DiagnosticCodes, ExceptionsHaveReasonsAndExist) {
  for (const auto& [code, reason] : exceptions()) {
    EXPECT_TRUE(find_code(code)) << code << " is no code";
    EXPECT_GE(reason.size(), 20U) << code << ": say why no test can show it";
  }
}

}  // namespace
}  // namespace assay::test
