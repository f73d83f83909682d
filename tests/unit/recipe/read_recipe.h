// SPDX-License-Identifier: Apache-2.0
// A recipe from its text, with the head that every one has (three lines).
#pragma once

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "engine/recipe/reader.h"

namespace assay::recipe {

inline constexpr const char* kRecipeHead =
    "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\n";

inline ReadResult<Recipe> read_text(const std::string& rest) {
  return read_recipe(kRecipeHead + rest, "r.yaml", "r.yaml");
}
// A recipe that must be good.
inline Recipe good_recipe(const std::string& rest) {
  auto result = read_text(rest);
  if (!result.value) throw std::runtime_error(render(result.problems));
  return std::move(*result.value);
}
// The only step of a recipe, by its keys after the id: lines of flow or block YAML, indented by four.
inline Step good_step(const std::string& keys) { return good_recipe("steps:\n  - id: s\n" + keys).steps.at(0); }

inline std::string json_of(const expr::Value& value) { return to_json_line(expr::to_json(value)); }

// Wrong texts and parts of what is said about them; all that is said is one error.
struct WrongCase {
  const char* name;
  const char* text;
  std::vector<const char*> parts;
};
inline void expect_one_error(const WrongCase& wrong) {
  const auto result = read_text(wrong.text);
  EXPECT_FALSE(result.value);
  const std::string text = render(result.problems);
  for (const char* part : wrong.parts) EXPECT_THAT(text, testing::HasSubstr(part));
  EXPECT_EQ(result.problems.items().size(), 1U) << text;
}

}  // namespace assay::recipe
