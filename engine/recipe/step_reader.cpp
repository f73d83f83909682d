// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/step_reader.h"

#include <algorithm>
#include <array>
#include <map>

#include "engine/base/text.h"
#include "engine/recipe/git_source.h"
#include "engine/recipe/kinds.h"

namespace assay::recipe {
namespace {

using C = ReadContext;
using N = YamlNode;

struct UseDraft {
  UseAction use;
};
// Of `suite` and `use`.
constexpr std::string_view kFileIsKnown =
    "name one file, which is checked before anything runs; to choose, write a step for each with an `if`";

constexpr std::array<Row<UseDraft>, 4> kUseRows = {{
    {"git", "text", Needed::kYes,
     "URL of the repository: https, ssh, file, HOST:PATH, or a path from this file's folder",
     [](C& c, const N& n, UseDraft& d) { assign(d.use.git, c.text(n, "git")); }},
    {"commit", "text", Needed::kNo, "Full id of the commit; or `ref`",
     [](C& c, const N& n, UseDraft& d) {
       assign(d.use.commit, c.text(n, "commit"));
       if (is_commit_id(d.use.commit)) return;
       c.error(Code::kBadValue, n, "'" + d.use.commit + "' is not the full id of a commit",
               "40 or 64 hexadecimal digits",
               is_ref_name(d.use.commit) ? "for a branch or tag write `ref: " + d.use.commit + "`; assay.lock pins it"
                                         : "`git rev-parse NAME` prints it");
     }},
    {"ref", "text", Needed::kNo, "Branch or tag; assay.lock pins it to a commit",
     [](C& c, const N& n, UseDraft& d) {
       assign(d.use.ref, c.text(n, "ref"));
       if (is_ref_name(d.use.ref)) return;
       c.error(Code::kBadValue, n, "'" + d.use.ref + "' is not the name of a branch or tag", {},
               "for example: ref: v1.2");
     }},
    {"path", "path", Needed::kYes, "Recipe file inside the repository",
     [](C& c, const N& n, UseDraft& d) {
       assign(d.use.path, c.text(n, "path"));
       if (is_inner_path(d.use.path)) return;
       c.error(Code::kBadValue, n, "'" + d.use.path + "' is not a path inside the repository",
               "a relative path without '..'");
     }},
}};
Shape use_shape() {
  Shape shape = make_shape<UseDraft>("use", kUseRows);
  shape.one_of = {"commit", "ref"};
  return shape;
}

// What the keys of `use` cannot tell one by one.
void check_use(ReadContext& c, const N& node, const UseAction& use) {
  if (node.kind != N::Kind::kMapping) return;
  const N* git = node.find("git");
  const N* commit = node.find("commit");
  const N* ref = node.find("ref");
  if (commit != nullptr && ref != nullptr)
    c.error(Code::kBadValue, *ref, "'ref' and 'commit' both say which commit is meant", "one of them",
            "assay.lock keeps the commit of a ref");
  if (commit == nullptr && ref == nullptr && git != nullptr)
    c.error(Code::kMissingKey, node, "use does not say which commit is meant",
            "commit: FULL-ID, or ref: BRANCH-OR-TAG");
  if (git == nullptr || git->kind != N::Kind::kScalar) return;
  const GitUrlResult parsed = parse_git_url(use.git);
  hide(git->span(), parsed.secret);
  if (!parsed.url) {
    c.error(parsed.problem.code, *git, parsed.problem.message, parsed.problem.expected, parsed.problem.help);
  } else if (parsed.url->transport == GitTransport::kHttp && commit == nullptr) {
    c.error(Code::kGitSource, *git, "what http:// says of a branch or tag could be changed on the way",
            "https://, or the full id of a commit", "write `commit:` instead of `ref:`");
  }
}

constexpr std::array<Row<Block>, 3> kBlockRows = {{
    {"steps", "list of at least one mapping", Needed::kYes, "What is done",
     [](C& c, const N& n, Block& b) { read_steps(c, n, "steps", b.steps); }, &step_shape},
    {"rescue", "list of at least one mapping", Needed::kNo,
     "What is done when a step of the block failed; if it passes, so does the block",
     [](C& c, const N& n, Block& b) { read_steps(c, n, "rescue", b.rescue); }, &step_shape},
    {"always", "list of at least one mapping", Needed::kNo, "What is done in any case, last",
     [](C& c, const N& n, Block& b) { read_steps(c, n, "always", b.always); }, &step_shape},
}};
Shape block_shape() { return make_shape<Block>("block", kBlockRows); }

constexpr std::string_view kAnswerTypes = "bool|string|int|number|enum";
constexpr std::array<Row<ApproveAction>, 3> kApproveRows = {{
    {"question", "template", Needed::kYes, "What is asked",
     [](C& c, const N& n, ApproveAction& a) { a.question = c.text_field(n, "question"); }},
    {"answer", kAnswerTypes, Needed::kNo, "What answers it; default bool: yes or no",
     [](C& c, const N& n, ApproveAction& a) {
       const auto type = c.choice(n, "answer", kAnswerTypes);
       if (!type) return;
       a.answer = *type == "string"   ? ParamType::kString
                  : *type == "int"    ? ParamType::kInt
                  : *type == "number" ? ParamType::kNumber
                  : *type == "enum"   ? ParamType::kEnum
                                      : ParamType::kBool;
     }},
    {"choices", "list of text", Needed::kNo, "The answers of an enum",
     [](C& c, const N& n, ApproveAction& a) { a.choices = c.text_list(n, "choices"); }},
}};
Shape approve_shape() { return make_shape<ApproveAction>("approve", kApproveRows); }

void read_approve(C& c, const N& node, ApproveAction& out) {
  if (node.kind == N::Kind::kScalar) {
    out.question = c.text_field(node, "approve");
    return;
  }
  read_mapping<ApproveAction>(c, node, kApproveRows, "approve", out);
  if (node.kind != N::Kind::kMapping) return;
  const N* const choices = node.find("choices");
  if (out.answer == ParamType::kEnum && out.choices.size() < 2) {
    c.error(Code::kBadValue, choices != nullptr ? *choices : node, "an enum needs at least two choices",
            "for example `choices: [go on, stop]`");
  } else if (out.answer != ParamType::kEnum && choices != nullptr) {
    c.error(Code::kBadValue, *choices, "'choices' means nothing here", "with `answer: enum`");
  }
}

constexpr std::string_view kTimes = "int 1..1000";
constexpr std::array<Row<RebootAction>, 3> kRebootRows = {{
    {"times", kTimes, Needed::kNo, "How often, one after another; default 1",
     [](C& c, const N& n, RebootAction& r) { assign(r.times, c.integer(n, "times", kTimes)); }},
    {"command", "argv", Needed::kNo, "What reboots it; default `systemctl reboot`, else `reboot`",
     [](C& c, const N& n, RebootAction& r) { r.command = c.argv(n, "command"); }},
    {"within", "duration", Needed::kNo, "Each time the machine must be back by then; default 30m",
     [](C& c, const N& n, RebootAction& r) { assign(r.within, c.duration(n, "within")); }},
}};
Shape reboot_shape() { return make_shape<RebootAction>("reboot", kRebootRows); }

void read_reboot(C& c, const N& node, RebootAction& out) {
  if (node.kind == N::Kind::kMapping) {
    read_mapping<RebootAction>(c, node, kRebootRows, "reboot", out);
    return;
  }
  constexpr const char* kExample = "for example `reboot: { times: 10, within: 15m }`";
  if (node.kind == N::Kind::kScalar) {
    if (c.boolean(node, "reboot") == false) c.error(Code::kBadValue, node, "'reboot' can only be true", {}, kExample);
    return;
  }
  c.error(Code::kWrongType, node, "'reboot' must be true or a mapping, got " + std::string(describe(node)), {},
          kExample);
}

constexpr std::array<Row<Step>, 2> kNameRows = {{
    {"id", "name", Needed::kYes, "Name of the step, unique in the file",
     [](C& c, const N& n, Step& s) { assign(s.id, c.name(n, "a step")); }},
    {"name", "text", Needed::kNo, "Title for people",
     [](C& c, const N& n, Step& s) {
       assign(s.name, c.text(n, "name"));
       c.refuse_templates(n, "name", "leave it out: each instance shows its values beside the id");
     }},
}};
// Keys of every step and every test.
constexpr std::array<Row<Step>, 9> kCommonRows = {{
    {"run", "argv or script", Needed::kNo, "A program and its arguments, or a POSIX shell script",
     [](C& c, const N& n, Step& s) {
       s.action = ActionKind::kRun;
       read_run(c, n, s.run);
     }},
    {"facts", "true", Needed::kNo, "Collect the facts of the machine now",
     [](C& c, const N& n, Step& s) {
       if (c.boolean(n, "facts") == false) c.error(Code::kBadValue, n, "'facts' can only be true");
       s.action = ActionKind::kFacts;
     }},
    {"shell", "sh|bash", Needed::kNo, "Shell of a script; default sh",
     [](C& c, const N& n, Step& s) {
       if (n.kind == N::Kind::kScalar && n.scalar.find(' ') != std::string::npos) {
         c.error(Code::kBadValue, n, "'shell' names the shell of a script, not a command", "one of: sh, bash",
                 "write the command as `run: [program, argument]` or `run: |` and a script");
         return;
       }
       s.run.bash = c.choice(n, "shell", "sh|bash") == "bash";
     }},
    {"env", "map of template", Needed::kNo, "Environment variables",
     [](C& c, const N& n, Step& s) { s.env = c.variables(n, "env"); }},
    {"cwd", "template", Needed::kNo, "Working folder; default: a fresh private folder",
     [](C& c, const N& n, Step& s) { s.cwd = c.text_field(n, "cwd"); }},
    {"timeout", "duration", Needed::kNo, "Longest time of one attempt; then TERM, grace, KILL to all it started",
     [](C& c, const N& n, Step& s) { s.timeout = c.duration(n, "timeout"); }},
    {"outputs", "map of expression", Needed::kNo, "Values for later steps, by expression",
     [](C& c, const N& n, Step& s) { s.outputs = c.expression_map(n, "outputs"); }},
    {"artifacts", "list of text", Needed::kNo, "Files of the step's folder to keep as evidence (globs)",
     [](C& c, const N& n, Step& s) {
       s.artifacts = c.text_list(n, "artifacts");
       c.refuse_templates(n, "artifacts", "write a glob that matches it, for example \"*.json\"");
     }},
    {"ok_exit", kExitCodes, Needed::kNo, "Exit codes that pass; default [0]",
     [](C& c, const N& n, Step& s) { s.ok_exit = c.exit_codes(n, "ok_exit"); }},
}};
constexpr std::array<Row<Step>, 1> kSkipExitRow = {{
    {"skip_exit", kExitCodes, Needed::kNo, "Exit codes by which the program says that it cannot run here",
     [](C& c, const N& n, Step& s) { s.skip_exit = c.exit_codes(n, "skip_exit"); }},
}};
// Keys of steps that are no tests.
constexpr std::array<Row<Step>, 2> kFlowRows = {{
    {"needs", "name or list of name", Needed::kNo, "Steps that must be settled before this one",
     [](C& c, const N& n, Step& s) { s.needs = c.name_list(n, "needs"); }},
    {"if", "expression", Needed::kNo,
     "Whether the step runs; without success(), failure() or always() it means success() && (…)",
     [](C& c, const N& n, Step& s) { s.condition = c.expression(n, "if"); }},
}};
constexpr std::array<Row<Step>, 7> kRecipeStepRows = {{
    {"ensure", "expression or list of expression", Needed::kNo, "Must hold after the step, else it fails",
     [](C& c, const N& n, Step& s) { s.ensure = c.expression_list(n, "ensure"); }},
    {"suite", "path", Needed::kNo, "The tests of a suite file, as steps",
     [](C& c, const N& n, Step& s) {
       s.action = ActionKind::kSuite;
       s.suite = c.text(n, "suite").value_or("");
       c.refuse_templates(n, "suite", kFileIsKnown);
     }},
    {"use", "path or mapping", Needed::kNo,
     "The steps of another recipe: a file, or a file of a git repository at a commit",
     [](C& c, const N& n, Step& s) {
       s.action = ActionKind::kUse;
       s.use.emplace().where = n.span();
       c.refuse_templates(n, "use", kFileIsKnown);
       if (n.kind == N::Kind::kScalar) {
         s.use->path = n.scalar;
         return;
       }
       UseDraft draft;
       draft.use.where = n.span();
       const std::size_t before = c.problems().items().size();
       read_mapping<UseDraft>(c, n, kUseRows, "use", draft);
       check_use(c, n, draft.use);
       draft.use.usable = c.problems().items().size() == before;
       s.use = std::move(draft.use);
     },
     &use_shape},
    {"with", "map of value", Needed::kNo,
     "Parameters of the suite or recipe; expressions over params, facts and matrix",
     [](C& c, const N& n, Step& s) { s.with = c.argument_map(n, "with"); }},
    {"approve", "template or mapping", Needed::kNo, "Ask a person; the step waits for the answer",
     [](C& c, const N& n, Step& s) {
       s.action = ActionKind::kApprove;
       read_approve(c, n, s.approve.emplace());
     },
     &approve_shape},
    {"reboot", "true or mapping", Needed::kNo, "Boot this machine again, and see that it comes back as it was",
     [](C& c, const N& n, Step& s) {
       s.action = ActionKind::kReboot;
       read_reboot(c, n, s.reboot.emplace());
     },
     &reboot_shape},
    {"block", "mapping", Needed::kNo, "Steps together, with what rescues them and what always follows",
     [](C& c, const N& n, Step& s) {
       s.action = ActionKind::kBlock;
       read_mapping<Block>(c, n, kBlockRows, "block", s.block.emplace());
     },
     &block_shape},
}};

constexpr std::string_view kStepActions[] = {"run", "facts", "suite", "use", "block", "approve", "reboot"};
constexpr std::string_view kTestActions[] = {"run", "probe", "facts"};

std::vector<Row<Step>> rows_of(bool tests) {
  std::vector<Row<Step>> rows(kNameRows.begin(), kNameRows.end());
  const auto add = [&rows](std::span<const Row<Step>> more) { rows.insert(rows.end(), more.begin(), more.end()); };
  if (!tests) add(kFlowRows);
  add(kCommonRows);
  add(kSkipExitRow);
  if (!tests) add(kRecipeStepRows);
  if (!tests) add(control_rows());
  if (tests) add(test_rows());
  return rows;
}

}  // namespace

std::span<const std::string_view> step_actions() { return kStepActions; }

namespace {

void check_action(ReadContext& context, const N& node, const Step& step, const std::set<std::string>& suggested,
                  bool test) {
  const std::span<const std::string_view> known = test ? std::span<const std::string_view>(kTestActions) : kStepActions;
  std::vector<std::string> actions;
  bool slip = false;  // a misspelt action has been reported already
  for (const std::string_view key : known) {
    if (node.find(key) != nullptr) actions.emplace_back(key);
    slip = slip || suggested.count(std::string(key)) > 0;
  }
  const std::string expected = test ? "one of: run, probe, facts; or none and criteria over facts"
                                    : "one action key: run, facts, suite, use, block, approve, reboot";
  if (actions.size() > 1) {
    context.error(Code::kUnknownAction, node,
                  "step '" + step.id.text + "' has more than one action: " + join(actions, ", "), expected);
  }
  if (actions.empty() && !slip && !(test && !step.test->criteria.empty()))
    context.error(Code::kUnknownAction, node,
                  step.id.text.empty() ? "a step has no action" : "step '" + step.id.text + "' has no action",
                  expected);
}

// Where a key belongs that says nothing on what is made of steps.
constexpr std::string_view kItsSteps = "work of its own: write it on the steps inside";

// Keys that say nothing with this action.
void check_fit(ReadContext& context, const N& node, const Step& step) {
  const auto only_for = [&](std::string_view key, bool fits, std::string_view actions) {
    const N* found = fits ? nullptr : node.find(key);
    if (found == nullptr) return;
    context.error(Code::kBadValue, *found, "'" + std::string(key) + "' means nothing here",
                  "a step with " + std::string(actions));
  };
  const bool run = step.action == ActionKind::kRun;
  if (step.action == ActionKind::kNone) return;
  for (const std::string_view key : {"with", "refresh"})
    only_for(key, step.action == ActionKind::kSuite || step.action == ActionKind::kUse, "suite or use");
  for (const std::string_view key :
       {"shell", "env", "cwd", "artifacts", "ok_exit", "skip_exit", "stdin", "retry", "check", "undo"})
    only_for(key, run, "run");
  for (const std::string_view key : {"matrix", "foreach"})
    only_for(key, step.action != ActionKind::kBlock, "another action");
  const bool made_of_steps =
      step.action == ActionKind::kBlock || step.action == ActionKind::kUse || step.action == ActionKind::kSuite;
  for (const std::string_view key : {"timeout", "deadline", "effect", "pool"})
    only_for(key, step.action != ActionKind::kReboot && !made_of_steps, made_of_steps ? kItsSteps : "another action");
  for (const std::string_view key : {"notify", "on_interrupt"}) only_for(key, !made_of_steps, kItsSteps);
  for (const std::string_view key : {"outputs", "ensure"})
    only_for(key, run || step.action == ActionKind::kFacts, "run or facts");
}

// Places of the keys that only some steps have.
void note_keys(const N& node, Step& step) {
  const auto is_noted = [](std::string_view key) {
    const auto rows = control_rows();
    return key == "block" ||
           std::any_of(rows.begin(), rows.end(), [&](const Row<Step>& row) { return row.key == key; });
  };
  for (const N::Entry& entry : node.entries) {
    if (is_noted(entry.key->scalar)) step.keys.push_back({entry.key->scalar, entry.key->span()});
  }
}

void read_step_list(ReadContext& context, const N& node, bool tests, std::string_view what, std::vector<Step>& out) {
  if (!context.expect(node, N::Kind::kSequence, what, "a list")) return;
  if (node.items.empty()) context.error(Code::kBadValue, node, "'" + std::string(what) + "' is empty");
  const std::vector<Row<Step>> rows = rows_of(tests);
  out.reserve(node.items.size());
  for (const NodePtr& item : node.items) {
    Step step;
    if (tests) {
      step.test.emplace();
      const N* test_class = item->find("class");
      if (test_class != nullptr && test_class->scalar == "performance")
        step.test->samples = {.min = 6, .max = 15, .warmup = 1};
    }
    const auto suggested = read_mapping<Step>(context, *item, rows, tests ? "a test" : "a step", step);
    if (item->kind != N::Kind::kMapping) continue;
    check_action(context, *item, step, suggested, tests);
    if (tests) {
      check_test(context, *item, step);
    } else {
      check_fit(context, *item, step);
      note_keys(*item, step);
    }
    check_sense(context, *item, step);
    if (step.name.empty()) step.name = step.id.text;
    out.push_back(std::move(step));
  }
}

void collect_ids(ReadContext& context, const std::vector<Step>& steps, std::map<std::string_view, const Step*>& seen) {
  for (const Step& step : steps) {
    if (step.block) {
      for (const auto* inner : {&step.block->steps, &step.block->rescue, &step.block->always})
        collect_ids(context, *inner, seen);
    }
    if (step.id.text.empty()) continue;
    const auto [first, fresh] = seen.emplace(step.id.text, &step);
    if (fresh) continue;
    Diagnostic twice{.code = Code::kDuplicateName,
                     .where = step.id.where,
                     .message = "the id '" + step.id.text + "' is used twice",
                     .help = "give one of them another id"};
    twice.notes.push_back({.where = first->second->id.where, .text = "it is used first here"});
    context.problems().add(std::move(twice));
  }
}

}  // namespace

Shape step_shape() {
  Shape shape = make_shape<Step>("step", rows_of(false));
  shape.one_of.assign(std::begin(kStepActions), std::end(kStepActions));
  return shape;
}
Shape test_shape() {
  Shape shape = make_shape<Step>("test", rows_of(true));
  shape.one_of.assign(std::begin(kTestActions), std::end(kTestActions));
  shape.or_else = "criteria";
  return shape;
}

void check_unique_ids(ReadContext& context, const std::vector<const std::vector<Step>*>& lists) {
  std::map<std::string_view, const Step*> seen;
  for (const std::vector<Step>* list : lists) collect_ids(context, *list, seen);
}

void read_run(ReadContext& context, const YamlNode& node, RunAction& out) {
  if (node.kind == N::Kind::kSequence) {
    out.argv = context.argv(node, "run");
    return;
  }
  if (node.kind != N::Kind::kScalar) {
    context.error(Code::kWrongType, node,
                  "'run' must be a list (program and arguments) or a script, got " + std::string(describe(node)),
                  "for example `run: [echo, hello]`");
    return;
  }
  if (node.style == N::Style::kPlain && !to_value(node).is(expr::Kind::kString) && !trim(node.scalar).empty()) {
    context.error(Code::kWrongType, node,
                  "'run' must be a list (program and arguments) or a script, got '" + node.scalar + "'",
                  "for example `run: [echo, hello]`", "a script of that one word stands in quotes");
    return;
  }
  // An empty block is most often one whose lines were not indented, which is told where they stand.
  if (node.style != N::Style::kBlock && trim(node.scalar).empty()) {
    context.error(
        Code::kBadValue, node, "'run' is empty: nothing would be done", {},
        "for example `run: [echo, hello]`; a step that only waits for others is no step: name them in `needs`");
    return;
  }
  if (auto field = context.text_field(node, "run"))
    out.script = make_shell_script(field->text, field->where, context.problems());
}

void read_steps(ReadContext& context, const YamlNode& node, std::string_view what, std::vector<Step>& out) {
  read_step_list(context, node, false, what, out);
}
void read_tests(ReadContext& context, const YamlNode& node, std::vector<Step>& out) {
  read_step_list(context, node, true, "tests", out);
}

bool check_header(ReadContext& context, const YamlNode& root, std::string_view kind) {
  if (!context.expect(root, N::Kind::kMapping, "the file", "a mapping", "apiVersion: assay/v1 and what follows it"))
    return false;
  // What is missing is one mistake, told once, here; a misspelt key is told where it stands.
  std::vector<std::string> missing;
  std::vector<std::string> lines;
  for (const auto& [key, value] : {std::pair<std::string, std::string>("apiVersion", "assay/v1"),
                                   std::pair<std::string, std::string>("kind", kind)}) {
    const bool misspelt = std::any_of(root.entries.begin(), root.entries.end(), [&name = key](const N::Entry& entry) {
      return nearest(entry.key->scalar, {name}) == name;
    });
    if (misspelt || root.find(key) != nullptr) continue;
    context.told_missing(key);
    missing.push_back("'" + key + "'");
    lines.push_back(key + ": " + value);
  }
  if (!missing.empty()) {
    context.error(Code::kUnknownKind, root,
                  missing.size() > 1 ? "the keys " + join(missing, " and ") + " are missing"
                                     : "the key " + missing[0] + " is missing",
                  join(lines, " and "));
  }
  const N* version = root.find("apiVersion");
  if (version != nullptr && version->scalar != "assay/v1") {
    context.error(Code::kUnknownKind, *version, "unknown apiVersion '" + version->scalar + "'", "assay/v1",
                  "a newer assay may know it");
  }
  const N* found = root.find("kind");
  if (found == nullptr || found->scalar == kind) return true;
  // A kind that there is was meant as it is; another word may be a slip.
  const auto& kinds = kind_rows();
  const bool known =
      std::any_of(kinds.begin(), kinds.end(), [&](const KindRow& row) { return row.name == found->scalar; });
  std::string help = known ? "" : did_you_mean(found->scalar, {std::string(kind)});
  if (help.empty()) help = "give a file of kind " + std::string(kind) + "; `suite:` takes a Suite, `use:` a Recipe";
  context.error(Code::kUnknownKind, *found, "this is a " + found->scalar + ", not a " + std::string(kind), {},
                std::move(help));
  return false;
}

}  // namespace assay::recipe
