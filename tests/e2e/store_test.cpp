// SPDX-License-Identifier: Apache-2.0
// The store through the real program: list, show, follow, compare, export, gc, verify.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "e2e/harness.h"
#include "engine/base/files.h"
#include "engine/base/text.h"

namespace assay::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Store : public EndToEnd {
 protected:
  // Carries out a recipe of these steps; gives the id of its run.
  std::string ran(const std::string& name, const std::string& steps, std::vector<std::string> more = {}) const {
    const auto file = write(name + ".yaml", "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: " + name +
                                                ", version: 1.0.0 }\n" + steps);
    std::vector<std::string> arguments = {"run", file.string(), "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return last_json(run(arguments))["run"];
  }
  [[nodiscard]] std::filesystem::path folder_of(const std::string& id) const { return store() / "runs" / id; }
  [[nodiscard]] std::filesystem::path journal_of(const std::string& id) const {
    return folder_of(id) / "journal.jsonl";
  }
  // Cuts the seal off: the run looks as if it had been killed before its end.
  void cut_seal(const std::string& id) const {
    const std::string text = slurp(journal_of(id));
    std::filesystem::resize_file(journal_of(id), text.rfind('\n', text.size() - 2) + 1);
  }
  // The lock that a controller of the run would hold.
  [[nodiscard]] UniqueFd lock_of(const std::string& id) const {
    std::filesystem::create_directories(store() / "locks");
    UniqueFd fd(::open((store() / "locks" / (id + ".lock")).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    EXPECT_EQ(::flock(fd.get(), LOCK_EX | LOCK_NB), 0);
    return fd;
  }
  std::vector<std::string> listed(std::vector<std::string> options) const {
    options.insert(options.begin(), {"runs", "list", "--json"});
    const Outcome outcome = run(options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    std::vector<std::string> out;
    for (const Json& one : last_json(outcome)) out.push_back(one["name"]);
    return out;
  }
  [[nodiscard]] std::vector<std::string> temporary_folders() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename();
      if (name.starts_with("assay-bundle")) out.push_back(name);
    }
    return out;
  }
};

TEST_F(Store, ListsWhatIsAskedFor) {
  ran("good", "steps: [{ id: a, run: ['true'] }]\n");
  ran("bad", "steps: [{ id: a, run: ['false'] }]\n");
  cut_seal(ran("cut", "steps: [{ id: a, run: ['true'] }]\n"));
  EXPECT_THAT(listed({}), ElementsAre("good", "bad", "cut"));
  EXPECT_THAT(listed({"--name", "?ad"}), ElementsAre("bad"));
  EXPECT_THAT(listed({"--verdict", "pass,fail"}), ElementsAre("good", "bad"));
  EXPECT_THAT(listed({"--status", "unfinished"}), ElementsAre("cut"));
  EXPECT_THAT(listed({"--status", "interrupted"}), ElementsAre("cut"));
  EXPECT_THAT(listed({"--status", "running"}), IsEmpty());
  EXPECT_THAT(listed({"--since", "1h"}), ElementsAre("good", "bad", "cut"));
  EXPECT_THAT(listed({"--until", "1h"}), IsEmpty());
  EXPECT_THAT(listed({"-n", "2"}), ElementsAre("bad", "cut"));
  EXPECT_THAT(listed({"--machine", "no-such-machine"}), IsEmpty());
  EXPECT_THAT(listed({"--machine", "*"}), ElementsAre("good", "bad", "cut")) << "each says where it ran";
  const Outcome text = run({"runs", "list"});
  EXPECT_THAT(text.out, ContainsRegex("^[0-9TZa-f-]+  pass          good.*\n[0-9TZa-f-]+  fail          bad.*\n"
                                      "[0-9TZa-f-]+  interrupted   cut.*\n$"));
  EXPECT_EQ(run({"runs", "list", "--since", "yesterday"}).exit_code, 2);
}

TEST_F(Store, AnIndexThatIsBrokenOrGoneChangesNothing) {
  ran("a", "steps: [{ id: a, run: ['true'] }]\n");
  ran("b", "steps: [{ id: a, run: ['true'] }]\n");
  const std::string first = run({"runs", "list"}).out;
  ASSERT_TRUE(std::filesystem::exists(store() / "index.db"));
  for (const std::string& bytes : {std::string(), std::string("nonsense"), std::string(20000, 'x')}) {
    std::ofstream(store() / "index.db", std::ios::binary | std::ios::trunc) << bytes;
    const Outcome outcome = run({"runs", "list"});
    EXPECT_EQ(outcome.out, first);
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.exit_code, 0);
  }
  std::filesystem::remove(store() / "index.db");
  EXPECT_EQ(run({"runs", "list"}).out, first);
}

TEST_F(Store, ShowTellsAttemptsAndChange) {
  const std::string id = ran("r", "steps: [{ id: a, run: [sh, -c, 'exit 3'] }]\n");
  const Json json = last_json(run({"runs", "show", id, "--json"}));
  EXPECT_EQ(json["run"], id);
  EXPECT_EQ(json["status"], "finished");
  EXPECT_EQ(json["state"], "finished");
  EXPECT_EQ(json["exit_code"], 1);
  EXPECT_EQ(json["counts"]["fail"], 1);
  const Json& step = json["steps"].at(0);
  EXPECT_EQ(step["id"], "a");
  EXPECT_EQ(step["status"], "finished");
  EXPECT_EQ(step["verdict"], "fail");
  EXPECT_EQ(step["attempts"], 1);
  EXPECT_EQ(step["exit_code"], 3);
  EXPECT_TRUE(step["started"].is_string() && step["finished"].is_string());
  EXPECT_EQ(step["reason"], "exit code 3");
  EXPECT_EQ(step["change"], "changed") << "as far as anyone can tell";
  ASSERT_EQ(step["tries"].size(), 1U);
  EXPECT_EQ(step["tries"][0]["failure"], "application");
}

TEST_F(Store, OutputGivesBackWhatAStepLeft) {
  const std::string file = write("r.yaml", std::string(kHead) + R"(params: { n: { type: int, default: 3 } }
steps:
  - { id: quiet, run: ["true"] }
  - id: loud
    run: |
      printf 'out\033[1m %s\n' ${{ params.n }}; echo err >&2; seq 1 5000 > long; cat long
    artifacts: [long]
  - { id: rows, matrix: { m: [1, 2] }, run: [echo, "${{ matrix.m }}"] }
)")
                               .string();
  ASSERT_EQ(run({"run", file}).exit_code, 0);
  const Outcome loud = run({"runs", "output", "last", "loud"});
  EXPECT_EQ(loud.exit_code, 0);
  EXPECT_THAT(loud.out, AllOf(testing::StartsWith("out\033[1m 3\n1\n2\n"), testing::EndsWith("\n4999\n5000\n")));
  EXPECT_EQ(loud.err, "err\n");
  EXPECT_THAT(run({"runs", "output", "last", "loud", "script"}).out, testing::StartsWith("printf 'out"));
  EXPECT_EQ(run({"runs", "output", "last", "loud", "script-values"}).out, "ASSAY_V1=3  # params.n\n");
  EXPECT_THAT(run({"runs", "output", "last", "loud", "artifacts/long"}).out, testing::StartsWith("1\n2\n3\n"));
  EXPECT_EQ(run({"runs", "output", "last", "rows[m=2]"}).out, "2\n");
  const Json pieces = last_json(run({"runs", "output", "last", "loud", "--json"}));
  ASSERT_EQ(pieces.size(), 5U) << pieces;
  EXPECT_EQ(pieces[1]["name"], "script-values");
  EXPECT_EQ(run({"runs", "output", "last", "quiet"}).err, "assay: 'quiet' printed nothing\n");

  const Outcome piece = run({"runs", "output", "last", "loud", "sdtout"});
  EXPECT_EQ(piece.exit_code, 2);
  EXPECT_THAT(piece.err, AllOf(HasSubstr("'loud' has no evidence 'sdtout'"), HasSubstr("did you mean 'stdout'?")));
  EXPECT_THAT(run({"runs", "output", "last", "lodu"}).err, HasSubstr("did you mean 'loud'?"));
  const Outcome rows = run({"runs", "output", "last", "rows"});
  EXPECT_EQ(rows.exit_code, 2);
  EXPECT_THAT(rows.err, AllOf(HasSubstr("stands for 2 instances"), HasSubstr("name one of them: 'rows[m=1]'")));
}

TEST_F(Store, ExplainTellsTheCourseOfAStepAndWhatItPrinted) {
  const std::string file = write("r.yaml", std::string(kHead) + R"(steps:
  - id: flaky
    run: |
      echo one; echo two >&2; exit 3
    retry: { attempts: 2, backoff: 1ms, on: [application] }
  - { id: ask, needs: [], approve: "Go?" }
)")
                               .string();
  EXPECT_EQ(run({"run", file}).exit_code, 4);
  EXPECT_EQ(run({"answer", "last", "ask", "yes", "--note", "fine"}).exit_code, 0);
  EXPECT_THAT(run({"answer", "last", "ask", "no"}).err, HasSubstr("has its answer: 'yes' by "));
  EXPECT_EQ(run({"resume", "last"}).exit_code, 1);
  EXPECT_THAT(run({"explain", "flaky"}).out,
              AllOf(HasSubstr(", 2 attempts within "), HasSubstr("  attempt 1 at "),
                    HasSubstr(": fail (application), exit code 3: two\n"),
                    HasSubstr("  script, 31 B:\n    | echo one; echo two >&2; exit 3\n"),
                    HasSubstr("  stdout, 4 B:\n    | one\n  stderr, 4 B:\n    | two\n")));
  EXPECT_THAT(run({"explain", "ask"}).out,
              AllOf(HasSubstr(": Go?\n"), HasSubstr(": yes (fine)\n"), HasSubstr("  done again after ")));
}

TEST_F(Store, AnswersMayBeGivenBeforehand) {
  const std::string file = write("r.yaml", std::string(kHead) + R"(steps:
  - { id: go, approve: "Go?" }
  - { id: rack, approve: { question: "Which?", answer: enum, choices: [r1, r2] } }
  - { id: say, run: [echo, "${{ steps.rack.outputs.answer }} ${{ steps.rack.outputs.note }}"] }
)")
                               .string();
  const auto given = [&](const std::string& text) { return write("answers.yaml", text).string(); };
  EXPECT_EQ(run({"run", file, "--answers", given("go: yes\nrack: { answer: r2, note: by plan }\n")}).exit_code, 0);
  EXPECT_EQ(run({"runs", "output", "last", "say"}).out, "r2 by plan\n");
  EXPECT_THAT(run({"explain", "rack"}).out,
              AllOf(HasSubstr(": r2 (by plan)\n"), HasSubstr(" by "), HasSubstr("answers.yaml")));
  EXPECT_EQ(run({"run", file, "--answers", given("go: yes\n")}).exit_code, 4) << "the other still waits";
  EXPECT_EQ(run({"resume", "--answers", given("rack: r1\n")}).exit_code, 0);
  const std::size_t before = runs().size();
  for (const auto& [text, said] : {std::pair("zz: yes\n", "there is no step"),
                                   {"goo: yes\n", "did you mean 'go'?"},
                                   {"go: maybe\n", "yes or no"},
                                   {"rack: r3\n", "one of: r1, r2"},
                                   {"go: [yes]\n", "this is no answer"},
                                   {"go: { note: x }\n", "this is no answer"},
                                   {"- go\n", "a mapping of steps to answers"}}) {
    const Outcome wrong = run({"run", file, "--answers", given(text)});
    EXPECT_EQ(wrong.exit_code, 2) << text << wrong.err;
    EXPECT_THAT(wrong.err, HasSubstr(said)) << text;
  }
  EXPECT_EQ(runs().size(), before) << "nothing was started";
}

TEST_F(Store, ALongRunFitsAScreen) {
  std::string steps = "order: graph\nsteps:\n  - { id: bad, run: ['false'] }\n";
  steps += "  - { id: many, matrix: { n: [" + [] {
    std::string list = "1";
    for (int i = 2; i <= 60; ++i) list += ", " + std::to_string(i);
    return list;
  }() + "] }, run: ['true'] }\n";
  const std::string id = ran("long", steps);
  const Outcome shown = run({"runs", "show", id});
  EXPECT_LT(lines(shown.out).size(), 12U) << shown.out;
  EXPECT_THAT(shown.out, HasSubstr("  fail         bad"));
  EXPECT_THAT(shown.out, HasSubstr("  and 60 more: --all shows every step\n"));
  EXPECT_GT(lines(run({"runs", "show", id, "--all"}).out).size(), 61U);
}

TEST_F(Store, FollowShowsEachStepAsItEnds) {
  // The second step waits until the first one has been seen.
  const auto recipe = write("live.yaml",
                            "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: live, version: 1.0.0 }\nsteps:\n"
                            "  - { id: first, run: ['true'] }\n"
                            "  - { id: second, run: [sh, -c, 'while [ ! -e " +
                                (folder_ / "go").string() + " ]; do sleep 0.02; done'] }\n");
  Invocation call = invocation({});
  const std::string program = call.argv[0];
  call.argv = {
      "sh",
      "-c",
      "assay=$1 store=$2 go=$3; \"$assay\" run \"$4\" >/dev/null 2>&1 & run=$!\n"
      "until id=$(ls \"$store/runs\" 2>/dev/null) && [ -s \"$store/runs/$id/journal.jsonl\" ]; do sleep 0.02; done\n"
      "mkdir -p \"$store/locks\"; flock -n \"$store/locks/$id.lock\" sleep 600 & holder=$!\n"
      "until [ -e \"$store/locks/$id.lock\" ]; do sleep 0.02; done\n"
      "\"$assay\" runs show --follow \"$id\" | while read -r line; do\n"
      "  case $line in *first*) : > \"$go\";; esac; echo \"$line\"; done\n"
      "kill $holder; wait $run",
      "sh",
      program,
      store().string(),
      (folder_ / "go").string(),
      recipe.string()};
  const Outcome outcome = run(call);
  EXPECT_THAT(outcome.out, ContainsRegex("^pass +first .*\npass +second .*\n[0-9TZa-f-]+  live  pass\n$"))
      << outcome.err;
}

TEST_F(Store, FollowEndsWithItsWriter) {
  const std::string id = ran("r", "steps: [{ id: a, run: ['true'] }]\n");
  EXPECT_THAT(run({"runs", "show", "--follow", id}).out, ContainsRegex("^  pass +a .*\n" + id + "  r  pass\n$"));
  cut_seal(id);
  const Outcome gone = run({"runs", "show", "--follow", id});
  EXPECT_EQ(gone.exit_code, 0);
  EXPECT_THAT(gone.out,
              ContainsRegex("^  pass +a .*\n" + id + "  r  interrupted: it was cut off; .assay resume. goes on\n$"));
  const Outcome json = run({"runs", "show", "--follow", id, "--json"});
  ASSERT_EQ(lines(json.out).size(), 2U);
  EXPECT_EQ(parse_json(lines(json.out)[0], "line").value()["id"], "a");
  EXPECT_EQ(last_json(json)["state"], "interrupted");
}

TEST_F(Store, FollowTellsTheAttemptsOfAStep) {
  const std::string id = ran("r",
                             "steps: [{ id: a, retry: { attempts: 2, backoff: 1ms, on: [application] }, run: "
                             "[sh, -c, 'exit 3'] }, { id: b, run: ['true'] }]\n");
  const Json shown = last_json(run({"runs", "show", id, "--json"}))["steps"];
  const Outcome outcome = run({"runs", "show", "--follow", id, "--json"});
  const auto told = lines(outcome.out);
  ASSERT_EQ(told.size(), 3U) << outcome.out;
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(parse_json(told[i], "line").value(), shown[i]);
  EXPECT_EQ(shown[0]["tries"].size(), 2U);
}

TEST_F(Store, AnUnknownFormatOfAReportIsWrongUse) {
  ran("r", "steps: [{ id: a, run: ['true'] }]\n");
  const Outcome outcome = run({"report", "last", "--format", "bogus"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("error[T001]: unknown report format 'bogus'"));
}

TEST_F(Store, FollowLeavesTheRunAlone) {
  const std::string id = ran("r", "steps: [{ id: a, run: ['true'] }]\n");
  cut_seal(id);
  const std::string before = slurp(journal_of(id));
  const UniqueFd lock = lock_of(id);
  EXPECT_THAT(run({"runs", "list"}).out, HasSubstr("  running       r"));
  for (const int signal : {SIGINT, SIGTERM}) {
    Invocation call = invocation({"runs", "show", "--follow", id});
    call.moments = {{.after = " a ", .signal = signal}};
    const Outcome outcome = run(call);
    EXPECT_EQ(outcome.exit_code, 128 + signal);
  }
  EXPECT_EQ(slurp(journal_of(id)), before);
}

TEST_F(Store, CompareSaysWhatDiffers) {
  const std::string head = "params: { n: { type: int, default: 1 } }\n";
  const std::string a = ran("r", head + "steps: [{ id: a, run: ['true'] }, { id: b, run: ['true'] }]\n");
  const std::string b =
      ran("r", head + "steps: [{ id: a, run: ['false'] }, { id: c, run: ['true'] }]\n", {"-p", "n=2"});
  const Json json = last_json(run({"runs", "compare", a, b, "--json"}));
  EXPECT_EQ(json["before"], a);
  EXPECT_EQ(json["after"], b);
  EXPECT_EQ(to_json_line(json["params"]), R"([{"what":"params.n","before":"1","after":"2"}])");
  EXPECT_EQ(json["recipe"].size(), 1U) << "its digest";
  EXPECT_THAT(json["machine"], IsEmpty());
  std::vector<std::string> steps;
  for (const Json& step : json["steps"])
    steps.push_back(step["id"].get<std::string>() + " " +
                    (step["before"].is_null() ? "none" : step["before"]["verdict"].get<std::string>()) + " " +
                    (step["after"].is_null() ? "none" : step["after"]["verdict"].get<std::string>()));
  EXPECT_THAT(steps, ElementsAre("a pass fail", "c none skipped", "b pass none"));
  const Outcome text = run({"runs", "compare", a});
  EXPECT_THAT(text.out, StartsWith(a + " -> " + b + "\nrecipe\n  sha256: "));
  EXPECT_THAT(text.out, HasSubstr("parameters\n  params.n: 1 -> 2\n"));
  EXPECT_THAT(text.out, HasSubstr("  a: pass -> fail"));
  EXPECT_THAT(text.out, HasSubstr("0 of 3 steps came out the same\n"));
}

TEST_F(Store, ABundleServesWhereverARunIsNamed) {
  const std::string id = ran("r", "steps: [{ id: a, run: [sh, -c, 'seq 1 5000'] }, { id: b, run: ['false'] }]\n");
  const std::string bundle = (folder_ / "r.tar.zst").string();
  const Outcome exported = run({"runs", "export", id, "-o", bundle, "--json"});
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(last_json(exported)["bundle"], bundle);
  EXPECT_EQ(last_json(exported)["size"], std::filesystem::file_size(bundle));
  Json from_store = last_json(run({"runs", "show", id, "--json"}));
  std::filesystem::remove_all(store());
  Json from_bundle = last_json(run({"runs", "show", bundle, "--json"}));
  EXPECT_EQ(from_bundle["record"], bundle);
  from_store["record"] = from_bundle["record"];
  EXPECT_EQ(from_bundle, from_store);
  EXPECT_THAT(run({"runs", "show", bundle}).out, HasSubstr("  record  " + bundle + "\n"));
  EXPECT_THAT(run({"runs", "show", "--follow", bundle}).out, ContainsRegex("pass +a"));
  EXPECT_THAT(run({"explain", "b", "--run", bundle}).out, HasSubstr("exit code 1"));
  EXPECT_THAT(run({"runs", "compare", bundle, bundle}).out, HasSubstr("2 of 2 steps came out the same\n"));
  const Outcome report = run({"report", bundle, "-o", (folder_ / "out").string()});
  EXPECT_EQ(report.exit_code, 0) << report.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/report.html"));
  EXPECT_EQ(run({"report", bundle}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / (id + "-reports") / "report.json"));
  EXPECT_THAT(temporary_folders(), IsEmpty());
}

TEST_F(Store, TheWordLastIsNoFile) {
  write("last", "no bundle");
  for (const std::vector<std::string>& verb : std::vector<std::vector<std::string>>{
           {"runs", "show"}, {"runs", "show", "--follow"}, {"report"}, {"verify"}, {"explain", "a", "--run"}}) {
    std::vector<std::string> arguments = verb;
    arguments.emplace_back("last");
    const Outcome outcome = run(arguments);
    EXPECT_NE(outcome.exit_code, 0);
    EXPECT_THAT(outcome.err, HasSubstr("has no run 'last'")) << verb.front();
    arguments.back() = "./last";
    EXPECT_THAT(run(arguments).err, HasSubstr("'./last'")) << verb.front();
  }
  const std::string id = ran("r", "steps: [{ id: a, run: ['true'] }]\n");
  EXPECT_THAT(run({"runs", "show", "last"}).out, HasSubstr(id));
  EXPECT_EQ(run({"verify", "last"}).exit_code, 0);
}

TEST_F(Store, ExportRefusesToOverwrite) {
  ran("r", "steps: [{ id: a, run: ['true'] }]\n");
  write("mine", "mine");
  const Outcome outcome = run({"runs", "export", "last", "-o", "mine"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err, "assay: error[U001]: 'mine' exists already\n  help: choose another name: -o FILE\n");
  EXPECT_EQ(slurp(folder_ / "mine"), "mine");
}

TEST_F(Store, VerifyTellsWhatItCheckedAndFindsWhatWasChanged) {
  const std::string id = ran("r", "steps: [{ id: a, run: [sh, -c, 'seq 1 5000'] }, { id: b, run: [echo, hi] }]\n");
  const Outcome good = run({"verify", id});
  EXPECT_EQ(good.exit_code, 0) << good.out << good.err;
  EXPECT_THAT(good.out, HasSubstr("lines of the journal chained from run.json"));
  EXPECT_THAT(good.out, HasSubstr("; sealed\nUNSIGNED: the record is whole; nobody has signed it\n"));
  const Json json = last_json(run({"verify", id, "--json"}));
  EXPECT_EQ(json["verified"], true);
  EXPECT_EQ(json["signed"], false);
  EXPECT_EQ(json["sealed"], true);
  EXPECT_GE(json["evidence"]["files"], 1);

  const std::string text = slurp(journal_of(id));
  const std::size_t at = text.find("\"name\":\"stdout\"");
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
  std::string bad = text;
  bad[at + 1] = 'N';
  std::ofstream(journal_of(id), std::ios::binary | std::ios::trunc) << bad;
  const Outcome changed = run({"verify", id});
  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_THAT(changed.out, HasSubstr("CHANGED  journal.jsonl line " + std::to_string(line) + " "));
  EXPECT_THAT(changed.out, HasSubstr("NOT VERIFIED: the record is not what was written\n"));
  EXPECT_EQ(last_json(run({"verify", id, "--json"}))["problems"][0]["line"], line);
  std::ofstream(journal_of(id), std::ios::binary | std::ios::trunc) << text;
  EXPECT_EQ(run({"verify", id}).exit_code, 0);

  cut_seal(id);
  const Outcome unfinished = run({"verify", id});
  EXPECT_EQ(unfinished.exit_code, 0);
  EXPECT_THAT(unfinished.out, HasSubstr("not sealed: the run has not come to its end"));
}

TEST_F(Store, WhatComesFromOutsideIsNotTrusted) {
  const std::string id = ran("r", "steps: [{ id: a, run: ['true'] }]\n");
  ASSERT_EQ(run({"runs", "export", id, "-o", "b.tar.zst"}).exit_code, 0);
  const Outcome bundle = run({"verify", "b.tar.zst"});
  EXPECT_EQ(bundle.exit_code, 1);
  EXPECT_THAT(bundle.out, HasSubstr("NOT VERIFIED: no signature that you trust\n"));
  EXPECT_EQ(last_json(run({"verify", "b.tar.zst", "--json"}))["reason"], "no signature that you trust");
  std::filesystem::create_directories(folder_ / "copy");
  std::filesystem::copy(folder_of(id), folder_ / "copy" / id, std::filesystem::copy_options::recursive);
  EXPECT_EQ(run({"verify", (folder_ / "copy" / id).string()}).exit_code, 1);
  std::filesystem::resize_file(folder_ / "b.tar.zst", std::filesystem::file_size(folder_ / "b.tar.zst") / 2);
  const Outcome torn = run({"verify", "b.tar.zst"});
  EXPECT_EQ(torn.exit_code, 1);
  EXPECT_THAT(torn.err, HasSubstr("'b.tar.zst' cannot be read as an archive"));
  write("note.txt", "not a bundle");
  EXPECT_EQ(run({"verify", "note.txt"}).exit_code, 1);
  EXPECT_EQ(run({"verify", "nothing-there"}).exit_code, 2);
  EXPECT_THAT(temporary_folders(), IsEmpty());
}

TEST_F(Store, GcShowsThenRemoves) {
  std::vector<std::string> ids;
  for (const char* name : {"a", "b", "c"}) ids.push_back(ran(name, "steps: [{ id: a, run: ['true'] }]\n"));
  std::ofstream(folder_of(ids[0]) / "pin") << "";
  const Outcome dry = run({"runs", "gc", "--keep", "1", "--dry-run"});
  EXPECT_THAT(dry.out, ContainsRegex("^kept " + ids[0] + ": it is pinned\nwould remove " + ids[1] +
                                     "  [0-9.]+ KiB\nwould free [0-9.]+ KiB\n$"));
  EXPECT_THAT(listed({}), ElementsAre("a", "b", "c"));
  const Outcome done = run({"runs", "gc", "--keep", "1"});
  EXPECT_THAT(done.out, HasSubstr("removed " + ids[1]));
  EXPECT_THAT(listed({}), ElementsAre("a", "c"));
  EXPECT_FALSE(std::filesystem::exists(folder_of(ids[1])));
  const Json json = last_json(run({"runs", "gc", "--older-than", "90d", "--json"}));
  EXPECT_THAT(json["runs"], IsEmpty());
  EXPECT_EQ(json["kept"], 2);
  EXPECT_EQ(run({"runs", "gc", "--older-than", "old"}).exit_code, 2);
}

}  // namespace
}  // namespace assay::test
