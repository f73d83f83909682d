// SPDX-License-Identifier: Apache-2.0
#include "reports/chart.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "reports/axis.h"
#include "reports/escape.h"
#include "reports/numbers.h"

namespace assay::reports {

namespace {

struct Point {
  std::size_t index = 0;
  double value = 0;
  bool used = true;
};

// What both forms need: the finite numbers of the data in the unit that is shown, and the range of the axis.
struct Drawing {
  std::vector<Point> points;
  std::size_t count = 0;  // with those that are not finite
  std::optional<double> median, low, high, min, max;
  std::string min_text, max_text;
  std::string unit;
  Axis axis;
};

std::optional<double> scaled(const std::optional<double>& value, double factor) {
  if (!value || !std::isfinite(*value * factor)) return std::nullopt;
  return *value * factor;
}

// A limit is on the chart where it is near enough to leave the samples their room; else only its side is shown.
bool is_near(double limit, double low, double high) {
  const double distance = std::max({low - limit, limit - high, 0.0});
  return distance <= std::max(12 * (high - low), 0.35 * std::max(std::abs(low), std::abs(high)));
}

std::optional<Drawing> prepare(const ChartData& data, int most_ticks) {
  Drawing drawing;
  drawing.count = data.samples.size();
  double largest = 0;
  for (const double value : data.samples) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  const Scale scale = scale_for(largest, data.unit);
  drawing.unit = scale.unit == "1" ? std::string() : unit_for_people(scale.unit);
  for (std::size_t i = 0; i < data.samples.size(); ++i) {
    const double value = data.samples[i] * scale.factor;
    if (std::isfinite(value)) drawing.points.push_back({i, value, i >= data.used.size() || data.used[i]});
  }
  if (drawing.points.empty()) return std::nullopt;
  drawing.median = scaled(data.median, scale.factor);
  drawing.low = scaled(data.interval_low, scale.factor);
  drawing.high = scaled(data.interval_high, scale.factor);
  drawing.min = scaled(data.limit_min, scale.factor);
  drawing.max = scaled(data.limit_max, scale.factor);
  if (drawing.min) drawing.min_text = "≥ " + human(*data.limit_min, data.unit);
  if (drawing.max) drawing.max_text = "≤ " + human(*data.limit_max, data.unit);

  const auto [least, most] = std::minmax_element(drawing.points.begin(), drawing.points.end(),
                                                 [](const Point& a, const Point& b) { return a.value < b.value; });
  double low = least->value;
  double high = most->value;
  for (const auto& extra : {drawing.median, drawing.low, drawing.high}) {
    if (extra) low = std::min(low, *extra), high = std::max(high, *extra);
  }
  const double own_low = low;
  const double own_high = high;
  for (const auto& limit : {drawing.min, drawing.max}) {
    if (limit && is_near(*limit, own_low, own_high)) low = std::min(low, *limit), high = std::max(high, *limit);
  }
  drawing.axis = make_axis(low, high, most_ticks);
  return drawing;
}

// A growing SVG text. Strings given as attributes are our own; text of the record goes through escape_markup().
class Svg {
 public:
  Svg(std::string_view kind, int height, std::string_view description) {
    out_ = "<svg class=\"chart " + std::string(kind) + "\" role=\"img\" aria-label=\"" + escape_markup(description) +
           "\" width=\"100%\" height=\"" + std::to_string(height) + "\">";
  }
  void rect(std::string_view kind, std::string_view x, double y, std::string_view width, double height) {
    out_ += "<rect class=\"" + std::string(kind) + "\" x=\"" + std::string(x) + "\" y=\"" + fixed(y, 1) +
            "\" width=\"" + std::string(width) + "\" height=\"" + fixed(height, 1) + "\"/>";
  }
  void line(std::string_view kind, std::string_view x1, double y1, std::string_view x2, double y2) {
    out_ += "<line class=\"" + std::string(kind) + "\" x1=\"" + std::string(x1) + "\" y1=\"" + fixed(y1, 1) +
            "\" x2=\"" + std::string(x2) + "\" y2=\"" + fixed(y2, 1) + "\"/>";
  }
  void dot(bool used, std::string_view x, double y, double radius) {
    out_ += std::string("<circle class=\"") + (used ? "dot" : "dot unused") + "\" cx=\"" + std::string(x) + "\" cy=\"" +
            fixed(y, 1) + "\" r=\"" + fixed(radius, 1) + "\"/>";
  }
  void text(std::string_view kind, std::string_view x, double y, std::string_view anchor, std::string_view words) {
    out_ += "<text class=\"" + std::string(kind) + "\" x=\"" + std::string(x) + "\" y=\"" + fixed(y, 1) +
            "\" text-anchor=\"" + std::string(anchor) + "\">" + escape_markup(words) + "</text>";
  }
  void raw(std::string_view markup) { out_ += markup; }
  std::string finish() && { return std::move(out_) + "</svg>"; }

