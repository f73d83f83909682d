// SPDX-License-Identifier: Apache-2.0
// The shipped recipes together use what the language has: nobody learns a key from its reference page alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/base/text.h"
#include "engine/recipe/kinds.h"
#include "engine/recipe/reader.h"
#include "engine/recipe/yaml.h"

namespace assay::recipe {
namespace {

namespace fs = std::filesystem;
using Words = std::set<std::string>;

// The fixed words among which the value of a key is chosen: "sequence", "graph".
std::vector<std::string> choices_of(std::string_view type) {
  std::vector<std::string> out;
  for (const std::string_view word : split(type, ' ')) {
    if (word.find('|') == std::string_view::npos) continue;
    for (const std::string_view choice : split(word, '|')) out.emplace_back(choice);
  }
  return out;
}

// Everything a kind of file can say: "step.retry", "retry.on=business".
void can_say(const Shape& shape, Words& out) {
  for (const Field& field : shape.fields) {
    const std::string key = std::string(shape.name) + '.' + std::string(field.key);
    if (!out.insert(key).second) continue;
    for (const std::string& choice : choices_of(field.type)) out.insert(key + '=' + choice);
    if (field.shape != nullptr) can_say(field.shape(), out);
  }
}

void says(const YamlNode& node, const Shape& shape, Words& out);
void says_in_value(const YamlNode& value, const Field& field, const std::string& key, Words& out) {
  if (value.kind == YamlNode::Kind::kScalar) {
    const auto choices = choices_of(field.type);
    if (std::find(choices.begin(), choices.end(), value.scalar) != choices.end()) out.insert(key + '=' + value.scalar);
  }
  for (const NodePtr& item : value.items) says_in_value(*item, field, key, out);
  if (field.shape == nullptr || value.kind != YamlNode::Kind::kMapping) return;
  if (field.type.starts_with("map of ")) {
    for (const YamlNode::Entry& entry : value.entries) says(*entry.value, field.shape(), out);
  } else {
    says(value, field.shape(), out);
  }
}
void says(const YamlNode& node, const Shape& shape, Words& out) {
  for (const Field& field : shape.fields) {
    const YamlNode* value = node.find(field.key);
    if (value == nullptr) continue;
    const std::string key = std::string(shape.name) + '.' + std::string(field.key);
    out.insert(key);
    says_in_value(*value, field, key, out);
  }
}

// What no shipped recipe has a use for, and why.
const std::set<std::string, std::less<>> kLeftOut = {
    // other machines: a run refuses them until there are agents
    "recipe.strategy", "recipe.strategy=lockstep", "recipe.strategy=free", "recipe.rollout", "rollout.serial",
    "rollout.max_fail_percentage", "rollout.gate", "step.on",
    // a run refuses it as well
    "step.refresh",
    // another repository: what ships needs none
    "use.git", "use.commit", "use.ref", "use.path",
    // the machine knows best how it reboots
    "reboot.command",
    // what a key means where it is not written
    "recipe.order=sequence", "step.shell=sh", "step.effect=changes", "step.on_interrupt=ask", "approve.answer=bool",
    // one of several that are alike
    "step.on_interrupt=fail", "retry.on=business", "param.items=int", "param.items=number", "param.items=bool",
    "param.items=duration", "param.items=size"};

TEST(ShippedRecipes, UseTheWholeLanguage) {
  const auto kind =
      std::find_if(kind_rows().begin(), kind_rows().end(), [](const KindRow& row) { return row.name == "Recipe"; });
  ASSERT_NE(kind, kind_rows().end());
  Words unused;
  can_say(kind->shape(), unused);
  ASSERT_GT(unused.size(), 80U);

  Words used;
  for (const auto& entry : fs::directory_iterator(fs::path(ASSAY_SOURCE_DIR) / "recipes")) {
    if (entry.path().extension() != ".yaml") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const YamlDocument document = parse_yaml(text.str(), entry.path().string());
    ASSERT_NE(document.root, nullptr) << entry.path();
    says(*document.root, kind->shape(), used);
  }
  for (const std::string& word : used) {
    EXPECT_EQ(kLeftOut.count(word), 0U) << word << " is used now";
    unused.erase(word);
  }
  for (const std::string& word : kLeftOut) EXPECT_EQ(unused.erase(word), 1U) << word << " is no word of the language";
  EXPECT_EQ(unused, Words());
}

}  // namespace
}  // namespace assay::recipe
