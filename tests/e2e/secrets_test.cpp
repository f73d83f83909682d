// SPDX-License-Identifier: Apache-2.0
// A canary: a recipe does everything it can to show its secret, in every encoding; then no byte of record, reports,
// events, terminal and command lines holds it. The encoders and the search here are naive and not those of the engine.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "e2e/harness.h"
#include "engine/base/text.h"
#include "engine/record/run_reader.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kCanary = "C4nary/s3cret+of&<the>\"mine'é$";

struct Encoding {
  std::string name;
  std::string text;
};

// Each byte that is not a letter or digit by `escape`.
template <class Escape>
std::string escaped(std::string_view text, Escape escape) {
  std::string out;
  for (const char c : text) out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : escape(c);
  return out;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      default: out += c;
    }
  }
  return out;
}

// The canary has one character beyond ASCII, é.
std::string utf16(std::string_view text) {
  std::string out;
  for (const char c : replace_all(std::string(text), "é", "\xe9")) out += {c, '\0'};
  return out;
}

std::string for_urls(std::string text) { return replace_all(replace_all(std::move(text), "+", "-"), "/", "_"); }

// How the canary may look. `whole`: as a program prints it; else what of it can be searched for.
std::vector<Encoding> encodings(const std::string& secret, bool whole) {
  std::vector<Encoding> out = {
      {"raw", secret},
      {"hex", hex(secret)},
      {"HEX", upper(hex(secret))},
      {"url", escaped(secret, [](char c) { return "%" + upper(hex(std::string(1, c))); })},
      {"url_lower", escaped(secret, [](char c) { return "%" + hex(std::string(1, c)); })},
      {"xml", xml(secret)},
      {"shell_quotes", replace_all(secret, "'", R"('\'')")},
      {"shell_backslashes", replace_all(escaped(secret,
                                                [](char c) {
                                                  return std::string{'\\', c};
                                                }),
                                        "\\\xc3\\\xa9", "é")},
      {"utf16", utf16(secret)},
  };
  const std::string json = Json(secret).dump();
  out.push_back({"json", json.substr(1, json.size() - 2)});
  const std::string ascii = Json(secret).dump(-1, ' ', true);
  out.push_back({"json_ascii", ascii.substr(1, ascii.size() - 2)});
  for (std::size_t before = 0; before < 3; ++before) {
    std::string text = base64(std::string(before, '#') + secret + "##");
    // Without the characters at both ends that depend on what stands beside it.
    if (!whole) text = text.substr(before == 0 ? 0 : before + 1, (secret.size() - 2) / 3 * 4 - 4);
    out.push_back({"base64_" + std::to_string(before), text});
    out.push_back({"base64_url_" + std::to_string(before), for_urls(text)});
  }
  return out;
}

// The names of the encodings in which the canary is in `bytes`.
std::vector<std::string> found_in(std::string_view bytes) {
  std::vector<std::string> out;
  for (const Encoding& encoding : encodings(kCanary, false)) {
    if (bytes.find(encoding.text) != std::string_view::npos) out.push_back(encoding.name);
  }
  return out;
}

class Secrets : public EndToEnd {
 protected:
  Invocation with_canary(std::vector<std::string> arguments) const {
    Invocation out = invocation(std::move(arguments));
    out.environment["CANARY"] = kCanary;
    return out;
  }
  std::filesystem::path recipe(const std::string& rest) const { return write("recipe.yaml", kHead + rest); }

