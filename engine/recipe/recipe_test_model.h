// SPDX-License-Identifier: Apache-2.0
// What a file of tests of a recipe says, typed, with places: what each process would do, and what must come of it.
// Plain data; nothing here is resolved against the recipe (engine/rehearse does that).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/recipe/reader.h"

namespace assay::recipe {

// What a process does instead of being started, or a person says.
struct ScriptedResult {
  std::string out;
  std::string err;
  int exit_code = 0;
  int signal = 0;             // that kills it; 0: none
  std::string not_startable;  // why it cannot be started; empty: it can
  Nanoseconds takes{0};
  std::optional<Nanoseconds> cpu;  // CPU time it uses; none: its share of the CPU is not watched
  std::vector<std::pair<std::string, std::string>> files;  // relative path in the step's folder -> content
  std::optional<std::string> answer;  // of a person to an `approve` step, which has nothing else
  SourceSpan where;
};
struct ScriptedStep {
  Name id;                              // of a step, or of one instance
  std::vector<ScriptedResult> results;  // at least one
  bool in_turn = false;                 // a list: one execution after another; else every execution ends alike
};

// A fact as the file gives it, by its dotted path as far as mappings go.
struct GivenFact {
  std::string path;
  expr::Value value;
  SourceSpan where;
};
struct GivenFacts {
  std::optional<Name> file;       // what `assay facts --json` printed, relative to the test's file
  std::vector<GivenFact> values;  // over those of the file
  SourceSpan where;
};

// One thing that must be so.
template <class T>
struct Expected {
  T value;
  SourceSpan where;
};

struct ExpectedStep {
  Name id;  // of a step (then of each of its instances) or of one instance
  std::optional<Expected<std::string>> verdict;
  std::optional<Expected<std::string>> status;
  std::optional<Expected<std::string>> reason;
  std::optional<Expected<std::string>> reason_contains;
  std::optional<Expected<int>> exit_code;
  std::optional<Expected<int>> attempts;
  std::optional<Expected<std::string>> stdin_text;
  std::optional<Expected<std::vector<std::string>>> argv;  // of its last process
  Named<std::string> env;                                  // the variables that matter
  Named<expr::Value> outputs;                              // those that matter
};

struct Expectation {
  std::optional<Expected<std::string>> verdict;
  std::optional<Expected<int>> exit_code;
  std::vector<ExpectedStep> steps;
  std::vector<Expected<std::string>> not_run;                  // ids, as in `steps`
  std::optional<std::vector<Expected<std::string>>> problems;  // codes; the recipe is refused with exactly these
  std::vector<ExpressionField> that;
};

struct TestCase {
  std::string name;
  SourceSpan where;
  std::vector<GivenParam> params;
  std::optional<Name> profile;
  std::vector<Name> only;
  std::vector<Name> skip;
  std::vector<Name> tools_missing;
  Named<std::string> env;  // of the user who runs it, over HOME, USER and PATH
  std::optional<GivenFacts> facts;
  std::vector<ScriptedStep> steps;
  Expectation expect;
};

struct RecipeTest {
  Metadata metadata;
  Name recipe;  // path, relative to this file
  std::vector<TestCase> cases;
  std::shared_ptr<const SourceText> source;
  std::filesystem::path path;
};

ReadResult<RecipeTest> read_recipe_test(std::string text, std::string name, const std::filesystem::path& path);

}  // namespace assay::recipe
