// SPDX-License-Identifier: Apache-2.0
// When each step ran, what ran beside it, and the critical path. Many steps fold: rows of a matrix and hosts into their
// step, steps into what holds them, the rest into one row.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/text.h"
#include "engine/record/critical_path.h"
#include "reports/numbers.h"
#include "reports/page_parts.h"
#include "reports/timeline.h"

namespace assay::reports {

namespace {

using record::AttemptRecord;
using record::CriticalPath;
using record::QuestionRecord;
using record::StepRecord;

constexpr std::size_t kMostLinks = 40;
constexpr std::size_t kMostLongest = 3;

// The run on its axis.
struct Course {
  explicit Course(const Page& the_page) : page(the_page), path(record::critical_path(the_page.run)) {
    steps = record::timed_steps(page.run);
    for (std::size_t i = 0; i < page.run.steps.size(); ++i) {
      const StepRecord& step = page.run.steps[i];
      if (step.started && !step.finished && step.attempts > 0) steps.push_back(i);
    }
    std::stable_sort(steps.begin(), steps.end(), [&](std::size_t a, std::size_t b) { return start(a) < start(b); });
    critical.insert(path.steps.begin(), path.steps.end());
    for (const QuestionRecord& one : page.run.questions) questions[one.step].push_back(&one);
    if (steps.empty()) return;
    origin = start(steps.front());
    end = origin;
    for (const std::size_t index : steps) end = std::max(end, page.run.steps[index].finished.value_or(origin));
    for (const record::ResumeRecord& one : page.run.resumed) {
      end = std::max(end, one.time);
      if (one.time >= origin) breaks.push_back(seconds(one.time));
    }
    // What was not settled when the record ends lasts to the end of the axis, and is to be seen there.
    for (const std::size_t index : steps) end = std::max(end, start(index));
    total_s = seconds(end);
  }

  [[nodiscard]] WallTime start(std::size_t index) const { return *page.run.steps[index].started; }
  [[nodiscard]] double seconds(WallTime time) const { return record::seconds_between(origin, time); }