  // Every file below the data folder in which the canary is, evidence as it is read.
  std::vector<std::string> leaks() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "data")) {
      for (const std::string& name : found_in(entry.path().filename().string())) out.push_back(name + " in a name");
      if (!entry.is_regular_file()) continue;
      for (const std::string& name : found_in(slurp(entry.path())))
        out.push_back(name + " in " + entry.path().string());
    }
    for (const auto& run : runs()) {
      const auto record = record::read_run(run);
      if (!record) throw std::runtime_error(render(record.error()));
      for (const record::StepRecord& step : record->steps) {
        for (const record::EvidenceRef& item : step.evidence) {
          const auto bytes = record::read_evidence(*record, item);
          if (!bytes) throw std::runtime_error(render(bytes.error()));
          for (const std::string& name : found_in(*bytes)) out.push_back(name + " in " + step.id + " " + item.name);
        }
      }
    }
    return out;
  }

  // Lines of 100 KB with each encoding in their middle, and files that a recipe shows.
  void write_what_is_shown() const {
    std::string all;
    for (const Encoding& encoding : encodings(kCanary, true))
      all += std::string(50'000, 'x') + " " + encoding.text + " " + std::string(50'000, 'y') + "\n";
    write("long", all);
    std::string each;
    for (const Encoding& encoding : encodings(kCanary, true)) each += encoding.name + " <" + encoding.text + ">\n";
    write("each", each);
    write("hex", hex(kCanary));
    write("words", "error: " + std::string(kCanary) + " was refused\n");
  }

  std::string everything_shows() const {
    const std::string here = folder_.path().string();
    return R"y(params: { token: { type: secret, default: "env:CANARY" } }
order: graph
steps:
  - id: speaks
    env: { TOKEN: "${{ params.token }}", BOTH: "user:${{ params.token }}", HERE: )y" +
           here + R"y( }
    stdin: "${{ params.token }}"
    run: |
      dd if="$HERE/each" bs=7 status=none
      dd if="$HERE/each" bs=5 status=none >&2
      cat "$HERE/long"
      cat "$HERE/long" >&2
      printf '%s' "$TOKEN" | dd bs=3 status=none
      env
      cp "$HERE/each" each.bin
      cp "$HERE/long" long.bin
      cp "$HERE/each" "name-$(cat "$HERE/hex").bin"
      printf '%s' "$BOTH" > env.txt
      cat > stdin.txt
    artifacts: ["*.bin", "*.txt"]
  - id: judged
    env: { HERE: )y" +
           here + R"y( }
    run: 'cat "$HERE/each"; cat "$HERE/words" >&2'
    outputs: { said: stdout, first: "stdout.lines()[0]", whole: stderr }
    ensure: ["!outputs.whole.contains('refused')"]
  - id: fails
    env: { HERE: )y" +
           here + R"y( }
    run: 'cat "$HERE/words" >&2; exit 1'
  - id: held
    env: { TOKEN: "${{ params.token }}", HERE: )y" +
           here + R"y( }
    stdin: "${{ params.token }}"
    run: 'echo up > "$HERE/up"; cat "$HERE/down"'
  - id: looks
    env: { HERE: )y" +
           here + R"y( }
    run: |
      cat "$HERE/up"
      cat /proc/[0-9]*/cmdline > "$HERE/cmdlines" 2>/dev/null || true
      echo seen > "$HERE/down"
)y";
  }
  void make_pipes() const {
    for (const char* name : {"up", "down"}) {
      std::filesystem::remove(folder_ / name);
      ASSERT_EQ(::mkfifo((folder_ / name).c_str(), 0600), 0);
    }
  }
};

