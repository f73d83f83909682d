// SPDX-License-Identifier: Apache-2.0
// The only place that knows CLI11.
#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <memory>

#include "cli/options.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "engine/base/text.h"

namespace assay::cli {
namespace {

void add_common(CLI::App& app, Common& common) {
  app.add_flag("--json", common.json, "Print the result as JSON on standard output");
  app.add_option("--color", common.color, "Colours: auto (default), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_option("--lang", common.language, "Language of reports: en (default) or zh-CN")
      ->check(CLI::IsMember({"en", "zh-CN"}));
  app.add_option("--store", common.store, "Folder that keeps the runs (default: the XDG data folder)");
}

void add_settings(CLI::App& verb, RunSettings& settings) {
  verb.add_option("-p,--param", settings.params, "Set a parameter: -p key=value")->allow_extra_args(false);
  verb.add_option("--params", settings.params_file, "Read parameters from a YAML file");
  verb.add_option("--only", settings.only, "Only these steps or tests (NAME or PREFIX*)")->allow_extra_args(false);
  verb.add_option("--skip", settings.skip, "Leave out these steps or tests")->allow_extra_args(false);
}

void add_vault(CLI::App& app, std::optional<std::filesystem::path>& vault,
               std::optional<std::filesystem::path>& passphrase_file) {
  app.add_option("--vault", vault, "File of the vault (default: assay/vault in the XDG configuration folder)");
  app.add_option("--passphrase-file", passphrase_file, "File whose first line opens the vault (default: ask)")
      ->envname("ASSAY_VAULT_PASSPHRASE_FILE");
}

void add_vault_verbs(CLI::App& app, VaultVerb& verb) {
  using Action = VaultVerb::Action;
  app.require_subcommand(1);
  add_vault(app, verb.vault, verb.passphrase_file);
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* const one = app.add_subcommand(name, help);
    one->callback([&verb, action] { verb.action = action; });
    return one;
  };
  add("init", "Make an empty vault", Action::kInit)
      ->add_option("--strength", verb.strength,
                   "How hard guessing is: interactive (64 MiB a guess), moderate (256 MiB, default), sensitive (1 GiB)")
      ->check(CLI::IsMember({"interactive", "moderate", "sensitive"}));
  add("set", "Add or replace a value, read from standard input or asked for", Action::kSet)
      ->add_option("NAME", verb.name, "Name: `vault:NAME` in recipes")
      ->required();
  CLI::App* const get = add("get", "Print a value to the terminal", Action::kGet);
  get->add_option("NAME", verb.name, "Name")->required();
  get->add_flag("--force", verb.force, "Also into a pipe or file");
  add("list", "The names", Action::kList);
  add("remove", "Take a value out", Action::kRemove)->add_option("NAME", verb.name, "Name")->required();
  add("rekey", "Change the passphrase", Action::kRekey)
      ->add_option("--new-passphrase-file", verb.new_passphrase_file, "File whose first line is the new one");
}

void add_overlays(CLI::App& app, std::vector<std::filesystem::path>& overlays) {
  app.add_option("--overlay", overlays, "File of a site's own values for the recipe; later ones win")
      ->allow_extra_args(false);
}
void add_recipe_settings(CLI::App& app, RunSettings& settings) {
  app.add_option("--profile", settings.profile, "Named set of parameter values of the recipe");
  add_overlays(app, settings.overlays);
}
void add_progress_settings(CLI::App& verb, RunSettings& settings) {
  verb.add_option("-j,--jobs", settings.jobs, "Steps that may run at the same time (default: number of processors)")
      ->check(CLI::Range(1, 4096));
  verb.add_option("--events", settings.events, "Write each event to FILE as JSON Lines (- for standard output)");
  verb.add_option("-o,--output", settings.output, "Folder for the reports (default: in the run's folder)");
  verb.add_option("--answers", settings.answers, "File of answers, STEP: VALUE, to questions that the run will ask");
  add_vault(verb, settings.vault, settings.passphrase_file);
}
void add_run_settings(CLI::App& verb, RunSettings& settings) {
  add_settings(verb, settings);
  add_progress_settings(verb, settings);
}

constexpr const char* kRunHelp = "Run id, its beginning, 'last', a run's folder, or a bundle";

// What the verb needs and was not given; told like any other mistake of the command line.
[[noreturn]] void lacks(const std::string& verb, const std::string& what) {
  throw CLI::ParseError(verb + " needs " + what, CLI::ExitCodes::RequiredError);
}

void add_certify(CLI::App& app, CertifyVerb& verb) {
  app.add_option("PROGRAMME", verb.programme, "Name of a shipped programme, or a file (default: quick)");
  app.add_flag("--list", verb.list, "List the shipped programmes");
  add_run_settings(app, verb.settings);
}

void add_run(CLI::App& app, RunVerb& verb) {
  CLI::Option* const recipe = app.add_option("RECIPE", verb.recipe, "Recipe file");
  add_run_settings(app, verb.settings);
  app.add_flag("--offline", verb.offline, "Fetch nothing that the recipe uses from git");
  app.add_option("--plan", verb.plan, "Carry out a saved plan, or say what changed since it was made")
      ->excludes(recipe);
  add_recipe_settings(app, verb.settings);
  app.callback([&verb, recipe] {
    if (recipe->empty() && !verb.plan) lacks("run", "a recipe, or --plan FILE");
  });
}

void add_resume(CLI::App& app, ResumeVerb& verb) {
  app.add_option("RUN", verb.run, "Run id or its beginning (default: the newest that is not at its end)");
  app.add_flag("--accept-changes", verb.accept_changes,
               "Go on although the recipe, the tools or the machine have changed; the record says so");
  app.add_flag("--boot", verb.boot,
               "As part of the machine's boot: the run, or all that wait for a reboot; nobody is asked");
  add_progress_settings(app, verb.settings);
}

void add_undo(CLI::App& app, UndoVerb& verb) {
  app.add_option("RUN", verb.run, "Run id, its beginning, or 'last'")->required();
  app.add_flag("--accept-changes", verb.accept_changes,
               "Go on although the recipe, the tools or the machine have changed");
  add_progress_settings(app, verb.settings);
}

void add_answer(CLI::App& app, AnswerVerb& verb) {
  app.add_option("RUN", verb.run, "Run id, its beginning, or 'last'")->required();
  app.add_option("STEP", verb.step, "The step that asks")->required();
  app.add_option("VALUE", verb.value, "The answer: yes, no, a number, one of the choices, or text")->required();
  app.add_option("--note", verb.note, "Why; stands in the record beside the answer");
}

void add_plan(CLI::App& app, PlanVerb& verb) {
  app.add_option("RECIPE", verb.recipe, "Recipe file")->required();
  add_settings(app, verb.settings);
  add_recipe_settings(app, verb.settings);
  app.add_flag("--dot", verb.dot, "Print the graph for Graphviz");
  app.add_option("-o,--output", verb.output, "Save the plan for `assay run --plan FILE`");
}

void add_schema(CLI::App& app, SchemaVerb& verb) {
  app.add_option("KIND", verb.kind, "recipe, suite, programme, overlay or recipetest")->required();
  app.add_flag("--markdown", verb.markdown, "Print the reference page instead");
}

void add_validate(CLI::App& app, ValidateVerb& verb) {
  app.add_option("FILE", verb.files, "Files")->required();
  add_overlays(app, verb.overlays);
}

void add_test(CLI::App& app, TestVerb& verb) {
  app.footer(
      "No process is started and nothing of this machine is read. `assay test` tests recipes;\n"
      "`./assayw test` builds assay itself and runs the project's own tests.");
  app.add_option("FILE|FOLDER", verb.files, "Files of kind RecipeTest; of a folder every *.test.yaml below it")
      ->required();
  app.add_option("--only", verb.only, "Only the cases whose names match this pattern (* and ?)");
  app.add_option("--junit", verb.junit, "Write what came as JUnit XML to this file");
}

void add_fmt(CLI::App& app, FmtVerb& verb) {
  app.add_option("FILE", verb.files, "Files and folders (- for standard input to standard output)")->required();
  app.add_flag("--check", verb.check, "Write nothing; name the files that would change, 1 if any");
  app.add_flag("--diff", verb.diff, "Write nothing; show what would change, 1 if anything");
}

void add_facts(CLI::App& app, FactsVerb& verb) {
  app.add_flag("!--no-accelerators", verb.accelerators, "Leave out OpenCL and vendor tools, the slow part");
  app.add_flag("--markdown", verb.markdown, "Print the page of all facts there are");
}

void add_doctor(CLI::App& /*app*/, DoctorVerb& /*verb*/) {}

void add_report(CLI::App& app, ReportVerb& verb) {
  app.add_option("RUN", verb.run, "Run id, its beginning, 'last', or a run's folder (default: last)");
  app.add_option("--format", verb.formats, "html, json, junit, markdown, otlp (default: html,json,junit)")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("-o,--output", verb.output, "Folder (default: reports/ in the run's folder)");
}

void add_runs_list(CLI::App& app, RunsListVerb& verb) {
  app.add_option("--name", verb.name, "Only recipes of this name (a pattern: * and ?)");
  app.add_option("--machine", verb.machine, "Only runs on this machine (a pattern)");
  app.add_option("--verdict", verb.verdicts, "pass, fail, inconclusive, waived, error; several with commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"pass", "fail", "inconclusive", "waived", "error", "skipped"}));
  app.add_option("--status", verb.statuses, "finished, unfinished, running, waiting, stopped, interrupted")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"finished", "unfinished", "running", "waiting", "stopped", "interrupted"}));
  app.add_option("--since", verb.since, "Started then or later: 2026-01-31, a time, or how long ago (7d)");
  app.add_option("--until", verb.until, "Started before");
  app.add_option("-n,--last", verb.last, "So many of the newest at most");
}