  const Page& page;
  CriticalPath path;
  std::vector<std::size_t> steps;  // by start
  std::unordered_set<std::size_t> critical;
  std::unordered_map<std::string_view, std::vector<const QuestionRecord*>> questions;
  WallTime origin;
  WallTime end;
  double total_s = 0;
  std::vector<double> breaks;
};

// The steps of one row.
struct Fold {
  std::string_view key;
  std::vector<std::size_t> steps;  // by start
  double busy_s = 0;
  bool bad = false;
};

std::string_view outermost(std::string_view id) {
  const std::string_view first = id.substr(0, id.find('/'));
  return first.substr(0, first.find_first_of("[@"));
}

bool is_bad(const StepRecord& step) {
  const std::string_view tone = tone_of(step);
  return tone == "fail" || tone == "error" || tone == "inconclusive" || tone == "unfinished";
}

std::vector<Fold> fold_by(const Course& course, std::string_view (*key_of)(std::string_view id)) {
  std::vector<Fold> out;
  std::unordered_map<std::string_view, std::size_t> index;
  for (const std::size_t at : course.steps) {
    const StepRecord& step = course.page.run.steps[at];
    const std::string_view key = key_of(step.id);
    const auto [found, fresh] = index.emplace(key, out.size());
    if (fresh) out.push_back({.key = key, .steps = {}});
    Fold& fold = out[found->second];
    fold.steps.push_back(at);
    fold.busy_s += step.duration_s;
    fold.bad = fold.bad || is_bad(step);
  }
  return out;
}

// At most kMostTimelineRows: what did not pass and what took long keep a row, the others share the last one.
std::vector<Fold> folds_of(const Course& course) {
  std::vector<Fold> folds = fold_by(course, record::group_id);
  if (folds.size() > kMostTimelineRows) folds = fold_by(course, outermost);
  if (folds.size() <= kMostTimelineRows) return folds;
  std::vector<const Fold*> order;
  for (const Fold& fold : folds) order.push_back(&fold);
  std::stable_sort(order.begin(), order.end(),
                   [](const Fold* a, const Fold* b) { return a->bad != b->bad ? a->bad : a->busy_s > b->busy_s; });
  const std::unordered_set<const Fold*> kept(order.begin(), order.begin() + kMostTimelineRows - 1);
  std::vector<Fold> out;
  Fold others;
  for (Fold& fold : folds) {
    if (kept.contains(&fold)) {
      out.push_back(std::move(fold));
      continue;
    }
    others.steps.insert(others.steps.end(), fold.steps.begin(), fold.steps.end());
    others.busy_s += fold.busy_s;
    others.bad = others.bad || fold.bad;
  }
  std::stable_sort(others.steps.begin(), others.steps.end(),
                   [&](std::size_t a, std::size_t b) { return course.start(a) < course.start(b); });
  out.push_back(std::move(others));
  return out;
}

// The attempts of a step and what it waited for. `from` and `to`: its whole time.
std::vector<TimelineSpan> spans_of(const Course& course, const StepRecord& step) {
  const std::string_view tone = tone_of(step);
  const double from = course.seconds(*step.started);
  const double to = step.finished ? course.seconds(*step.finished) : course.total_s;
  std::vector<TimelineSpan> out;
  if (const auto asked = course.questions.find(step.id); asked != course.questions.end()) {
    double at = from;
    for (const QuestionRecord* one : asked->second) {
      const double begin = std::clamp(course.seconds(one->asked), at, std::max(at, to));
      const double end = one->answered ? std::clamp(course.seconds(*one->answered), begin, std::max(begin, to)) : to;
      if (begin > at) out.push_back({at, begin, tone, false});
      out.push_back({begin, end, tone, true});
      at = end;
    }
    if (to > at) out.push_back({at, to, tone, false});
    return out;
  }
  for (std::size_t i = 0; i < step.tries.size(); ++i) {
    const AttemptRecord& one = step.tries[i];
    if (!one.started) return {{from, to, tone, false}};
    const bool last = i + 1 == step.tries.size();
    const auto next = last ? std::optional<WallTime>() : step.tries[i + 1].started;
    const double begin = course.seconds(*one.started);
    const double resumed = next ? course.seconds(*next) : to;
    const double end = one.finished ? course.seconds(*one.finished) : resumed;
    const std::string_view tone_of_try = last ? tone : !one.finished ? "unfinished" : tone_of(one.verdict);
    out.push_back({begin, end, tone_of_try, false});
    if (!last && resumed > end) out.push_back({end, resumed, tone_of_try, true});
  }
  if (out.empty()) out.push_back({from, to, tone, false});
  return out;
}

std::string time_word(const Words& words, double seconds) {
  if (seconds < 1 && seconds > 0) return fixed(seconds, 3) + " " + words("unit.s");
  const std::string elapsed = seconds == 0 ? "0 " + words("unit.s") : words.elapsed(seconds);
  // "2 m 0 s" is "2 m" on an axis.
  std::string out = elapsed;
  for (const char* unit : {"unit.s", "unit.m", "unit.h"}) {
    const std::string nothing = " 00 " + words(unit);
    if (out.ends_with(nothing)) out.resize(out.size() - nothing.size());
  }
  const std::size_t tenths = out.find(".0 ");
  return tenths == std::string::npos ? out : out.erase(tenths, 2);
}

std::string label_of(const Course& course, const Fold& fold) {
  const Page& page = course.page;
  if (fold.key.empty()) return page.words.counted("tl.others", fold.steps.size());
  const StepRecord& first = page.run.steps[fold.steps.front()];
  if (fold.steps.size() == 1) return name_of(page, first);
  std::string name(fold.key);
  if (fold.key == record::group_id(first.id)) {
    if (const std::string& own = page.words.pick(first.name, first.extra->name_zh); !own.empty()) name = own;
  }
  return page.words.fill("tl.times", {{"name", bounded(name)}, {"n", std::to_string(fold.steps.size())}});
}

std::string_view worst_tone(const Course& course, const Fold& fold) {
  std::string_view worst = "pass";
  for (const std::string_view tone : {"unfinished", "inconclusive", "error", "fail"}) {
    for (const std::size_t at : fold.steps) {
      if (tone_of(course.page.run.steps[at]) == tone) worst = tone;
    }
  }
  return worst;
}

TimelineBar bar_of(const Course& course, std::size_t at) {
  const StepRecord& step = course.page.run.steps[at];
  TimelineBar bar{.spans = spans_of(course, step), .critical = course.critical.contains(at)};
  bar.title = course.page.words.fill(
      "tl.bar", {{"name", name_of(course.page, step)},
                 {"time", course.page.words.elapsed(bar.spans.back().to_s - bar.spans.front().from_s)},
                 {"start", time_word(course.page.words, std::round(bar.spans.front().from_s * 10) / 10)},
                 {"verdict", course.page.words("verdict." + std::string(tone_of(step)))}});
  return bar;
}

// From the row of each step of the path to the row of the next.
void link_rows(const Course& course, const std::vector<Fold>& folds, std::vector<TimelineRow>& rows) {
  if (course.path.steps.size() > kMostLinks) return;
  std::unordered_map<std::size_t, std::size_t> row_of;
  for (std::size_t row = 0; row < folds.size(); ++row) {
    for (const std::size_t at : folds[row].steps) row_of[at] = row;
  }
  for (std::size_t i = 1; i < course.path.steps.size(); ++i) {
    const std::size_t from = row_of.at(course.path.steps[i - 1]);
    const std::size_t to = row_of.at(course.path.steps[i]);
    const double at_s = course.seconds(course.start(course.path.steps[i]));
    const auto [upper, lower] = std::minmax(from, to);
    for (std::size_t row = upper; row <= lower && upper != lower; ++row)
      rows[row].links.push_back({.at_s = at_s, .from_above = row > upper, .to_below = row < lower});
  }
}

Json row_model(const Course& course, const Fold& fold, const TimelineAxis& axis, const TimelineRow& row) {
  const Page& page = course.page;
  const std::string_view tone = worst_tone(course, fold);
  double critical_s = 0;
  double end_s = 0;
  for (std::size_t i = 0; i < row.bars.size(); ++i) {
    const auto& spans = row.bars[i].spans;
    end_s = std::max(end_s, spans.back().to_s);
    if (row.bars[i].critical) critical_s += spans.back().to_s - spans.front().from_s;
  }
  Json model = {{"label", label_of(course, fold)}, {"tone", tone}, {"mark", nullptr}, {"anchor", ""}};
  if (tone != "pass") model["mark"] = mark(page, tone);
  if (fold.steps.size() == 1) model["anchor"] = anchor_of(page, page.run.steps[fold.steps.front()]);
  model["time"] = page.words.elapsed(end_s - row.bars.front().spans.front().from_s);
  model["share"] = critical_s > 0 && course.path.total_s > 0
                       ? percent(std::round(critical_s / course.path.total_s * 100) / 100)
                       : "";
  model["strip"] = draw_timeline_row(axis, row);
  return model;
}

std::string longest_line(const Course& course) {
  std::vector<std::size_t> order = course.path.steps;
  const auto took = [&](std::size_t at) {
    const StepRecord& step = course.page.run.steps[at];
    return record::seconds_between(*step.started, *step.finished);
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return took(a) > took(b); });
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(order.size(), kMostLongest); ++i) {
    parts.push_back(
        course.page.words.fill("tl.longest.one", {{"name", name_of(course.page, course.page.run.steps[order[i]])},
                                                  {"time", course.page.words.elapsed(took(order[i]))}}));
  }
  return course.page.words.fill("tl.longest", {{"list", join(parts, course.page.words("tl.separator"))}});
}

}  // namespace