TEST_F(Secrets, AreNowhere) {
  write_what_is_shown();
  make_pipes();
  const auto file = recipe(everything_shows());
  const Invocation run_it = with_canary({"run", "-j", "4", file.string(), "--events", (folder_ / "events").string()});
  const Outcome outcome = run(run_it);
  EXPECT_EQ(outcome.exit_code, 1) << outcome.transcript;
  EXPECT_THAT(outcome.transcript, HasSubstr("*** was refused"));
  EXPECT_THAT(found_in(outcome.transcript), IsEmpty()) << outcome.transcript;
  EXPECT_THAT(leaks(), IsEmpty());
  const std::string events = slurp(folder_ / "events");
  EXPECT_THAT(events, HasSubstr("step_finished"));
  EXPECT_THAT(found_in(events), IsEmpty());
  const std::string commands = slurp(folder_ / "cmdlines");
  EXPECT_THAT(commands, HasSubstr("recipe.yaml"));
  EXPECT_THAT(found_in(commands), IsEmpty());

  // The masks stand where the canary stood, and the programs had the value itself.
  std::string each;
  for (const Encoding& encoding : encodings(kCanary, true)) each += encoding.name + " <***>\n";
  const auto record = record::read_run(runs().back()).value();
  std::map<std::string, std::string> evidence;
  for (const record::EvidenceRef& item : record.steps[0].evidence)
    evidence[item.name] = record::read_evidence(record, item).value();
  EXPECT_EQ(evidence["artifacts/stdin.txt"], "***");
  EXPECT_EQ(evidence["artifacts/env.txt"], "user:***");
  ASSERT_TRUE(evidence.contains("artifacts/name-***.bin"));
  const std::string shown = evidence["artifacts/each.bin"];
  for (const Encoding& encoding : encodings(kCanary, true)) EXPECT_THAT(shown, HasSubstr(encoding.name + " <"));
  EXPECT_THAT(shown, HasSubstr("raw <***>\nhex <***>\nHEX <***>\nurl <***>\nurl_lower <***>\nxml <***>\n"));
  EXPECT_EQ(shown, evidence["stderr"].substr(0, shown.size()));
  EXPECT_EQ(evidence["stdout"].substr(0, shown.size()), shown);
  const Json header = Json::parse(slurp(runs().back() / "run.json"));
  EXPECT_EQ(header["params"]["token"], "env:CANARY");
  for (const record::StepRecord& step : record.steps) {
    for (const record::EvidenceRef& item : step.evidence)
      EXPECT_EQ(item.size, record::read_evidence(record, item)->size());
  }
}

TEST_F(Secrets, AreNotOnATerminalNorInWhatIsMadeLater) {
  write_what_is_shown();
  make_pipes();
  const auto file = recipe(everything_shows());
  Invocation run_it = with_canary({"run", "-j", "4", file.string()});
  run_it.terminal = TerminalSize{};
  const Outcome outcome = run(run_it);
  EXPECT_THAT(outcome.out, HasSubstr("was refused"));
  EXPECT_THAT(found_in(outcome.out), IsEmpty());
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"runs", "show"},
                                                    {"runs", "list"},
                                                    {"--json", "runs", "show"},
                                                    {"explain", "fails"},
                                                    {"report", "--format", "html,json,junit,markdown"},
                                                    {"--lang", "zh-CN", "report"}}) {
    EXPECT_THAT(found_in(run(arguments).transcript), IsEmpty());
  }
  EXPECT_THAT(leaks(), IsEmpty());
}

TEST_F(Secrets, InTheNoteOfAnAnswerAreLeftOutByTheRun) {
  const auto file = recipe(
      "params: { token: { type: secret, default: \"env:CANARY\" } }\n"
      "steps: [{ id: go, approve: \"Go?\" }, { id: a, run: ['true'], env: { T: \"${{ params.token }}\" } }]\n");
  EXPECT_EQ(run(with_canary({"run", file.string()})).exit_code, 4);
  const Outcome answered = run({"answer", "last", "go", "yes", "--note", std::string("it is ") + kCanary});
  EXPECT_EQ(answered.exit_code, 0) << answered.transcript;
  EXPECT_THAT(answered.out, HasSubstr("the run takes it when it goes on"));
  EXPECT_EQ(run(with_canary({"resume"})).exit_code, 0);
  EXPECT_THAT(leaks(), IsEmpty());
  EXPECT_EQ(record::read_run(runs().back()).value().questions.at(0).note, "it is ***");
}

// Without this the tests above could pass because they cannot see.
TEST_F(Secrets, WouldBeFoundByTheSearch) {
  for (const Encoding& encoding : encodings(kCanary, true)) {
    const auto names = found_in("before " + encoding.text + " after");
    EXPECT_NE(std::find(names.begin(), names.end(), encoding.name), names.end()) << encoding.name;
  }
  write_what_is_shown();
  EXPECT_EQ(found_in(slurp(folder_ / "each")).size(), encodings(kCanary, true).size());
  const auto file =
      recipe("steps: [{ id: a, run: 'cat \"$HERE/each\"; cat \"$HERE/words\" >&2; exit 1', env: { HERE: " +
             folder_.path().string() + " } }]\n");
  const Outcome outcome = run(with_canary({"run", file.string()}));
  EXPECT_THAT(found_in(outcome.transcript), Not(IsEmpty()));
  EXPECT_GE(leaks().size(), encodings(kCanary, true).size());
}

