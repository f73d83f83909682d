// SPDX-License-Identifier: Apache-2.0
// The first screen: verdict, headline, what was tested, results by class; and the coverage beside the verdict.
#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "reports/page_parts.h"
#include "reports/what_next.h"

namespace assay::reports {

namespace {

using record::RunRecord;
using record::Status;
using record::StepRecord;
using record::Verdict;

constexpr std::array<std::string_view, 7> kTones{"pass",         "waived",     "fail",   "error",
                                                 "inconclusive", "unfinished", "skipped"};

std::map<std::string_view, std::size_t> count_tones(const StepList& steps) {
  std::map<std::string_view, std::size_t> counts;
  for (const StepRecord* step : steps) ++counts[tone_of(*step)];
  return counts;
}

bool did_not_pass(const StepRecord& step) {
  const std::string_view tone = tone_of(step);
  return tone == "fail" || tone == "error" || tone == "inconclusive" || tone == "unfinished";
}

// One sentence for each thing that keeps the run from passing, the worst first.
std::string headline(const Page& page) {
  const StepList tests = judged_steps(page.run);
  const std::string_view tone = tone_of(page.run.verdict);
  std::map<std::string_view, std::size_t> blocking;
  std::size_t tolerated = 0;
  for (const StepRecord* step : tests) {
    if (step->blocker || !did_not_pass(*step)) ++blocking[tone_of(*step)];
    if (!step->blocker && did_not_pass(*step)) ++tolerated;
  }
  std::vector<std::string> parts;
  const std::size_t same = tone == "pass" ? 1 : blocking[tone];
  if (tone == "pass") {
    parts.push_back(page.words("head.pass"));
  } else if (same > 0 && tone != "skipped") {
    parts.push_back(page.words.fill("head." + std::string(tone),
                                    {{"n", std::to_string(same)}, {"total", std::to_string(tests.size())}}));
  } else if (tone != "error") {
    parts.push_back(page.words("head.nothing"));
  }
  for (const std::string_view other : {"error", "inconclusive", "unfinished"}) {
    if (other != tone && blocking[other] > 0)
      parts.push_back(page.words.counted("head.more." + std::string(other), blocking[other]));
  }
  if (tolerated > 0) parts.push_back(page.words.counted("head.tolerated", tolerated));
  if (page.run.status != Status::kFinished) parts.push_back(page.words("head.early"));
  return join(parts, page.words.language() == Language::kChinese ? "" : " ");
}

std::string coverage_line(const Page& page, const Coverage& coverage) {
  if (coverage.tests == 0) return {};
  const Words::Values values{{"ran", std::to_string(coverage.ran)},
                             {"total", std::to_string(coverage.tests)},
                             {"skipped", std::to_string(coverage.tests - coverage.ran)}};
  if (coverage.areas.front().test_class.empty()) return page.words.fill("beside.steps", values);
  if (coverage.ran == coverage.tests) return page.words.counted("beside.all", coverage.tests);
  return page.words.fill("beside.some", values);
}

Json banners(const Page& page) {
  Json list = Json::array();
  const auto add = [&](std::string_view tone, std::string_view label, const std::string& text) {
    list.push_back({{"tone", tone}, {"icon", "error"}, {"label", page.words(label)}, {"text", bounded(text)}});
  };
  for (const std::string& damage : page.run.damage) add("fail", "banner.damage", damage);
  if (!page.run.problem.empty()) add("error", "banner.problem", page.run.problem);
  const NextMove next = next_move(page.run);
  if (next.question != nullptr) {
    add("inconclusive", "banner.waits",
        page.words.fill("banner.waits.text", {{"step", next.question->step},
                                              {"question", bounded(next.question->question)},
                                              {"command", next.command}}));
  } else if (page.run.status == Status::kWaiting || page.run.status == Status::kCancelled) {
    add("inconclusive", page.run.status == Status::kWaiting ? "banner.paused" : "banner.stopped",
        page.words.fill("banner.resume", {{"command", next.command}}));
  } else if (page.run.status == Status::kRunning) {
    add("inconclusive", "banner.open", page.words("banner.open.text"));
  }
  return list;
}

Json machine_rows(const Page& page) {
  Json rows = Json::array();
  const auto add = [&](std::string_view label, const std::string& value, const std::string& note = {}) {
    if (!value.empty())
      rows.push_back({{"label", page.words(label)}, {"value", shorten(value, 120)}, {"note", shorten(note, 120)}});
  };
  if (page.run.machines.size() > 1) {
    std::vector<std::string> names;
    for (const auto& [target, facts] : page.run.machines) names.push_back(target);
    add("sum.machines", page.words.counted("sum.machines.n", names.size()), join(names, ", "));
  } else if (page.run.machines.size() == 1) {
    const Json& facts = page.run.machines.begin()->second;
    std::vector<std::string> maker;
    for (const char* path : {"system.vendor", "system.product"}) {
      if (std::string part = fact_text(page, facts, path); !part.empty()) maker.push_back(std::move(part));
    }
    const std::string host = fact_text(page, facts, "os.hostname");
    if (maker.empty()) {
      add("sum.machine", host.empty() ? page.run.machines.begin()->first : host);
    } else {
      add("sum.machine", join(maker, " "), host);
    }
    std::vector<std::string> counts;
    for (const char* name : {"cores", "threads"}) {
      const std::string count = fact_text(page, facts, std::string("cpu.") + name);
      if (!count.empty()) counts.push_back(page.words(std::string("fact.") + name) + " " + count);
    }
    add("sum.processor", fact_text(page, facts, "cpu.model"), join(counts, ", "));
    const std::string installed = fact_text(page, facts, "memory.installed");
    add("sum.memory", installed.empty() ? fact_text(page, facts, "memory.total") : installed);
  }
  return rows;
}

void add_class_cards(const Page& page, Json& model) {
  Json cards = Json::array();
  const StepList tests = judged_steps(page.run);
  for (const std::string& name : classes_of(tests)) {
    StepList members;
    std::copy_if(tests.begin(), tests.end(), std::back_inserter(members),
                 [&](const StepRecord* step) { return step->test_class == name; });
    auto counts = count_tones(members);
    Json parts = Json::array();
    for (const std::string_view tone : kTones) {
      if (counts[tone] == 0) continue;
      Json part = mark(page, tone);
      part["count"] = counts[tone];
      parts.push_back(std::move(part));
    }
    cards.push_back({{"name", page.words.named("class.", name)},
                     {"passed", counts["pass"] + counts["waived"]},
                     {"total", members.size()},
                     {"parts", std::move(parts)}});
  }
  model["classes"] = std::move(cards);
}

Json coverage_cell(const Page& page, const CoverageArea* area) {
  Json marks = Json::array();
  const std::size_t count = area == nullptr ? 0 : area->steps.size();
  for (std::size_t i = 0; i < std::min(count, kMostMarks); ++i) {
    const StepRecord& step = *area->steps[i];
    Json one = mark(page, tone_of(step));
    one["anchor"] = anchor_of(page, step);
    one["title"] = name_of(page, step) + ": " + one["word"].get<std::string>();
    marks.push_back(std::move(one));
  }
  const std::string more = count > kMostMarks ? page.words.counted("cov.more", count - kMostMarks) : "";
  return {{"marks", std::move(marks)}, {"more", more}, {"none", count == 0}};
}

Json coverage_rows(const Page& page, const Coverage& coverage, const std::vector<std::string>& classes) {
  Json rows = Json::array();
  for (std::size_t first = 0; first < coverage.areas.size();) {
    std::size_t end = first;
    Json cells = Json::array();
    std::size_t total = 0;
    std::size_t skipped = 0;
    for (const std::string& name : classes) {
      const bool present = end < coverage.areas.size() &&
                           coverage.areas[end].hardware == coverage.areas[first].hardware &&
                           coverage.areas[end].test_class == name;
      const CoverageArea* area = present ? &coverage.areas[end++] : nullptr;
      cells.push_back(coverage_cell(page, area));
      if (area == nullptr) continue;
      total += area->steps.size();
      skipped += area->skipped.size();
    }
    rows.push_back({{"name", page.words.named("hardware.", coverage.areas[first].hardware)},
                    {"cells", std::move(cells)},
                    {"ran", std::to_string(total - skipped)},
                    {"total", std::to_string(total)}});
    first = end;
  }
  return rows;
}

}  // namespace

void add_summary(const Page& page, Json& model) {
  const RunRecord& run = page.run;
  const bool certification = !run.programme.empty();
  const std::string title = run.title.empty() ? run.recipe_name : run.title;
  model["verdict"] = mark(page, tone_of(run.verdict));
  model["kind"] = page.words(certification ? "kind.programme" : "kind.recipe");
  model["run_id"] = run.id;
  model["title"] = shorten(title, 160);
  model["page_title"] = model["verdict"]["word"].get<std::string>() + " – " + shorten(title, 80) + " – " + run.id;
  model["headline"] = headline(page);
  model["banners"] = banners(page);
  Json rows = machine_rows(page);
  const std::string& name = certification ? run.programme : run.recipe_name;
  rows.push_back({{"label", page.words(certification ? "sum.programme" : "sum.recipe")},
                  {"value", name},
                  {"note", run.recipe_version}});
  if (run.started) rows.push_back({{"label", page.words("sum.date")}, {"value", date_text(run.started)}, {"note", ""}});
  if (run.started && run.finished) {
    const double seconds = std::chrono::duration<double>(*run.finished - *run.started).count();
    rows.push_back({{"label", page.words("sum.duration")}, {"value", page.words.elapsed(seconds)}, {"note", ""}});
  }
  model["summary"] = std::move(rows);
  add_class_cards(page, model);
}

void add_coverage(const Page& page, Json& model) {
  const Coverage coverage = coverage_of(page.run);
  model["coverage_line"] = coverage_line(page, coverage);
  model["coverage_ran"] =
      page.words.fill("cov.ran", {{"ran", std::to_string(coverage.ran)}, {"total", std::to_string(coverage.tests)}});
  const StepList tests = judged_steps(page.run);
  const bool has_matrix = !tests.empty() && is_test(*tests.front());
  model["matrix"] = has_matrix;
  const std::vector<std::string> classes = classes_of(tests);
  Json columns = Json::array();
  for (const std::string& name : classes) columns.push_back({{"name", page.words.named("class.", name)}});
  model["columns"] = std::move(columns);
  model["rows"] = has_matrix ? coverage_rows(page, coverage, classes) : Json::array();
  Json legend = Json::array();
  auto counts = count_tones(tests);
  for (const std::string_view tone : kTones) {
    if (counts[tone] > 0) legend.push_back(mark(page, tone));
  }
  model["legend"] = std::move(legend);
  Json skipped = Json::array();
  std::size_t left_out = 0;
  for (const CoverageArea& area : coverage.areas) {
    for (const StepRecord* step : area.skipped) {
      if (skipped.size() >= kMostRows) {
        ++left_out;
        continue;
      }
      skipped.push_back({{"name", name_of(page, *step)},
                         {"kind", page.words("skip." + kind_of_skip(*step))},
                         {"reason", bounded(step->reason)}});
    }
  }
  model["has_skipped"] = !skipped.empty();
  model["skipped"] = std::move(skipped);
  model["skipped_more"] = left_out == 0 ? "" : page.words.counted("more.skipped", left_out);
}

}  // namespace assay::reports
