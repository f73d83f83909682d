// SPDX-License-Identifier: Apache-2.0
#include "reports/words.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unordered_map>

#include "engine/base/text.h"
#include "engine/base/time.h"

namespace assay::reports {

namespace {

// Keys without a dot are used by the templates, keys with a dot by the code. Within a group, keys are in reading order.
constexpr Word kWords[] = {
#include "reports/words_table.inc"
//
#include "reports/words_facts.inc"
};

const std::unordered_map<std::string_view, const Word*>& index() {
  static const std::unordered_map<std::string_view, const Word*> kByKey = [] {
    std::unordered_map<std::string_view, const Word*> map;
    for (const Word& word : kWords) map.emplace(word.key, &word);
    return map;
  }();
  return kByKey;
}

}  // namespace

std::optional<Language> language_from(std::string_view tag) {
  if (tag == "en") return Language::kEnglish;
  if (tag == "zh-CN") return Language::kChinese;
  return std::nullopt;
}

std::string_view tag_of(Language language) { return language == Language::kChinese ? "zh-CN" : "en"; }

std::span<const Word> all_words() { return kWords; }

bool Words::has(std::string_view key) const { return index().contains(key); }

std::string Words::operator()(std::string_view key) const {
  const auto found = index().find(key);
  if (found == index().end()) throw std::out_of_range("no word for '" + std::string(key) + "'");
  return std::string(language_ == Language::kChinese ? found->second->zh : found->second->en);
}

std::string Words::fill(std::string_view key, const Values& values) const {
  const std::string text = (*this)(key);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find('{', at);
    const std::size_t close = text.find('}', open);
    if (open == std::string::npos || close == std::string::npos) return out + text.substr(at);
    out += text.substr(at, open - at);
    const std::string_view name = std::string_view(text).substr(open + 1, close - open - 1);
    for (const auto& [key_of_value, value] : values) {
      if (key_of_value == name) out += value;
    }
    at = close + 1;
  }
  return out;
}

std::string Words::counted(std::string_view key, std::size_t count) const {
  const std::string one = std::string(key) + ".one";
  return fill(count == 1 && has(one) ? std::string_view(one) : key, {{"n", std::to_string(count)}});
}

std::string Words::named(std::string_view prefix, std::string_view name) const {
  const std::string key = std::string(prefix) + std::string(name);
  if (has(key)) return (*this)(key);
  return replace_all(std::string(name), "_", " ");
}

const std::string& Words::pick(const std::string& en, const std::string& zh) const {
  return language_ == Language::kChinese && !zh.empty() ? zh : en;
}

std::string Words::elapsed(double seconds) const {
  constexpr double kLongest = 9e9;  // nanoseconds in 63 bits
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kLongest) return "–";
  constexpr double kShortest = 0.05;  // what would read "0.0 s"
  const std::string prefix = seconds < kShortest ? "< " : "";
  seconds = std::max(seconds, kShortest * 2);
  std::string text =
      prefix + format_elapsed(std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(seconds)));
  if (language_ == Language::kEnglish) return text;
  std::vector<std::string> parts;
  for (const std::string_view part : split(text, ' ')) {
    const bool is_unit = has("unit." + std::string(part));
    parts.push_back(!is_unit ? std::string(part) : (*this)("unit." + std::string(part)));
  }
  return join(parts, " ");
}

Json Words::for_template() const {
  Json all = Json::object();
  for (const Word& word : kWords) {
    if (word.key.find('.') == std::string_view::npos) all[std::string(word.key)] = (*this)(word.key);
  }
  return all;
}

}  // namespace assay::reports
