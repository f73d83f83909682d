// SPDX-License-Identifier: Apache-2.0
// Schemas and reference pages come from the readers' own rows: what a reader knows, they know.
#include "engine/recipe/kinds.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/text.h"
#include "engine/recipe/reader.h"
#include "engine/recipe/recipe_test_model.h"
#include "support/cases.h"

namespace assay::recipe {
namespace {

using testing::HasSubstr;

const KindRow& kind(std::string_view name) {
  for (const KindRow& row : kind_rows()) {
    if (row.name == name) return row;
  }
  throw std::runtime_error("no kind of that name");
}

// Every shape of a kind once, by name.
void collect(const Shape& shape, std::map<std::string, Shape>& out) {
  if (!out.emplace(std::string(shape.name), shape).second) return;
  for (const Field& field : shape.fields) {
    if (field.shape != nullptr) collect(field.shape(), out);
  }
}

class Kinds : public testing::TestWithParam<KindRow> {};

TEST_P(Kinds, EveryKeyOfEveryReaderIsInTheSchema) {
  const Json schema = schema_of(GetParam());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  std::map<std::string, Shape> shapes;
  const Shape root = GetParam().shape();
  collect(root, shapes);
  for (const auto& [name, shape] : shapes) {
    const Json& object = name == root.name ? schema : schema["$defs"][name];
    ASSERT_TRUE(object.is_object()) << name;
    EXPECT_EQ(object["additionalProperties"], false) << name;
    EXPECT_EQ(object["properties"].size(), shape.fields.size()) << name;
    std::set<std::string> required;
    for (const Field& field : shape.fields) {
      const std::string key(field.key);
      ASSERT_TRUE(object["properties"].contains(key)) << name << '.' << key;
      EXPECT_EQ(object["properties"][key]["description"], std::string(field.help)) << name << '.' << key;
      if (field.needed == Needed::kYes) required.insert(key);
    }
    EXPECT_EQ(object.value("required", Json::array()).get<std::set<std::string>>(), required) << name;
  }
  EXPECT_EQ(schema["$defs"].size(), shapes.size() - 1) << "no definition that nobody uses";
}

TEST_P(Kinds, NoKeyIsThereTwice) {
  std::map<std::string, Shape> shapes;
  collect(GetParam().shape(), shapes);
  for (const auto& [name, shape] : shapes) {
    std::set<std::string_view> keys;
    for (const Field& field : shape.fields) EXPECT_TRUE(keys.insert(field.key).second) << name << '.' << field.key;
  }
}

TEST_P(Kinds, EveryReferenceLeadsSomewhere) {
  const Json schema = schema_of(GetParam());
  std::size_t seen = 0;
  const std::function<void(const Json&)> walk = [&](const Json& node) {
    if (node.is_object() && node.contains("$ref")) {
      ++seen;
      const std::string target = node["$ref"];
      ASSERT_TRUE(target.starts_with("#/$defs/")) << target;
      EXPECT_TRUE(schema["$defs"].contains(target.substr(8))) << target;
    }
    if (node.is_structured()) {
      for (const Json& child : node) walk(child);
    }
  };
  walk(schema);
  EXPECT_GT(seen, 0U);
}

TEST_P(Kinds, TheReaderKnowsEveryKeyOfTheSchema) {
  // A file with all keys of the kind, all with a value of the wrong type: no key may be unknown.
  const Json schema = schema_of(GetParam());
  std::string text = "apiVersion: assay/v1\nkind: " + std::string(GetParam().name) + "\n";
  for (const auto& [key, property] : schema["properties"].items()) {
    if (key != "apiVersion" && key != "kind") text += key + ": [[]]\n";
  }
  Diagnostics problems;
  if (GetParam().name == "Recipe") problems = read_recipe(text, "f", "f").problems;
  if (GetParam().name == "Suite") problems = read_suite(text, "f", "f").problems;
  if (GetParam().name == "Programme") problems = read_programme(text, "f", "f").problems;
  if (GetParam().name == "Overlay") problems = overlay_problems({text, "f", "f"});
  if (GetParam().name == "RecipeTest") problems = read_recipe_test(text, "f", "f").problems;
  EXPECT_TRUE(problems.has_errors());
  for (const Diagnostic& problem : problems.items())
    EXPECT_FALSE(problem.code == Code::kUnknownKey || problem.code == Code::kMissingKey) << problem.message;
}

TEST_P(Kinds, ThePageHasEveryKey) {
  const std::string page = reference_of(GetParam());
  EXPECT_TRUE(page.starts_with("# " + std::string(GetParam().name) + "\n"));
  std::map<std::string, Shape> shapes;
  const Shape root = GetParam().shape();
  collect(root, shapes);
  for (const auto& [name, shape] : shapes) {
    if (name != root.name) {
      EXPECT_THAT(page, HasSubstr("\n## " + name + "\n"));
    }
    for (const Field& field : shape.fields) EXPECT_THAT(page, HasSubstr("`" + std::string(field.key) + "`"));
  }
  std::size_t rows = 0;
  for (const std::string_view line : lines(page)) {
    if (!line.starts_with("| ") || line == "| key | value | meaning |") continue;
    ++rows;
    EXPECT_EQ(replace_all(std::string(line), "\\|", "").find("|  |"), std::string::npos) << "an empty cell: " << line;
  }
  std::size_t fields = 0;
  for (const auto& [name, shape] : shapes) fields += shape.fields.size();
  EXPECT_EQ(rows, fields);
}

INSTANTIATE_TEST_SUITE_P(All, Kinds, testing::ValuesIn(kind_rows().begin(), kind_rows().end()), test::case_name);

struct TypeCase {
  const char* name;
  const char* shape;  // "" for the recipe itself
  const char* key;
  const char* schema;  // without its description
};
class Types : public testing::TestWithParam<TypeCase> {};
TEST_P(Types, BecomeSchemas) {
  const Json schema = schema_of(kind("Recipe"));
  Json property =
      (*GetParam().shape == '\0' ? schema : schema["$defs"][GetParam().shape])["properties"][GetParam().key];
  property.erase("description");
  EXPECT_EQ(property, Json::parse(GetParam().schema));
}
#define POOL \
  R"x(^([A-Za-z][A-Za-z0-9_-]{0,99}|disk:[A-Za-z0-9_.!+-]{1,100}|accelerator:(0|[1-9][0-9]{0,3})|.*\\$\\{\\{.*)$)x"
const TypeCase kTypes[] = {
    {"version", "", "apiVersion", R"({"const": "assay/v1"})"},
    {"kind", "", "kind", R"({"const": "Recipe"})"},
    {"choice", "", "order", R"({"enum": ["sequence", "graph"]})"},
    {"mapping", "", "metadata", R"({"$ref": "#/$defs/metadata"})"},
    {"map_of_mappings", "", "params", R"({"type": "object", "additionalProperties": {"$ref": "#/$defs/param"}})"},
    {"map_of_maps", "", "profiles",
     R"({"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {}}})"},
    {"list_of_mappings", "", "steps", R"({"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}})"},
    {"argv_or_script", "step", "run",
     R"({"anyOf": [{"type": "array", "minItems": 1, "items": {"type": ["string", "number", "boolean"]}},
                   {"type": "string", "minLength": 1}]})"},
    {"three_forms", "step", "pool", R"x({"anyOf": [{"type": "string", "pattern": ")x" POOL R"x("},
                    {"anyOf": [{"type": "array", "items": {"type": "string", "pattern": ")x" POOL R"x("}},
                               {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 1000000}}]}]})x"},
    {"range", "retry", "attempts", R"({"type": "integer", "minimum": 1, "maximum": 1000})"},
    {"range_of_numbers", "retry", "jitter", R"({"type": "number", "minimum": 0.0, "maximum": 1.0})"},
    {"list_of_a_range", "step", "ok_exit",
     R"({"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}})"},
    {"only_true", "step", "facts", R"({"const": true})"},
    {"list_of_choices", "retry", "on",
     R"({"type": "array", "items": {"enum": ["infrastructure", "application", "business"]}})"},
    {"a_block_has_steps", "block", "steps", R"({"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}})"},
};
INSTANTIATE_TEST_SUITE_P(Recipe, Types, testing::ValuesIn(kTypes), test::case_name);

