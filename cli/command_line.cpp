// SPDX-License-Identifier: Apache-2.0
// The only place that knows CLI11.
#include <CLI/CLI.hpp>
#include <iostream>

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
  CLI::App* const vault = app.add_subcommand("vault", "Secrets in a file under a passphrase");
  vault->require_subcommand(1);
  add_vault(*vault, verb.vault, verb.passphrase_file);
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* const one = vault->add_subcommand(name, help);
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
  add_vault(verb, settings.vault, settings.passphrase_file);
}
void add_run_settings(CLI::App& verb, RunSettings& settings) {
  add_settings(verb, settings);
  add_progress_settings(verb, settings);
}

constexpr const char* kRunHelp = "Run id, its beginning, 'last', a run's folder, or a bundle";

// `runs …` and `verify`.
class StoreVerbs {
 public:
  void add_to(CLI::App& app) {
    CLI::App* const runs = app.add_subcommand("runs", "The store of runs");
    runs->require_subcommand(1);
    list_app_ = runs->add_subcommand("list", "All runs, newest last");
    list_app_->add_option("--name", list_.name, "Only recipes of this name (a pattern: * and ?)");
    list_app_->add_option("--machine", list_.machine, "Only runs on this machine (a pattern)");
    list_app_->add_option("--verdict", list_.verdicts, "pass, fail, inconclusive, waived, error; several with commas")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"pass", "fail", "inconclusive", "waived", "error", "skipped"}));
    list_app_->add_option("--status", list_.statuses, "finished, unfinished, running, waiting, stopped, interrupted")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"finished", "unfinished", "running", "waiting", "stopped", "interrupted"}));
    list_app_->add_option("--since", list_.since, "Started then or later: 2026-01-31, a time, or how long ago (7d)");
    list_app_->add_option("--until", list_.until, "Started before");
    list_app_->add_option("-n,--last", list_.last, "So many of the newest at most");
    show_app_ = runs->add_subcommand("show", "One run: its steps and verdicts");
    show_app_->add_option("RUN", show_.run, kRunHelp);
    CLI::Option* const all = show_app_->add_flag("--all", show_.all, "Every step of a long run");
    show_app_->add_flag("-f,--follow", show_.follow, "Each step as it ends, until the run does")->excludes(all);
    compare_app_ = runs->add_subcommand("compare", "What differs between two runs");
    compare_app_->add_option("A", compare_.before, kRunHelp)->required();
    compare_app_->add_option("B", compare_.after, "The other one (default: last)");
    export_app_ = runs->add_subcommand("export", "One run as one file, to be handed on");
    export_app_->add_option("RUN", export_.run, "Run id, its beginning, 'last', or a run's folder");
    export_app_->add_option("-o,--output", export_.output, "File to write (default: ID.tar.zst)");
    gc_app_ = runs->add_subcommand("gc", "Remove old runs, and what dead controllers left");
    gc_app_->footer(
        "Stays whatever is asked: what has not ended, is signed, is pinned (a file `pin` in the run's folder), or is\n"
        "named by another run. Without --keep and --older-than no run goes.");
    gc_app_->add_option("--keep", gc_.keep, "The newest so many stay");
    gc_app_->add_option("--older-than", gc_.older_than, "What ended later stays: 90d");
    gc_app_->add_flag("--dry-run", gc_.dry_run, "Change nothing; show what would go and how much room it takes");
    verify_app_ = app.add_subcommand("verify", "Whether a record or bundle is what was written");
    verify_app_->add_option("RUN|BUNDLE", verify_.thing, kRunHelp)->required();
  }

  // What was parsed, if it was one of these.
  void take(Verb& verb) {
    if (list_app_->parsed()) verb = std::move(list_);
    if (show_app_->parsed()) verb = std::move(show_);
    if (compare_app_->parsed()) verb = std::move(compare_);
    if (export_app_->parsed()) verb = std::move(export_);
    if (gc_app_->parsed()) verb = std::move(gc_);
    if (verify_app_->parsed()) verb = std::move(verify_);
  }

 private:
  CLI::App* list_app_ = nullptr;
  CLI::App* show_app_ = nullptr;
  CLI::App* compare_app_ = nullptr;
  CLI::App* export_app_ = nullptr;
  CLI::App* gc_app_ = nullptr;
  CLI::App* verify_app_ = nullptr;
  RunsListVerb list_;
  RunsShowVerb show_;
  RunsCompareVerb compare_;
  RunsExportVerb export_;
  RunsGcVerb gc_;
  VerifyVerb verify_;
};

