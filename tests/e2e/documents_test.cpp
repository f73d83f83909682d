// SPDX-License-Identifier: Apache-2.0
// Pages and schemas that are written by the program stand in the project as the program writes them.
#include <fstream>

#include "harness.h"

namespace assay::test {
namespace {

struct Document {
  const char* name;
  const char* file;
  std::vector<std::string> arguments;
};
void PrintTo(const Document& one, std::ostream* out) { *out << one.file; }

class WrittenByTheProgram : public EndToEnd, public ::testing::WithParamInterface<Document> {};

TEST_P(WrittenByTheProgram, IsCurrent) {
  const Outcome outcome = run(GetParam().arguments);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  std::string command = "assay";
  for (const std::string& word : GetParam().arguments) command += ' ' + word;
  EXPECT_EQ(slurp(std::filesystem::path(ASSAY_SOURCE_DIR) / GetParam().file), outcome.out)
      << "write it again: " << command << " > " << GetParam().file;
}

const Document kDocuments[] = {
    {"errors", "docs/errors.md", {"explain", "--markdown"}},
    {"facts_page", "docs/reference/facts.md", {"facts", "--markdown"}},
    {"recipe_page", "docs/reference/recipe.md", {"schema", "recipe", "--markdown"}},
    {"suite_page", "docs/reference/suite.md", {"schema", "suite", "--markdown"}},
    {"programme_page", "docs/reference/programme.md", {"schema", "programme", "--markdown"}},
    {"recipetest_page", "docs/reference/recipetest.md", {"schema", "recipetest", "--markdown"}},
    {"recipe_schema", "docs/schemas/recipe.schema.json", {"schema", "recipe"}},
    {"suite_schema", "docs/schemas/suite.schema.json", {"schema", "suite"}},
    {"recipetest_schema", "docs/schemas/recipetest.schema.json", {"schema", "recipetest"}},
    {"programme_schema", "docs/schemas/programme.schema.json", {"schema", "programme"}},
    {"overlay_page", "docs/reference/overlay.md", {"schema", "overlay", "--markdown"}},
    {"overlay_schema", "docs/schemas/overlay.schema.json", {"schema", "overlay"}},
};
INSTANTIATE_TEST_SUITE_P(Documents, WrittenByTheProgram, ::testing::ValuesIn(kDocuments),
                         [](const auto& one) { return std::string(one.param.name); });

// What a page shows as a whole file is one that the program takes.
class ShownFiles : public EndToEnd {};
TEST_F(ShownFiles, AreValid) {
  namespace fs = std::filesystem;
  std::vector<fs::path> pages = {fs::path(ASSAY_SOURCE_DIR) / "README.md"};
  for (const auto& entry : fs::directory_iterator(fs::path(ASSAY_SOURCE_DIR) / "docs")) {
    // The tutorial's files belong together, and one of them is wrong: its own test takes them.
    if (entry.path().extension() == ".md" && entry.path().stem() != "tutorial") pages.push_back(entry.path());
  }
  // Tests of recipes name the shipped ones.
  fs::copy(fs::path(ASSAY_SOURCE_DIR) / "recipes", folder_ / "recipes", fs::copy_options::recursive);
  std::size_t seen = 0;
  for (const fs::path& page : pages) {
    const std::string text = slurp(page);
    const std::string begin = "```yaml\napiVersion: assay/v1\n";
    for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
      const auto start = at + std::string("```yaml\n").size();
      const auto file = write("recipes/tests/shown-" + std::to_string(++seen) + ".yaml",
                              text.substr(start, text.find("```", start) - start));
      const Outcome outcome = run({"validate", file.string()});
      EXPECT_EQ(outcome.exit_code, 0) << page << '\n' << outcome.err;
    }
  }
  EXPECT_GE(seen, 2U);
}

// An editor finds the schema of each shipped file by its first lines.
TEST(ShippedFiles, SayTheirSchema) {
  namespace fs = std::filesystem;
  std::size_t seen = 0;
  for (const char* folder : {"recipes", "testsuites"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(ASSAY_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".yaml") continue;
      ++seen;
      const std::string text = slurp(entry.path());
      const std::string key = "# yaml-language-server: $schema=";
      ASSERT_TRUE(text.starts_with(key)) << entry.path();
      const std::string path = text.substr(key.size(), text.find('\n') - key.size());
      EXPECT_TRUE(fs::exists(entry.path().parent_path() / path)) << entry.path() << " names " << path;
    }
  }
  EXPECT_GE(seen, 10U);
}

}  // namespace
}  // namespace assay::test
