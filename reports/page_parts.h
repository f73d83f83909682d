// SPDX-License-Identifier: Apache-2.0
// The parts of the page: each function adds the members of one section to the model of templates/report.html.mustache.
// Internal to reports/.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/base/json.h"
#include "engine/record/critical_path.h"
#include "engine/record/run_record.h"
#include "reports/coverage.h"
#include "reports/words.h"

namespace assay::reports {

// Bounds of the page. report.json always has everything.
inline constexpr std::size_t kMostFindings = 100;
inline constexpr std::size_t kMostTestsInGroup = 400;  // those that did not pass come first when a group is cut
inline constexpr std::size_t kMostMeasuredTests = 150;
inline constexpr std::size_t kMostEvidence = 50;
inline constexpr std::size_t kMostMarks = 40;  // of one cell of the coverage table
inline constexpr std::size_t kMostRows = 200;  // of tables
inline constexpr std::size_t kMostValues = 50;
inline constexpr std::size_t kMostTimelineRows = 40;
inline constexpr std::size_t kMostTries = 20;   // of one test
inline constexpr std::size_t kMostText = 4000;  // characters of one text of the record

struct Page {
  Page(const record::RunRecord& the_run, Language language) : run(the_run), words(language) {}
  const record::RunRecord& run;
  Words words;
  std::unordered_map<std::string, std::string> texts = {};  // of evidence, by digest: texts_of_page()
};

// How a result looks: class of the colour, name of the symbol, word. Never colour alone.
Json mark(const Page& page, std::string_view tone);
std::string_view tone_of(const record::StepRecord& step);
std::string_view tone_of(record::Verdict verdict);

// "t12": where the test stands on the page.
std::string anchor_of(const Page& page, const record::StepRecord& step);
std::string name_of(const Page& page, const record::StepRecord& step);
// "Performance · Memory · node1": class, area, and the target where there are several.
std::string where_of(const Page& page, const record::StepRecord& step);
std::string date_text(const std::optional<WallTime>& time);
// At most kMostText characters, with '…' where something was cut.
std::string bounded(std::string_view text);
std::string short_digest(std::string_view sha256);

std::string metric_name(const record::MetricRecord& metric);
// Parts of metrics as people read them; a dash where there is nothing.
std::string median_text(const record::MetricRecord& metric);
std::string range_text(const Page& page, const record::MetricRecord& metric);
std::string limit_text(const Page& page, const record::MetricRecord& metric);
std::string confidence_text(const record::MetricRecord& metric);
// The verdict of a number is in the words of a limit: "meets", "does not meet".
Json metric_mark(const Page& page, const record::MetricRecord& metric);
std::size_t count_used(const record::MetricRecord& metric);
// A signed change: "+3".
std::string change_text(std::int64_t change);
// The metric that stands for the test in a list: the first that did not pass, else the first.
const record::MetricRecord* key_metric(const record::StepRecord& step);

// A fact of a machine by its dotted path, as text; empty when it is not there.
std::string fact_text(const Page& page, const Json& document, std::string_view path);

// One sentence about the critical path; empty when nothing took time.
std::string path_line(const Page& page, const record::CriticalPath& path);
// The attempts of a step that had more than one: {number, mark, started, took, reason, kind}.
Json tries_of(const Page& page, const record::StepRecord& step);

// What steps printed, as far as it is shown.
std::unordered_map<std::string, std::string> texts_of_page(const record::RunRecord& run);
// The ends of its script, standard output and error: {name, text, cut, open}; what is not in `texts` is left out.
Json printed_by(const Page& page, const record::StepRecord& step);

void add_summary(const Page& page, Json& model);
void add_coverage(const Page& page, Json& model);
void add_findings(const Page& page, Json& model);
void add_numbers(const Page& page, Json& model);
void add_timeline(const Page& page, Json& model);
void add_course(const Page& page, Json& model);
void add_tests(const Page& page, Json& model);
void add_conditions(const Page& page, Json& model);
void add_machines(const Page& page, Json& model);
void add_record(const Page& page, Json& model);

}  // namespace assay::reports
