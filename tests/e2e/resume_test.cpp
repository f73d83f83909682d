// SPDX-License-Identifier: Apache-2.0
// Runs that are killed, stopped, asked about and taken back, with the real program.
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "e2e/harness.h"
#include "engine/base/text.h"
#include "support/cases.h"

namespace assay::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Resume : public EndToEnd {
 protected:
  std::filesystem::path recipe(const std::string& steps) const { return write("recipe.yaml", kHead + steps); }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }
  // Runs the recipe and kills assay, and only assay, once the file is there.
  void run_and_kill_at(const std::string& steps, const std::string& name) const {
    Invocation call = invocation({});
    call.argv = {"sh",
                 "-c",
                 "\"$@\" & p=$!; while [ ! -s " + file(name) + " ]; do sleep 0.02; done; kill -9 $p; wait $p",
                 "sh",
                 call.argv[0],
                 "run",
                 recipe(steps).string()};
    const Outcome outcome = run(call);
    ASSERT_EQ(outcome.exit_code, 137) << outcome.err;
  }
  [[nodiscard]] Json shown() const { return last_json(run({"runs", "show", "last", "--json"})); }
  [[nodiscard]] Json step(const std::string& id) const {
    const Json all = shown();
    for (const Json& one : all["steps"]) {
      if (one["id"] == id) return one;
    }
    return {};
  }
  // A step that says that it runs, once without an end.
  [[nodiscard]] std::string hanging() const {
    return "[sh, -c, 'echo $$ >>" + file("pids") + "; test -e " + file("again") + " || sleep 300']";
  }
};

