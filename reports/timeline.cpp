// SPDX-License-Identifier: Apache-2.0
#include "reports/timeline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <queue>

#include "reports/escape.h"
#include "reports/numbers.h"

namespace assay::reports {

namespace {

constexpr double kHeight = 26;   // of a row
constexpr double kTop = 4;       // of the bars in it
constexpr double kBars = 18;     // what they have together
constexpr double kLeast = 0.25;  // percent: what is shorter is still seen

double place(const TimelineAxis& axis, double at_s) {
  if (axis.total_s <= 0 || !std::isfinite(at_s)) return 0;
  return std::clamp(at_s / axis.total_s, 0.0, 1.0) * 100;
}
std::string share(double value) { return fixed(value, 2) + "%"; }

std::string open_strip(std::string_view kind, double height, std::string_view description) {
  std::string out =
      "<svg class=\"strip-time " + std::string(kind) + "\" width=\"100%\" height=\"" + fixed(height, 1) + "\"";
  if (description.empty()) return out + " aria-hidden=\"true\">";
  return out + " role=\"img\" aria-label=\"" + escape_markup(description) + "\">";
}

std::string line(std::string_view kind, double x, double from, double to) {
  const std::string at = share(x);
  return "<line class=\"" + std::string(kind) + "\" x1=\"" + at + "\" x2=\"" + at + "\" y1=\"" + fixed(from, 1) +
         "\" y2=\"" + fixed(to, 1) + "\"/>";
}

std::string rect(std::string_view kind, double from, double to, double y, double height) {
  const double width = std::max(to - from, kLeast);
  return "<rect class=\"" + std::string(kind) + "\" x=\"" + share(std::min(from, 100 - width)) + "\" y=\"" +
         fixed(y, 1) + "\" width=\"" + share(width) + "\" height=\"" + fixed(height, 1) + "\"/>";
}

std::string bar_markup(const TimelineAxis& axis, const TimelineBar& bar, double y, double height) {
  std::string out = bar.critical ? "<g class=\"on\">" : "<g>";
  if (!bar.title.empty()) out += "<title>" + escape_markup(bar.title) + "</title>";
  for (const TimelineSpan& span : bar.spans) {
    const double from = place(axis, span.from_s);
    const double to = place(axis, span.to_s);
    const std::string tone(span.tone);
    out += span.waiting ? rect("wait " + tone, from, to, y + height / 2 - 2, 4)
                        : rect("span " + tone, from, to, y, height);
  }
  return out + "</g>";
}

std::string every_bar(const TimelineAxis& axis, const TimelineRow& row, const std::vector<std::size_t>& lanes,
                      std::size_t count) {
  const double gap = count > 1 ? 1 : 0;
  const double room = kBars / static_cast<double>(count);
  const double height = count > 1 ? room - gap : 12;
  const double top = count > 1 ? kTop : kTop + (kBars - height) / 2;
  std::string out;
  for (std::size_t i = 0; i < row.bars.size(); ++i)
    out += bar_markup(axis, row.bars[i], top + room * static_cast<double>(lanes[i]), height);
  return out;
}

// What ran in one stretch of the axis.
struct Bucket {
  double busy = 0;      // bars at the same time, on average
  double critical = 0;  // share that is on the critical path
  std::string_view worst = "pass";
};

int badness(std::string_view tone) {
  constexpr std::array<std::string_view, 7> kOrder{"pass",         "skipped", "waived", "unfinished",
                                                   "inconclusive", "error",   "fail"};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), tone) - kOrder.begin());
}

// A bar touches every bucket it lies in; to keep the cost linear the inner ones are added up afterwards.
std::vector<Bucket> buckets_of(const TimelineAxis& axis, const TimelineRow& row) {
  std::vector<Bucket> out(kTimelineBuckets);
  struct Edges {
    std::vector<double> part = std::vector<double>(kTimelineBuckets);
    std::vector<double> begins = std::vector<double>(kTimelineBuckets + 1);
  };
  Edges all;
  Edges critical;
  const auto add = [](Edges& edges, double from, double to) {
    const auto first = static_cast<std::size_t>(std::clamp(from, 0.0, kTimelineBuckets - 1.0));
    const auto last = static_cast<std::size_t>(std::clamp(to, 0.0, kTimelineBuckets - 1.0));
    if (first == last) {
      edges.part[first] += to - from;
      return;
    }
    edges.part[first] += static_cast<double>(first + 1) - from;
    edges.part[last] += to - static_cast<double>(last);
    edges.begins[first + 1] += 1;
    edges.begins[last] -= 1;
  };
  for (const TimelineBar& bar : row.bars) {
    for (const TimelineSpan& span : bar.spans) {
      if (span.waiting) continue;
      const double from = place(axis, span.from_s) / 100 * kTimelineBuckets;
      const double to = place(axis, span.to_s) / 100 * kTimelineBuckets;
      add(all, from, to);
      if (bar.critical) add(critical, from, to);
      Bucket& end = out[static_cast<std::size_t>(std::clamp(to, 0.0, kTimelineBuckets - 1.0))];
      if (badness(span.tone) > badness(end.worst)) end.worst = span.tone;
    }
  }
  double whole = 0;
  double whole_critical = 0;
  for (std::size_t i = 0; i < kTimelineBuckets; ++i) {
    whole += all.begins[i];
    whole_critical += critical.begins[i];
    out[i].busy = whole + all.part[i];
    out[i].critical = whole_critical + critical.part[i];
  }
  return out;
}

