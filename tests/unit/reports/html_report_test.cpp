// SPDX-License-Identifier: Apache-2.0
#include "reports/html_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <set>

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "reports/assets.h"
#include "reports/page_parts.h"
#include "support/sample_durable_run.h"
#include "support/sample_record.h"
#include "support/temp_folder.h"
#include "support/text.h"

namespace assay::reports {
namespace {

using record::RunRecord;
using record::Status;
using record::StepRecord;
using record::Verdict;

// The page is written so that an XML reader accepts it too: one that does not has something unescaped in it.
pugi::xml_document parse(const std::string& page) {
  pugi::xml_document document;
  const pugi::xml_parse_result result =
      document.load_buffer(page.data(), page.size(), pugi::parse_default | pugi::parse_doctype);
  EXPECT_TRUE(result) << result.description() << " near: "
                      << page.substr(static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 60)) - 60, 120);
  return document;
}

std::string html(const RunRecord& run, Language language = Language::kEnglish) { return html_report(run, language); }

void collect_keys(const Json& value, std::set<std::string>& keys) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      keys.insert(key);
      collect_keys(member, keys);
    }
  } else if (value.is_array()) {
    for (const Json& item : value) collect_keys(item, keys);
  }
}

// A run of one failed and one passed step that have printed something.
class Printed : public testing::Test {
 protected:
  Printed() : run_(test::sample_run()) {
    run_.folder = folder_.path();
    run_.steps.resize(2);
    run_.steps[0].verdict = Verdict::kFail;
    run_.steps[1].verdict = Verdict::kPass;
    for (StepRecord& step : run_.steps) step.evidence.clear();
  }
  void prints(std::size_t step, const std::string& name, const std::string& text) {
    const std::string digest = sha256_hex(text);
    run_.steps[step].evidence.push_back({.name = name, .sha256 = digest, .size = text.size()});
    if (text.size() > 4096) {
      folder_.write("evidence/sha256/" + digest.substr(0, 2) + "/" + digest, text);
      return;
    }
    journal_ += to_json_line({{"type", "output"}, {"name", name}, {"sha256", digest}, {"text", text}}) + "\n";
    folder_.write("journal.jsonl", journal_);
  }
  Json shown(std::size_t step) {
    Page page(run_, Language::kEnglish);
    page.texts = texts_of_page(run_);
    return printed_by(page, run_.steps[step]);
  }

  test::TempFolder folder_;
  RunRecord run_;
  std::string journal_;
};

TEST_F(Printed, StandsBesideTheResult) {
  prints(0, "stdout", "said <b>\n");
  prints(0, "stderr", "wrong: \x1b[31mx\n");
  prints(1, "script", "exit 0\n");
  EXPECT_EQ(shown(0), Json::parse(R"([{"name":"stdout","text":"said <b>","cut":"","open":true},
                                      {"name":"stderr","text":"wrong: \u001b[31mx","cut":"","open":true}])"));
  EXPECT_EQ(shown(1), Json::parse(R"([{"name":"script","text":"exit 0","cut":"","open":false}])"));
  const std::string page = html(run_);
  parse(page);
  EXPECT_NE(page.find("<pre>said &lt;b&gt;</pre>"), std::string::npos);
}

TEST_F(Printed, IsCutFromTheFront) {
  std::string lines;
  for (int i = 1; i <= 50; ++i) lines += "line " + std::to_string(i) + "\n";
  prints(0, "stdout", lines);
  prints(1, "stdout", std::string(4090, 'x') + "\ny");
  const Json cut = shown(0)[0];
  EXPECT_TRUE(cut["text"].get<std::string>().starts_with("line 11\nline 12\n"));
  EXPECT_TRUE(cut["text"].get<std::string>().ends_with("line 50"));
  EXPECT_EQ(cut["cut"], "the end of it; `assay runs output RUN STEP` prints all");
  EXPECT_EQ(shown(1)[0]["cut"], "");
}

TEST_F(Printed, OfALargeFileTheEndWhereItFailed) {
  const std::string large = std::string(20000, 'x') + "\nlast words\n";
  prints(0, "stderr", large);
  prints(1, "stderr", large + "\n");
  EXPECT_EQ(shown(0)[0]["text"], "last words");
  EXPECT_TRUE(shown(1).empty());
}

TEST_F(Printed, OfSeveralTheLastAndNoBytesThatAreNoText) {
  prints(0, "sample-1/stdout", "first\n");
  prints(0, "sample-2/stdout", "second\n");
  prints(0, "stderr", std::string("a\0b", 3));
  prints(0, "artifacts/fio.json", "{}");
  ASSERT_EQ(shown(0).size(), 1U);
  EXPECT_EQ(shown(0)[0]["name"], "sample-2/stdout");
}