TEST_F(Resume, GoesOnWhereItWasKilled) {
  run_and_kill_at("steps: [{ id: a, run: [sh, -c, 'echo a >>" + file("a") + "'] }, { id: b, run: " + hanging() +
                      " }, { id: c, run: ['true'] }]\n",
                  "pids");
  const int orphan = std::stoi(slurp(folder_ / "pids"));
  EXPECT_EQ(::kill(orphan, 0), 0) << "what it had started is still there";
  write("again", "x");
  const Outcome outcome = run({"resume", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(last_json(outcome)["verdict"], "pass");
  EXPECT_THAT(outcome.err, HasSubstr(" of the run had been left behind; "));
  EXPECT_THAT(outcome.err, HasSubstr("b: interrupted"));
  const std::string status = slurp("/proc/" + std::to_string(orphan) + "/status");
  EXPECT_TRUE(status.empty() || status.find("State:\tZ") != std::string::npos) << status;
  EXPECT_EQ(slurp(folder_ / "a"), "a\n") << "done once";
  EXPECT_EQ(step("a")["attempts"], 1);
  EXPECT_EQ(step("b")["attempts"], 2);
  EXPECT_EQ(run({"resume"}).exit_code, 0) << "with the code of the last one";
  EXPECT_THAT(run({"resume"}).err, HasSubstr("has come to its end: pass"));
}

TEST_F(Resume, RefusesWhatHasChangedUnlessItIsAccepted) {
  const std::string steps = "steps: [{ id: a, run: " + hanging() + " }]\n";
  run_and_kill_at(steps, "pids");
  write("again", "x");
  recipe(steps + "# another recipe\n");
  const Outcome refused = run({"resume"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("error[J004]: the file '" + file("recipe.yaml") + "' has changed"));
  EXPECT_THAT(refused.err, HasSubstr("--accept-changes"));
  EXPECT_EQ(lines(slurp(folder_ / "pids")).size(), 1U) << "nothing was started";
  const Outcome accepted = run({"resume", "--accept-changes"});
  EXPECT_EQ(accepted.exit_code, 0) << accepted.err;
  std::vector<std::string> found;
  for (const Json& line : journal()) {
    if (line["type"] == "resumed") found = line["accepted"].get<std::vector<std::string>>();
  }
  EXPECT_THAT(found, ElementsAre("the file '" + file("recipe.yaml") + "' has changed"));
  EXPECT_THAT(accepted.out, HasSubstr("Verdict  PASS   with --accept-changes (1 change)   1 pass"));
  EXPECT_THAT(run({"runs", "show"}).out, HasSubstr("  r 1.0.0  pass   with --accept-changes (1 change)\n"));
  recipe(steps + "# and another one\n");
  const Outcome undone = run({"undo", "last", "--accept-changes"});
  EXPECT_THAT(undone.out, HasSubstr("   with --accept-changes (1 change)   "));
  EXPECT_EQ(Json::parse(slurp(runs().back() / "run.json"))["accepted"].size(), 1U);
}

TEST_F(Resume, CutsATornEndAndRefusesABrokenChain) {
  run_and_kill_at("steps: [{ id: a, run: " + hanging() + " }]\n", "pids");
  write("again", "x");
  const std::filesystem::path path = runs().back() / "journal.jsonl";
  const std::string whole = slurp(path);
  std::string flipped = whole;
  flipped[flipped.find("\"planned\"") + 1] = 'q';
  std::ofstream(path, std::ios::trunc) << flipped;
  const Outcome broken = run({"resume"});
  EXPECT_EQ(broken.exit_code, 3);
  EXPECT_THAT(broken.err, HasSubstr("error[J003]: the record of "));
  EXPECT_THAT(broken.err, HasSubstr("the chain is broken"));
  EXPECT_EQ(slurp(path), flipped) << "and left alone";
  std::ofstream(path, std::ios::trunc) << whole << "{\"seq\":99,\"ti";
  const Outcome torn = run({"resume"});
  EXPECT_EQ(torn.exit_code, 0) << torn.err;
  EXPECT_THAT(torn.err, HasSubstr(" is torn: the run was cut off while it was written; it is cut off\n"));
}

TEST_F(Resume, OneControllerAtATime) {
  run_and_kill_at("steps: [{ id: a, run: " + hanging() + " }]\n", "pids");
  // The first resume hangs in the step again; the second finds it there.
  Invocation call = invocation({});
  call.argv = {"sh",
               "-c",
               "\"$@\" & p=$!; while [ $(wc -l <" + file("pids") +
                   ") -lt 2 ]; do sleep 0.02; done; \"$@\" 2>second; echo $? >code; kill -TERM $p; wait $p",
               "sh",
               call.argv[0],
               "resume",
               runs().back().filename().string()};
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 143) << outcome.err;
  EXPECT_EQ(slurp(folder_ / "code"), "3\n");
  EXPECT_THAT(slurp(folder_ / "second"), HasSubstr("error[S013]: "));
}

// The folder of a run says where it is locked, not the store that the command is given.
TEST_F(Resume, ARunOfAnotherStoreIsGoneOnWithInItsOwn) {
  run_and_kill_at("steps: [{ id: a, run: " + hanging() + " }]\n", "pids");
  const std::string id = runs().back().filename().string();
  const std::string lock = (store() / "locks" / (id + ".lock")).string();
  for (const char* verb : {"resume", "undo"}) {
    Invocation call = invocation({"--store", file("other"), verb, runs().back().string()});
    call.argv.insert(call.argv.begin(), {"flock", lock});
    const Outcome refused = run(call);
    EXPECT_EQ(refused.exit_code, 3) << refused.describe(call);
    EXPECT_THAT(refused.err, HasSubstr("error[S013]: "));
  }
  EXPECT_EQ(lines(slurp(folder_ / "pids")).size(), 1U) << "nothing was started";
  EXPECT_EQ(::kill(std::stoi(slurp(folder_ / "pids")), 0), 0) << "and nothing was ended";
  write("again", "x");
  const Outcome outcome = run({"--store", file("other"), "resume", runs().back().string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "other")) << "nothing of it lies in the other store";
  EXPECT_EQ(run({"verify", id}).exit_code, 0);
}

TEST_F(Resume, AnAnswerFromAnotherStoreReachesTheRun) {
  ASSERT_EQ(run({"run", recipe("steps: [{ id: go, approve: \"Overwrite it?\" }]\n").string()}).exit_code, 4);
  const std::string folder = runs().back().string();
  const std::string before = slurp(runs().back() / "journal.jsonl");
  Invocation call = invocation({"--store", file("other"), "answer", folder, "go", "yes"});
  call.argv.insert(call.argv.begin(),
                   {"flock", (store() / "locks" / (runs().back().filename().string() + ".lock")).string()});
  const Outcome beside = run(call);
  EXPECT_EQ(beside.exit_code, 0) << beside.describe(call);
  EXPECT_THAT(beside.out, HasSubstr("the run goes on with it now\n"));
  EXPECT_EQ(slurp(runs().back() / "journal.jsonl"), before) << "who is at work writes it";
  const Outcome into = run({"--store", file("other"), "answer", folder, "go", "yes"});
  EXPECT_THAT(into.out, HasSubstr("go on with: assay resume " + folder + "\n"));
  EXPECT_EQ(run({"--store", file("other"), "resume", folder}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "other"));
}

TEST_F(Resume, AFolderThatIsInNoStoreIsNotGoneOnWith) {
  ASSERT_EQ(run({"run", recipe("steps: [{ id: go, approve: \"Overwrite it?\" }]\n").string()}).exit_code, 4);
  std::filesystem::rename(runs().back(), folder_ / "elsewhere");
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"resume", file("elsewhere")}, {"answer", file("elsewhere"), "go", "yes"}}) {
    const Outcome refused = run(verb);
    EXPECT_EQ(refused.exit_code, 3);
    EXPECT_THAT(refused.err, HasSubstr("error[J003]: '" + file("elsewhere") + "' is not in a store"));
  }
}

