// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/yaml.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "support/cases.h"

namespace assay::recipe {
namespace {

std::string problems_of(const YamlDocument& document) { return render(document.problems); }

TEST(Yaml, KeepsPlacesStylesAndOrder) {
  const auto document = parse_yaml("b: one\na: [x, 'y z']\n", "f.yaml");
  ASSERT_TRUE(document.root) << problems_of(document);
  const YamlNode& root = *document.root;
  ASSERT_EQ(root.entries.size(), 2U);
  EXPECT_EQ(root.entries[0].key->scalar, "b");
  EXPECT_EQ(root.entries[1].key->scalar, "a");
  const YamlNode& quoted = *root.find("a")->items[1];
  EXPECT_EQ(quoted.scalar, "y z");
  EXPECT_EQ(quoted.style, YamlNode::Style::kQuoted);
  EXPECT_EQ(quoted.span().line, 2U);
  EXPECT_EQ(quoted.span().column, 8U);
  EXPECT_EQ(quoted.span().length, 5U);
}

TEST(Yaml, CountsColumnsInCodePoints) {
  const auto document = parse_yaml("名前: 値\n", "f.yaml");
  ASSERT_TRUE(document.root) << problems_of(document);
  EXPECT_EQ(document.root->entries[0].value->span().column, 5U);
}

struct EmptyCase {
  const char* name;
  const char* text;
  const char* place;  // of the empty value: line:column+length
};
class EmptyValue : public testing::TestWithParam<EmptyCase> {};
TEST_P(EmptyValue, HasThePlaceOfItsKeyOrDash) {
  const auto document = parse_yaml(GetParam().text, "f.yaml");
  ASSERT_TRUE(document.root) << problems_of(document);
  for (const YamlNode& node : *document.nodes) {
    if (node.kind != YamlNode::Kind::kNull) continue;
    const SourceSpan span = node.span();
    EXPECT_EQ(std::to_string(span.line) + ':' + std::to_string(span.column) + '+' + std::to_string(span.length),
              GetParam().place);
  }
}
const EmptyCase kEmpty[] = {
    {"before_another_key", "a: 1\nüber:\n\n# why\nb: 2\n", "2:1+4"},
    {"at_the_end", "a: 1\nlast:", "2:1+4"},
    {"deeper", "a:\n  b:\nc: 1\n", "2:3+1"},
    {"before_a_key_that_begins_like_null", "a:\nnullable: 1\n", "1:1+1"},
    {"written", "a: null # why\n", "1:4+1"},
    {"written_as_a_sign", "a: ~\nb: 1\n", "1:4+1"},
    {"written_in_a_flow", "{ a: null, b: 1 }\n", "1:6+1"},
    {"in_a_flow", "{ a: , b: 1 }\n", "1:3+1"},
    {"entry", "- a\n-\n\n- b\n", "2:1+1"},
    {"last_entry", "a:\n  - b\n  -\n", "3:3+1"},
};
INSTANTIATE_TEST_SUITE_P(Yaml, EmptyValue, testing::ValuesIn(kEmpty), test::case_name);

TEST(Yaml, AnAnchorIsNoPartOfAPlace) {
  const auto document = parse_yaml("a: &x one\nb: &y |\n  two\n", "f.yaml");
  ASSERT_TRUE(document.root) << problems_of(document);
  EXPECT_EQ(document.root->find("a")->span().column, 7U);
  EXPECT_EQ(document.root->find("b")->span().column, 7U);
  EXPECT_EQ(document.root->find("b")->style, YamlNode::Style::kBlock);
}

TEST(Yaml, AliasesStandForTheirNode) {
  const auto document = parse_yaml("a: &x [1, 2]\nb: *x\n", "f.yaml");
  ASSERT_TRUE(document.root) << problems_of(document);
  EXPECT_EQ(document.root->find("b")->items.size(), 2U);
}

struct BadCase {
  const char* name;
  std::string text;
  const char* expected;  // the whole message
};

class BadYaml : public testing::TestWithParam<BadCase> {};

TEST_P(BadYaml, IsExplained) {
  const auto document = parse_yaml(GetParam().text, "f.yaml");
  EXPECT_FALSE(document.root && document.problems.empty());
  EXPECT_EQ(problems_of(document), GetParam().expected);
}

const BadCase kBad[] = {
    {"empty", "", "f.yaml: error[Y001]: the file is empty\n  help: a file begins with: apiVersion: assay/v1\n"},
    {"duplicate_key", "a: 1\nb: 2\na: 3\n",
     "f.yaml:3:1: error[Y003]: the key 'a' appears twice\n"
     "    2 | b: 2\n"
     "    3 | a: 3\n"
     "      | ^\n"
     "  note: f.yaml:1:1: it appears first here\n"
     "  help: remove one of the two, or merge them\n"},
    {"tab", "a:\n\tb: 1\n",
     "f.yaml:2:3: error[Y001]: not valid YAML: illegal map value\n"
     "    1 | a:\n"
     "    2 |  b: 1\n"
     "      |   ^\n"
     "  help: indent with spaces: YAML does not allow tabs there\n"},
    {"utf16",
     std::string("\xFF\xFE"
                 "a\0:\0",
                 6),
     "f.yaml: error[Y004]: the file is written in UTF-16\n  help: save it as UTF-8\n"},
    {"latin1", "a: caf\xE9\n",
     "f.yaml: error[Y004]: the file is written in an encoding other than UTF-8\n  help: save it as UTF-8\n"},
    {"second_document", "a: 1\n---\nb: 2\n",
     "f.yaml:3:1: error[Y001]: a second document begins after '---'\n"
     "    2 | ---\n"
     "    3 | b: 2\n"
     "      | ^\n"
     "  help: one file holds one document: split it\n"},
    {"tag", "a: !!int 3\n",
     "f.yaml:1:4: error[Y001]: the tag 'tag:yaml.org,2002:int' is not supported\n"
     "    1 | a: !!int 3\n"
     "      |    ^\n"
     "  help: remove it: each key already has its type; or quote a text that begins with '!'\n"},
    {"list_as_key", "? [a]\n: 1\n",
     "f.yaml:1:3: error[Y001]: a key must be plain text, not a list or a mapping\n"
     "    1 | ? [a]\n"
     "      |   ^\n"
     "  help: give each key a line of its own, or quote a text that begins with a bracket\n"},
};
INSTANTIATE_TEST_SUITE_P(Yaml, BadYaml, testing::ValuesIn(kBad), test::case_name);

TEST(Yaml, DepthIsBounded) {
  const std::string text = "a: " + std::string(60, '[') + std::string(60, ']');
  const auto document = parse_yaml(text, "f.yaml");
  EXPECT_FALSE(document.root);
  EXPECT_THAT(problems_of(document), testing::HasSubstr("error[Y002]: nested more than 48 deep"));
}

TEST(Yaml, AliasBombIsBounded) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += (k > 0 ? ", " : "") + before;
    text += "]\n";
  }
  const auto document = parse_yaml(text, "f.yaml");
  EXPECT_FALSE(document.root);
  EXPECT_THAT(problems_of(document), testing::HasSubstr("error[Y002]: more than 2000000 nodes"));
}