std::string area(const TimelineAxis& axis, const TimelineRow& row) {
  const std::vector<Bucket> buckets = buckets_of(axis, row);
  double most = 0;
  for (const Bucket& bucket : buckets) most = std::max(most, bucket.busy);
  if (most <= 0) most = 1;
  constexpr double kBase = kTop + kBars - 3;
  const double width = 100.0 / kTimelineBuckets;
  std::string out =
      "<svg viewBox=\"0 0 100 26\" preserveAspectRatio=\"none\" width=\"100%\" height=\"26\"><path class=\"area\" "
      "d=\"M0 " +
      fixed(kBase, 1);
  for (std::size_t i = 0; i < kTimelineBuckets; ++i) {
    const double y = kBase - (kBars - 4) * buckets[i].busy / most;
    out += "L" + fixed(static_cast<double>(i) * width, 2) + " " + fixed(y, 1) + "H" +
           fixed(static_cast<double>(i + 1) * width, 2);
  }
  out += "V" + fixed(kBase, 1) + "Z\"/></svg>";
  // Stretches of the critical path below the area, joined where they touch.
  constexpr double kCounts = 0.5;
  for (std::size_t i = 0; i < kTimelineBuckets;) {
    std::size_t end = i;
    while (end < kTimelineBuckets && buckets[end].critical >= kCounts) ++end;
    if (end > i)
      out += rect("span on pass", static_cast<double>(i) * width, static_cast<double>(end) * width, kBase + 1, 3);
    i = std::max(end, i + 1);
  }
  for (std::size_t i = 0; i < kTimelineBuckets; ++i) {
    if (buckets[i].worst == "pass") continue;
    out += line("stroke " + std::string(buckets[i].worst), (static_cast<double>(i) + 0.5) * width, kTop, kBase);
  }
  return out;
}

}  // namespace

std::vector<double> time_ticks(double total_s, int most) {
  if (!std::isfinite(total_s) || total_s <= 0 || most < 1) return {0};
  constexpr std::array<double, 29> kSteps{0.001, 0.002, 0.005, 0.01,  0.02,  0.05,  0.1,   0.2,    0.5,   1,
                                          2,     5,     10,    20,    30,    60,    120,   300,    600,   1200,
                                          1800,  3600,  7200,  10800, 21600, 43200, 86400, 172800, 604800};
  double step = kSteps.back();
  for (const double candidate : kSteps) {
    if (total_s / candidate > most) continue;
    step = candidate;
    break;
  }
  while (total_s / step > most) step *= 2;
  std::vector<double> out;
  // Counted in whole steps: no error adds up.
  const auto count = static_cast<std::size_t>(std::floor(total_s / step + 1e-9));
  for (std::size_t i = 0; i <= count; ++i) out.push_back(static_cast<double>(i) * step);
  return out;
}

std::vector<std::size_t> lanes_of(const std::vector<TimelineBar>& bars) {
  // Lanes that are busy, by when they become free; and those that are free, by number.
  using Busy = std::pair<double, std::size_t>;
  std::priority_queue<Busy, std::vector<Busy>, std::greater<>> busy;
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> free;
  std::vector<std::size_t> out;
  std::size_t lanes = 0;
  for (const TimelineBar& bar : bars) {
    const double from = bar.spans.empty() ? 0 : bar.spans.front().from_s;
    const double to = bar.spans.empty() ? 0 : bar.spans.back().to_s;
    while (!busy.empty() && busy.top().first <= from) {
      free.push(busy.top().second);
      busy.pop();
    }
    std::size_t lane = lanes;
    if (free.empty()) {
      ++lanes;
    } else {
      lane = free.top();
      free.pop();
    }
    busy.emplace(to, lane);
    out.push_back(lane);
  }
  return out;
}

std::string draw_timeline_row(const TimelineAxis& axis, const TimelineRow& row) {
  std::string out = open_strip("bars", kHeight, row.description);
  for (const double tick : axis.ticks) out += line("grid", place(axis, tick), 0, kHeight);
  for (const double at : axis.breaks) out += line("break", place(axis, at), 0, kHeight);
  for (const TimelineLink& link : row.links) {
    constexpr double kMiddle = kTop + kBars / 2;
    out += line("link", place(axis, link.at_s), link.from_above ? 0 : kMiddle, link.to_below ? kHeight : kMiddle);
  }
  const std::vector<std::size_t> lanes = row.bars.size() <= kMostBars ? lanes_of(row.bars) : std::vector<std::size_t>();
  const std::size_t count = lanes.empty() ? 0 : *std::max_element(lanes.begin(), lanes.end()) + 1;
  out += count > 0 && count <= kMostLanes ? every_bar(axis, row, lanes, count)
         : row.bars.empty()               ? std::string()
                                          : area(axis, row);
  return out + "</svg>";
}

std::string draw_timeline_axis(const TimelineAxis& axis, const std::vector<std::string>& words) {
  constexpr double kAxisHeight = 20;
  std::string out = open_strip("scale", kAxisHeight, "");
  for (std::size_t i = 0; i < std::min(words.size(), axis.ticks.size()); ++i) {
    const double at = place(axis, axis.ticks[i]);
    out += line("axis", at, kAxisHeight - 4, kAxisHeight);
    const char* anchor = at > 94 ? "end" : at < 3 ? "start" : "middle";
    out += "<text class=\"tick\" x=\"" + share(at) + "\" y=\"12\" text-anchor=\"" + anchor + "\">" +
           escape_markup(words[i]) + "</text>";
  }
  return out + "</svg>";
}

}  // namespace assay::reports