TEST_F(Resume, RefusesAByteThatBecameNul) {
  run_and_kill_at("steps: [{ id: a, run: ['true'] }, { id: b, run: " + hanging() + " }]\n", "pids");
  write("again", "x");
  const std::filesystem::path path = runs().back() / "journal.jsonl";
  std::string bytes = slurp(path);
  std::size_t at = bytes.find("\"finished\"") + 2;
  if ((at + 1) % 512 == 0) ++at;  // the end of a sector may be lost
  bytes[at] = '\0';
  std::ofstream(path, std::ios::trunc) << bytes;
  const Outcome refused = run({"resume"});
  EXPECT_EQ(refused.exit_code, 3) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("error[J003]: the record of "));
  EXPECT_EQ(slurp(path), bytes) << "nothing was cut off";
  EXPECT_EQ(run({"verify", "last"}).exit_code, 1);
}

TEST_F(Resume, AskedRunsWaitForTheirAnswer) {
  const Outcome waits = run({"run",
                             recipe("steps: [{ id: go, approve: \"Overwrite it?\" }, { id: b, run: [echo, \"${{ "
                                    "steps.go.outputs.note }}\"] }]\n")
                                 .string(),
                             "--json"});
  EXPECT_EQ(waits.exit_code, 4);
  EXPECT_EQ(last_json(waits)["status"], "waiting");
  const Outcome still = run({"resume"});
  EXPECT_EQ(still.exit_code, 4) << "nobody has answered";
  EXPECT_THAT(still.out, HasSubstr("Verdict  NONE YET   2 to do"));
  EXPECT_EQ(run({"answer", "last", "b", "yes"}).exit_code, 2) << "b does not ask";
  const Outcome wrong = run({"answer", "last", "go", "perhaps"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("expected yes or no"));
  const Outcome answered = run({"answer", "last", "go", "yes", "--note", "agreed"});
  EXPECT_EQ(answered.exit_code, 0) << answered.err;
  EXPECT_THAT(answered.out, HasSubstr("assay resume "));
  EXPECT_EQ(run({"answer", "last", "go", "no"}).exit_code, 2) << "once";
  EXPECT_EQ(run({"resume"}).exit_code, 0);
  EXPECT_EQ(step("b")["verdict"], "pass");
}

TEST_F(Resume, WhatHasFailedIsSaidWhileTheRunWaits) {
  const Outcome waits = run(
      {"run", recipe("order: graph\nsteps: [{ id: a, run: ['false'] }, { id: go, approve: \"Go on?\" }]\n").string()});
  EXPECT_EQ(waits.exit_code, 4);
  EXPECT_THAT(waits.out, HasSubstr("Verdict  FAIL so far   1 fail, 1 to do"));
}

TEST_F(Resume, TheTerminalIsAskedAtOnce) {
  Invocation call = invocation({"run", recipe("steps: [{ id: go, approve: \"Overwrite it?\" }]\n").string()});
  call.terminal = TerminalSize{};
  call.moments = {{.after = "yes or no", .keys = "maybe\r"}, {.after = "expected yes or no", .keys = "yes\r"}};
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.describe(call);
  EXPECT_EQ(step("go")["verdict"], "pass");
}

TEST_F(Resume, UndoTakesBackAndSaysWhatStays) {
  const std::string made = file("made");
  const Outcome done = run({"run", recipe("steps: [{ id: a, run: [touch, " + made + "], undo: { run: [rm, " + made +
                                          "] } }, { id: b, run: ['true'] }]\n")
                                       .string()});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const std::string of = runs().back().filename().string();
  const Outcome undone = run({"undo", "last"});
  EXPECT_EQ(undone.exit_code, 0) << undone.err;
  EXPECT_FALSE(std::filesystem::exists(made));
  EXPECT_THAT(undone.err, HasSubstr("it states no `undo`: what it has changed stays"));
  const Json header = Json::parse(slurp(runs().back() / "run.json"));
  EXPECT_EQ(header["undo_of"], of);
  const std::string by = runs().back().filename().string();
  const Outcome twice = run({"undo", of, "--json"});
  EXPECT_EQ(twice.exit_code, 0);
  EXPECT_THAT(twice.err, HasSubstr("what " + of + " has changed and can be taken back, " + by + " has taken back\n"));
  EXPECT_EQ(last_json(twice)["status"], "finished");
  const Outcome of_undo = run({"undo", by, "--json"});
  EXPECT_EQ(of_undo.exit_code, 3);
  EXPECT_THAT(of_undo.err, HasSubstr("error[J006]: " + by + " is itself the undo of " + of + "\n"));
  EXPECT_EQ(last_json(of_undo)["status"], "error");
  EXPECT_EQ(runs().size(), 2U) << "nothing was begun";
}

TEST_F(Resume, WhatWasTakenBackIsDoneAgainOnlyWhenItIsSaid) {
  run_and_kill_at("steps: [{ id: a, run: [touch, " + file("made") + "], undo: { run: [rm, " + file("made") +
                      "] } }, { id: b, run: " + hanging() + ", undo: { run: [test, -e, " + file("can") + "] } }]\n",
                  "pids");
  const std::string of = runs().back().filename().string();
  write("again", "x");
  write("can", "x");
  ASSERT_EQ(run({"undo", of}).exit_code, 0);
  const std::string by = runs().back().filename().string();
  ASSERT_FALSE(std::filesystem::exists(file("made")));
  const Outcome by_itself = run({"resume"});
  EXPECT_THAT(by_itself.err, HasSubstr("no run waits to be resumed; the last one, " + by + ","));
  EXPECT_FALSE(std::filesystem::exists(file("made")));
  const Outcome said = run({"resume", of});
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_THAT(said.err, HasSubstr("again: a: it was taken back by " + by + "\n"));
  EXPECT_TRUE(std::filesystem::exists(file("made")));
}

TEST_F(Resume, ARunIsNotGoneOnWithWhileItIsTakenBack) {
  run_and_kill_at("steps: [{ id: a, run: " + hanging() + ", undo: { run: " + hanging() + " } }]\n", "pids");
  const std::string of = runs().back().filename().string();
  std::filesystem::remove(file("pids"));
  Invocation call = invocation({});
  call.argv = {"sh",
               "-c",
               "\"$@\" & p=$!; while [ ! -s " + file("pids") + " ]; do sleep 0.02; done; kill -9 $p; wait $p",
               "sh",
               call.argv[0],
               "undo",
               of};
  ASSERT_EQ(run(call).exit_code, 137);
  write("again", "x");
  const Outcome refused = run({"resume", of});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr(", which takes " + of + " back, has not come to its end"));
  EXPECT_EQ(run({"resume"}).exit_code, 0) << "that is what it takes by itself";
}