std::string path_line(const Page& page, const record::CriticalPath& path) {
  if (path.steps.empty() || path.total_s <= 0) return {};
  return page.words.fill("tl.guide", {{"n", page.words.counted("count.steps", path.steps.size())},
                                      {"busy", page.words.elapsed(path.busy_s)},
                                      {"share", percent(std::round(path.busy_s / path.total_s * 100) / 100)},
                                      {"total", page.words.elapsed(path.total_s)}});
}

void add_timeline(const Page& page, Json& model) {
  const Course course(page);
  const bool shown = course.steps.size() > 1 && course.total_s > 0;
  model["has_timeline"] = shown;
  if (!shown) return;
  TimelineAxis axis{.total_s = course.total_s, .ticks = time_ticks(course.total_s, 5), .breaks = course.breaks};
  const std::vector<Fold> folds = folds_of(course);
  std::vector<TimelineRow> rows;
  bool waits = false;
  for (const Fold& fold : folds) {
    TimelineRow row;
    for (const std::size_t at : fold.steps) row.bars.push_back(bar_of(course, at));
    for (const TimelineBar& bar : row.bars) {
      for (const TimelineSpan& span : bar.spans) waits = waits || span.waiting;
    }
    row.description = fold.steps.size() == 1 ? row.bars.front().title : label_of(course, fold);
    rows.push_back(std::move(row));
  }
  link_rows(course, folds, rows);
  Json list = Json::array();
  for (std::size_t i = 0; i < folds.size(); ++i) list.push_back(row_model(course, folds[i], axis, rows[i]));
  std::vector<std::string> words;
  for (const double tick : axis.ticks) words.push_back(time_word(page.words, tick));
  model["timeline_axis"] = draw_timeline_axis(axis, words);
  model["timeline"] = std::move(list);
  model["timeline_total"] = page.words.elapsed(course.total_s);
  model["timeline_guide"] = path_line(page, course.path);
  model["timeline_longest"] = course.path.steps.size() > 1 ? longest_line(course) : "";
  model["timeline_waits"] = waits;
  model["timeline_resumed"] = !course.breaks.empty();
}

}  // namespace assay::reports
