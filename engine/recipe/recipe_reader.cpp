// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>

#include "engine/base/text.h"
#include "engine/recipe/kinds.h"
#include "engine/recipe/overlay.h"
#include "engine/recipe/reader.h"
#include "engine/recipe/step_reader.h"

namespace assay::recipe {
namespace {

using C = ReadContext;
using N = YamlNode;

// Keys that every file begins with; check_header() has read them.
template <class T>
constexpr Row<T> kApiVersion = {"apiVersion", "assay/v1", Needed::kYes, "Version of the format",
                                [](C&, const N&, T&) {}};
template <class T>
constexpr Row<T> kKind = {"kind", "text", Needed::kYes, "What the file is", [](C&, const N&, T&) {}};
template <class T>
constexpr Row<T> kMetadata = {"metadata",
                              "mapping",
                              Needed::kYes,
                              "Name, version, summary",
                              [](C& c, const N& n, T& t) { read_metadata(c, n, t.metadata); },
                              &metadata_shape};
template <class T>
constexpr Row<T> kParams = {"params",
                            "map of mapping",
                            Needed::kNo,
                            "What a run can set",
                            [](C& c, const N& n, T& t) { read_params(c, n, t.params); },
                            &param_shape};

constexpr std::string_view kPercentage = "number 0..100";
constexpr std::array<Row<Rollout>, 3> kRolloutRows = {{
    {"serial", "text or list of text", Needed::kNo, "Size of each batch of targets: a number or a percentage",
     [](C& c, const N& n, Rollout& r) {
       r.serial = n.kind == N::Kind::kScalar ? std::vector<std::string>{n.scalar} : c.text_list(n, "serial");
       for (const std::string& size : r.serial) {
         const std::string_view digits = std::string_view(size).substr(0, size.size() - (size.ends_with('%') ? 1 : 0));
         const bool number = !digits.empty() && digits.size() < 7 && digits.front() != '0' &&
                             digits.find_first_not_of("0123456789") == std::string_view::npos;
         if (!number || (size.ends_with('%') && (digits.size() > 3 || std::stoi(std::string(digits)) > 100)))
           c.error(Code::kBadValue, n, "'" + size + "' is not the size of a batch", "a number from 1, or 1% to 100%");
       }
     }},
    {"max_fail_percentage", kPercentage, Needed::kNo,
     "The rollout stops when more targets of a batch failed; default 0",
     [](C& c, const N& n, Rollout& r) {
       assign(r.max_fail_percentage, c.number(n, "max_fail_percentage", kPercentage));
     }},
    {"gate", "expression", Needed::kNo, "Must hold after a batch before the next begins",
     [](C& c, const N& n, Rollout& r) { r.gate = c.expression(n, "gate"); }},
}};
Shape rollout_shape() { return make_shape<Rollout>("rollout", kRolloutRows); }

void read_profiles(C& c, const N& node, Recipe& recipe) {
  if (!c.expect(node, N::Kind::kMapping, "profiles", "a mapping of names to parameter values")) return;
  for (const N::Entry& entry : node.entries) {
    if (auto name = c.name(*entry.key, "a profile"))
      recipe.profiles.push_back({std::move(*name), c.value_map(*entry.value, entry.key->scalar)});
  }
}

constexpr std::string_view kPoolSizes = "map of int 1..1000000";
void read_pools(C& c, const N& node, Recipe& recipe) {
  if (!c.expect(node, N::Kind::kMapping, "pools", "a mapping of names to numbers")) return;
  for (const N::Entry& entry : node.entries) {
    auto name = c.name(*entry.key, "a pool");
    const auto size = c.integer(*entry.value, entry.key->scalar, kPoolSizes);
    if (name && size) recipe.pools.emplace_back(std::move(*name), static_cast<std::size_t>(*size));
  }
}

constexpr std::array<Row<Recipe>, 14> kRecipeRows = {{
    kApiVersion<Recipe>,
    kKind<Recipe>,
    kMetadata<Recipe>,
    kParams<Recipe>,
    {"profiles", "map of map of value", Needed::kNo, "Named sets of parameter values, chosen with --profile",
     read_profiles},
    {"pools", kPoolSizes, Needed::kNo, "Counted resources that steps hold while they run", read_pools},
    {"order", "sequence|graph", Needed::kNo,
     "sequence (default): each step after the one before; graph: only `needs` orders",
     [](C& c, const N& n, Recipe& r) {
       if (c.choice(n, "order", "sequence|graph") == "graph") r.order = Order::kGraph;
     }},
    {"strategy", "lockstep|free", Needed::kNo,
     "lockstep (default): a step starts when the one before is settled on all targets; free: each target for itself",
     [](C& c, const N& n, Recipe& r) {
       if (c.choice(n, "strategy", "lockstep|free") == "free") r.strategy = Strategy::kFree;
     }},
    {"deadline", "duration", Needed::kNo, "Longest time of the whole run",
     [](C& c, const N& n, Recipe& r) { r.deadline = c.duration(n, "deadline"); }},
    {"retry_budget", kRetryBudget, Needed::kNo,
     "Most attempts after the first that all steps of the run make together; when they are spent a failure is final",
     [](C& c, const N& n, Recipe& r) {
       if (const auto most = c.integer(n, "retry_budget", kRetryBudget))
         r.retry_budget = static_cast<std::size_t>(*most);
     }},
    {"rollout", "mapping", Needed::kNo, "How the run spreads over many targets",
     [](C& c, const N& n, Recipe& r) { read_mapping<Rollout>(c, n, kRolloutRows, "rollout", r.rollout.emplace()); },
     &rollout_shape},
    {"steps", "list of at least one mapping", Needed::kYes, "What is done",
     [](C& c, const N& n, Recipe& r) { read_steps(c, n, "steps", r.steps); }, &step_shape},
    {"handlers", "list of at least one mapping", Needed::kNo,
     "Steps that run once, at the end, when a step has notified them",
     [](C& c, const N& n, Recipe& r) { read_steps(c, n, "handlers", r.handlers); }, &step_shape},
    {"outputs", "map of expression", Needed::kNo, "What a recipe that uses this one sees as the outputs of its step",
     [](C& c, const N& n, Recipe& r) { r.outputs = c.expression_map(n, "outputs"); }},
}};

constexpr std::array<Row<Suite>, 5> kSuiteRows = {{
    kApiVersion<Suite>,
    kKind<Suite>,
    kMetadata<Suite>,
    kParams<Suite>,
    {"tests", "list of at least one mapping", Needed::kYes, "The tests",
     [](C& c, const N& n, Suite& s) { read_tests(c, n, s.tests); }, &test_shape},
}};

constexpr std::array<Row<SuiteUse>, 2> kSuiteUseRows = {{
    {"suite", "path", Needed::kYes, "Suite file, relative to this one",
     [](C& c, const N& n, SuiteUse& s) {
       if (auto v = c.text(n, "suite")) s.path = std::move(*v);
       s.where = n.span();
     }},
    {"params", "map of value", Needed::kNo, "Values of its parameters",
     [](C& c, const N& n, SuiteUse& s) { s.params = c.value_map(n, "params"); }},
}};

// A bound is a quantity ("26 GB/s") or, after '=', an expression that gives one.
std::optional<ExpressionField> read_bound(ReadContext& context, const YamlNode& node, std::string_view key) {
  const auto text = context.text(node, key);
  if (!text) return std::nullopt;
  if (text->starts_with('=')) {
    auto parsed =
        expr::Expression::parse_part(std::make_shared<const std::string>(*text), 1, text->size(), node.span());
    if (parsed) return ExpressionField{std::move(*parsed), node.span()};
    context.problems().add(std::move(parsed).error());
    return std::nullopt;
  }
  const auto quantity = parse_quantity(*text);
  if (!quantity) {
    context.error(Code::kBadValue, node, quantity.error().message, quantity.error().expected, quantity.error().help);
    return std::nullopt;
  }
  std::string literal = "quantity(\"" + replace_all(replace_all(*text, "\\", "\\\\"), "\"", "\\\"") + "\")";
  auto parsed = expr::Expression::parse(literal);
  if (!parsed) return std::nullopt;
  return ExpressionField{std::move(*parsed), node.span()};
}

constexpr std::array<Row<LimitEntry>, 4> kLimitEntryRows = {{
    {"when", "expression", Needed::kNo, "The class of hardware, over facts and params; the first true entry counts",
     [](C& c, const N& n, LimitEntry& e) { e.when = c.expression(n, "when"); }},
    {"min", "quantity", Needed::kNo, "Lower bound: a quantity, or '=' and an expression",
     [](C& c, const N& n, LimitEntry& e) { e.min = read_bound(c, n, "min"); }},
    {"max", "quantity", Needed::kNo, "Upper bound",
     [](C& c, const N& n, LimitEntry& e) { e.max = read_bound(c, n, "max"); }},
    {"source", "text", Needed::kYes, "Where the limit comes from",
     [](C& c, const N& n, LimitEntry& e) {
       if (auto v = c.text(n, "source")) e.source = std::move(*v);
     }},
}};

Shape suite_use_shape() { return make_shape<SuiteUse>("suite_use", kSuiteUseRows); }
Shape limit_entry_shape() { return make_shape<LimitEntry>("limit_entry", kLimitEntryRows); }

constexpr std::array<Row<LimitRule>, 3> kLimitRows = {{
    {"test", "name", Needed::kYes, "The test",
     [](C& c, const N& n, LimitRule& r) {
       if (auto v = c.name(n, "a test")) r.test = std::move(*v);
     }},
    {"metric", "name", Needed::kYes, "The metric",
     [](C& c, const N& n, LimitRule& r) {
       if (auto v = c.name(n, "a metric")) r.metric = std::move(*v);
     }},
    {"entries", "list of mapping", Needed::kYes, "Bounds by class of hardware",
     [](C& c, const N& n, LimitRule& r) {
       if (!c.expect(n, N::Kind::kSequence, "entries", "a list")) return;
       for (const NodePtr& item : n.items) {
         LimitEntry& entry = r.entries.emplace_back();
         read_mapping<LimitEntry>(c, *item, kLimitEntryRows, "a limit", entry);
         if (item->kind == N::Kind::kMapping && item->find("min") == nullptr && item->find("max") == nullptr) {
           c.error(Code::kMissingKey, *item, "a limit has neither 'min' nor 'max': it could not fail");
         }
       }
     },
     &limit_entry_shape},
}};

Shape limit_shape() { return make_shape<LimitRule>("limit", kLimitRows); }

constexpr std::array<Row<Programme>, 9> kProgrammeRows = {{
    kApiVersion<Programme>,
    kKind<Programme>,
    kMetadata<Programme>,
    kParams<Programme>,
    {"validity", "duration", Needed::kNo, "How long a certificate holds",
     [](C& c, const N& n, Programme& p) { p.validity = c.duration(n, "validity"); }},
    {"suites", "list of mapping", Needed::kYes, "The suites, in order",
     [](C& c, const N& n, Programme& p) {
       if (!c.expect(n, N::Kind::kSequence, "suites", "a list")) return;
       for (const NodePtr& item : n.items)
         read_mapping<SuiteUse>(c, *item, kSuiteUseRows, "a suite", p.suites.emplace_back());
     },
     &suite_use_shape},
    {"expected", "list of name", Needed::kYes, "Every test that makes the certificate",
     [](C& c, const N& n, Programme& p) { p.expected = c.name_list(n, "expected"); }},
    {"nonblockers", "list of name", Needed::kNo, "Tests whose failure does not fail the run",
     [](C& c, const N& n, Programme& p) { p.nonblockers = c.name_list(n, "nonblockers"); }},
    {"limits", "list of mapping", Needed::kNo, "Bounds of the metrics",
     [](C& c, const N& n, Programme& p) {
       if (!c.expect(n, N::Kind::kSequence, "limits", "a list")) return;
       for (const NodePtr& item : n.items)
         read_mapping<LimitRule>(c, *item, kLimitRows, "a limit rule", p.limits.emplace_back());
     },
     &limit_shape},
}};

// What only the whole file shows.
void check_whole(C& c, const Recipe& recipe) { check_unique_ids(c, {&recipe.steps, &recipe.handlers}); }
void check_whole(C& c, const Suite& suite) { check_unique_ids(c, {&suite.tests}); }
void check_whole(C&, const Programme&) {}

// Places of the outermost keys.
void note_keys(const YamlNode& root, Recipe& recipe) {
  for (const N::Entry& entry : root.entries) recipe.keys.push_back({entry.key->scalar, entry.key->span()});
}
template <class T>
void note_keys(const YamlNode&, const T&) {}

template <class T, std::size_t Size>
ReadResult<T> read_document(YamlDocument document, const std::filesystem::path& path, std::string_view kind,
                            const std::array<Row<T>, Size>& rows) {
  ReadResult<T> result;
  result.problems = std::move(document.problems);
  if (!document.root) return result;
  ReadContext context(result.problems);
  T value;
  value.source = document.source;
  value.path = path;
  if (check_header(context, *document.root, kind)) {
    read_mapping<T>(context, *document.root, std::span<const Row<T>>(rows), "a " + std::string(kind), value);
    note_keys(*document.root, value);
    check_whole(context, value);
  }
  result.problems.sort();
  (result.problems.has_errors() ? result.partial : result.value) = std::move(value);
  return result;
}

template <class T, std::size_t Size>
ReadResult<T> read_file_of(std::string text, std::string name, const std::filesystem::path& path, std::string_view kind,
                           const std::array<Row<T>, Size>& rows) {
  return read_document(parse_yaml(std::move(text), std::move(name)), path, kind, rows);
}

using OverlaidKeys = std::multimap<std::string, std::pair<std::string, SourceSpan>, std::less<>>;  // by step

void note_overlaid(std::vector<Step>& steps, const OverlaidKeys& keys) {
  for (Step& step : steps) {
    const auto [begin, end] = keys.equal_range(step.id.text);
    for (auto it = begin; it != end; ++it) step.overlaid.push_back(it->second);
    if (!step.block) continue;
    for (auto* inner : {&step.block->steps, &step.block->rescue, &step.block->always}) note_overlaid(*inner, keys);
  }
}

// A value of an overlay for a parameter that the recipe does not declare, or that does not fit it.
void check_overlay_params(const Recipe& recipe, const AppliedOverlay& overlay, Diagnostics& problems) {
  std::vector<std::string> names;
  for (const Param& param : recipe.params) names.push_back(param.name.text);
  for (const auto& [name, value] : overlay.params) {
    const auto param = std::find_if(recipe.params.begin(), recipe.params.end(),
                                    [&wanted = name.text](const Param& one) { return one.name.text == wanted; });
    if (param == recipe.params.end()) {
      problems.add({.code = Code::kBadParam,
                    .where = name.where,
                    .message = "the recipe has no parameter '" + name.text + "'",
                    .help = did_you_mean(name.text, names)});
    } else if (auto converted = convert_param(*param, value); !converted) {
      Diagnostic problem = std::move(converted).error();
      problem.where = name.value.value_or(name.where);
      hide_written_secret(*param, value, *problem.where);
      problems.add(std::move(problem));
    }
  }
}

}  // namespace

ReadResult<Recipe> read_recipe(FileText file, std::vector<FileText> overlays) {
  YamlDocument document = parse_yaml(std::move(file.text), std::move(file.name));
  std::vector<AppliedOverlay> applied;
  std::vector<YamlDocument> sources;  // the tree of the recipe will hold nodes of theirs
  OverlaidKeys keys;
  for (FileText& text : overlays) {
    auto read = read_overlay(std::move(text.text), std::move(text.name), text.path);
    document.problems.add(read.problems);
    // What was understood of one with mistakes is applied too, so that the others are told in the same go.
    auto& overlay = read.value ? read.value : read.partial;
    if (!overlay) continue;
    for (OverlaidValue& value : apply_overlay(*overlay, document, document.problems))
      keys.emplace(std::move(value.step), std::pair(std::move(value.key), std::move(value.where)));
    applied.push_back({.name = overlay->metadata.name,
                       .path = text.path,
                       .source = overlay->document.source,
                       .params = std::move(overlay->params)});
    sources.push_back(std::move(overlay->document));
  }
  auto result = read_document(std::move(document), file.path, "Recipe", kRecipeRows);
  auto& recipe = result.value ? result.value : result.partial;
  if (!recipe) return result;
  for (auto* steps : {&recipe->steps, &recipe->handlers}) note_overlaid(*steps, keys);
  for (const AppliedOverlay& overlay : applied) check_overlay_params(*recipe, overlay, result.problems);
  recipe->overlays = std::move(applied);
  result.problems.sort();  // what is wrong in an overlay shows again in what it makes of the recipe
  if (result.value && result.problems.has_errors()) {
    result.partial = std::move(result.value);
    result.value.reset();
  }
  return result;
}
ReadResult<Recipe> read_recipe(std::string text, std::string name, const std::filesystem::path& path) {
  return read_recipe({std::move(text), std::move(name), path}, {});
}
ReadResult<Suite> read_suite(std::string text, std::string name, const std::filesystem::path& path) {
  return read_file_of(std::move(text), std::move(name), path, "Suite", kSuiteRows);
}
ReadResult<Programme> read_programme(std::string text, std::string name, const std::filesystem::path& path) {
  return read_file_of(std::move(text), std::move(name), path, "Programme", kProgrammeRows);
}

std::span<const KindRow> kind_rows() {
  static constexpr KindRow kRows[] = {
      {"Recipe", "what is done to a machine, in order", [] { return make_shape<Recipe>("recipe", kRecipeRows); }},
      {"Suite", "tests of one area of hardware", [] { return make_shape<Suite>("suite", kSuiteRows); }},
      {"Programme", "the suites and limits that make a certificate",
       [] { return make_shape<Programme>("programme", kProgrammeRows); }},
      {"Overlay", "a site's own values for a recipe", &overlay_shape},
      {"RecipeTest", "tests of a recipe: what its processes would do, and what must come of it", &recipe_test_shape},
  };
  return kRows;
}

std::string kind_of(const std::string& text) { return top_level_text(text, "kind"); }

}  // namespace assay::recipe