TEST_F(Resume, AnUndoThatWasKilledIsGoneOnWithNotBegunAgain) {
  ASSERT_EQ(
      run({"run", recipe("steps: [{ id: a, run: ['true'], undo: { run: " + hanging() + " } }]\n").string()}).exit_code,
      0);
  const std::string of = runs().back().filename().string();
  Invocation call = invocation({});
  call.argv = {"sh",
               "-c",
               "\"$@\" & p=$!; while [ ! -s " + file("pids") + " ]; do sleep 0.02; done; kill -9 $p; wait $p",
               "sh",
               call.argv[0],
               "undo",
               of};
  ASSERT_EQ(run(call).exit_code, 137);
  const std::string by = runs().back().filename().string();
  const Outcome second = run({"undo", of});
  EXPECT_EQ(second.exit_code, 3);
  EXPECT_THAT(second.err, HasSubstr("error[J006]: " + by + ", which takes " + of + " back, has not come to its end\n"));
  EXPECT_THAT(second.err, HasSubstr("help: go on with it: assay resume " + by));
  EXPECT_EQ(::kill(std::stoi(slurp(folder_ / "pids")), 0), 0) << "what is at work is that run's";
  write("again", "x");
  EXPECT_EQ(run({"resume"}).exit_code, 0);
  EXPECT_EQ(lines(slurp(folder_ / "pids")).size(), 2U);
}

