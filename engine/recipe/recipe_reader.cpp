// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "engine/base/text.h"
#include "engine/recipe/reader.h"
#include "engine/recipe/step_reader.h"

namespace assay::recipe {
namespace {

using C = ReadContext;
using N = YamlNode;

// Keys that every file begins with; check_header() has read them.
template <class T>
constexpr Row<T> kApiVersion = {"apiVersion", "text", Needed::kNo, "assay/v1", [](C&, const N&, T&) {}};
template <class T>
constexpr Row<T> kKind = {"kind", "text", Needed::kNo, "What the file is", [](C&, const N&, T&) {}};
template <class T>
constexpr Row<T> kMetadata = {"metadata", "mapping", Needed::kYes, "Name, version, summary",
                              [](C& c, const N& n, T& t) { read_metadata(c, n, t.metadata); }};
template <class T>
constexpr Row<T> kParams = {"params", "mapping", Needed::kNo, "What a run can set",
                            [](C& c, const N& n, T& t) { read_params(c, n, t.params); }};

constexpr std::array<Row<Recipe>, 6> kRecipeRows = {{
    kApiVersion<Recipe>,
    kKind<Recipe>,
    kMetadata<Recipe>,
    kParams<Recipe>,
    {"order", "enum", Needed::kNo, "sequence (default): each step after the one before; graph: only `needs` orders",
     [](C& c, const N& n, Recipe& r) {
       if (c.choice(n, "order", {"sequence", "graph"}) == "graph") r.order = Order::kGraph;
     }},
    {"steps", "list", Needed::kYes, "What is done", [](C& c, const N& n, Recipe& r) { read_steps(c, n, r.steps); }},
}};

constexpr std::array<Row<Suite>, 5> kSuiteRows = {{
    kApiVersion<Suite>,
    kKind<Suite>,
    kMetadata<Suite>,
    kParams<Suite>,
    {"tests", "list", Needed::kYes, "The tests", [](C& c, const N& n, Suite& s) { read_tests(c, n, s.tests); }},
}};

constexpr std::array<Row<SuiteUse>, 2> kSuiteUseRows = {{
    {"suite", "path", Needed::kYes, "Suite file, relative to this one",
     [](C& c, const N& n, SuiteUse& s) {
       if (auto v = c.text(n, "suite")) s.path = std::move(*v);
       s.where = n.span();
     }},
    {"params", "mapping", Needed::kNo, "Values of its parameters",
     [](C& c, const N& n, SuiteUse& s) { s.params = c.value_map(n, "params"); }},
}};

// A bound is a quantity ("26 GB/s") or, after '=', an expression that gives one.
std::optional<ExpressionField> read_bound(ReadContext& context, const YamlNode& node, std::string_view key) {
  const auto text = context.text(node, key);
  if (!text) return std::nullopt;
  if (text->starts_with('=')) {
    auto parsed = expr::Expression::parse(text->substr(1));
    if (parsed) return ExpressionField{std::move(*parsed), node.span()};
    Diagnostic problem = std::move(parsed).error();
    problem.notes.push_back({.where = problem.where, .text = "in the expression after '='"});
    problem.where = node.span();
    context.problems().add(std::move(problem));
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

constexpr std::array<Row<LimitRule>, 3> kLimitRows = {{
    {"test", "name", Needed::kYes, "The test",
     [](C& c, const N& n, LimitRule& r) {
       if (auto v = c.name(n, "a test")) r.test = std::move(*v);
     }},
    {"metric", "name", Needed::kYes, "The metric",
     [](C& c, const N& n, LimitRule& r) {
       if (auto v = c.text(n, "metric")) r.metric = std::move(*v);
     }},
    {"entries", "list", Needed::kYes, "Bounds by class of hardware",
     [](C& c, const N& n, LimitRule& r) {
       if (!c.expect(n, N::Kind::kSequence, "entries", "a list")) return;
       for (const NodePtr& item : n.items) {
         LimitEntry& entry = r.entries.emplace_back();
         read_mapping<LimitEntry>(c, *item, kLimitEntryRows, "a limit", entry);
         if (item->kind == N::Kind::kMapping && item->find("min") == nullptr && item->find("max") == nullptr) {
           c.error(Code::kMissingKey, *item, "a limit has neither 'min' nor 'max': it could not fail");
         }
       }
     }},
}};

constexpr std::array<Row<Programme>, 9> kProgrammeRows = {{
    kApiVersion<Programme>,
    kKind<Programme>,
    kMetadata<Programme>,
    kParams<Programme>,
    {"validity", "duration", Needed::kNo, "How long a certificate holds",
     [](C& c, const N& n, Programme& p) { p.validity = c.duration(n, "validity"); }},
    {"suites", "list", Needed::kYes, "The suites, in order",
     [](C& c, const N& n, Programme& p) {
       if (!c.expect(n, N::Kind::kSequence, "suites", "a list")) return;
       for (const NodePtr& item : n.items)
         read_mapping<SuiteUse>(c, *item, kSuiteUseRows, "a suite", p.suites.emplace_back());
     }},
    {"expected", "list of names", Needed::kYes, "Every test that makes the certificate",
     [](C& c, const N& n, Programme& p) { p.expected = c.name_list(n, "expected"); }},
    {"nonblockers", "list of names", Needed::kNo, "Tests whose failure does not fail the run",
     [](C& c, const N& n, Programme& p) { p.nonblockers = c.name_list(n, "nonblockers"); }},
    {"limits", "list", Needed::kNo, "Bounds of the metrics",
     [](C& c, const N& n, Programme& p) {
       if (!c.expect(n, N::Kind::kSequence, "limits", "a list")) return;
       for (const NodePtr& item : n.items)
         read_mapping<LimitRule>(c, *item, kLimitRows, "a limit rule", p.limits.emplace_back());
     }},
}};

template <class T, std::size_t Size>
ReadResult<T> read_file_of(std::string text, std::string name, std::filesystem::path path, std::string_view kind,
                           const std::array<Row<T>, Size>& rows) {
  ReadResult<T> result;
  YamlDocument document = parse_yaml(std::move(text), std::move(name));
  result.problems = std::move(document.problems);
  if (!document.root) return result;
  ReadContext context(result.problems);
  T value;
  value.source = document.source;
  value.path = std::move(path);
  if (check_header(context, *document.root, kind)) {
    read_mapping<T>(context, *document.root, std::span<const Row<T>>(rows), "a " + std::string(kind), value);
  }
  result.problems.sort();
  (result.problems.has_errors() ? result.partial : result.value) = std::move(value);
  return result;
}

}  // namespace

ReadResult<Recipe> read_recipe(std::string text, std::string name, std::filesystem::path path) {
  return read_file_of(std::move(text), std::move(name), std::move(path), "Recipe", kRecipeRows);
}
ReadResult<Suite> read_suite(std::string text, std::string name, std::filesystem::path path) {
  return read_file_of(std::move(text), std::move(name), std::move(path), "Suite", kSuiteRows);
}
ReadResult<Programme> read_programme(std::string text, std::string name, std::filesystem::path path) {
  return read_file_of(std::move(text), std::move(name), std::move(path), "Programme", kProgrammeRows);
}

std::string kind_of(const std::string& text) {
  const YamlDocument document = parse_yaml(text, "");
  if (!document.root || document.root->kind != N::Kind::kMapping) return {};
  const N* kind = document.root->find("kind");
  return kind != nullptr ? kind->scalar : std::string();
}

}  // namespace assay::recipe