struct ValueCase {
  const char* name;
  const char* text;
  const char* json;
};
class YamlValue : public testing::TestWithParam<ValueCase> {};

TEST(YamlLimit, EveryNodeCountsOnce) {
  const YamlLimits five{.nodes = 5};
  EXPECT_NE(parse_yaml("[[[[x]]]]", "f", five).root, nullptr);
  EXPECT_EQ(parse_yaml("[[[[x, y]]]]", "f", five).root, nullptr);
  EXPECT_NE(parse_yaml("[&a [x], *a]", "f", five).root, nullptr) << "an alias counts what it stands for";
  EXPECT_EQ(parse_yaml("[&a [x, y], *a]", "f", five).root, nullptr);
}

TEST_P(YamlValue, FollowsTheCoreSchema) {
  const auto document = parse_yaml(std::string("v: ") + GetParam().text + "\n", "f.yaml");
  ASSERT_TRUE(document.root) << problems_of(document);
  EXPECT_EQ(to_json_line(expr::to_json(to_value(*document.root->find("v")))), GetParam().json);
}

const ValueCase kValues[] = {
    {"integer", "42", "42"},
    {"negative", "-7", "-7"},
    {"plus", "+7", "7"},
    {"real", "1.5", "1.5"},
    {"exponent", "1e3", "1000.0"},
    {"truth", "true", "true"},
    {"norway", "no", "\"no\""},
    {"on_is_text", "on", "\"on\""},
    {"nothing", "~", "null"},
    {"quoted_number", "'42'", "\"42\""},
    {"version", "1.2.3", "\"1.2.3\""},
    {"infinity_is_text", "inf", "\"inf\""},
    {"list", "[1, a, 2.5]", "[1,\"a\",2.5]"},
    {"mapping", "{a: 1}", "{\"a\":1}"},
};
INSTANTIATE_TEST_SUITE_P(Yaml, YamlValue, testing::ValuesIn(kValues), test::case_name);

}  // namespace
}  // namespace assay::recipe