 private:
  std::string out_;
};

std::string share(double value) { return fixed(std::clamp(value, 0.0, 1.0) * 100, 2) + "%"; }

constexpr double kStripLeft = 0.03;
constexpr double kStripWidth = 0.94;
constexpr double kStripTop = 18;
constexpr double kStripHeight = 46;

constexpr double kLineLeft = 0.12;
constexpr double kLineTop = 18;
constexpr double kLineHeight = 120;

double strip_place(const Axis& axis, double value) { return kStripLeft + kStripWidth * axis.place(value); }

// The shaded good side, the limit lines and their words.
void strip_limits(Svg& svg, const Drawing& d) {
  const double from = d.min ? std::clamp(strip_place(d.axis, *d.min), 0.0, 1.0) : 0;
  const double to = d.max ? std::clamp(strip_place(d.axis, *d.max), 0.0, 1.0) : 1;
  if ((d.min || d.max) && to > from) svg.rect("good", share(from), kStripTop, share(to - from), kStripHeight);
  const auto label = [&](double limit, const std::string& words) {
    const double at = strip_place(d.axis, limit);
    if (at < 0) return svg.text("limit-text", "0%", 12, "start", "← " + words);
    if (at > 1) return svg.text("limit-text", "100%", 12, "end", words + " →");
    svg.line("limit", share(at), kStripTop - 4, share(at), kStripTop + kStripHeight + 4);
    const char* anchor = at < 0.12 ? "start" : at > 0.88 ? "end" : "middle";
    svg.text("limit-text", share(at), 11, anchor, words);
  };
  if (d.min) label(*d.min, d.min_text);
  if (d.max) label(*d.max, d.max_text);
}

double line_place(const Axis& axis, double value) { return kLineTop + kLineHeight * (1 - axis.place(value)); }

void line_limits(Svg& svg, const Drawing& d) {
  const double bottom = kLineTop + kLineHeight;
  const double from = d.max ? std::clamp(line_place(d.axis, *d.max), kLineTop, bottom) : kLineTop;
  const double to = d.min ? std::clamp(line_place(d.axis, *d.min), kLineTop, bottom) : bottom;
  if ((d.min || d.max) && to > from) svg.rect("good", share(kLineLeft), from, share(1 - kLineLeft), to - from);
  const auto label = [&](double limit, const std::string& words) {
    const double at = line_place(d.axis, limit);
    if (at < kLineTop) return svg.text("limit-text", "100%", 12, "end", "↑ " + words);
    if (at > bottom) return svg.text("limit-text", "100%", bottom - 5, "end", "↓ " + words);
    svg.line("limit", share(kLineLeft), at, "100%", at);
    svg.text("limit-text", "100%", at > kLineTop + 14 ? at - 5 : at + 13, "end", words);
  };
  if (d.min) label(*d.min, d.min_text);
  if (d.max) label(*d.max, d.max_text);
}

// Inner drawing of the line chart: 1000 units wide, stretched to the column; strokes keep their width.
std::string inner_svg(std::string_view paths) {
  return "<svg x=\"" + share(kLineLeft) + "\" y=\"" + fixed(kLineTop, 0) + "\" width=\"" + share(1 - kLineLeft) +
         "\" height=\"" + fixed(kLineHeight, 0) + "\" viewBox=\"0 0 1000 " + fixed(kLineHeight, 0) +
         "\" preserveAspectRatio=\"none\">" + std::string(paths) + "</svg>";
}

std::string pair(double x, double y) { return fixed(x, 1) + " " + fixed(y, 1); }

std::string every_point(const Drawing& d) {
  const double width = d.count > 1 ? static_cast<double>(d.count - 1) : 1;
  std::string path;
  std::size_t expected = d.points.front().index;
  for (const Point& point : d.points) {
    // A sample that is not a number leaves a gap.
    const bool starts = path.empty() || point.index != expected;
    path += (starts ? "M" : "L") +
            pair(1000 * static_cast<double>(point.index) / width, line_place(d.axis, point.value) - kLineTop);
    expected = point.index + 1;
  }
  return "<path class=\"trace\" d=\"" + path + "\"/>";
}

std::string bucket_paths(const Drawing& d) {
  std::string upper;
  std::string lower;
  std::string middle;
  std::vector<double> values;
  for (std::size_t bucket = 0, next = 0; bucket < kBuckets; ++bucket) {
    const std::size_t end = (bucket + 1) * d.points.size() / kBuckets;
    values.clear();
    for (; next < end; ++next) values.push_back(d.points[next].value);
    if (values.empty()) continue;
    const auto centre = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), centre, values.end());
    const double median = *centre;
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    const double x = 1000 * (static_cast<double>(bucket) + 0.5) / static_cast<double>(kBuckets);
    const auto height = [&](double value) { return line_place(d.axis, value) - kLineTop; };
    upper += (upper.empty() ? "M" : "L") + pair(x, height(*most));
    lower.insert(0, "L" + pair(x, height(*least)));
    middle += (middle.empty() ? "M" : "L") + pair(x, height(median));
  }
  return "<path class=\"envelope\" d=\"" + upper + lower + "Z\"/><path class=\"trace\" d=\"" + middle + "\"/>";
}

}  // namespace

