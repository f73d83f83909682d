// SPDX-License-Identifier: Apache-2.0
// What recipe, suite and programme files say, typed, with places. Plain data; nothing here is resolved against a
// machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/rare.h"
#include "engine/base/time.h"
#include "engine/expr/expression.h"
#include "engine/expr/interpolation.h"
#include "engine/recipe/shell_script.h"

namespace assay::recipe {

// A name as the file wrote it.
struct Name {
  std::string text;
  SourceSpan where;
  Rare<SourceSpan> value = {};  // of a key in a mapping of names to values: the place of its value
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

// A parameter as a step gives it to a suite or recipe: data, or text with expressions that planning evaluates.
using Argument = std::variant<expr::Value, TextField>;

struct Metadata {
  std::string name;
  std::string version;
  std::string summary;
  std::string summary_zh;
};

enum class ParamType : std::uint8_t { kString, kInt, kNumber, kBool, kDuration, kSize, kEnum, kSecret, kList };
std::string_view to_string(ParamType value);
struct Param {
  Name name;
  ParamType type = ParamType::kString;
  std::optional<expr::Value> fallback;  // the default; none: a value must be given
  std::vector<std::string> choices;     // enum
  std::optional<expr::Value> min;       // int, number, duration, size: of the declared type
  std::optional<expr::Value> max;
  std::string pattern;                   // string: a regular expression for the whole text; empty: any
  ParamType items = ParamType::kString;  // list: the type of its elements
  bool typed_items = false;              // list: `items` was given
  std::string help;
};

// How a step makes its process.
struct RunAction {
  std::vector<TextField> argv;  // argv form
  Rare<ShellScript> script;     // script form
  bool bash = false;            // shell: bash
  Rare<std::string> probe;      // a probe program of ours by name; argv then holds its arguments
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

// One dimension of a matrix: values as written, or an expression that gives a list when the run is planned.
struct Axis {
  Name name;
  std::vector<expr::Value> values;
  std::optional<ExpressionField> list;
};
// `matrix` and `foreach`: one instance of the step for each combination. `foreach` adds its axes after those of
// `matrix`.
struct Matrix {
  std::vector<Axis> axes;
  std::vector<Named<expr::Value>> include;  // rows added, or values added to rows that agree with all other keys
  std::vector<Named<expr::Value>> exclude;  // rows left out: those that agree with all keys
  SourceSpan where;
};

// Why an attempt failed, as far as a retry cares: the work could not be done, the program said no, a person said no.
enum class FailureClass : std::uint8_t { kInfrastructure, kApplication, kBusiness };
struct Retry {
  std::size_t attempts = 1;  // with the first
  Nanoseconds backoff = std::chrono::seconds(1);
  double factor = 2;  // each wait is this many times the one before
  Nanoseconds max_backoff = std::chrono::minutes(5);
  double jitter = 0.1;  // share of a wait that chance adds or takes
  std::vector<FailureClass> on = {FailureClass::kInfrastructure};
};

// What the action does to the machine (semantics 4.1).
enum class Effect : std::uint8_t { kReads, kChanges, kDestroys };
std::string_view to_string(Effect value);

enum class OnInterrupt : std::uint8_t { kAsk, kRerun, kFail };

// `check`: looks at the system before and after, with effect `reads`.
struct CheckPart {
  RunAction run;
  std::optional<ExpressionField> expect;  // over stdout, stderr, exit_code; none: exit code 0
  bool absent = false;                    // of an undo: what it looks for must not be there
};
struct UndoPart {
  RunAction run;
};
// Counted resources a step holds while it runs.
struct PoolUse {
  Name pool;  // as the file has it: the name of a declared pool or of hardware (pool_name.h), or a template
  std::size_t amount = 1;
  std::optional<TextField> name_of_row = std::nullopt;  // of a template: gives the name when the run is planned
};

enum class ActionKind : std::uint8_t { kNone, kRun, kFacts, kSuite, kUse, kBlock, kApprove, kReboot };

// A question to a person: the step waits for the answer.
struct ApproveAction {
  std::optional<TextField> question;
  ParamType answer = ParamType::kBool;  // bool, string, int, number or enum
  std::vector<std::string> choices;     // enum
};

// Boots this machine again; nothing runs beside it.
struct RebootAction {
  std::int64_t times = 1;                         // one after another
  std::vector<TextField> command;                 // argv; empty: what the machine has (systemctl reboot, reboot)
  Nanoseconds within = std::chrono::minutes(30);  // each time it must be back by then
};

// Another recipe as a step: a file, or a file of a git repository at one commit.
struct UseAction {
  std::string path;
  std::string git;     // URL; empty: a file beside this one
  std::string commit;  // full id, or …
  std::string ref;     // … a branch or tag, which assay.lock pins to a commit
  bool usable = true;  // false: it has mistakes, and stands for nothing
  SourceSpan where;
};
// The commit a recipe was taken from.
struct GitOrigin {
  std::string git;  // URL as the recipe that uses it writes it; a path is one from the folder of assay.lock
  std::string ref;  // empty: the commit was stated
  std::string commit;
  std::string tree;  // digest of all files of the commit (system/git_tree.h)
  std::string path;  // of the recipe, below the repository's root
};

struct Block;

// What is rare stands behind a pointer: a recipe may have a hundred thousand steps.
struct Step {
  Name id;
  std::string name;
  ActionKind action = ActionKind::kNone;
  RunAction run;
  Rare<std::string> suite;      // of kSuite: path, relative to the file
  Rare<UseAction> use;          // of kUse
  Rare<ApproveAction> approve;  // of kApprove
  Rare<RebootAction> reboot;    // of kReboot
  Named<Argument> with;         // parameters of the suite or recipe
  bool refresh_facts = false;   // of kSuite and kUse: planned when it is reached (semantics 2.2)
  Rare<Block> block;            // of kBlock
  Rare<std::vector<Name>> needs;
  Rare<ExpressionField> condition;  // `if`
  Named<TextField> env;
  Rare<TextField> cwd;
  std::optional<Nanoseconds> timeout;   // one attempt
  std::optional<Nanoseconds> deadline;  // all attempts with the waits between
  Rare<Matrix> matrix;
  Rare<Retry> retry;
  std::vector<PoolUse> pools;
  std::string on;  // target selector; empty: every target of the run
  std::optional<Effect> effect;
  std::optional<OnInterrupt> on_interrupt;
  Rare<CheckPart> check;
  Rare<UndoPart> undo;
  std::vector<Name> notify;  // handlers to run when this step has changed something
  Rare<TextField> stdin_text;
  Named<ExpressionField> outputs;
  std::vector<ExpressionField> ensure;
  std::vector<std::string> artifacts;
  std::vector<int> ok_exit = {0};
  std::vector<int> skip_exit;
  Rare<TestPart> test;
  std::vector<Name> keys;  // places of the keys that say how often, when and on what it works, and of `block`
  std::vector<std::pair<std::string, SourceSpan>>
      overlaid;  // keys that overlays set ("timeout", "env.LC_ALL"), and where
};

// Steps together, and what runs after a failure of one, and always.
struct Block {
  std::vector<Step> steps;
  std::vector<Step> rescue;
  std::vector<Step> always;
};

// Where the step writes that key (one of `keys`); the place of its id when it does not.
SourceSpan place_of(const Step& step, std::string_view key);

enum class Order : std::uint8_t { kSequence, kGraph };

enum class Strategy : std::uint8_t { kLockStep, kFree };

// How a run spreads over many targets.
struct Rollout {
  std::vector<std::string> serial;  // batch sizes: "1", "25%"
  double max_fail_percentage = 0;
  std::optional<ExpressionField> gate;  // must hold between batches
};
// Named sets of parameter values.
struct Profile {
  Name name;
  Named<expr::Value> params;
};

// An overlay (engine/recipe/overlay.h) that has been applied to a recipe.
struct AppliedOverlay {
  std::string name;
  std::filesystem::path path;
  std::shared_ptr<const SourceText> source;
  Named<expr::Value> params;
};

struct Recipe {
  Metadata metadata;
  std::vector<Param> params;
  std::vector<Profile> profiles;
  Named<std::size_t> pools;  // counted resources of this recipe
  Order order = Order::kSequence;
  Strategy strategy = Strategy::kLockStep;
  std::optional<Nanoseconds> deadline;      // of the run
  std::optional<std::size_t> retry_budget;  // attempts after the first, of all steps of the run together
  std::optional<Rollout> rollout;
  std::vector<Step> steps;
  std::vector<Step> handlers;
  std::vector<Name> keys;                // places of the outermost keys
  Named<ExpressionField> outputs;        // what a recipe that uses this one sees
  std::vector<AppliedOverlay> overlays;  // in the order of their application
  std::shared_ptr<const SourceText> source;
  std::filesystem::path path;
  std::optional<GitOrigin> origin;  // nullopt: a file of this machine
};

// Where the recipe writes that outermost key; its first line when it does not.
SourceSpan place_of(const Recipe& recipe, std::string_view key);

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
  Name metric;
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