void add_runs_show(CLI::App& app, RunsShowVerb& verb) {
  app.add_option("RUN", verb.run, kRunHelp);
  CLI::Option* const all = app.add_flag("--all", verb.all, "Every step of a long run");
  app.add_flag("-f,--follow", verb.follow, "Each step as it ends, until the run does")->excludes(all);
}

void add_runs_output(CLI::App& app, RunsOutputVerb& verb) {
  app.footer(
      "Standard output goes to standard output, standard error to standard error; of several attempts the last.\n"
      "Any other piece of evidence goes to standard output as it is.");
  app.add_option("RUN", verb.run, kRunHelp)->required();
  app.add_option("STEP", verb.step, "A step, of a matrix with its row")->required();
  app.add_option("PIECE", verb.piece, "One piece of its evidence: script, stderr, artifacts/… (--json lists them)");
}

void add_runs_compare(CLI::App& app, RunsCompareVerb& verb) {
  app.add_option("A", verb.before, kRunHelp)->required();
  app.add_option("B", verb.after, "The other one (default: last)");
}

void add_runs_export(CLI::App& app, RunsExportVerb& verb) {
  app.add_option("RUN", verb.run, "Run id, its beginning, 'last', or a run's folder");
  app.add_option("-o,--output", verb.output, "File to write (default: ID.tar.zst)");
}

