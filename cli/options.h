// SPDX-License-Identifier: Apache-2.0
// What the command line says, as plain data. command_line.cpp fills it; each verb takes its own struct.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace assay::cli {

struct Common {
  bool json = false;
  std::string color = "auto";   // auto, always, never
  std::string language = "en";  // en, zh-CN
  std::optional<std::filesystem::path> store;
  std::vector<std::string> command_line;  // as it was given
};

// Shared by certify and run.
struct RunSettings {
  std::vector<std::string> params;  // "key=value"
  std::optional<std::filesystem::path> params_file;
  std::string profile;                          // of the recipe
  std::vector<std::filesystem::path> overlays;  // of the recipe
  std::size_t jobs = 0;
  std::vector<std::string> only;
  std::vector<std::string> skip;
  std::optional<std::filesystem::path> events;
  std::optional<std::filesystem::path> answers;          // to questions, by step
  std::optional<std::filesystem::path> vault;            // for secrets; default: the user's
  std::optional<std::filesystem::path> passphrase_file;  // of the vault; default: asked for at the terminal
  std::optional<std::filesystem::path> output;  // folder for the reports; default: reports/ in the run's folder
};

struct CertifyVerb {
  std::string programme = "quick";
  bool list = false;
  RunSettings settings;
};
struct RunVerb {
  std::filesystem::path recipe;
  std::optional<std::filesystem::path> plan;  // a saved plan instead of a recipe and its settings
  bool offline = false;                       // what is not in the cache is not fetched
  RunSettings settings;
};
struct ResumeVerb {
  std::string run;  // empty: the newest that has not come to its end
  bool accept_changes = false;
  bool boot = false;     // as part of the machine's boot; without a run: all that wait for it
  RunSettings settings;  // only jobs, events and output
};
struct UndoVerb {
  std::string run;
  bool accept_changes = false;
  RunSettings settings;  // only jobs, events and output
};
struct AnswerVerb {
  std::string run;
  std::string step;
  std::string value;
  std::string note;
};
struct PlanVerb {
  std::filesystem::path recipe;
  RunSettings settings;
  bool dot = false;
  std::optional<std::filesystem::path> output;  // save the plan
};
struct SchemaVerb {
  std::string kind;
  bool markdown = false;
};
struct ValidateVerb {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> overlays;  // of recipes
};
struct TestVerb {
  std::vector<std::filesystem::path> files;  // or folders
  std::string only;                          // cases, by a pattern for their names; empty: all
  std::optional<std::filesystem::path> junit;
};
struct FmtVerb {
  std::vector<std::filesystem::path> files;  // or folders; "-": standard input
  bool check = false;                        // name what would change
  bool diff = false;                         // show what would change
};
struct FetchVerb {
  std::vector<std::filesystem::path> recipes;
  bool update = false;
  std::string update_url;  // only this repository; empty: all
  bool check = false;
  bool offline = false;
};
struct FactsVerb {
  bool accelerators = true;
  bool markdown = false;  // the page of all facts instead of those of this machine
};
struct DoctorVerb {};
struct ReportVerb {
  std::string run = "last";
  std::vector<std::string> formats;  // empty: html, json, junit
  std::optional<std::filesystem::path> output;
};
struct RunsListVerb {
  std::string name;     // pattern; empty: all
  std::string machine;  // pattern; empty: all
  std::vector<std::string> verdicts;
  std::vector<std::string> statuses;  // finished, unfinished, running, waiting, stopped, interrupted
  std::string since;                  // a day, a time, or how long ago
  std::string until;
  std::size_t last = 0;  // so many of the newest; 0: all
};
struct RunsShowVerb {
  std::string run = "last";
  bool follow = false;  // each step as it ends
  bool all = false;     // every step, however many
};
struct RunsOutputVerb {
  std::string run;
  std::string step;
  std::string piece;  // of the evidence; empty: standard output and standard error
};
struct RunsCompareVerb {
  std::string before;
  std::string after = "last";
};
struct RunsExportVerb {
  std::string run = "last";
  std::optional<std::filesystem::path> output;  // default: <id>.tar.zst
};
struct RunsGcVerb {
  std::optional<std::size_t> keep;
  std::string older_than;  // a duration; empty: any age
  bool dry_run = false;
};
struct VerifyVerb {
  std::string thing;  // a run, or a bundle
};
struct ExplainVerb {
  std::string subject;  // a code, or a step of a run; empty with `markdown`
  std::string run;      // of the step; empty: the last one
  bool markdown = false;
};
struct VaultVerb {
  enum class Action : std::uint8_t { kInit, kSet, kGet, kList, kRemove, kRekey };
  Action action = Action::kList;
  std::optional<std::filesystem::path> vault;
  std::optional<std::filesystem::path> passphrase_file;
  std::optional<std::filesystem::path> new_passphrase_file;  // of rekey
  std::string name;
  std::string strength = "moderate";  // of init
  bool force = false;                 // get: also where it is no terminal
};
struct EvalVerb {
  std::string expression;                      // empty with `batch`
  std::optional<std::filesystem::path> vars;   // YAML or JSON: names and their values
  std::optional<std::filesystem::path> batch;  // one request a line; "-": standard input
  bool facts = false;                          // those of this machine as `facts`
  bool typed = false;
};

using Verb =
    std::variant<CertifyVerb, RunVerb, PlanVerb, ValidateVerb, SchemaVerb, FactsVerb, DoctorVerb, ReportVerb,
                 RunsListVerb, RunsShowVerb, ExplainVerb, EvalVerb, FetchVerb, FmtVerb, TestVerb, ResumeVerb, UndoVerb,
                 AnswerVerb, VaultVerb, RunsOutputVerb, RunsCompareVerb, RunsExportVerb, RunsGcVerb, VerifyVerb>;

struct CommandLine {
  Common common;
  Verb verb;
};

// The command line, or the exit code with which the program is to end (help, version, or a mistake already explained).
std::variant<CommandLine, int> parse_command_line(int argc, char** argv);

}  // namespace assay::cli