// CLI11 says "The following argument was not expected: certfy"; say what was meant.
int explain_mistake(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& verbs) {
  const std::vector<std::string> rest = app.remaining();
  std::string message = error.what();
  std::string suggestion;
  if (!rest.empty() && app.get_subcommands().empty() && !rest.front().starts_with('-')) {
    message = "unknown verb '" + printable(rest.front()) + "'";
    suggestion = did_you_mean(rest.front(), verbs);
  }
  std::cerr << "assay: error[U001]: " << printable(message) << '\n';
  if (!suggestion.empty()) std::cerr << "  help: " << suggestion << '\n';
  const auto chosen = app.get_subcommands();
  std::cerr << "  help: `assay " << (chosen.empty() ? std::string() : chosen.front()->get_name() + " ")
            << "--help` shows what can be given\n";
  return kUsageExit;
}

int missing(const std::string& verb, const std::string& what) {
  std::cerr << "assay: error[U001]: " << verb << " needs " << what << "\n  help: `assay " << verb
            << " --help` shows what can be given\n";
  return kUsageExit;
}

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, char** argv) {
  CommandLine out;
  for (int i = 0; i < argc; ++i) out.common.command_line.emplace_back(argv[i]);
  CertifyVerb certify;
  RunVerb run;
  ResumeVerb resume;
  UndoVerb undo;
  AnswerVerb answer;
  PlanVerb plan;
  SchemaVerb schema;
  ValidateVerb validate;
  FmtVerb fmt;
  FactsVerb facts;
  DoctorVerb doctor;
  ReportVerb report;
  ExplainVerb explain;
  EvalVerb eval;
  FetchVerb fetch;
  VaultVerb vault;
  TestVerb test;

  CLI::App app("Certify, deploy and accept servers and accelerator cards.", "assay");
  app.set_version_flag("--version", std::string("assay ") + kVersion);
  app.require_subcommand(1);
  app.fallthrough();
  std::filesystem::path directory;
  app.add_option("-C", directory, "Work in this folder");
  add_common(app, out.common);

  CLI::App* const certify_app =
      app.add_subcommand("certify", "Run a programme on this machine: verdict, report, record");
  certify_app->add_option("PROGRAMME", certify.programme, "Name of a shipped programme, or a file (default: quick)");
  certify_app->add_flag("--list", certify.list, "List the shipped programmes");
  add_run_settings(*certify_app, certify.settings);
  CLI::App* const run_app = app.add_subcommand("run", "Carry out a recipe");
  CLI::Option* const run_recipe = run_app->add_option("RECIPE", run.recipe, "Recipe file");
  add_run_settings(*run_app, run.settings);
  run_app->add_flag("--offline", run.offline, "Fetch nothing that the recipe uses from git");
  run_app->add_option("--plan", run.plan, "Carry out a saved plan, or say what changed since it was made")
      ->excludes(run_recipe);
  add_recipe_settings(*run_app, run.settings);
  CLI::App* const resume_app = app.add_subcommand("resume", "Go on with a run exactly where it was stopped or cut off");
  resume_app->add_option("RUN", resume.run, "Run id or its beginning (default: the newest that is not at its end)");
  resume_app->add_flag("--accept-changes", resume.accept_changes,
                       "Go on although the recipe, the tools or the machine have changed; the record says so");
  resume_app->add_flag("--boot", resume.boot,
                       "As part of the machine's boot: the run, or all that wait for a reboot; nobody is asked");
  add_progress_settings(*resume_app, resume.settings);
  CLI::App* const undo_app =
      app.add_subcommand("undo", "Take back what a run has changed, in reverse, each step checked");
  undo_app->add_option("RUN", undo.run, "Run id, its beginning, or 'last'")->required();
  undo_app->add_flag("--accept-changes", undo.accept_changes,
                     "Go on although the recipe, the tools or the machine have changed");
  add_progress_settings(*undo_app, undo.settings);
  CLI::App* const answer_app = app.add_subcommand("answer", "Answer the question that a step of a run waits with");
  answer_app->add_option("RUN", answer.run, "Run id, its beginning, or 'last'")->required();
  answer_app->add_option("STEP", answer.step, "The step that asks")->required();
  answer_app->add_option("VALUE", answer.value, "The answer: yes, no, a number, one of the choices, or text")
      ->required();
  answer_app->add_option("--note", answer.note, "Why; stands in the record beside the answer");
  CLI::App* const plan_app =
      app.add_subcommand("plan", "Show what a recipe would do, in order, and why a step would be skipped");
  plan_app->add_option("RECIPE", plan.recipe, "Recipe file")->required();
  add_settings(*plan_app, plan.settings);
  add_recipe_settings(*plan_app, plan.settings);
  plan_app->add_flag("--dot", plan.dot, "Print the graph for Graphviz");
  plan_app->add_option("-o,--output", plan.output, "Save the plan for `assay run --plan FILE`");
  CLI::App* const schema_app = app.add_subcommand("schema", "The JSON Schema of a kind of file, for editors");
  schema_app->add_option("KIND", schema.kind, "recipe, suite, programme, overlay or recipetest")->required();
  schema_app->add_flag("--markdown", schema.markdown, "Print the reference page instead");
  CLI::App* const validate_app =
      app.add_subcommand("validate", "Show every mistake of recipe, suite, programme and test files");
  validate_app->add_option("FILE", validate.files, "Files")->required();
  add_overlays(*validate_app, validate.overlays);
  CLI::App* const test_app =
      app.add_subcommand("test", "Test recipes without hardware: scripted results, expectations on what comes");
  test_app->footer(
      "No process is started and nothing of this machine is read. `assay test` tests recipes;\n"
      "`./assayw test` builds assay itself and runs the project's own tests.");
  test_app->add_option("FILE|FOLDER", test.files, "Files of kind RecipeTest; of a folder every *.test.yaml below it")
      ->required();
  test_app->add_option("--only", test.only, "Only the cases whose names match this pattern (* and ?)");
  test_app->add_option("--junit", test.junit, "Write what came as JUnit XML to this file");
  CLI::App* const fmt_app = app.add_subcommand("fmt", "Bring YAML files into their canonical form, comments kept");
  fmt_app->add_option("FILE", fmt.files, "Files and folders (- for standard input to standard output)")->required();
  fmt_app->add_flag("--check", fmt.check, "Write nothing; name the files that would change, 1 if any");
  fmt_app->add_flag("--diff", fmt.diff, "Write nothing; show what would change, 1 if anything");
  CLI::App* const facts_app =
      app.add_subcommand("facts", "What this machine is made of, and where each fact came from");
  facts_app->add_flag("!--no-accelerators", facts.accelerators, "Leave out OpenCL and vendor tools, the slow part");
  CLI::App* const doctor_app =
      app.add_subcommand("doctor", "Which tools and rights are missing, and what installs them");
  CLI::App* const report_app = app.add_subcommand("report", "Write the reports of a run again");
  report_app->add_option("RUN", report.run, "Run id, its beginning, 'last', or a run's folder (default: last)");
  report_app->add_option("--format", report.formats, "html, json, junit, markdown, otlp (default: html,json,junit)")
      ->delimiter(',')
      ->allow_extra_args(false);
  report_app->add_option("-o,--output", report.output, "Folder (default: reports/ in the run's folder)");
  StoreVerbs store_verbs;
  store_verbs.add_to(app);
  CLI::App* const explain_app =
      app.add_subcommand("explain", "What a diagnostic code means; why a step ran, waited or was skipped");
  CLI::Option* const subject =
      explain_app->add_option("CODE|STEP", explain.subject, "A diagnostic code (R012), or a step of a run");
  explain_app->add_option("--run", explain.run, "The run of the step (default: last)");
  explain_app->add_flag("--markdown", explain.markdown, "Print the page of all codes")->excludes(subject);
  CLI::App* const eval_app = app.add_subcommand("eval", "Evaluate CEL expressions");
  CLI::Option* const expression = eval_app->add_option("EXPR", eval.expression, "CEL expression");
  CLI::Option* const vars = eval_app->add_option("--vars", eval.vars, "YAML or JSON file with the values of names");
  eval_app->add_flag("--typed", eval.typed, "Print {\"type\": T, \"value\": V} or {\"error\": TEXT}");
  eval_app
      ->add_option("--batch", eval.batch,
                   "Evaluate many: a JSON object {id, expr, vars, check} a line (- for standard input)")
      ->excludes(expression)
      ->excludes(vars);

  CLI::App* const fetch_app = app.add_subcommand("fetch", "Bring the git repositories that recipes use, for offline");
  fetch_app->add_option("RECIPE", fetch.recipes, "Recipe files")->required();
  std::string update;
  fetch_app->add_flag("--update", update, "Let branches and tags mean what their servers say now (=URL: of one)");
  fetch_app->add_flag("--check", fetch.check, "Change nothing; 1 when something is missing, changed or has moved");
  fetch_app->add_flag("--offline", fetch.offline, "Use the cache and repositories of this machine only");

  add_vault_verbs(app, vault);

  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) verbs.push_back(verb->get_name());
  app.allow_extras(false);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help, std::cout, std::cerr);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version, std::cout, std::cerr);
  } catch (const CLI::ParseError& error) {
    return explain_mistake(app, error, verbs);
  }
  if (run_app->parsed() && run_recipe->empty() && !run.plan) return missing("run", "a recipe, or --plan FILE");
  if (eval_app->parsed() && expression->empty() && !eval.batch)
    return missing("eval", "an expression, or --batch FILE");
  if (explain_app->parsed() && subject->empty() && !explain.markdown) return missing("explain", "a code or a step");
  fetch.update = !update.empty();
  if (update != "true") fetch.update_url = update;
  if (!directory.empty()) {
    std::error_code error;
    std::filesystem::current_path(directory, error);
    if (error) {
      std::cerr << "assay: error[U001]: cannot work in '" << directory.string() << "': " << error.message() << '\n';
      return kUsageExit;
    }
  }
  if (certify_app->parsed()) out.verb = std::move(certify);
  if (run_app->parsed()) out.verb = std::move(run);
  if (resume_app->parsed()) out.verb = std::move(resume);
  if (undo_app->parsed()) out.verb = std::move(undo);
  if (answer_app->parsed()) out.verb = std::move(answer);
  if (plan_app->parsed()) out.verb = std::move(plan);
  if (schema_app->parsed()) out.verb = std::move(schema);
  if (validate_app->parsed()) out.verb = std::move(validate);
  if (test_app->parsed()) out.verb = std::move(test);
  if (app.got_subcommand("vault")) out.verb = std::move(vault);
  if (fmt_app->parsed()) out.verb = std::move(fmt);
  if (facts_app->parsed()) out.verb = facts;
  if (doctor_app->parsed()) out.verb = doctor;
  if (report_app->parsed()) out.verb = std::move(report);
  store_verbs.take(out.verb);
  if (explain_app->parsed()) out.verb = std::move(explain);
  if (eval_app->parsed()) out.verb = std::move(eval);
  if (fetch_app->parsed()) out.verb = std::move(fetch);
  return out;
}

}  // namespace assay::cli
