// SPDX-License-Identifier: Apache-2.0
// All tests by class, the conditions they ran under, and the record that holds them.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "reports/numbers.h"
#include "reports/page_parts.h"

namespace assay::reports {

namespace {

using record::CriterionRecord;
using record::MetricRecord;
using record::PreconditionRecord;
using record::StepRecord;
using record::ToolRecord;
using record::Verdict;

std::string key_number(const Page& page, const StepRecord& step) {
  if (const MetricRecord* metric = key_metric(step)) return metric->median ? median_text(*metric) : std::string();
  if (step.criteria.empty()) return {};
  const auto held =
      std::count_if(step.criteria.begin(), step.criteria.end(), [](const CriterionRecord& one) { return one.holds; });
  return page.words.fill("test.criteria",
                         {{"held", std::to_string(held)}, {"n", std::to_string(step.criteria.size())}});
}

Json tags_of(const Page& page, const StepRecord& step) {
  Json tags = Json::array();
  const auto add = [&](std::string text) { tags.push_back({{"text", std::move(text)}}); };
  if (!step.hardware.empty()) add(page.words.named("hardware.", step.hardware));
  if (!step.target.empty() && page.run.machines.size() > 1) add(step.target);
  if (!step.blocker) add(page.words("where.tolerated"));
  if (step.rescued) add(page.words("test.rescued"));
  return tags;
}

Json criteria_of(const Page& page, const StepRecord& step) {
  Json list = Json::array();
  for (const CriterionRecord& one : step.criteria) {
    if (list.size() >= kMostRows) break;
    Json shown = mark(page, one.holds ? "pass" : "fail");
    shown["word"] = page.words(one.holds ? "criterion.holds" : "criterion.fails");
    list.push_back(
        {{"expression", bounded(one.expression)}, {"observed", bounded(one.observed)}, {"mark", std::move(shown)}});
  }
  return list;
}

Json metrics_of(const Page& page, const StepRecord& step) {
  Json list = Json::array();
  for (const MetricRecord& metric : step.metrics) {
    list.push_back({{"name", metric_name(metric)},
                    {"value", median_text(metric)},
                    {"interval", range_text(page, metric)},
                    {"limit", limit_text(page, metric)},
                    {"mark", metric_mark(page, metric)}});
  }
  return list;
}

Json facts_of(const Page& page, const StepRecord& step) {
  Json facts = Json::array();
  constexpr std::size_t kWideText = 32;  // columns; longer values take a line of their own
  const auto add = [&](std::string_view label, const std::string& value, bool mono) {
    if (!value.empty())
      facts.push_back({{"label", page.words(label)},
                       {"value", bounded(value)},
                       {"mono", mono},
                       {"wide", display_width(value) > kWideText}});
  };
  if (step.attempts != 1) add("test.attempts", std::to_string(step.attempts), false);
  if (!step.change.empty()) add("test.change", page.words.named("change.", step.change), false);
  if (step.exit_code) add("test.exit", std::to_string(*step.exit_code), false);
  add("test.started", date_text(step.started), false);
  add("test.command", join(step.command, " "), true);
  if (step.outputs.is_object() && !step.outputs.empty()) {
    constexpr std::size_t kMostOutput = 600;
    add("test.outputs", shorten(to_json_line(step.outputs), kMostOutput), true);
  }
  return facts;
}

Json counters_of(const StepRecord& step) {
  Json list = Json::array();
  for (const auto& [name, change] : step.extra->counters) {
    if (list.size() >= kMostEvidence) break;
    list.push_back({{"name", name}, {"change", change_text(change)}});
  }
  return list;
}

Json evidence_of(const StepRecord& step) {
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(step.evidence.size(), kMostEvidence); ++i) {
    const auto& one = step.evidence[i];
    list.push_back({{"name", bounded(one.name)},
                    {"size", human(static_cast<double>(one.size), "B")},
                    {"sha256", one.sha256},
                    {"short", short_digest(one.sha256)}});
  }
  return list;
}

Json test_block(const Page& page, const StepRecord& step) {
  const std::string_view tone = tone_of(step);
  Json block = {{"anchor", anchor_of(page, step)},
                {"mark", mark(page, tone)},
                {"open", tone == "fail" || tone == "error" || tone == "inconclusive"},
                {"name", name_of(page, step)},
                {"id", step.id},
                {"key_number", key_number(page, step)},
                {"duration", was_tried(step) && step.attempts > 0 ? page.words.elapsed(step.duration_s) : ""},
                {"proves", bounded(page.words.pick(step.extra->proves, step.extra->proves_zh))},
                {"reason", bounded(step.reason)},
                {"tags", tags_of(page, step)}};
  block["criteria"] = criteria_of(page, step);
  block["has_criteria"] = !step.criteria.empty();
  block["metrics"] = metrics_of(page, step);
  block["has_metrics"] = !step.metrics.empty();
  block["tries"] = tries_of(page, step);
  block["has_tries"] = !block["tries"].empty();
  block["tries_more"] = !block["tries"].empty() && step.tries.size() > kMostTries
                            ? page.words.counted("more.rows", step.tries.size() - kMostTries)
                            : "";
  block["printed"] = printed_by(page, step);
  block["has_printed"] = !block["printed"].empty();
  block["counters"] = counters_of(step);
  block["has_counters"] = !step.extra->counters.empty();
  block["facts"] = facts_of(page, step);
  block["evidence"] = evidence_of(step);
  block["has_evidence"] = !step.evidence.empty();
  const std::size_t left_out = step.evidence.size() - std::min(step.evidence.size(), kMostEvidence);
  block["evidence_more"] = left_out == 0 ? "" : page.words.counted("more.evidence", left_out);
  return block;
}

Json group_block(const Page& page, const std::string& name, std::string_view count_key, StepList steps) {
  const std::size_t total = steps.size();
  if (total > kMostTestsInGroup) {
    std::stable_partition(steps.begin(), steps.end(),
                          [](const StepRecord* step) { return step->verdict != Verdict::kPass; });
    steps.resize(kMostTestsInGroup);
  }
  Json tests = Json::array();
  for (const StepRecord* step : steps) tests.push_back(test_block(page, *step));
  const std::size_t left_out = total - steps.size();
  return {{"name", name},
          {"count", page.words.counted(count_key, total)},
          {"tests", std::move(tests)},
          {"more", left_out == 0 ? "" : page.words.counted("more.tests", left_out)}};
}

Json precondition_rows(const Page& page) {
  Json rows = Json::array();
  for (const PreconditionRecord& one : page.run.preconditions) {
    if (rows.size() >= kMostRows) break;
    Json shown = nullptr;
    if (!one.wanted.empty() || !one.good) {
      shown = mark(page, one.good ? "pass" : "inconclusive");
      shown["word"] = page.words(one.good ? "good.yes" : "good.no");
    }
    rows.push_back({{"name", page.words.named("pre.", one.name)},
                    {"observed", bounded(one.observed)},
                    {"note", bounded(one.note)},
                    {"wanted", bounded(one.wanted)},
                    {"mark", std::move(shown)}});
  }
  return rows;
}

// Scalars of run.json by dotted path.
void flatten(const Json& value, const std::string& path, std::size_t depth, Json& rows) {
  constexpr std::size_t kMostLevels = 6;
  if (rows.size() >= kMostRows || depth > kMostLevels) return;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      flatten(member, path.empty() ? key : std::string(path).append(".").append(key), depth + 1, rows);
    }
    return;
  }
  constexpr std::size_t kMostValue = 300;
  const std::string text = value.is_string() ? value.get<std::string>() : to_json_line(value);
  rows.push_back({{"label", bounded(path)}, {"value", shorten(text, kMostValue)}});
}

}  // namespace