TEST_F(Secrets, AreReadBeforeAnythingStartsAndAllProblemsAreTold) {
  const auto file =
      recipe(R"(params:
  a: { type: secret, default: "env:NOT_SET" }
  b: { type: secret, default: "file:not-there" }
  c: { type: secret, default: "command:false" }
steps:
  - { id: x, run: [touch, )" +
             (folder_ / "started").string() +
             R"(], env: { A: "${{ params.a }}", B: "${{ params.b + params.c }}", D: "${{ secret('env:ALSO_NOT') }}" } }
)");
  const Outcome outcome = run({"run", file.string()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("recipe.yaml:5:"));
  EXPECT_THAT(outcome.err,
              HasSubstr("error[R051]: the secret 'a' ('env:NOT_SET') cannot be read: the variable 'NOT_SET'"));
  EXPECT_THAT(outcome.err, HasSubstr("the secret 'b' ('file:not-there') cannot be read"));
  EXPECT_THAT(outcome.err, HasSubstr("'false' ended with exit code 1"));
  EXPECT_THAT(outcome.err, HasSubstr("the secret 'env:ALSO_NOT' cannot be read"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "started"));
  EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(Secrets, OnTheCommandLineAreRefusedWithoutBeingShown) {
  const auto file = recipe("params: { token: { type: secret } }\nsteps: [{ id: x, run: [\"true\"] }]\n");
  const Outcome outcome = run({"run", file.string(), "-p", std::string("token=") + kCanary});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("must be given by reference"));
  write("params.yaml", std::string("token: 'hunter2hunter2'\n"));
  const Outcome of_file = run({"run", file.string(), "--params", (folder_ / "params.yaml").string()});
  EXPECT_EQ(of_file.exit_code, 2);
  EXPECT_THAT(found_in(outcome.transcript), IsEmpty());
  EXPECT_THAT(of_file.transcript, Not(HasSubstr("hunter2")));
}

TEST_F(Secrets, OfCommandsAreNotReadByVerbsThatOnlyLook) {
  const std::string mark = (folder_ / "mark").string();
  const auto file = recipe("params: { token: { type: secret, default: 'command:touch " + mark +
                           "' } }\nsteps: [{ id: x, run: [\"true\"], env: { T: \"${{ params.token }}\" } }]\n");
  EXPECT_EQ(run({"validate", file.string()}).exit_code, 0);
  EXPECT_EQ(run({"plan", file.string()}).exit_code, 0);
  EXPECT_EQ(run({"eval", "secret('command:touch " + mark + "')"}).out, "\"command:touch " + mark + "\"\n");
  EXPECT_FALSE(std::filesystem::exists(mark));
}

class VaultVerb : public Secrets {
 protected:
  VaultVerb() {
    write("key", "correct horse\n");
    EXPECT_EQ(vault({"init", "--strength", "interactive"}).exit_code, 0);
  }
  Invocation vault_call(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "vault");
    Invocation out = invocation(std::move(arguments));
    out.environment["XDG_CONFIG_HOME"] = (folder_ / "config").string();
    out.environment["ASSAY_VAULT_PASSPHRASE_FILE"] = (folder_ / "key").string();
    return out;
  }
  Outcome vault(std::vector<std::string> arguments, std::string input = {}) const {
    Invocation call = vault_call(std::move(arguments));
    call.input = std::move(input);
    return run(call);
  }
};

TEST_F(VaultVerb, KeepsSecretsForRuns) {
  EXPECT_EQ(vault({"set", "bmc/rack-1"}, std::string(kCanary) + "\n").exit_code, 0);
  EXPECT_EQ(vault({"set", "other"}, "another-value").exit_code, 0);
  EXPECT_EQ(vault({"list"}).out, "bmc/rack-1\nother\n");
  EXPECT_EQ(vault({"get", "other", "--force"}).out, "another-value");
  const Outcome refused = vault({"get", "other"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(refused.out, "");
  const auto file = recipe(
      "steps: [{ id: x, run: 'printf %s \"$T\" | wc -c', env: { T: \"${{ secret('vault:bmc/rack-1') }}\" } }]\n");
  Invocation run_it = vault_call({});
  run_it.argv = {run_it.argv[0], "run", file.string()};
  EXPECT_EQ(run(run_it).exit_code, 0);
  std::vector<Json> outputs;
  for (const Json& line : journal()) {
    if (line["type"] == "output" && line["name"] == "stdout") outputs.push_back(line["text"]);
  }
  EXPECT_EQ(outputs, std::vector<Json>{std::to_string(std::string(kCanary).size()) + "\n"});
  EXPECT_THAT(leaks(), IsEmpty());
  EXPECT_EQ(vault({"remove", "other"}).exit_code, 0);
  EXPECT_EQ(vault({"remove", "other"}).exit_code, 2);
  EXPECT_EQ(vault({"list"}).out, "bmc/rack-1\n");
}

TEST_F(VaultVerb, ChangesItsPassphrase) {
  EXPECT_EQ(vault({"set", "a"}, "value-of-a").exit_code, 0);
  const auto fresh = write("fresh", "battery staple\n").string();
  EXPECT_EQ(vault({"rekey", "--new-passphrase-file", fresh}).exit_code, 0);
  EXPECT_THAT(vault({"list"}).err, HasSubstr("error[R054]: the passphrase is wrong"));
  EXPECT_EQ(vault({"list", "--passphrase-file", fresh}).out, "a\n");
}

TEST_F(VaultVerb, AsksAtTheTerminalAndDoesNotShowWhatIsTyped) {
  Invocation set = vault_call({"set", "typed"});
  set.environment.erase("ASSAY_VAULT_PASSPHRASE_FILE");
  set.terminal = TerminalSize{};
  set.moments = {{.after = "passphrase of the vault: ",
                  .keys = "correct horsx\x7f"
                          "e\r"},
                 {.after = "value of typed: ", .keys = "hunter2hunter2\r"}};
  const Outcome outcome = run(set);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_EQ(outcome.moments_reached, 2U);
  EXPECT_THAT(outcome.out, Not(HasSubstr("hunter2")));
  EXPECT_THAT(outcome.out, Not(HasSubstr("horse")));
  Invocation get = vault_call({"get", "typed"});
  get.terminal = TerminalSize{};
  EXPECT_EQ(run(get).out, "hunter2hunter2\r\n");
  Invocation stopped = vault_call({"list"});
  stopped.environment.erase("ASSAY_VAULT_PASSPHRASE_FILE");
  stopped.terminal = TerminalSize{};
  stopped.moments = {{.after = "passphrase of the vault: ", .keys = "\x03"}};
  EXPECT_EQ(run(stopped).exit_code, 2);
}

TEST_F(VaultVerb, SaysWhatIsMissing) {
  Invocation list = vault_call({"list"});
  list.environment.erase("ASSAY_VAULT_PASSPHRASE_FILE");
  list.argv.insert(list.argv.begin(), "setsid");  // no terminal to ask at
  list.argv.insert(list.argv.begin() + 1, "--wait");
  EXPECT_THAT(run(list).err, HasSubstr("--passphrase-file FILE"));
  EXPECT_THAT(vault({"list", "--vault", (folder_ / "none").string()}).err, HasSubstr("`assay vault init` makes one"));
  EXPECT_THAT(vault({"init"}).err, HasSubstr("already"));
  EXPECT_THAT(vault({"set", "../x"}, "v").err, HasSubstr("is no name for a secret"));
  EXPECT_THAT(vault({"set", "empty"}, "\n").err, HasSubstr("the value is empty"));
}

}  // namespace
}  // namespace assay::test