TEST(OneOf, AStepHasOneActionAndAUseOneCommit) {
  const Json recipe = schema_of(kind("Recipe"));
  EXPECT_EQ(recipe["$defs"]["use"]["oneOf"], Json::parse(R"([{"required": ["commit"]}, {"required": ["ref"]}])"));
  std::vector<std::string> actions;
  for (const Json& one : recipe["$defs"]["step"]["oneOf"]) actions.push_back(one["required"][0]);
  EXPECT_THAT(actions, testing::ElementsAre("run", "facts", "suite", "use", "block", "approve", "reboot"));
  EXPECT_EQ(schema_of(kind("Suite"))["$defs"]["test"]["oneOf"], Json::parse(R"([{"required": ["run"]},
      {"required": ["probe"]}, {"required": ["facts"]},
      {"required": ["criteria"],
       "not": {"anyOf": [{"required": ["run"]}, {"required": ["probe"]}, {"required": ["facts"]}]}}])"));
  EXPECT_FALSE(schema_of(kind("Overlay"))["$defs"]["overlay_step"].contains("oneOf"));
}

TEST(OverlayTypes, NullTakesANameAway) {
  const Json schema = schema_of(kind("Overlay"));
  const auto type = [](Json property) {
    property.erase("description");
    return property;
  };
  EXPECT_EQ(type(schema["properties"]["pools"]), Json::parse(R"({"type": "object", "additionalProperties": {"anyOf": [
          {"type": "integer", "minimum": 1, "maximum": 1000000}, {"type": "null"}]}})"));
  EXPECT_EQ(type(schema["$defs"]["overlay_step"]["properties"]["env"]), Json::parse(R"({"anyOf": [
      {"type": "object", "additionalProperties": {"anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "null"}]}},
      {"type": "null"}]})"));
}

TEST(KindRows, AreTheKindsThatCanBeRead) {
  std::vector<std::string> names;
  for (const KindRow& row : kind_rows()) names.emplace_back(row.name);
  EXPECT_THAT(names, testing::ElementsAre("Recipe", "Suite", "Programme", "Overlay", "RecipeTest"));
}

TEST(Reference, ShowsTypesAndLinks) {
  const std::string page = reference_of(kind("Recipe"));
  EXPECT_THAT(page, HasSubstr("| **`steps`** | list of at least one [step](#step) | What is done |\n"));
  EXPECT_THAT(page, HasSubstr("| `order` | sequence \\| graph | "));
  EXPECT_THAT(page, HasSubstr("| **`attempts`** | int 1..1000 | Most attempts, with the first |\n"));
}

TEST(Reference, IsTheSameEachTime) {
  for (const KindRow& row : kind_rows()) {
    EXPECT_EQ(reference_of(row), reference_of(row));
    EXPECT_EQ(schema_of(row).dump(), schema_of(row).dump());
  }
}

}  // namespace
}  // namespace assay::recipe