void add_tests(const Page& page, Json& model) {
  const StepList tests = judged_steps(page.run);
  const bool are_tests = !tests.empty() && is_test(*tests.front());
  Json groups = Json::array();
  for (const std::string& name : classes_of(tests)) {
    StepList members;
    std::copy_if(tests.begin(), tests.end(), std::back_inserter(members),
                 [&](const StepRecord* step) { return step->test_class == name; });
    groups.push_back(group_block(page, page.words.named("class.", name), are_tests ? "count.tests" : "count.steps",
                                 std::move(members)));
  }
  if (StepList others = other_steps(page.run); !others.empty()) {
    groups.push_back(group_block(page, page.words("steps.around"), "count.steps", std::move(others)));
  }
  model["tests_heading"] = page.words(are_tests ? "tests.heading" : "steps.heading");
  model["groups"] = std::move(groups);
}

void add_conditions(const Page& page, Json& model) {
  Json moved = Json::array();
  std::size_t left_out = 0;
  for (const StepRecord& step : page.run.steps) {
    for (const auto& [name, change] : step.extra->counters) {
      if (moved.size() >= kMostRows) {
        ++left_out;
        continue;
      }
      moved.push_back({{"name", name},
                       {"change", change_text(change)},
                       {"test", name_of(page, step)},
                       {"anchor", anchor_of(page, step)}});
    }
  }
  const StepList judged = judged_steps(page.run);
  const bool has_tests = !judged.empty() && is_test(*judged.front());
  model["has_conditions"] = has_tests || !page.run.preconditions.empty() || !moved.empty();
  model["has_preconditions"] = !page.run.preconditions.empty();
  model["preconditions"] = precondition_rows(page);
  model["no_counters"] = moved.empty() ? page.words("count.none_moved") : "";
  model["has_moved"] = !moved.empty();
  model["moved"] = std::move(moved);
  model["moved_more"] = left_out == 0 ? "" : page.words.counted("more.rows", left_out);
}