void add_runs_gc(CLI::App& app, RunsGcVerb& verb) {
  app.footer(
      "Stays whatever is asked: what has not ended, is signed, is pinned (a file `pin` in the run's folder), or is\n"
      "named by another run. Without --keep and --older-than no run goes.");
  app.add_option("--keep", verb.keep, "The newest so many stay");
  app.add_option("--older-than", verb.older_than, "What ended later stays: 90d");
  app.add_flag("--dry-run", verb.dry_run, "Change nothing; show what would go and how much room it takes");
}

void add_verify(CLI::App& app, VerifyVerb& verb) { app.add_option("RUN|BUNDLE", verb.thing, kRunHelp)->required(); }

void add_explain(CLI::App& app, ExplainVerb& verb) {
  CLI::Option* const subject =
      app.add_option("CODE|STEP", verb.subject, "A diagnostic code (R012), or a step of a run");
  app.add_option("--run", verb.run, "The run of the step (default: last)");
  app.add_flag("--markdown", verb.markdown, "Print the page of all codes")->excludes(subject);
  app.callback([&verb, subject] {
    if (subject->empty() && !verb.markdown) lacks("explain", "a code or a step");
  });
}

void add_eval(CLI::App& app, EvalVerb& verb) {
  CLI::Option* const expression = app.add_option("EXPR", verb.expression, "CEL expression");
  CLI::Option* const vars = app.add_option("--vars", verb.vars, "YAML or JSON file with the values of names");
  CLI::Option* const facts = app.add_flag("--facts", verb.facts, "The facts of this machine as `facts`");
  app.add_flag("--typed", verb.typed, "Print {\"type\": T, \"value\": V} or {\"error\": TEXT}");
  app.add_option("--batch", verb.batch,
                 "Evaluate many: a JSON object {id, expr, vars, check} a line (- for standard input)")
      ->excludes(expression)
      ->excludes(vars)
      ->excludes(facts);
  app.callback([&verb, expression] {
    if (expression->empty() && !verb.batch) lacks("eval", "an expression, or --batch FILE");
  });
}

