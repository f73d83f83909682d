// SPDX-License-Identifier: Apache-2.0
#include "reports/words.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/text.h"
#include "reports/assets.h"
#include "support/temp_folder.h"

namespace assay::reports {
namespace {

std::set<std::string> placeholders(std::string_view text) {
  std::set<std::string> names;
  for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    names.emplace(text.substr(open, text.find('}', open) - open + 1));
  }
  return names;
}

std::string sources() {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(ASSAY_SOURCE_DIR) / "reports")) {
    if (entry.path().extension() == ".cpp") all += test::slurp(entry.path());
  }
  return all;
}

TEST(WordsTable, HasEveryWordOnceInBothLanguages) {
  std::set<std::string_view> seen;
  for (const Word& word : all_words()) {
    EXPECT_TRUE(seen.insert(word.key).second) << "twice: " << word.key;
    EXPECT_FALSE(word.en.empty()) << word.key;
    EXPECT_FALSE(word.zh.empty()) << word.key;
    EXPECT_TRUE(is_valid_utf8(word.zh)) << word.key;
  }
}

TEST(WordsTable, HasTheSamePlaceholdersInBothLanguages) {
  for (const Word& word : all_words()) EXPECT_EQ(placeholders(word.en), placeholders(word.zh)) << word.key;
}

TEST(WordsTable, HoldsWhatTheTemplateUsesAndNothingElse) {
  std::set<std::string> used;
  const std::string_view page = kReportTemplate;
  for (std::size_t at = page.find("{{w."); at != std::string_view::npos; at = page.find("{{w.", at + 1)) {
    used.emplace(page.substr(at + 4, page.find("}}", at) - at - 4));
  }
  std::set<std::string> held;
  const std::string code = sources();
  for (const Word& word : all_words()) {
    const std::string key(word.key);
    const bool from_code = code.find("words(\"" + key + "\")") != std::string::npos;
    if (key.find('.') == std::string::npos && !from_code) held.insert(key);
  }
  for (const std::string& key : held) EXPECT_TRUE(used.contains(key)) << "not used: " << key;
  for (const std::string& key : used) EXPECT_TRUE(Words(Language::kEnglish).has(key)) << "not in the table: " << key;
}

TEST(WordsTable, HoldsNothingThatTheCodeDoesNotUse) {
  const std::string code = sources();
  for (const Word& word : all_words()) {
    std::string key(word.key);
    if (key.find('.') == std::string::npos) continue;
    if (key.ends_with(".one")) key.resize(key.size() - 4);
    // Whole, or a prefix that is completed with a name of the record: "class.", "verdict.".
    const bool whole = code.find("\"" + key + "\"") != std::string::npos;
    const bool prefix = code.find("\"" + key.substr(0, key.rfind('.') + 1) + "\"") != std::string::npos;
    EXPECT_TRUE(whole || prefix) << word.key;
  }
}

// The rows of engine/hardware/fact_rows.cpp: {"cpu.caches[].level", "int", …}.
TEST(WordsTable, HasAWordForEveryFact) {
  const std::filesystem::path rows = std::filesystem::path(ASSAY_SOURCE_DIR) / "engine/hardware/fact_rows.cpp";
  if (!std::filesystem::exists(rows)) GTEST_SKIP() << "there is no table of facts at " << rows;
  const std::string source = test::slurp(rows);
  const Words words(Language::kChinese);
  std::size_t found = 0;
  for (std::size_t at = source.find("{\""); at != std::string::npos; at = source.find("{\"", at + 1)) {
    const std::string path = source.substr(at + 2, source.find('"', at + 2) - at - 2);
    const auto parts = split(path, '.');
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string name = replace_all(std::string(parts[i]), "[]", "");
      EXPECT_TRUE(words.has((i == 0 ? "group." : "fact.") + name)) << path;
    }
    ++found;
  }
  EXPECT_GT(found, 100U);
}

TEST(Words, FillInNamesOnce) {
  const Words words(Language::kEnglish);
  EXPECT_EQ(words.fill("cov.ran", {{"ran", "{total}"}, {"total", "5"}}), "{total} of 5 ran");
  EXPECT_EQ(words.fill("cov.ran", {}), " of  ran");
}

TEST(Words, CountOneThing) {
  EXPECT_EQ(Words(Language::kEnglish).counted("count.tests", 1), "1 test");
  EXPECT_EQ(Words(Language::kEnglish).counted("count.tests", 2), "2 tests");
  EXPECT_EQ(Words(Language::kChinese).counted("count.tests", 1), "1 项");
}

TEST(Words, KeepNamesTheyDoNotKnow) {
  const Words words(Language::kChinese);
  EXPECT_EQ(words.named("class.", "stability"), "常稳");
  EXPECT_EQ(words.named("class.", "long_run"), "long run");
}

TEST(Words, PickTheTextOfTheLanguage) {
  EXPECT_EQ(Words(Language::kChinese).pick("memory", "内存"), "内存");
  EXPECT_EQ(Words(Language::kChinese).pick("memory", ""), "memory");
  EXPECT_EQ(Words(Language::kEnglish).pick("memory", "内存"), "memory");
}

TEST(Words, TellElapsedTime) {
  EXPECT_EQ(Words(Language::kEnglish).elapsed(90), "1 m 30 s");
  EXPECT_EQ(Words(Language::kChinese).elapsed(90), "1 分 30 秒");
  EXPECT_EQ(Words(Language::kChinese).elapsed(7500), "2 小时 05 分");
  EXPECT_EQ(Words(Language::kEnglish).elapsed(0.001), "< 0.1 s");
  EXPECT_EQ(Words(Language::kChinese).elapsed(0), "< 0.1 秒");
  EXPECT_EQ(Words(Language::kEnglish).elapsed(-1), "–");
  EXPECT_EQ(Words(Language::kEnglish).elapsed(1e300), "–");
}

TEST(Words, RefuseAnUnknownKey) { EXPECT_THROW((void)Words(Language::kEnglish)("no.such.word"), std::out_of_range); }

TEST(Languages, AreKnownByTheirTags) {
  EXPECT_EQ(language_from("en"), Language::kEnglish);
  EXPECT_EQ(language_from("zh-CN"), Language::kChinese);
  EXPECT_EQ(language_from("zh"), std::nullopt);
  EXPECT_EQ(tag_of(Language::kChinese), "zh-CN");
}

}  // namespace
}  // namespace assay::reports
