// SPDX-License-Identifier: Apache-2.0
#include "engine/record/verify.h"

#include <gmock/gmock.h>

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/record/evidence.h"
#include "support/cases.h"
#include "support/store_builder.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class VerifyTest : public testing::Test {
 protected:
  explicit VerifyTest(const test::BuiltRun& what = {.output = 6000}) : run_(test::build_run(folder_.path(), what)) {}

  [[nodiscard]] Verification verified() const { return test::must(verify_record(run_)); }
  // "FILE LINE TEXT" of each problem, digests shortened to 4 digits.
  [[nodiscard]] std::vector<std::string> told(const std::vector<VerifyProblem>& list) const {
    std::vector<std::string> out;
    for (const VerifyProblem& one : list) out.push_back(one.file + ":" + std::to_string(one.line) + " " + one.text);
    return out;
  }
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(run_))
      if (entry.is_regular_file()) out.push_back(entry.path());
    return out;
  }
  void overwrite(const std::filesystem::path& file, const std::string& bytes) const {
    std::filesystem::remove(file);
    std::ofstream(file, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string journal() const { return test::slurp(run_ / "journal.jsonl"); }

  test::TempFolder folder_;
  std::filesystem::path run_;
};

TEST_F(VerifyTest, AWholeRecordIsGood) {
  const Verification result = verified();
  EXPECT_TRUE(result.good()) << result.problems[0].text;
  EXPECT_THAT(result.warnings, IsEmpty());
  EXPECT_EQ(result.run, "20260131T083000Z-abcdef");
  EXPECT_TRUE(result.sealed);
  EXPECT_EQ(result.lines, 10U);  // 2 planned, facts, 2 x started output finished, sealed
  EXPECT_EQ(result.inline_pieces, 1U);
  EXPECT_EQ(result.files, 2U);
  const std::string text = journal();
  EXPECT_EQ(result.head, sha256_hex(text.substr(text.rfind('\n', text.size() - 2) + 1)));
}

TEST_F(VerifyTest, EveryChangedByteIsFoundAndItsFileNamed) {
  for (const auto& file : files()) {
    const std::string good = test::slurp(file);
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const int bit : {0x01, 0x20}) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ bit);
        overwrite(file, bad);
        const auto result = verify_record(run_);
        ASSERT_TRUE(result);
        ASSERT_FALSE(result->good()) << file << " byte " << at << " bit " << bit;
        const std::string name = file.lexically_relative(run_).string();
        // Of the first line's `prev` nobody knows whether it or run.json was changed: both are named.
        if (name == "journal.jsonl" && result->problems[0].file == "run.json") {
          ASSERT_LT(at, good.find('\n')) << result->problems[0].text;
          continue;
        }
        ASSERT_EQ(result->problems[0].file, name) << "byte " << at << ": " << result->problems[0].text;
        if (name != "journal.jsonl") continue;
        const auto line =
            static_cast<std::uint64_t>(std::count(good.begin(), good.begin() + static_cast<long>(at), '\n')) + 1;
        ASSERT_LE(result->problems[0].line, line) << "byte " << at;
        ASSERT_GE(result->problems[0].line + 1, line) << "byte " << at << ": " << result->problems[0].text;
      }
    }
    overwrite(file, good);
  }
}

TEST_F(VerifyTest, ALineThatWasTakenOutIsFound) {
  std::string text = journal();
  const auto second = text.find('\n') + 1;
  text.erase(second, text.find('\n', second) + 1 - second);
  overwrite(run_ / "journal.jsonl", text);
  EXPECT_THAT(told(verified().problems),
              testing::Contains("journal.jsonl:1 does not have the digest that line 2 of the journal names: line 1 or "
                                "that line was changed"));
}