void add_fetch(CLI::App& app, FetchVerb& verb) {
  app.add_option("RECIPE", verb.recipes, "Recipe files")->required();
  const auto update = std::make_shared<std::string>();
  app.add_flag("--update", *update, "Let branches and tags mean what their servers say now (=URL: of one)");
  app.add_flag("--check", verb.check, "Change nothing; 1 when something is missing, changed or has moved");
  app.add_flag("--offline", verb.offline, "Use the cache and repositories of this machine only");
  app.callback([&verb, update] {
    verb.update = !update->empty();
    if (*update != "true") verb.update_url = *update;
  });
}

// All verbs; what was parsed is taken from the one that was given.
class Verbs {
 public:
  explicit Verbs(CLI::App& app) {
    add(app, "certify", "Run a programme on this machine: verdict, report, record", add_certify);
    add(app, "run", "Carry out a recipe", add_run);
    add(app, "resume", "Go on with a run exactly where it was stopped or cut off", add_resume);
    add(app, "undo", "Take back what a run has changed, in reverse, each step checked", add_undo);
    add(app, "answer", "Answer the question that a step of a run waits with", add_answer);
    add(app, "plan", "Show what a recipe would do, in order, and why a step would be skipped", add_plan);
    add(app, "schema", "The JSON Schema of a kind of file, for editors", add_schema);
    add(app, "validate", "Show every mistake of recipe, suite, programme and test files", add_validate);
    add(app, "test", "Test recipes without hardware: scripted results, expectations on what comes", add_test);
    add(app, "fmt", "Bring YAML files into their canonical form, comments kept", add_fmt);
    add(app, "facts", "What this machine is made of, and where each fact came from", add_facts);
    add(app, "doctor", "Which tools and rights are missing, and what installs them", add_doctor);
    add(app, "report", "Write the reports of a run again", add_report);
    CLI::App& runs = *app.add_subcommand("runs", "The store of runs");
    runs.require_subcommand(1);
    add(runs, "list", "All runs, newest last", add_runs_list);
    add(runs, "show", "One run: its steps and verdicts", add_runs_show);
    add(runs, "output", "What a step printed, or another piece of its evidence", add_runs_output);
    add(runs, "compare", "What differs between two runs", add_runs_compare);
    add(runs, "export", "One run as one file, to be handed on", add_runs_export);
    add(runs, "gc", "Remove old runs, and what dead controllers left", add_runs_gc);
    add(app, "verify", "Whether a record or bundle is what was written", add_verify);
    add(app, "explain", "What a diagnostic code means; why a step ran, waited or was skipped", add_explain);
    add(app, "eval", "Evaluate CEL expressions", add_eval);
    add(app, "fetch", "Bring the git repositories that recipes use, for offline", add_fetch);
    add(app, "vault", "Secrets in a file under a passphrase", add_vault_verbs);
  }