TEST_F(Printed, UsesOnlyNamesThatTheModelHas) {
  prints(0, "stdout", "x\n");
  std::set<std::string> keys;
  collect_keys(page_model(run_, Language::kEnglish), keys);
  collect_keys(page_model(test::sample_run(), Language::kEnglish), keys);
  collect_keys(page_model(test::durable_run(), Language::kEnglish), keys);
  const std::string_view page = kReportTemplate;
  for (std::size_t at = page.find("{{"); at != std::string_view::npos; at = page.find("{{", at + 2)) {
    const std::size_t begin = page.find_first_not_of("{#^/", at);
    for (const std::string_view name : split(page.substr(begin, page.find('}', begin) - begin), '.')) {
      EXPECT_TRUE(keys.contains(std::string(name))) << "the template names '" << name << "'";
    }
  }
}

TEST(HtmlReport, NeedsNothingBesideIt) {
  const std::string page = html(test::sample_run());
  for (const char* part :
       {"<script", "http:", "https:", "url(", "@import", "src=", "<link", "<iframe", "javascript:", "onload"}) {
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  }
}

TEST(HtmlReport, IsWellFormedInEveryStateAndLanguage) {
  for (const RunRecord& run :
       {test::sample_run(), test::passing_run(), test::recipe_run(), test::tiny_run(), RunRecord{}}) {
    for (const Language language : {Language::kEnglish, Language::kChinese}) {
      const std::string page = html(run, language);
      const pugi::xml_document document = parse(page);
      EXPECT_EQ(std::string(document.child("html").attribute("lang").as_string()), tag_of(language));
      EXPECT_EQ(page.find("{{"), std::string::npos);
    }
  }
}

TEST(HtmlReport, SaysTheVerdictFirstThenWhyThenTheNumbersThenTheMachine) {
  const std::string page = html(test::sample_run());
  std::size_t last = 0;
  for (const char* part : {"<h1 id=\"verdict\">", "2 of 18 failed.", "<section class=\"classes\"", "id=\"h-coverage\"",
                           "id=\"h-findings\"", "id=\"h-numbers\"", "id=\"h-tests\"", "id=\"h-conditions\"",
                           "<section class=\"machine\"", "id=\"h-tools\"", "id=\"h-record\""}) {
    const std::size_t at = page.find(part);
    ASSERT_NE(at, std::string::npos) << part;
    EXPECT_GT(at, last) << part;
    last = at;
  }
}

TEST(HtmlReport, EveryLinkOfThePageLeadsSomewhere) {
  const pugi::xml_document document = parse(html(test::sample_run()));
  std::set<std::string> ids;
  for (const auto& node : document.select_nodes("//*[@id]")) {
    EXPECT_TRUE(ids.insert(node.node().attribute("id").as_string()).second) << node.node().attribute("id").as_string();
  }
  for (const auto& node : document.select_nodes("//*[@href]")) {
    const std::string target = node.node().attribute("href").as_string();
    EXPECT_TRUE(target.starts_with("#") && ids.contains(target.substr(1))) << target;
  }
}

TEST(HtmlReport, ColourNeverStandsAlone) {
  const pugi::xml_document document = parse(html(test::sample_run()));
  const auto badges = document.select_nodes("//*[starts-with(@class, 'badge')]");
  EXPECT_GT(badges.size(), 40U);
  for (const auto& badge : badges) {
    EXPECT_TRUE(badge.node().child("svg").child("use")) << "a badge has a symbol";
    const std::string word =
        badge.node().text().as_string() + std::string(badge.node().child("span").text().as_string());
    EXPECT_FALSE(trim(word).empty()) << "a badge has a word";
  }
}

