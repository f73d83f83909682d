// SPDX-License-Identifier: Apache-2.0
// What recipe, suite and programme files say, typed, with places. Plain data; nothing here is resolved against a
// machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/time.h"
#include "engine/expr/expression.h"
#include "engine/expr/interpolation.h"
#include "engine/recipe/shell_script.h"

namespace assay::recipe {

// A name as the file wrote it.
struct Name {
  std::string text;
  SourceSpan where;
};
struct TextField {
  expr::TemplateText text;
  SourceSpan where;
};
struct ExpressionField {
  expr::Expression expression;
  SourceSpan where;
};
template <class T>
using Named = std::vector<std::pair<Name, T>>;  // in file order

struct Metadata {
  std::string name;
  std::string version;
  std::string summary;
  std::string summary_zh;
};

enum class ParamType : std::uint8_t { kString, kInt, kNumber, kBool, kDuration, kSize, kEnum, kList };
struct Param {
  Name name;
  ParamType type = ParamType::kString;
  std::optional<expr::Value> fallback;  // the default; none: a value must be given
  std::vector<std::string> choices;     // enum
  std::string help;
};

// How a step makes its process.
struct RunAction {
  std::vector<TextField> argv;        // argv form
  std::optional<ShellScript> script;  // script form
  bool bash = false;                  // shell: bash
  std::optional<std::string> probe;   // a probe program of ours by name; argv then holds its arguments
};

enum class TestClass : std::uint8_t { kFunctional, kPerformance, kStability };
enum class SkipKind : std::uint8_t { kNotApplicable, kNotPossible };
std::string_view to_string(TestClass value);
std::string_view to_string(SkipKind value);

struct Requirement {
  std::optional<ExpressionField> condition;
  std::string reason;
  SkipKind kind = SkipKind::kNotApplicable;
};
struct SampleRule {
  std::size_t min = 1;
  std::size_t max = 1;
  std::size_t warmup = 0;
  double half_width = 0.02;
};
struct Metric {
  Name name;
  std::string unit = "1";
  std::string better = "higher";
  std::string help;
  std::optional<ExpressionField> value;
  std::optional<double> precision;
};
struct Service {
  std::vector<TextField> argv;
  bool wait_for_port = true;
};

// What makes a step a test.
struct TestPart {
  TestClass test_class = TestClass::kFunctional;
  std::string hardware;
  bool blocker = true;
  std::vector<Requirement> requires_;
  std::vector<std::string> tools;
  Named<std::string> packages;  // tool -> Debian package, where the names differ
  std::optional<Service> service;
  SampleRule samples;
  std::optional<ExpressionField> cpu_threads;  // cpu_share: watch it, with that many threads
  std::vector<Metric> metrics;
  std::vector<ExpressionField> criteria;
  bool counters = true;
  std::string name_zh;
  std::string fault;
  std::string proves;
  std::string proves_zh;
};

enum class ActionKind : std::uint8_t { kNone, kRun, kFacts, kSuite };

struct Step {
  Name id;
  std::string name;
  ActionKind action = ActionKind::kNone;
  RunAction run;
  std::string suite;  // path, relative to the file
  Named<expr::Value> suite_params;
  std::optional<std::vector<Name>> needs;
  std::optional<ExpressionField> condition;  // `if`
  Named<TextField> env;
  std::optional<TextField> cwd;
  std::optional<Nanoseconds> timeout;
  Named<ExpressionField> outputs;
  std::vector<ExpressionField> ensure;
  std::vector<std::string> artifacts;
  std::vector<int> ok_exit = {0};
  std::vector<int> skip_exit;
  std::optional<TestPart> test;
};

enum class Order : std::uint8_t { kSequence, kGraph };

struct Recipe {
  Metadata metadata;
  std::vector<Param> params;
  Order order = Order::kSequence;
  std::vector<Step> steps;
  std::shared_ptr<const SourceText> source;
  std::filesystem::path path;
};

struct Suite {
  Metadata metadata;
  std::vector<Param> params;
  std::vector<Step> tests;
  std::shared_ptr<const SourceText> source;
  std::filesystem::path path;
};

// One bound, a constant or an expression over facts and params.
struct LimitEntry {
  std::optional<ExpressionField> when;
  std::optional<ExpressionField> min;
  std::optional<ExpressionField> max;
  std::string source;
};
struct LimitRule {
  Name test;
  std::string metric;
  std::vector<LimitEntry> entries;
};
struct SuiteUse {
  std::string path;
  SourceSpan where;
  Named<expr::Value> params;
};
struct Programme {
  Metadata metadata;
  std::vector<Param> params;
  std::optional<Nanoseconds> validity;
  std::vector<SuiteUse> suites;
  std::vector<Name> expected;
  std::vector<Name> nonblockers;
  std::vector<LimitRule> limits;
  std::shared_ptr<const SourceText> source;
  std::filesystem::path path;
};

}  // namespace assay::recipe