TEST_F(VerifyTest, WhatFollowsAChangedLineIsCheckedAllTheSame) {
  const std::string good = journal();
  std::string bad = good;
  bad.replace(bad.find("\"id\":\"s1\""), 9, "\"id\":\"s2\"");  // line 2
  overwrite(run_ / "journal.jsonl", bad);
  for (const auto& file : files()) {
    if (file.string().find("evidence") != std::string::npos) std::filesystem::remove(file);
  }
  const Verification result = verified();
  EXPECT_THAT(told(result.problems),
              testing::UnorderedElementsAre(
                  "journal.jsonl:2 does not have the digest that line 3 of the journal names: line 2 or that line was "
                  "changed",
                  testing::HasSubstr("is missing; line 5 of the journal names it"),
                  testing::HasSubstr("is missing; line 8 of the journal names it")));
  EXPECT_TRUE(result.sealed);
  EXPECT_EQ(result.lines, 2U) << "as far as they follow one another";
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST_F(VerifyTest, ALineThatIsNoJsonIsNamedOnce) {
  std::string bad = journal();
  bad[bad.find('\n') + 1] = '?';
  overwrite(run_ / "journal.jsonl", bad);
  const Verification result = verified();
  EXPECT_THAT(told(result.problems), ElementsAre("journal.jsonl:2 is not a JSON object"));
  EXPECT_TRUE(result.sealed);
  EXPECT_EQ(result.lines, 1U);
  EXPECT_EQ(result.files, 2U);
}

TEST_F(VerifyTest, AHeadThatWasExchangedIsFound) {
  overwrite(run_ / "run.json", replace_all(test::slurp(run_ / "run.json"), "1.0.0", "1.0.1"));
  EXPECT_THAT(told(verified().problems),
              testing::Contains("run.json:0 does not have the digest that line 1 of the journal names: run.json or "
                                "that line was changed"));
}

TEST_F(VerifyTest, NothingMayFollowTheSeal) {
  const std::string text = journal();
  const std::string last = text.substr(text.rfind('\n', text.size() - 2) + 1);
  overwrite(run_ / "journal.jsonl", text + last);
  EXPECT_THAT(told(verified().problems),
              ElementsAre("journal.jsonl:11 stands after the seal, which is the last line of a run"));
}

TEST_F(VerifyTest, LinesAreNumberedWithoutGaps) {
  // A chain that somebody made anew, with a number left out.
  std::string prev = sha256_hex(test::slurp(run_ / "run.json"));
  std::string made;
  for (const int seq : {1, 3}) {
    const std::string line = to_json_line(
        {{"seq", seq}, {"time", "2026-01-31T08:30:00.000000Z"}, {"prev", prev}, {"type", "planned"}, {"id", "x"}});
    made += line + "\n";
    prev = sha256_hex(line + "\n");
  }
  overwrite(run_ / "journal.jsonl", made);
  EXPECT_THAT(told(verified().problems), ElementsAre("journal.jsonl:2 does not have the number 2 as its `seq`"));
}

TEST_F(VerifyTest, MissingEvidenceIsNamedWithTheLineThatNamesIt) {
  std::filesystem::remove_all(run_ / "evidence");
  const Verification result = verified();
  ASSERT_EQ(result.problems.size(), 2U);
  EXPECT_THAT(result.problems[0].file, testing::MatchesRegex("evidence/sha256/../[0-9a-f]+"));
  EXPECT_THAT(result.problems[0].text, testing::MatchesRegex("is missing; line [58] of the journal names it"));
}

TEST_F(VerifyTest, ForeignFilesAreWarnedOf) {
  std::ofstream(run_ / "note.txt") << "x";
  std::ofstream(run_ / "pin") << "";
  std::ofstream(run_ / "certificate.jsonl") << "{}";
  std::filesystem::create_directories(run_ / "reports");
  std::ofstream(run_ / "reports/anything") << "x";
  std::filesystem::create_symlink("run.json", run_ / "link.json");
  const std::string digest = sha256_hex("stray");
  const auto stray = evidence_path(run_, digest);
  std::filesystem::create_directories(stray.parent_path());
  std::ofstream(stray) << "stray";
  const Verification result = verified();
  EXPECT_TRUE(result.good());
  EXPECT_THAT(told(result.warnings),
              testing::UnorderedElementsAre("certificate.jsonl:0 holds signatures, which this version does not check",
                                            "note.txt:0 is not part of a record", "link.json:0 is not part of a record",
                                            "evidence/sha256/" + digest.substr(0, 2) + "/" + digest +
                                                ":0 is evidence that no line of the journal names"));
}

TEST_F(VerifyTest, ATornTailOfARunThatWasCutOffIsNoFault) {
  const std::string text = journal();
  const std::size_t seal = text.rfind('\n', text.size() - 2) + 1;
  for (std::size_t size = seal + 1; size + 1 < text.size(); ++size) {
    overwrite(run_ / "journal.jsonl", text.substr(0, size));
    const Verification result = verified();
    ASSERT_TRUE(result.good()) << size;
    ASSERT_FALSE(result.sealed);
    ASSERT_EQ(result.lines, 9U);
    ASSERT_THAT(told(result.warnings),
                ElementsAre("journal.jsonl:10 is torn: the run was cut off while it was written; it is left out"));
  }
}

TEST_F(VerifyTest, ASectorThatNeverCameToTheDiskIsNoFault) {
  const std::string text = journal();
  const std::size_t seal = text.rfind('\n', text.size() - 2) + 1;
  overwrite(run_ / "journal.jsonl", text.substr(0, seal) + std::string(512, '\0') + "\"rest\"}\n");
  EXPECT_TRUE(verified().good());
  EXPECT_THAT(told(verified().warnings),
              ElementsAre("journal.jsonl:10 is torn: a part of it never came to the disk; what follows is left out"));
  overwrite(run_ / "journal.jsonl", text.substr(0, seal) + std::string(1, '\0') + text.substr(seal + 1));
  EXPECT_THAT(told(verified().problems), ElementsAre("journal.jsonl:10 is not a JSON object"));
}

TEST_F(VerifyTest, AnotherNameOfTheFolderIsWarnedOf) {
  std::filesystem::rename(run_, folder_ / "runs/copy");
  const auto result = verify_record(folder_ / "runs/copy");
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->good());
  EXPECT_THAT(told(result->warnings),
              ElementsAre("run.json:0 is of the run '20260131T083000Z-abcdef', its folder has another name"));
}