TEST(HtmlReport, IsChineseThroughout) {
  const std::string page = html(test::sample_run(), Language::kChinese);
  for (const char* part : {"认证报告", "不通过", "测试覆盖", "常稳", "内存带宽", "低于下限", "被测整机", "厂商",
                           "已执行 15 / 18", "豁免", "无法判定"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
  for (const Word& word : all_words()) {
    const bool is_phrase = word.en.size() > 12 && word.en.find('{') == std::string_view::npos && word.en != word.zh;
    EXPECT_FALSE(is_phrase && page.find(">" + std::string(word.en) + "<") != std::string::npos) << word.key;
  }
}

TEST(HtmlReport, EscapesWhatTheRecordSays) {
  RunRecord run = test::sample_run();
  const std::string hostile = "<img src=x onerror=1>\"'&{{run_id}}\x1b[0m";
  run.id = run.title = run.recipe_name = run.programme = run.problem = run.assay_version = hostile;
  run.damage = {hostile};
  run.folder = hostile;
  run.header[hostile] = hostile;
  run.machines = {{hostile,
                   {{"facts", {{hostile, {{hostile, hostile}}}, {"pci", {{{hostile, hostile}}}}}},
                    {"missing", {{hostile, hostile}}},
                    {"sources", {{hostile, hostile}}}}},
                  {"b", nullptr}};
  for (record::PreconditionRecord& one : run.preconditions) one.name = one.observed = one.wanted = one.note = hostile;
  for (record::ToolRecord& one : run.tools) one.name = one.path = one.version = one.sha256 = hostile;
  for (StepRecord& step : run.steps) {
    record::StepExtra& extra = step.extra.edit();
    step.id = step.name = extra.name_zh = step.hardware = step.target = extra.proves = step.reason = step.skip_kind =
        hostile;
    step.command = {hostile};
    extra.counters[hostile] = 1;
    step.outputs = {{hostile, hostile}};
    for (record::EvidenceRef& one : step.evidence) one.name = one.sha256 = hostile;
    for (record::CriterionRecord& one : step.criteria) one.expression = one.observed = hostile;
    for (record::MetricRecord& one : step.metrics)
      one.name = one.unit = one.better = one.help = one.limit_source = one.reason = hostile;
  }
  for (const Language language : {Language::kEnglish, Language::kChinese}) {
    const std::string page = html(run, language);
    parse(page);
    EXPECT_EQ(page.find("<img"), std::string::npos);
    EXPECT_EQ(page.find('\x1b'), std::string::npos);
    EXPECT_NE(page.find("{{run_id}}"), std::string::npos) << "a value is no template";
  }
}

TEST(HtmlReport, StaysSmallForAMillionSamples) {
  RunRecord run = test::tiny_run();
  run.steps[0].metrics[0].samples.assign(1'000'000, 1e9);
  const std::string page = html(run);
  EXPECT_LT(page.size(), 80'000U);
  EXPECT_NE(page.find("(1000000 samples)"), std::string::npos);
}

TEST(HtmlReport, FoldsWhatIsTooMuchIntoACount) {
  RunRecord run = test::tiny_run();
  StepRecord pattern = run.steps[0];
  pattern.evidence.assign(500, pattern.evidence[0]);
  run.steps.assign(5000, pattern);
  run.steps[4321].verdict = Verdict::kFail;
  run.steps[4321].reason = "the needle";
  const std::string page = html(run);
  EXPECT_LT(page.size(), 8'000'000U);
  EXPECT_EQ(test::count(page, "<details id="), kMostTestsInGroup);
  EXPECT_NE(page.find("<details id=\"t4322\""), std::string::npos) << "what failed is never folded away";
  EXPECT_NE(page.find("and 4600 more, all in report.json"), std::string::npos);
  EXPECT_NE(page.find("and 450 more pieces of evidence"), std::string::npos);
  EXPECT_NE(page.find("and the metrics of 4850 more tests"), std::string::npos);
}

struct HeadlineCase {
  const char* name;
  Verdict verdict;
  std::vector<Verdict> tests;
  const char* en;
  const char* zh;
};

const HeadlineCase kHeadlineCases[] = {
    {"Pass", Verdict::kPass, {Verdict::kPass}, "Everything that was judged passed.", "所有已判定的用例均通过。"},
    {"Waived",
     Verdict::kWaived,
     {Verdict::kPass, Verdict::kWaived},
     "Passed, with 1 of 2 covered by a waiver.",
     "通过，2 项中有 1 项由豁免覆盖。"},
    {"Fail",
     Verdict::kFail,
     {Verdict::kFail, Verdict::kError, Verdict::kPass},
     "1 of 3 failed. 1 could not be carried out.",
     "3 项中有 1 项不通过。1 项未能执行。"},
    {"Error",
     Verdict::kError,
     {Verdict::kError, Verdict::kInconclusive},
     "1 of 2 could not be carried out. 1 could not be judged with confidence.",
     "2 项中有 1 项未能执行。1 项无法作出可靠判定。"},
    {"Inconclusive",
     Verdict::kInconclusive,
     {Verdict::kInconclusive},
     "1 of 1 could not be judged with confidence.",
     "1 项中有 1 项无法作出可靠判定。"},
    {"NothingJudged",
     Verdict::kInconclusive,
     {Verdict::kSkipped},
     "Nothing was judged, so nothing is certified.",
     "没有任何用例得到判定，因此不作任何认证。"},
    {"NoTests",
     Verdict::kInconclusive,
     {},
     "Nothing was judged, so nothing is certified.",
     "没有任何用例得到判定，因此不作任何认证。"},
};

class Headline : public ::testing::TestWithParam<HeadlineCase> {};

TEST_P(Headline, SaysWhatTheVerdictRestsOn) {
  RunRecord run = test::tiny_run();
  run.verdict = GetParam().verdict;
  const StepRecord pattern = run.steps[0];
  run.steps.clear();
  for (const Verdict verdict : GetParam().tests) {
    run.steps.push_back(pattern);
    run.steps.back().verdict = verdict;
  }
  EXPECT_EQ(page_model(run, Language::kEnglish)["headline"], GetParam().en);
  EXPECT_EQ(page_model(run, Language::kChinese)["headline"], GetParam().zh);
}

INSTANTIATE_TEST_SUITE_P(Runs, Headline, ::testing::ValuesIn(kHeadlineCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Headline, NamesWhatDoesNotBlock) {
  RunRecord run = test::tiny_run();
  run.steps.push_back(run.steps[0]);
  run.steps[1].verdict = Verdict::kFail;
  run.steps[1].blocker = false;
  EXPECT_EQ(page_model(run, Language::kEnglish)["headline"],
            "Everything that was judged passed. 1 more did not pass, but does not block.");
}

std::string finding_text(const RunRecord& run, Language language = Language::kEnglish) {
  const Json model = page_model(run, language);
  std::string text;
  for (const Json& finding : model["findings"]) {
    text += finding["mark"]["word"].get<std::string>() + " " + finding["name"].get<std::string>() + " (" +
            finding["where"].get<std::string>() + ") " + finding["reason"].get<std::string>() + "\n";
    for (const Json& point : finding["points"])
      text += "- " + point["text"].get<std::string>() + " | " + point["note"].get<std::string>() + "\n";
    text += "> " + finding["next"].get<std::string>() + "\n";
  }
  return text;
}

TEST(Findings, GoFromTheWorstThatBlocksToWhatDoesNot) {
  EXPECT_EQ(finding_text(test::sample_run()),
            R"text(Fail Memory bandwidth (Performance · Memory · blocks certification) 
- copy: median 41.2 GB/s is below the minimum of 48 GB/s (99.2 % interval 41 to 41.4 GB/s). | why this limit: 60 % of the 80 GB/s that 4 channels of DDR5-2500 could carry
- triad: the limit of 48 GB/s lies within what was measured (99.2 % interval 47.1 to 48.9 GB/s). | why this limit: 60 % of the 80 GB/s that 4 channels of DDR5-2500 could carry
> compare with the limit's source, check population and settings of the part, then run this test again alone.
Fail Memory keeps every pattern (Stability · Memory · blocks certification) 
- Error counter edac.mc0.ce changed by +3. | 
- Error counter edac.mc1.ce changed by +1. | 
> look at what the counters say (kernel log, sensors, the part itself) before measuring again.
Error Data read back is what was written (Stability · Disk · blocks certification) fio was ended after 30 s: deadline of the attempt
> see stderr in the evidence; assay doctor names missing tools and rights.
Inconclusive Matrix multiplication of all cores (Performance · Processor · blocks certification) 5 of 8 samples count, 6 are needed: the CPU was not ours
- matrix rate: median 9198 op/s (93.7 % interval 9120 to 9240 op/s). | why this limit: class server-64t of the programme quick
- matrix rate: 3 of 8 samples do not count, the processor was not ours (lowest share 63.1 %). | 
> stop other load, or lift the limit on this process, and run the test again.
Inconclusive Sequential read (Performance · Disk · does not block) 
- p99 latency: median 216 µs (96.8 % interval 209 to 231 µs); no limit is stated for this hardware. | 
> state a limit for this hardware in the programme, or judge the record again with one (assay judge).
)text");
}

TEST(Findings, AreNoneWhereEverythingPassed) {
  const Json model = page_model(test::passing_run(), Language::kEnglish);
  EXPECT_EQ(model["findings"], Json::array());
  EXPECT_EQ(model["nothing_found"], "No test failed, and none was inconclusive.");
}

TEST(Findings, TellAMaximumFromAMinimum) {
  RunRecord run = test::tiny_run();
  run.steps[0].verdict = run.steps[0].metrics[0].verdict = Verdict::kFail;
  run.steps[0].metrics[0].limit_min.reset();
  run.steps[0].metrics[0].limit_max = 9e9;
  EXPECT_EQ(
      finding_text(run),
      "Fail Speed (Performance · Processor · blocks certification) \n"
      "- rate: median 11 GB/s is above the maximum of 9 GB/s (96.8 % interval 10 to 12 GB/s). | why this limit: ours\n"
      "> compare with the limit's source, check population and settings of the part, then run this test again "
      "alone.\n");
}

TEST(Findings, KeepTheReasonOfWhatWasNotMeasured) {
  RunRecord run = test::tiny_run();
  StepRecord& step = run.steps[0];
  step.verdict = Verdict::kFail;
  step.metrics.clear();
  step.exit_code = 3;
  step.reason = "exit code 3";
  EXPECT_EQ(finding_text(run, Language::kChinese),
            "不通过 速度 (性能 · 处理器 · 必过项) exit code 3\n- 命令退出码为 3。 | \n> "
            "查看该用例所列证据；工具的原始输出在 stdout 与 stderr 中。\n");
}

TEST(Findings, OfANumberWithoutASampleThatCountsSayOnlyThat) {
  RunRecord run = test::tiny_run();
  StepRecord& step = run.steps[0];
  record::MetricRecord& metric = step.metrics[0];
  metric.used.assign(6, false);
  metric.median.reset();
  metric.interval_low.reset();
  metric.interval_high.reset();
  step.verdict = metric.verdict = Verdict::kInconclusive;
  step.reason = metric.reason = "the CPU was not ours";
  EXPECT_EQ(finding_text(run),
            "Inconclusive Speed (Performance · Processor · blocks certification) the CPU was not ours\n"
            "- rate: 6 of 6 samples do not count, the processor was not ours (lowest share 98 %). | \n"
            "> stop other load, or lift the limit on this process, and run the test again.\n");
}

TEST(Findings, CountWhatDidNotFinish) {
  RunRecord run = test::tiny_run();
  run.steps[0].status = Status::kCancelled;
  const Json model = page_model(run, Language::kEnglish);
  EXPECT_EQ(model["findings"], Json::array());
  EXPECT_EQ(model["nothing_found"], "");
  EXPECT_EQ(model["unfinished"], "1 did not finish; go on where the run stopped with assay resume.");
}

TEST(HtmlReport, LeavesOutNumbersThatWereNeverTaken) {
  RunRecord run = test::tiny_run();
  run.steps[0].metrics[0] = test::sample_metric("rate", "B/s", {});
  run.steps[0].metrics[0].verdict = Verdict::kSkipped;
  EXPECT_EQ(page_model(run, Language::kEnglish)["has_numbers"], false);
  run.steps[0].metrics[0].verdict = Verdict::kInconclusive;
  EXPECT_EQ(page_model(run, Language::kEnglish)["numbers"][0]["metrics"][0]["no_chart"], "No sample could be drawn.");
}

TEST(HtmlReport, WarnsOfADamagedOrOpenRecord) {
  RunRecord run = test::tiny_run();
  run.damage = {"journal line 7 was changed"};
  run.status = Status::kRunning;
  const std::string page = html(run);
  EXPECT_NE(page.find("<b>The record is damaged.</b> journal line 7 was changed"), std::string::npos);
  EXPECT_NE(page.find("<b>The record is not sealed.</b>"), std::string::npos);
}

TEST(HtmlReport, TellsInstancesOfOneStepApart) {
  RunRecord run;
  for (const char* id :
       {"ports/watch[port=eth0,counter=rx]", "ports/watch[port=eth0,counter=tx]", "ports[a=1]/total"}) {
    StepRecord& step = run.steps.emplace_back();
    step.id = id;
    step.name = "Look";
    step.status = Status::kFinished;
    step.verdict = Verdict::kPass;
  }
  std::vector<std::string> names;
  const Page page(run, Language::kEnglish);
  for (const StepRecord& step : run.steps) names.push_back(name_of(page, step));
  EXPECT_EQ(names, (std::vector<std::string>{"Look [port=eth0,counter=rx]", "Look [port=eth0,counter=tx]", "Look"}));
}

TEST(HtmlReport, NamesTheTargetWhereThereAreSeveral) {
  RunRecord run = test::tiny_run();
  run.machines = {{"n1", Json::object()}, {"n2", Json::object()}};
  run.steps[0].target = "n2";
  const std::string page = html(run);
  EXPECT_NE(page.find("Performance · Processor · n2"), std::string::npos);
  EXPECT_NE(page.find("<h2>Machine n1</h2>"), std::string::npos);
}

}  // namespace
}  // namespace assay::reports
