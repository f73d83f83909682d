// SPDX-License-Identifier: Apache-2.0
// Every word of the pages, in one table, in every language. What a record says in its own words (reasons of tools,
// names of metrics, observed values) is shown as it was recorded.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/json.h"

namespace assay::reports {

enum class Language : std::uint8_t { kEnglish, kChinese };

// "en", "zh-CN".
std::optional<Language> language_from(std::string_view tag);
std::string_view tag_of(Language language);

struct Word {
  std::string_view key;
  std::string_view en;
  std::string_view zh;
};
std::span<const Word> all_words();

class Words {
 public:
  using Values = std::vector<std::pair<std::string_view, std::string>>;

  explicit Words(Language language) : language_(language) {}
  [[nodiscard]] Language language() const { return language_; }
  // The text of a key of the table; an unknown key is a broken invariant and throws std::out_of_range.
  [[nodiscard]] std::string operator()(std::string_view key) const;
  // The same with each {name} replaced. Values are not searched again, so they may hold braces.
  [[nodiscard]] std::string fill(std::string_view key, const Values& values) const;
  [[nodiscard]] bool has(std::string_view key) const;
  // The text of a count: {n} is `count`; for 1 the key with ".one" where the table has it.
  [[nodiscard]] std::string counted(std::string_view key, std::size_t count) const;
  // A key made of a prefix and a name of the record ("class.", "soak"): the record's name where the table has none.
  [[nodiscard]] std::string named(std::string_view prefix, std::string_view name) const;
  // The record's own text in the page's language: `zh` on Chinese pages where there is one.
  [[nodiscard]] const std::string& pick(const std::string& en, const std::string& zh) const;
  // "1 m 30 s", "1 分 30 秒"
  [[nodiscard]] std::string elapsed(double seconds) const;
  // Every key without a dot, for templates.
  [[nodiscard]] Json for_template() const;

 private:
  Language language_;
};

}  // namespace assay::reports