TEST_F(VerifyTest, ASealWithoutADigestIsOfAnEarlierVersion) {
  std::string text = journal();
  const auto at = text.rfind(",\"digest\":");
  text.erase(at, text.rfind('}') - at);
  overwrite(run_ / "journal.jsonl", text);
  const Verification result = verified();
  EXPECT_TRUE(result.good());
  EXPECT_THAT(told(result.warnings),
              ElementsAre("journal.jsonl:10 is a seal without a digest of its own: a change of it "
                          "would not be seen"));
}

TEST(Verify, ARunThatHasNoEndIsWholeAsFarAsItGoes) {
  const test::TempFolder folder;
  const auto run = test::build_run(folder.path(), {.sealed = false});
  const auto result = verify_record(run);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->good());
  EXPECT_FALSE(result->sealed);
}

TEST(Verify, AFolderThatIsNoRunIsAnError) {
  const test::TempFolder folder;
  EXPECT_FALSE(verify_record(folder.path()));
  folder.write("run.json", "[]");
  const auto result = verify_record(folder.path());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->problems.size(), 2U) << "no object, no journal";
}

TEST(Verify, ALineOfWrongTypesHarmsNothing) {
  const test::TempFolder folder;
  const std::string header = R"({"format":"assay.run/1","id":"x"})";
  folder.write("x/run.json", header);
  for (const char* members :
       {R"("type":7)", R"("type":"output","sha256":[],"text":{})", R"("type":"finished","evidence":{"a":1})",
        R"("type":"finished","evidence":[1,"x",null,{}])", R"("type":"sealed","digest":5)",
        R"("type":"facts","sha256":"../../../etc/passwd")"}) {
    folder.write("x/journal.jsonl", R"({"seq":1,"time":"x","prev":")" + sha256_hex(header) + "\"," + members + "}\n");
    const auto result = verify_record(folder / "x");
    ASSERT_TRUE(result) << members;
    EXPECT_FALSE(result->good()) << members;
  }
}

}  // namespace
}  // namespace assay::record