std::string draw_strip(const ChartData& data) {
  const std::optional<Drawing> prepared = prepare(data, 5);
  if (!prepared) return {};
  const Drawing& d = *prepared;
  const auto x = [&](double value) { return share(strip_place(d.axis, value)); };
  Svg svg("strip", 88, data.description);
  strip_limits(svg, d);
  if (d.low && d.high) {
    const double from = strip_place(d.axis, *d.low);
    svg.rect("band", share(from), kStripTop, share(strip_place(d.axis, *d.high) - from), kStripHeight);
  }
  if (d.median) svg.line("median", x(*d.median), kStripTop, x(*d.median), kStripTop + kStripHeight);
  const double row = kStripHeight / static_cast<double>(d.points.size());
  const double radius = d.points.size() <= 16 ? 3.5 : 2.5;
  for (std::size_t i = 0; i < d.points.size(); ++i) {
    svg.dot(d.points[i].used, x(d.points[i].value), kStripTop + row * (static_cast<double>(i) + 0.5), radius);
  }
  const double base = kStripTop + kStripHeight + 4;
  svg.line("axis", share(0), base, share(1), base);
  for (const double tick : d.axis.ticks) {
    const double at = strip_place(d.axis, tick);
    const bool last = tick == d.axis.ticks.back();
    std::string words = tick_text(tick, d.axis.step);
    if (last && !d.unit.empty()) words += " " + d.unit;
    svg.line("axis", share(at), base, share(at), base + 4);
    svg.text("tick", share(at), base + 16, last && at > 0.9 ? "end" : at < 0.04 ? "start" : "middle", words);
  }
  return std::move(svg).finish();
}

std::string draw_line(const ChartData& data) {
  const std::optional<Drawing> prepared = prepare(data, 4);
  if (!prepared) return {};
  const Drawing& d = *prepared;
  Svg svg("line", 162, data.description);
  if (!d.unit.empty()) svg.text("tick", share(0), 11, "start", d.unit);
  line_limits(svg, d);
  for (const double tick : d.axis.ticks) {
    const double y = line_place(d.axis, tick);
    svg.line("grid", share(kLineLeft), y, "100%", y);
    svg.text("tick", share(kLineLeft - 0.01), y + 4, "end", tick_text(tick, d.axis.step));
  }
  if (d.low && d.high) {
    const double top = line_place(d.axis, *d.high);
    svg.rect("band", share(kLineLeft), top, share(1 - kLineLeft), line_place(d.axis, *d.low) - top);
  }
  if (d.median)
    svg.line("median", share(kLineLeft), line_place(d.axis, *d.median), "100%", line_place(d.axis, *d.median));
  svg.raw(inner_svg(d.points.size() <= kMostPoints ? every_point(d) : bucket_paths(d)));
  if (d.points.size() <= kMostPoints && d.count > 1) {
    for (const Point& point : d.points) {
      const double along = static_cast<double>(point.index) / static_cast<double>(d.count - 1);
      if (!point.used) svg.dot(false, share(kLineLeft + (1 - kLineLeft) * along), line_place(d.axis, point.value), 2.5);
    }
  }
  const double base = kLineTop + kLineHeight;
  svg.line("axis", share(kLineLeft), base, "100%", base);
  svg.text("tick", share(kLineLeft), base + 16, "start", "1");
  svg.text("tick", share(kLineLeft + (1 - kLineLeft) / 2), base + 16, "middle", data.order_label);
  svg.text("tick", "100%", base + 16, "end", tick_text(static_cast<double>(d.count), 1));
  return std::move(svg).finish();
}

std::string draw_chart(const ChartData& data) {
  return data.samples.size() <= kMostDots ? draw_strip(data) : draw_line(data);
}

}  // namespace assay::reports