void add_record(const Page& page, Json& model) {
  const record::RunRecord& run = page.run;
  Json tools = Json::array();
  for (std::size_t i = 0; i < std::min(run.tools.size(), kMostRows); ++i) {
    const ToolRecord& tool = run.tools[i];
    tools.push_back({{"name", tool.name},
                     {"version", bounded(tool.version)},
                     {"path", bounded(tool.path)},
                     {"sha256", tool.sha256},
                     {"short", short_digest(tool.sha256)}});
  }
  model["has_tools"] = !tools.empty();
  model["tools"] = std::move(tools);
  model["tools_more"] =
      run.tools.size() <= kMostRows ? "" : page.words.counted("more.rows", run.tools.size() - kMostRows);

  Json identity = Json::array();
  const auto add = [&](std::string_view label, const std::string& value) {
    identity.push_back(
        {{"label", page.words(label)}, {"value", value.empty() ? page.words("rec.none") : bounded(value)}});
  };
  add("rec.run", run.id);
  add("rec.status", std::string(to_string(run.status)));
  add("rec.exit", std::to_string(run.exit_code));
  add("rec.started", date_text(run.started));
  add("rec.finished", date_text(run.finished));
  add("rec.recipe", trim(run.recipe_name + " " + run.recipe_version).empty()
                        ? ""
                        : std::string(trim(run.recipe_name + " " + run.recipe_version)));
  add("rec.assay", run.assay_version);
  add("rec.folder", run.folder.string());
  model["identity"] = std::move(identity);
  Json header = Json::array();
  flatten(run.header.is_object() ? run.header : Json::object(), "", 0, header);
  model["has_header"] = !header.empty();
  model["header_count"] = std::to_string(header.size());
  model["header"] = std::move(header);
  model["footer"] = page.words.fill("footer.text", {{"run", run.id}, {"version", run.assay_version}});
  Json glossary = Json::array();
  for (const char* tone : {"pass", "fail", "inconclusive", "error", "skipped", "waived"}) {
    Json one = mark(page, tone);
    one["meaning"] = page.words(std::string("mean.") + tone);
    glossary.push_back(std::move(one));
  }
  model["glossary"] = std::move(glossary);
}

}  // namespace assay::reports
