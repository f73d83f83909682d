// SPDX-License-Identifier: Apache-2.0
// The keys that say how often, when and on what a step works: matrix, retry, pool, check, undo and their like.
#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>

#include "engine/recipe/pool_name.h"
#include "engine/recipe/step_reader.h"

namespace assay::recipe {
namespace {

using C = ReadContext;
using N = YamlNode;

constexpr std::string_view kRefresh = "facts";
constexpr std::string_view kEffects = "reads|changes|destroys";
constexpr std::string_view kOnInterrupt = "ask|rerun|fail";
constexpr std::string_view kAttempts = "int 1..1000";
constexpr std::string_view kFactor = "number 1..100";
constexpr std::string_view kJitter = "number 0..1";
constexpr std::string_view kPoolUse = "pool or list of pool or map of int 1..1000000";
constexpr std::string_view kFailureClasses = "infrastructure|application|business";

// One axis: a list of values, or an expression that gives a list.
void read_axis(C& c, const N::Entry& entry, Matrix& matrix) {
  auto name = c.name(*entry.key, "a matrix key");
  if (!name) return;
  for (const Axis& other : matrix.axes) {
    if (other.name.text != name->text) continue;
    c.error(Code::kDuplicateName, *entry.key, "'" + name->text + "' is a key of both matrix and foreach", {},
            "give one of them another name");
    return;
  }
  Axis axis{.name = std::move(*name), .values = {}, .list = std::nullopt};
  if (entry.value->kind == N::Kind::kSequence) {
    if (entry.value->items.empty())
      c.error(Code::kBadValue, *entry.value, "'" + axis.name.text + "' has no values: the step would never run", {},
              "give values, or an expression whose list may be empty on some machines");
    std::unordered_set<std::string> seen;
    c.refuse_templates(*entry.value, axis.name.text,
                       "write the list as one expression: " + axis.name.text + ": \"[params.a, 'b']\"");
    for (const NodePtr& item : entry.value->items) {
      axis.values.push_back(to_value(*item));
      const auto text = expr::to_text(axis.values.back());
      if (text && !seen.insert(expr::type_name(axis.values.back()) + *text).second)
        c.error(Code::kDuplicateName, *item,
                "'" + *text + "' stands twice among the values of '" + axis.name.text + "'", {},
                "leave one of them out; to do the same twice add a second key, for example `round: [1, 2]`");
    }
  } else if (entry.value->kind == N::Kind::kScalar) {
    axis.list = c.expression(*entry.value, axis.name.text);
  } else {
    c.error(Code::kWrongType, *entry.value,
            "'" + axis.name.text + "' must be a list, or an expression that gives one, got " +
                std::string(describe(*entry.value)));
  }
  matrix.axes.push_back(std::move(axis));
}

// `include` and `exclude`: lists of partial rows.
void read_rows(C& c, const N& node, std::string_view key, std::vector<Named<expr::Value>>& out) {
  if (!c.expect(node, N::Kind::kSequence, key, "a list of mappings")) return;
  for (const NodePtr& item : node.items) {
    if (c.expect(*item, N::Kind::kMapping, key, "a list of mappings")) out.push_back(c.value_map(*item, key));
  }
}

Matrix& matrix_of(const N& node, Step& step) {
  if (!step.matrix) step.matrix.emplace().where = node.span();
  return *step.matrix;
}

void read_matrix(C& c, const N& node, Step& step) {
  if (!c.expect(node, N::Kind::kMapping, "matrix", "a mapping of names to lists",
                "for example `matrix: { size: [4k, 1M] }`"))
    return;
  Matrix& matrix = matrix_of(node, step);
  for (const N::Entry& entry : node.entries) {
    if (entry.key->scalar == "include") {
      read_rows(c, *entry.value, "include", matrix.include);
    } else if (entry.key->scalar == "exclude") {
      read_rows(c, *entry.value, "exclude", matrix.exclude);
    } else {
      read_axis(c, entry, matrix);
    }
  }
  if (node.entries.empty()) c.error(Code::kBadValue, node, "'matrix' has no rows: the step would never run");
}

void read_foreach(C& c, const N& node, Step& step) {
  if (!c.expect(node, N::Kind::kMapping, "foreach", "a mapping of a name to an expression that gives a list",
                "for example `foreach: { disk: facts.disks }`"))
    return;
  if (node.entries.empty()) c.error(Code::kBadValue, node, "'foreach' names nothing to go through");
  for (const N::Entry& entry : node.entries) read_axis(c, entry, matrix_of(node, step));
}

constexpr std::array<Row<Retry>, 6> kRetryRows = {{
    {"attempts", kAttempts, Needed::kYes, "Most attempts, with the first",
     [](C& c, const N& n, Retry& r) {
       if (const auto v = c.integer(n, "attempts", kAttempts)) r.attempts = static_cast<std::size_t>(*v);
     }},
    {"backoff", "duration", Needed::kNo, "Wait before the second attempt; default 1s",
     [](C& c, const N& n, Retry& r) { assign(r.backoff, c.duration(n, "backoff")); }},
    {"factor", kFactor, Needed::kNo, "Each wait is this many times the one before; default 2",
     [](C& c, const N& n, Retry& r) { assign(r.factor, c.number(n, "factor", kFactor)); }},
    {"max_backoff", "duration", Needed::kNo, "Longest wait; default 5m",
     [](C& c, const N& n, Retry& r) { assign(r.max_backoff, c.duration(n, "max_backoff")); }},
    {"jitter", kJitter, Needed::kNo, "Share of a wait that chance adds or takes; default 0.1",
     [](C& c, const N& n, Retry& r) { assign(r.jitter, c.number(n, "jitter", kJitter)); }},
    {"on", "list of infrastructure|application|business", Needed::kNo,
     "Failures worth another attempt; default [infrastructure]: not startable, timeout, link lost",
     [](C& c, const N& n, Retry& r) {
       if (!c.expect(n, N::Kind::kSequence, "on", "a list of classes of failure")) return;
       r.on.clear();
       for (const NodePtr& item : n.items) {
         const auto chosen = c.choice(*item, "class of failure", kFailureClasses);
         if (chosen == "infrastructure") r.on.push_back(FailureClass::kInfrastructure);
         if (chosen == "application") r.on.push_back(FailureClass::kApplication);
         if (chosen == "business") r.on.push_back(FailureClass::kBusiness);
       }
     }},
}};
Shape retry_shape() { return make_shape<Retry>("retry", kRetryRows); }

constexpr std::array<Row<CheckPart>, 2> kCheckRows = {{
    {"run", "argv or script", Needed::kYes, "A program that only looks",
     [](C& c, const N& n, CheckPart& p) { read_run(c, n, p.run); }},
    {"expect", "expression", Needed::kNo, "Over stdout, stderr and exit_code; default: exit code 0",
     [](C& c, const N& n, CheckPart& p) { p.expect = c.expression(n, "expect"); }},
}};
Shape check_shape() { return make_shape<CheckPart>("check", kCheckRows); }

constexpr std::array<Row<UndoPart>, 1> kUndoRows = {{
    {"run", "argv or script", Needed::kYes, "A program that takes the change back",
     [](C& c, const N& n, UndoPart& p) { read_run(c, n, p.run); }},
}};
Shape undo_shape() { return make_shape<UndoPart>("undo", kUndoRows); }

// One pool as `pool` names it; nullopt after a mistake.
std::optional<PoolUse> read_pool_name(C& c, const N& node) {
  if (!c.expect(node, N::Kind::kScalar, "pool", "a name")) return std::nullopt;
  PoolUse use{.pool = {node.scalar, node.span()}};
  if (node.scalar.find("${{") != std::string::npos) {
    use.name_of_row = c.text_field(node, "pool");
    return use.name_of_row ? std::optional(std::move(use)) : std::nullopt;
  }
  if (auto problem = pool_name_problem(node.scalar)) {
    problem->where = node.span();
    c.problems().add(std::move(*problem));
    return std::nullopt;
  }
  return use;
}

void add_pool(C& c, const N& node, Step& step) {
  auto use = read_pool_name(c, node);
  if (!use) return;
  const auto first = std::find_if(step.pools.begin(), step.pools.end(),
                                  [&](const PoolUse& other) { return other.pool.text == use->pool.text; });
  if (first == step.pools.end()) {
    step.pools.push_back(std::move(*use));
    return;
  }
  Diagnostic twice{.code = Code::kDuplicateName,
                   .where = use->pool.where,
                   .message = "the pool '" + use->pool.text + "' is named twice",
                   .help = "to take two of it, write { " + use->pool.text + ": 2 }"};
  twice.notes.push_back({.where = first->pool.where, .text = "it is named first here"});
  c.problems().add(std::move(twice));
}

void read_pool(C& c, const N& node, Step& step) {
  if (node.kind == N::Kind::kScalar) return add_pool(c, node, step);
  if (node.kind != N::Kind::kMapping) {
    if (!c.expect(node, N::Kind::kSequence, "pool", "a list of names")) return;
    for (const NodePtr& item : node.items) add_pool(c, *item, step);
    return;
  }
  for (const N::Entry& entry : node.entries) {
    auto use = read_pool_name(c, *entry.key);
    const auto amount = c.integer(*entry.value, entry.key->scalar, kPoolUse);
    if (!use || !amount) continue;
    use->amount = static_cast<std::size_t>(*amount);
    step.pools.push_back(std::move(*use));
  }
}

constexpr std::array<Row<Step>, 13> kControlRows = {{
    {"on", "text", Needed::kNo, "Target selector; default: every target of the run",
     [](C& c, const N& n, Step& s) {
       assign(s.on, c.text(n, "on", "one selector, for example `on: node[1:4]` or `on: label:rack=r1`"));
       c.refuse_templates(n, "on", "write the selector itself, or choose with `--on`");
     }},
    {"matrix", "map of value", Needed::kNo,
     "One instance for each combination: names and their values, or an expression that gives a list; "
     "`include` adds rows, `exclude` leaves rows out",
     read_matrix},
    {"foreach", "map of value", Needed::kNo,
     "One instance for each element of a list, for example `disk: facts.disks`; seen as matrix.disk", read_foreach},
    {"stdin", "template", Needed::kNo, "Text the program reads; default: nothing",
     [](C& c, const N& n, Step& s) { s.stdin_text = c.text_field(n, "stdin"); }},
    {"deadline", "duration", Needed::kNo, "Longest time of all attempts with the waits between",
     [](C& c, const N& n, Step& s) { s.deadline = c.duration(n, "deadline"); }},
    {"retry", "mapping", Needed::kNo, "When and how often the action is tried again",
     [](C& c, const N& n, Step& s) { read_mapping<Retry>(c, n, kRetryRows, "retry", s.retry.emplace()); },
     &retry_shape},
    {"pool", kPoolUse, Needed::kNo,
     "Counted resources that the step holds: of `pools`, or cpu, disk:NAME, accelerator:NUMBER",
     [](C& c, const N& n, Step& s) { read_pool(c, n, s); }},
    {"effect", kEffects, Needed::kNo, "What the action does to the machine; default changes",
     [](C& c, const N& n, Step& s) {
       const auto v = c.choice(n, "effect", kEffects);
       if (v) s.effect = *v == "reads" ? Effect::kReads : *v == "changes" ? Effect::kChanges : Effect::kDestroys;
     }},
    {"on_interrupt", kOnInterrupt, Needed::kNo, "What resume does with a started step that destroys; default ask",
     [](C& c, const N& n, Step& s) {
       const auto v = c.choice(n, "on_interrupt", kOnInterrupt);
       if (v)
         s.on_interrupt = *v == "ask" ? OnInterrupt::kAsk : *v == "rerun" ? OnInterrupt::kRerun : OnInterrupt::kFail;
     }},
    {"check", "mapping", Needed::kNo,
     "Looks at the system: before (if it holds, nothing is done) and after (it must hold)",
     [](C& c, const N& n, Step& s) { read_mapping<CheckPart>(c, n, kCheckRows, "check", s.check.emplace()); },
     &check_shape},
    {"undo", "mapping", Needed::kNo, "Takes the change back, for `assay undo`",
     [](C& c, const N& n, Step& s) { read_mapping<UndoPart>(c, n, kUndoRows, "undo", s.undo.emplace()); }, &undo_shape},
    {"refresh", kRefresh, Needed::kNo, "The suite or recipe is planned when it is reached, from the facts of that time",
     [](C& c, const N& n, Step& s) { s.refresh_facts = c.choice(n, "refresh", kRefresh).has_value(); }},
    {"notify", "name or list of name", Needed::kNo,
     "Handlers that run once, at the end, when this step changed something",
     [](C& c, const N& n, Step& s) { s.notify = c.name_list(n, "notify"); }},
}};

}  // namespace

std::span<const Row<Step>> control_rows() { return kControlRows; }

std::string_view to_string(Effect value) {
  switch (value) {
    case Effect::kReads: return "reads";
    case Effect::kChanges: return "changes";
    case Effect::kDestroys: return "destroys";
  }
  return "?";
}

}  // namespace assay::recipe
