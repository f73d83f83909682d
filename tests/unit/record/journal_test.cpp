// SPDX-License-Identifier: Apache-2.0
// The chain of lines: how it is written, and what a reader says of one that is not whole.
#include <gmock/gmock.h>

#include <sstream>

#include "engine/base/sha256.h"
#include "engine/record/journal.h"
#include "engine/record/run_reader.h"
#include "engine/record/run_writer.h"
#include "support/cases.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Journal, EachLineHasItsNumberItsTimeAndTheDigestBefore) {
  const test::TempFolder folder;
  test::FakeClock clock;
  auto journal = JournalWriter::create(folder / "journal.jsonl", "00ff", clock);
  ASSERT_TRUE(journal) << journal.error().message;
  EXPECT_EQ(journal->head(), "00ff");
  ASSERT_TRUE(journal->append({{"type", "a"}}));
  ASSERT_TRUE(journal->flush(Durable::kNo));
  clock.advance(std::chrono::milliseconds(1500));
  const std::string first = test::slurp(folder / "journal.jsonl");
  ASSERT_TRUE(journal->append({{"type", "b"}, {"n", 1}}));
  ASSERT_TRUE(journal->flush(Durable::kYes));
  EXPECT_EQ(test::slurp(folder / "journal.jsonl"),
            "{\"seq\":1,\"time\":\"2026-01-31T08:30:00.000000Z\",\"prev\":\"00ff\",\"type\":\"a\"}\n"
            "{\"seq\":2,\"time\":\"2026-01-31T08:30:01.500000Z\",\"prev\":\"" +
                sha256_hex(first) + "\",\"type\":\"b\",\"n\":1}\n");
  EXPECT_EQ(journal->head(), sha256_hex(test::slurp(folder / "journal.jsonl").substr(first.size())));
}

TEST(Journal, IsNeverWrittenOverAnother) {
  const test::TempFolder folder;
  const test::FakeClock clock;
  folder.write("journal.jsonl", "old\n");
  const auto journal = JournalWriter::create(folder / "journal.jsonl", "", clock);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().message, "cannot create '" + (folder / "journal.jsonl").string() + "': File exists");
  EXPECT_EQ(test::slurp(folder / "journal.jsonl"), "old\n");
}

TEST(Journal, TextOfAProgramStaysOneLine) {
  const test::TempFolder folder;
  const test::FakeClock clock;
  auto journal = JournalWriter::create(folder / "journal.jsonl", "", clock);
  ASSERT_TRUE(journal);
  ASSERT_TRUE(journal->append({{"type", "output"}, {"text", "a\nb\r\n\"\\\t\xE4\xB8\xAD"}}));
  ASSERT_TRUE(journal->flush(Durable::kNo));
  const std::string text = test::slurp(folder / "journal.jsonl");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(Json::parse(text)["text"], "a\nb\r\n\"\\\t\xE4\xB8\xAD");
}

TEST(Journal, ALineThatReadersRefuseIsNotWrittenAndCostsNothing) {
  Json deep = 1;
  for (int i = 0; i < 64; ++i) deep = Json::array({deep});
  Json wide = Json::object();
  for (int i = 0; i <= 20'000; ++i) wide[std::to_string(i)] = i;
  struct Case {
    Json value;
    std::string problem;
  };
  const std::vector<Case> cases = {
      {std::string(kLineLimit / 6 + 1, '\0'), "more than the 16 MiB that can be read again"},
      {deep, "could not be read again: nested more than 64 deep"},
      {wide, "could not be read again: an object with more than 20000 members"}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.problem);
    const test::TempFolder folder;
    const test::FakeClock clock;
    auto journal = JournalWriter::create(folder / "journal.jsonl", "00ff", clock);
    ASSERT_TRUE(journal);
    const auto added = journal->append({{"type", "finished"}, {"id", "s"}, {"outputs", one.value}});
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Code::kJournal);
    EXPECT_TRUE(added.error().message.starts_with("the line 'finished' of the journal for 's' "))
        << added.error().message;
    EXPECT_THAT(added.error().message, testing::EndsWith(one.problem));
    EXPECT_EQ(journal->head(), "00ff");
    EXPECT_EQ(journal->seq(), 0U);
    ASSERT_TRUE(journal->append({{"type", "stopped"}}));
    ASSERT_TRUE(journal->flush(Durable::kNo));
    EXPECT_TRUE(test::slurp(folder / "journal.jsonl").starts_with("{\"seq\":1,"));
  }
}