  [[nodiscard]] Verb take() {
    Verb verb;
    for (const auto& take_from : given_) take_from(verb);
    return verb;
  }

 private:
  template <class Options>
  void add(CLI::App& parent, const char* name, const char* help, void (*add_options)(CLI::App&, Options&)) {
    CLI::App* const app = parent.add_subcommand(name, help);
    const auto options = std::make_shared<Options>();  // CLI11 keeps references to what is in it
    add_options(*app, *options);
    given_.push_back([app, options](Verb& verb) {
      if (app->parsed()) verb = std::move(*options);
    });
  }

  std::vector<std::function<void(Verb&)>> given_;
};

std::vector<const CLI::App*> verbs_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& verbs) {
  std::vector<std::string> names;
  for (const CLI::App* verb : verbs) names.push_back(verb->get_name());
  return names;
}

// What was meant by a word that is no verb of `app`: one that is near, or one of the same name elsewhere ("list").
std::string meant(const CLI::App& app, const std::string& before, const std::string& word) {
  for (const CLI::App* verb : verbs_of(app)) {
    for (const std::string& name : names_of(verbs_of(*verb))) {
      if (name == word) return "did you mean '" + verb->get_name() + " " + name + "'?";
    }
  }
  const std::string near = did_you_mean(word, names_of(verbs_of(app)));
  if (!near.empty() || before.empty()) return near;
  return "it is one of: " + join(names_of(verbs_of(app)), ", ");
}

// CLI11 says "The following argument was not expected: certfy"; say what was meant.
int explain_mistake(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* deepest = &app;
  std::string path;
  while (!deepest->get_subcommands().empty()) {
    deepest = deepest->get_subcommands().front();
    path += deepest->get_name() + " ";
  }
  const std::vector<std::string> rest = app.remaining(true);
  std::string message = error.what();
  std::string suggestion;
  if (!verbs_of(*deepest).empty() && error.get_name() != "ArgumentMismatch") {
    if (!rest.empty() && !rest.front().starts_with('-')) {
      message = "unknown verb '" + path + printable(rest.front()) + "'";
      suggestion = meant(*deepest, path, rest.front());
    } else if (rest.empty() && error.get_name() == "RequiredError") {
      message = path.empty() ? "a verb is missing" : path + "needs a verb";
      suggestion = "it is one of: " + join(names_of(verbs_of(*deepest)), ", ");
    }
  }
  std::cerr << "assay: error[U001]: " << printable(message) << '\n';
  if (!suggestion.empty()) std::cerr << "  help: " << suggestion << '\n';
  std::cerr << "  help: `assay " << path << "--help` shows what can be given\n";
  return kUsageExit;
}

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, char** argv) {
  CommandLine out;
  for (int i = 0; i < argc; ++i) out.common.command_line.emplace_back(argv[i]);
  CLI::App app("Certify, deploy and accept servers and accelerator cards.", "assay");
  app.set_version_flag("--version", std::string("assay ") + kVersion);
  app.require_subcommand(1);
  app.fallthrough();
  std::filesystem::path directory;
  app.add_option("-C", directory, "Work in this folder");
  add_common(app, out.common);
  Verbs verbs(app);

  app.allow_extras(false);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help, std::cout, std::cerr);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version, std::cout, std::cerr);
  } catch (const CLI::ParseError& error) {
    return explain_mistake(app, error);
  }
  if (!directory.empty()) {
    std::error_code error;
    std::filesystem::current_path(directory, error);
    if (error) {
      std::cerr << "assay: error[U001]: cannot work in '" << directory.string() << "': " << error.message() << '\n';
      return kUsageExit;
    }
  }
  out.verb = verbs.take();
  return out;
}

}  // namespace assay::cli
