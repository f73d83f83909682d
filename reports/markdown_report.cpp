// SPDX-License-Identifier: Apache-2.0
#include "reports/markdown_report.h"

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "reports/escape.h"
#include "reports/page_parts.h"

namespace assay::reports {

namespace {

// Text of the record inside Markdown: on one line, no markup of its own, no HTML.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : clean_text(text)) {
    if (c == '\n') {
      out += ' ';
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string_view("\\`*_{}[]()#+!|~>").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string text_of(const Json& object, const char* name) { return plain(object[name].get_ref<const std::string&>()); }

void add_class_table(const Page& page, const Json& model, std::string& out) {
  out += "| " + page.words("by_class") + " | " + page.words("passed") + " | |\n|---|---:|---|\n";
  for (const Json& card : model["classes"]) {
    std::vector<std::string> parts;
    for (const Json& part : card["parts"]) parts.push_back(part["count"].dump() + " " + text_of(part, "word"));
    out += "| " + text_of(card, "name") + " | " + card["passed"].dump() + " / " + card["total"].dump() + " | " +
           join(parts, ", ") + " |\n";
  }
}

void add_findings_list(const Page& page, const Json& model, std::string& out) {
  for (const Json& finding : model["findings"]) {
    out += "\n### " + text_of(finding["mark"], "word") + ": " + text_of(finding, "name") + "\n\n";
    out += text_of(finding, "where") + "\n\n";
    if (const std::string reason = text_of(finding, "reason"); !reason.empty()) out += "- " + reason + "\n";
    for (const Json& point : finding["points"]) {
      const std::string note = text_of(point, "note");
      out += "- " + text_of(point, "text") + (note.empty() ? "" : " (" + note + ")") + "\n";
    }
    out += "- " + plain(page.words("next_step")) + " " + text_of(finding, "next") + "\n";
  }
  if (const std::string more = text_of(model, "findings_more"); !more.empty()) out += "\n" + more + "\n";
}

void add_numbers_table(const Page& page, std::string& out) {
  std::string rows;
  std::size_t count = 0;
  for (const record::StepRecord& step : page.run.steps) {
    for (const record::MetricRecord& metric : step.metrics) {
      if (++count > kMostRows) continue;
      rows += "| " + plain(name_of(page, step)) + " | " + plain(metric_name(metric)) + " | " +
              plain(median_text(metric)) + " | " + plain(range_text(page, metric)) + " | " +
              plain(limit_text(page, metric)) + " | " + text_of(metric_mark(page, metric), "word") + " |\n";
    }
  }
  if (rows.empty()) return;
  out += "\n## " + page.words("numbers") + "\n\n| | " + page.words("metric") + " | " + page.words("median") + " | " +
         page.words("interval") + " | " + page.words("limit") + " | " + page.words("verdict") +
         " |\n|---|---|---:|---:|---:|---|\n" + rows;
  if (count > kMostRows) out += "\n" + page.words.counted("more.rows", count - kMostRows) + "\n";
}

void add_attempts_list(const Page& page, std::string& out) {
  std::string rows;
  std::size_t count = 0;
  for (const record::StepRecord& step : page.run.steps) {
    for (const Json& one : tries_of(page, step)) {
      if (++count > kMostRows) continue;
      const std::string kind = text_of(one, "kind");
      rows += "| " + plain(name_of(page, step)) + " | " + text_of(one, "number") + " | " +
              text_of(one["mark"], "word") + " | " + text_of(one, "took") + " | " + text_of(one, "reason") +
              (kind.empty() ? "" : " (" + kind + ")") + " |\n";
    }
  }
  if (rows.empty()) return;
  out += "\n## " + page.words("attempts") + "\n\n| | " + page.words("attempt") + " | " + page.words("verdict") + " | " +
         page.words("took") + " | " + page.words("reason") + " |\n|---|---:|---|---:|---|\n" + rows;
  if (count > kMostRows) out += "\n" + page.words.counted("more.rows", count - kMostRows) + "\n";
}

void add_course_list(const Page& page, std::string& out) {
  Json model = Json::object();
  add_course(page, model);
  if (!model["has_course"].get<bool>()) return;
  out += "\n## " + page.words("course") + "\n\n";
  for (const Json& one : model["resumed"]) {
    out += "- " + page.words("resumed_at") + " " + text_of(one, "time") + "\n";
    for (const Json& step : one["redone"]) out += "  - " + text_of(step, "step") + ": " + text_of(step, "why") + "\n";
    for (const Json& change : one["changes"])
      out += "  - " + page.words("accepted") + ": " + text_of(change, "text") + "\n";
  }
  for (const Json& one : model["questions"]) {
    out += "- " + text_of(one, "step") + ": " + text_of(one, "question") + " **" + text_of(one, "answer") + "**";
    for (const char* part : {"who", "when", "note"}) {
      if (const std::string text = text_of(one, part); !text.empty()) out += ", " + text;
    }
    out += "\n";
  }
}

void add_path(const Page& page, std::string& out) {
  const record::CriticalPath path = record::critical_path(page.run);
  if (path.steps.size() < 2) return;
  out += "\n## " + page.words("timeline") + "\n\n" + plain(path_line(page, path)) + "\n\n";
  std::size_t shown = 0;
  for (const std::size_t index : path.steps) {
    if (++shown > kMostTimelineRows) break;
    const record::StepRecord& step = page.run.steps[index];
    out += std::to_string(shown) + ". " + plain(name_of(page, step)) + ": " +
           page.words.elapsed(record::seconds_between(*step.started, *step.finished)) + "\n";
  }
  if (path.steps.size() > kMostTimelineRows)
    out += "\n" + page.words.counted("more.rows", path.steps.size() - kMostTimelineRows) + "\n";
}

}  // namespace

std::string markdown_report(const record::RunRecord& run, Language language) {
  const Page page(run, language);
  Json model = Json::object();
  add_summary(page, model);
  add_coverage(page, model);
  add_findings(page, model);
  std::string out = "# " + text_of(model["verdict"], "word") + ": " + text_of(model, "title") + "\n\n";
  out += text_of(model, "headline") + " " + text_of(model, "coverage_line") + "\n\n";
  for (const Json& banner : model["banners"])
    out += "> **" + text_of(banner, "label") + "** " + text_of(banner, "text") + "\n\n";
  for (const Json& row : model["summary"]) {
    const std::string note = text_of(row, "note");
    out += "- " + text_of(row, "label") + ": " + text_of(row, "value") + (note.empty() ? "" : " (" + note + ")") + "\n";
  }
  out += "- " + page.words("report_number") + ": `" + plain(run.id) + "`\n\n";
  add_class_table(page, model, out);
  if (!model["skipped"].empty()) {
    out += "\n## " + page.words("not_run") + "\n\n";
    for (const Json& one : model["skipped"]) {
      const std::string reason = text_of(one, "reason");
      out += "- " + text_of(one, "name") + ": " + text_of(one, "kind") + (reason.empty() ? "" : ", " + reason) + "\n";
    }
  }
  out += "\n## " + page.words("findings") + "\n";
  if (const std::string none = text_of(model, "nothing_found"); !none.empty()) out += "\n" + none + "\n";
  add_findings_list(page, model, out);
  if (const std::string unfinished = text_of(model, "unfinished"); !unfinished.empty()) out += "\n" + unfinished + "\n";
  add_numbers_table(page, out);
  add_attempts_list(page, out);
  add_course_list(page, out);
  add_path(page, out);
  return out;
}

}  // namespace assay::reports
