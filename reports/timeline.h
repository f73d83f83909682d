// SPDX-License-Identifier: Apache-2.0
// When the steps of a run ran, as pictures: pure functions from data to strings of inline SVG, one strip a row, so that
// paper breaks between rows and a phone puts the name above its strip. Widths are percentages of the time axis; colours
// come from classes of templates/report.css. Cost is linear in the bars, the size of a strip is bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::reports {

// Times are seconds from the start of the axis.
struct TimelineSpan {
  double from_s = 0;
  double to_s = 0;
  std::string_view tone = "pass";  // class of its colour
  bool waiting = false;            // nothing was done: between two attempts, or for an answer
};

// One step: its attempts and the waits between them.
struct TimelineBar {
  std::vector<TimelineSpan> spans;
  bool critical = false;
  std::string title = {};  // what a pointer over it shows
};

// The critical path goes through this row, or turns in it.
struct TimelineLink {
  double at_s = 0;
  bool from_above = false;
  bool to_below = false;
};

struct TimelineRow {
  std::vector<TimelineBar> bars;
  std::vector<TimelineLink> links = {};
  std::string description = {};  // what a reader who cannot see the picture is told
};

struct TimelineAxis {
  double total_s = 0;
  std::vector<double> ticks = {};
  std::vector<double> breaks = {};  // where the run was taken up again
};

// Up to this many bars of a row are drawn one by one, side by side in up to kMostLanes lanes; more are one area: how
// many ran at the same time in each of kTimelineBuckets stretches, with a stroke where one did not pass.
inline constexpr std::size_t kMostBars = 48;
inline constexpr std::size_t kMostLanes = 6;
inline constexpr std::size_t kTimelineBuckets = 200;

// Round times from 0 to at most `total_s`, at most `most` of them after 0.
std::vector<double> time_ticks(double total_s, int most);

// For each bar the first lane that is free when it starts. The order of the bars is that of their starts.
std::vector<std::size_t> lanes_of(const std::vector<TimelineBar>& bars);

std::string draw_timeline_row(const TimelineAxis& axis, const TimelineRow& row);
// The words of the ticks; as many as the axis has.
std::string draw_timeline_axis(const TimelineAxis& axis, const std::vector<std::string>& words);

}  // namespace assay::reports