TEST(Journal, IsWrittenByOneAtATime) {
  const test::TempFolder folder;
  const test::FakeClock clock;
  const auto file = folder / "journal.jsonl";
  {
    auto first = JournalWriter::create(file, "", clock);
    ASSERT_TRUE(first);
    ASSERT_TRUE(first->append({{"type", "a"}}));
    ASSERT_TRUE(first->flush(Durable::kYes));
    const std::string whole = test::slurp(file);
    const auto second = JournalWriter::reopen(file, {.seq = 0, .bytes = 0, .prev = "x"}, clock);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kLocked);
    EXPECT_EQ(second.error().message, "the journal '" + file.string() + "' is being written by another process");
    EXPECT_EQ(test::slurp(file), whole) << "nothing was cut off";
  }
  const std::string whole = test::slurp(file);
  EXPECT_TRUE(JournalWriter::reopen(file, {.seq = 1, .bytes = whole.size(), .prev = sha256_hex(whole)}, clock));
}

TEST(Journal, WhatHasGrownSinceItWasReadIsNotCutOff) {
  const test::TempFolder folder;
  const test::FakeClock clock;
  const auto file = folder / "journal.jsonl";
  JournalPlace read;
  {
    auto first = JournalWriter::create(file, "", clock);
    ASSERT_TRUE(first);
    ASSERT_TRUE(first->append({{"type", "a"}}));
    ASSERT_TRUE(first->flush(Durable::kYes));
    read = {.seq = 1, .bytes = test::slurp(file).size(), .prev = first->head()};
    ASSERT_TRUE(first->append({{"type", "b"}, {"text", std::string(100'000, 'x')}}));
    ASSERT_TRUE(first->flush(Durable::kYes));
  }
  const std::string whole = test::slurp(file);
  const auto late = JournalWriter::reopen(file, read, clock);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, "the journal '" + file.string() + "' became longer while it was read");
  EXPECT_EQ(test::slurp(file), whole);
  folder.write("journal.jsonl", whole.substr(0, read.bytes) + "{\"seq\":2,\"ti");
  EXPECT_TRUE(JournalWriter::reopen(file, read, clock));
  EXPECT_EQ(test::slurp(file), whole.substr(0, read.bytes)) << "half a line is";
}

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() {
    folder_.write("run.json", kHeader);
    prev_ = sha256_hex(kHeader);
  }
  // A line that follows the one before, from its members after `prev`.
  std::string line(const std::string& members) {
    std::string text = "{\"seq\":" + std::to_string(++seq_) + ",\"time\":\"2026-01-31T08:30:00.000000Z\",\"prev\":\"" +
                       prev_ + "\"," + members + "}\n";
    prev_ = sha256_hex(text);
    return text;
  }
  std::string lines(std::initializer_list<const char*> all) {
    std::string text;
    for (const char* members : all) text += line(members);
    return text;
  }
  RunRecord read(const std::string& journal) {
    folder_.write("journal.jsonl", journal);
    auto run = read_run(folder_.path());
    if (!run) throw std::runtime_error(run.error().message);
    return std::move(*run);
  }

  static constexpr const char* kHeader =
      R"({"format":"assay.run/1","id":"20260131T083000Z-abcdef","created":"2026-01-31T08:30:00Z","assay":"0.1.0",
"source":{"kind":"Recipe","name":"r","version":"1.2.3","summary":"A summary"}})";
  test::TempFolder folder_;
  std::string prev_;
  int seq_ = 0;
};

TEST_F(ReaderTest, TheHeaderNamesTheRun) {
  const RunRecord run = read("");
  EXPECT_EQ(run.id, "20260131T083000Z-abcdef");
  EXPECT_EQ(run.title, "A summary");
  EXPECT_EQ(run.recipe_name, "r");
  EXPECT_EQ(run.recipe_version, "1.2.3");
  EXPECT_EQ(run.programme, "");
  EXPECT_EQ(run.assay_version, "0.1.0");
  EXPECT_EQ(run.status, Status::kRunning) << "not sealed";
  EXPECT_THAT(run.damage, IsEmpty());
}

struct HeaderCase {
  const char* name;
  const char* header;
  const char* title;
  const char* programme;
};
class Headers : public ReaderTest, public testing::WithParamInterface<HeaderCase> {};
TEST_P(Headers, AreReadAsFarAsTheyGo) {
  folder_.write("run.json", GetParam().header);
  const RunRecord run = read("");
  EXPECT_EQ(run.title, GetParam().title);
  EXPECT_EQ(run.programme, GetParam().programme);
}
const HeaderCase kHeaders[] = {
    {"programme", R"({"format":"assay.run/1","source":{"kind":"Programme","name":"quick"}})", "quick", "quick"},
    {"no_source", R"({"format":"assay.run/1"})", "", ""},
    {"source_of_another_type", R"({"format":"assay.run/1","source":["x"]})", "", ""},
    {"members_of_other_types",
     R"({"format":"assay.run/1","id":7,"created":[],"assay":{},"source":{"kind":1,"name":2,"summary":3}})", "", ""},
};
INSTANTIATE_TEST_SUITE_P(Reader, Headers, testing::ValuesIn(kHeaders), test::case_name);

struct UnreadableCase {
  const char* name;
  const char* header;
  const char* message;  // with the folder as FOLDER
  const char* help;
};
class Unreadable : public testing::TestWithParam<UnreadableCase> {};
TEST_P(Unreadable, IsRefusedInWords) {
  const test::TempFolder folder;
  folder.write("run.json", GetParam().header);
  const auto run = read_run(folder.path());
  ASSERT_FALSE(run);
  std::string message = run.error().message;
  if (const auto at = message.find(folder.path().string()); at != std::string::npos)
    message.replace(at, folder.path().string().size(), "FOLDER");
  EXPECT_EQ(message, GetParam().message);
  EXPECT_EQ(run.error().help, GetParam().help);
}
const UnreadableCase kUnreadable[] = {
    {"later_format", R"({"format":"assay.run/2"})", "'FOLDER/run.json' has the format 'assay.run/2'",
     "a newer assay wrote it: use that one to read it"},
    {"another_format", R"({"format":"x\u001b[31m"})", "'FOLDER/run.json' has the format 'x?[31m'",
     "it is not a run of assay"},
    {"no_format", "{}", "'FOLDER/run.json' has the format ''", "it is not a run of assay"},
    {"no_object", "[]", "'FOLDER/run.json' has the format ''", "it is not a run of assay"},
    {"no_journal", R"({"format":"assay.run/1"})", "the run has no journal: 'FOLDER/journal.jsonl'", ""},
};
INSTANTIATE_TEST_SUITE_P(Reader, Unreadable, testing::ValuesIn(kUnreadable), test::case_name);

TEST_F(ReaderTest, AFolderWithoutARunIsRefused) {
  const auto run = read_run(folder_ / "none");
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().message,
            "cannot read '" + (folder_ / "none/run.json").string() + "': No such file or directory");
}

TEST_F(ReaderTest, AStepGoesThroughItsStates) {
  const std::string planned = line(R"("type":"planned","id":"a")");
  const std::string started = line(R"("type":"started","step":"a","attempt":1,"command":["echo",7,"hi"])");
  const std::string again = line(R"("type":"started","step":"a","attempt":2)");
  const std::string finished =
      line(R"("type":"finished","step":"a","status":"finished","verdict":"pass","attempts":2)");
  EXPECT_EQ(read(planned).steps.at(0).status, Status::kPending);
  RunRecord run = read(planned + started);
  EXPECT_EQ(run.steps.at(0).status, Status::kRunning);
  EXPECT_EQ(run.steps.at(0).attempts, 1);
  EXPECT_THAT(run.steps.at(0).command, ElementsAre("echo", "hi"));
  run = read(planned + started + again);
  EXPECT_EQ(run.steps.at(0).attempts, 2);
  EXPECT_THAT(run.steps.at(0).command, ElementsAre("echo", "hi"));
  run = read(planned + started + again + finished);
  EXPECT_EQ(run.steps.at(0).verdict, Verdict::kPass);
  EXPECT_EQ(run.steps.at(0).attempts, 2);
  EXPECT_THAT(run.damage, IsEmpty());
}

TEST_F(ReaderTest, TheSealEndsTheRun) {
  const RunRecord run = read(line(R"("type":"sealed","verdict":"fail","exit_code":1,"problem":"why")"));
  EXPECT_EQ(run.status, Status::kFinished);
  EXPECT_EQ(run.verdict, Verdict::kFail);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.problem, "why");
  EXPECT_EQ(run.finished, WallTime(std::chrono::seconds(1'769'848'200)));
}

TEST_F(ReaderTest, TypesOfALaterVersionArePassedOver) {
  const RunRecord run = read(lines({R"("type":"waiting","step":"a")", R"("type":"sealed","verdict":"pass")"}));
  EXPECT_THAT(run.damage, IsEmpty());
  EXPECT_EQ(run.verdict, Verdict::kPass);
  EXPECT_EQ(run.exit_code, 3) << "without an exit code it is not a success";
}

// What the journal holds after two good lines, and what is said of it.
struct DamageCase {
  const char* name;
  std::string after;
  const char* damage;
};
class Damage : public ReaderTest, public testing::WithParamInterface<DamageCase> {};
TEST_P(Damage, IsNamedAndWhatIsBeforeItIsRead) {
  const std::string good = lines({R"("type":"planned","id":"a")", R"("type":"planned","id":"b")"});
  const RunRecord run = read(good + GetParam().after);
  EXPECT_EQ(run.steps.size(), 2U);
  EXPECT_THAT(run.damage, ElementsAre(GetParam().damage));
}
const DamageCase kDamages[] = {
    {"torn", "{\"seq\":3,\"time", "journal line 3 is torn: the run was cut off while it was written"},
    {"torn_before_its_newline", "{}", "journal line 3 is torn: the run was cut off while it was written"},
    {"empty_line", "\n", "journal line 3 is not a JSON object"},
    {"no_json", "garbage\n", "journal line 3 is not a JSON object"},
    {"no_object", "[1]\n", "journal line 3 is not a JSON object"},
    {"same_key_twice", "{\"type\":\"x\",\"type\":\"y\"}\n", "journal line 3 is not a JSON object"},
    {"too_deep", std::string(100, '[') + std::string(100, ']') + "\n", "journal line 3 is not a JSON object"},
    {"broken_utf8", "{\"type\":\"\xFF\"}\n", "journal line 3 is not a JSON object"},
    {"without_prev", "{\"type\":\"planned\",\"id\":\"c\"}\n",
     "journal line 3 does not follow the line before it: the chain is broken"},
    {"prev_of_another_type", "{\"prev\":3}\n",
     "journal line 3 does not follow the line before it: the chain is broken"},
    {"prev_of_something_else", "{\"prev\":\"00\"}\n",
     "journal line 3 does not follow the line before it: the chain is broken"},
};
INSTANTIATE_TEST_SUITE_P(Reader, Damage, testing::ValuesIn(kDamages), test::case_name);

TEST_F(ReaderTest, LinesThatChangedPlacesAreFound) {
  const std::string first = line(R"("type":"planned","id":"a")");
  const std::string second = line(R"("type":"planned","id":"b")");
  EXPECT_THAT(read(second + first).damage,
              ElementsAre("journal line 1 does not follow the line before it: the chain is broken"));
  EXPECT_THAT(read(first + first).damage,
              ElementsAre("journal line 2 does not follow the line before it: the chain is broken"));
}

TEST_F(ReaderTest, AChangedHeaderBreaksTheChainAtItsBeginning) {
  const std::string first = line(R"("type":"planned","id":"a")");
  folder_.write("run.json", std::string(kHeader) + " ");
  EXPECT_THAT(read(first).damage,
              ElementsAre("journal line 1 does not follow the line before it: the chain is broken"));
}

struct FactsCase {
  const char* name;
  std::string line;
  const char* damage;  // with the folder as FOLDER
};
class FactsLines : public ReaderTest, public testing::WithParamInterface<FactsCase> {};
TEST_P(FactsLines, ThatDoNotFitTheirDigestAreNamed) {
  RunRecord run = read(line("\"type\":\"facts\",\"target\":\"local\"," + GetParam().line));
  ASSERT_EQ(run.damage.size(), 1U);
  if (const auto at = run.damage[0].find(folder_.path().string()); at != std::string::npos)
    run.damage[0].replace(at, folder_.path().string().size(), "FOLDER");
  EXPECT_THAT(run.damage[0], testing::StartsWith(GetParam().damage));
  EXPECT_THAT(run.machines, IsEmpty());
}
const std::string kNoDigest = std::string(64, '0');
const FactsCase kFacts[] = {
    {"other_digest", R"("text":"{}","sha256":")" + kNoDigest + "\"",
     "the facts do not have the digest that the journal names"},
    {"no_digest", R"("text":"{}")", "the facts do not have the digest that the journal names"},
    {"text_of_another_type", R"("text":7,"sha256":")" + kNoDigest + "\"",
     "the facts do not have the digest that the journal names"},
    {"missing_file", "\"sha256\":\"" + kNoDigest + "\"", "the facts: the evidence '' (000000000000…) is missing"},
    {"named_by_a_path", R"("sha256":"../../../etc/passwd")",
     "the facts: evidence '' is named by something that is no SHA-256"},
    {"no_json", R"("text":"{","sha256":")" + sha256_hex("{") + "\"", "not valid JSON: "},
};
INSTANTIATE_TEST_SUITE_P(Reader, FactsLines, testing::ValuesIn(kFacts), test::case_name);

// Every member of every line, with a value of every type: nothing crashes, and the chain still holds.
TEST_F(ReaderTest, HostileMembersOfEveryLineHarmNothing) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> types = {
      {"planned",
       {"id", "name", "name_zh", "action", "class", "hardware", "target", "proves", "proves_zh", "blocker", "needs",
        "if"}},
      {"started", {"step", "attempt", "command"}},
      {"finished",
       {"step", "status", "verdict", "reason", "skip_kind", "started", "finished", "duration_s", "attempts",
        "exit_code", "metrics", "criteria", "counters", "evidence", "outputs"}},
      {"preconditions", {"items"}},
      {"tools", {"items"}},
      {"output", {"step", "attempt", "name", "sha256", "size", "text"}},
      {"sample", {"step", "metric", "value", "cpu_share", "used"}},
      {"sealed", {"verdict", "exit_code", "problem"}}};
  const std::vector<const char*> values = {"null",
                                           "true",
                                           "-7",
                                           "1.5",
                                           "\"\"",
                                           "\"x\"",
                                           "[]",
                                           "[null]",
                                           "[[1]]",
                                           "[\"x\"]",
                                           "[{\"samples\":{}}]",
                                           "{}",
                                           "{\"a\":{\"b\":[1]}}"};
  std::string journal = line(R"("type":"planned","id":"a")");
  std::size_t planned = 1;
  for (const auto& [type, members] : types) {
    for (const char* member : members) {
      for (const char* value : values) {
        std::string text = std::string("\"type\":\"") + type + "\"";
        if (std::string(member) != "step") text += ",\"step\":\"a\"";
        journal += line(text + ",\"" + member + "\":" + value);
        if (std::string(type) == "planned") ++planned;
      }
    }
  }
  const RunRecord run = read(journal);
  EXPECT_THAT(run.damage, IsEmpty());
  EXPECT_EQ(run.steps.size(), planned);
  EXPECT_EQ(run.verdict, Verdict::kError) << "a verdict that is none is no pass";
}

}  // namespace
}  // namespace assay::record