TEST_F(Resume, GoesOnWhereItWasKilledWhileItsPlanWasWritten) {
  const auto path = recipe("steps: [{ id: a, if: facts.cpu.threads > 0, run: ['true'] }, { id: b, run: ['true'] }]\n");
  ASSERT_EQ(run({"run", path.string()}).exit_code, 0);
  const auto file = runs().back() / "journal.jsonl";
  const std::string whole = slurp(file);
  for (const int kept : {0, 1, 2}) {
    std::size_t size = 0;
    for (int i = 0; i < kept; ++i) size = whole.find('\n', size) + 1;
    std::ofstream(file, std::ios::trunc) << whole.substr(0, size);
    const Outcome outcome = run({"resume", "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(last_json(outcome)["counts"]["pass"], 2) << kept;
  }
}

// What happens at the question on the terminal, and how the run then ends.
struct PromptCase {
  const char* name;
  const char* recipe;  // of the recipe, before its steps
  Moment at_question;
  int exit_code;
  const char* verdict;  // of the question's step; empty: none yet
};
class AtTheQuestion : public Resume, public ::testing::WithParamInterface<PromptCase> {};
TEST_P(AtTheQuestion, TheRunStillListens) {
  Invocation call = invocation({"run", recipe(std::string(GetParam().recipe) +
                                              "order: graph\nsteps: [{ id: q, approve: \"Go?\" }, { id: z, needs: [q], "
                                              "if: always(), run: [sh, -c, 'echo z >>" +
                                              file("done") + "'] }]\n")
                                           .string()});
  call.terminal = TerminalSize{};
  call.moments = {GetParam().at_question};
  call.limit = std::chrono::seconds(30);
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, GetParam().exit_code) << outcome.out;
  const bool waits = GetParam().exit_code == 4;
  EXPECT_EQ(std::filesystem::exists(folder_ / "done"), !waits) << "what is always done";
  const Json question = step("q");
  EXPECT_EQ(question["status"], waits ? "waiting" : GetParam().verdict[0] == 'e' ? "cancelled" : "finished");
  if (!waits) {
    EXPECT_EQ(question["verdict"], GetParam().verdict);
  }
}
const PromptCase kPrompts[] = {
    {"yes", "", {.after = "later] ", .keys = "yes\n"}, 0, "pass"},
    {"no", "", {.after = "later] ", .keys = "no\n"}, 1, "fail"},
    {"nothing", "", {.after = "later] ", .keys = "\n"}, 4, ""},
    {"end_of_input", "", {.after = "later] ", .keys = "\x04"}, 4, ""},
    {"interrupt", "", {.after = "later] ", .keys = "\x03"}, 130, "error"},
    {"terminate", "", {.after = "later] ", .signal = SIGTERM}, 143, "error"},
    {"deadline", "deadline: 1s\n", {.after = "later] "}, 3, "error"},
};
INSTANTIATE_TEST_SUITE_P(Terminal, AtTheQuestion, ::testing::ValuesIn(kPrompts), case_name);

TEST_F(Resume, AnAnswerFromAnotherTerminalReachesThePrompt) {
  Invocation call = invocation({"run", recipe("steps: [{ id: q, approve: \"Go?\" }]\n").string()});
  const std::string assay = call.argv[0];
  std::vector<std::string> argv = {
      "sh", "-c", "(until \"$0\" answer last q yes; do sleep 0.05; done) >" + file("answers") + " 2>&1 & exec \"$@\"",
      assay};
  argv.insert(argv.end(), call.argv.begin(), call.argv.end());
  call.argv = std::move(argv);
  call.terminal = TerminalSize{};
  call.limit = std::chrono::seconds(30);
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << slurp(folder_ / "answers");
  EXPECT_EQ(step("q")["verdict"], "pass");
}

// The program of a step that sets its own PATH is found where the step found it.
TEST_F(Resume, AStepWithItsOwnPathHasNotChanged) {
  std::filesystem::create_directories(folder_ / "bin");
  write("bin/mytool", "#!/bin/sh\nexit 0\n");
  std::filesystem::permissions(folder_ / "bin/mytool", std::filesystem::perms::owner_all);
  const std::string path = file("bin") + ":/usr/bin:/bin";
  ASSERT_EQ(run({"run", recipe("steps: [{ id: t, env: { PATH: \"" + path +
                               "\" }, run: [mytool], undo: { run: ['true'] } }, " + "{ id: q, approve: \"Go?\" }]\n")
                            .string()})
                .exit_code,
            4);
  const Outcome same = run({"resume"});
  EXPECT_EQ(same.exit_code, 4) << same.err;
  write("bin/mytool", "#!/bin/sh\nexit 1\n");
  const Outcome other = run({"resume"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("error[J004]: the program 'mytool' is another one"));
  write("bin/mytool", "#!/bin/sh\nexit 0\n");
  EXPECT_EQ(run({"undo", "last"}).exit_code, 0);
}

TEST_F(Resume, ScriptsAreToldWhatIsNotGoneOnWith) {
  const Outcome none = run({"resume", "--json"});
  EXPECT_EQ(last_json(none)["exit_code"], none.exit_code);
  EXPECT_EQ(last_json(none)["status"], "error");
  EXPECT_TRUE(last_json(none)["run"].is_null());
  ASSERT_EQ(run({"run", recipe("steps: [{ id: a, run: ['false'] }]\n").string()}).exit_code, 1);
  const Json ended = last_json(run({"resume", "--json"}));
  EXPECT_EQ(ended["run"], runs().back().filename().string());
  EXPECT_EQ(ended["status"], "finished");
  EXPECT_EQ(ended["verdict"], "fail");
  EXPECT_EQ(ended["exit_code"], 1);
  EXPECT_EQ(ended["counts"]["fail"], 1);
  ASSERT_EQ(run({"run", recipe("steps: [{ id: go, approve: \"Go on?\" }]\n").string()}).exit_code, 4);
  recipe("steps: [{ id: go, approve: \"Go?\" }]\n");
  const Outcome refused = run({"resume", "--json"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(last_json(refused)["run"], runs().back().filename().string());
  EXPECT_EQ(last_json(refused)["status"], "error");
  EXPECT_EQ(last_json(refused)["exit_code"], 2);
  EXPECT_EQ(last_json(refused)["counts"]["open"], 1);
}

// `env -i` and `sudo` take the mark of the step away.
TEST_F(Resume, EndsAlsoWhatDoesNotCarryTheMark) {
  run_and_kill_at("steps: [{ id: a, run: [env, -i, sh, -c, 'echo $$ >>" + file("pids") + "; test -e " + file("again") +
                      " || sleep 300; :'] }]\n",
                  "pids");
  const int orphan = std::stoi(slurp(folder_ / "pids"));
  ASSERT_EQ(::kill(orphan, 0), 0);
  write("again", "x");
  const Outcome outcome = run({"resume"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(" without the mark of the run had been left behind and had to be ended\n"));
  const std::string status = slurp("/proc/" + std::to_string(orphan) + "/status");
  EXPECT_TRUE(status.empty() || status.find("State:\tZ") != std::string::npos) << status;
  const std::string id = runs().back().filename().string();
  EXPECT_FALSE(std::filesystem::exists(store() / "locks" / (id + ".processes"))) << "it is gone with the run";
}

// From another folder, with another environment: what a service or another user has.
TEST_F(Resume, GoesOnWithWhatTheRunWasStartedWith) {
  std::filesystem::create_directories(folder_ / "job/tools");
  std::filesystem::create_directories(folder_ / "elsewhere");
  write("job/tok", "the-one-of-the-job");
  write("elsewhere/tok", "quite-another-one");
  std::filesystem::permissions(folder_ / "job/tok", std::filesystem::perms::owner_read);
  write("job/tools/mytool", "#!/bin/sh\nprintf '%s' \"$T\" | wc -c\n");
  std::filesystem::permissions(folder_ / "job/tools/mytool", std::filesystem::perms::owner_all);
  const std::string steps =
      "params: { t: { type: secret, default: 'file:tok' } }\n"
      "steps:\n"
      "  - { id: q, approve: \"Go?\" }\n"
      "  - { id: s, run: [mytool], env: { T: \"${{ params.t }}\" }, outputs: { n: int(stdout.trim()) } }\n"
      "  - { id: e, run: [sh, -c, 'echo $USER $HTTP_PROXY $http_proxy'], outputs: { all: stdout.trim() } }\n";
  Invocation first = invocation({"run", recipe(steps).string(), "-j", "3"});
  first.folder = folder_ / "job";
  first.environment["PATH"] = file("job/tools") + ":/usr/bin:/bin";
  first.environment["USER"] = "ann";
  first.environment["http_proxy"] = "http://ann:hunter2hunter2@proxy";
  ASSERT_EQ(run(first).exit_code, 4);
  EXPECT_EQ(slurp(runs().back() / "run.json").find("hunter2hunter2"), std::string::npos);
  ASSERT_EQ(run({"answer", "last", "q", "yes"}).exit_code, 0);
  Invocation second = invocation({"resume"});
  second.folder = folder_ / "elsewhere";
  second.environment["USER"] = "bob";
  second.environment["HTTP_PROXY"] = "http://none";
  second.environment["http_proxy"] = "http://bob@proxy";
  const Outcome outcome = run(second);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err << outcome.out;
  EXPECT_EQ(run({"runs", "output", "last", "s"}).out, "18\n") << "bytes of the secret of the first folder";
  EXPECT_EQ(run({"runs", "output", "last", "e"}).out, "ann http://bob@proxy\n");
}

}  // namespace
}  // namespace assay::test
