// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/style.h"

#include "engine/base/quantity.h"
#include "engine/base/text.h"

namespace assay::cli {

std::string painted(std::string_view text, std::string_view sgr, Colour colour) {
  if (colour == Colour::kNever) return std::string(text);
  return "\x1b[" + std::string(sgr) + "m" + std::string(text) + "\x1b[0m";
}

std::string pad(std::string_view text, std::size_t width) {
  std::string out = shorten(text, width);
  const std::size_t used = display_width(out);
  if (used < width) out.append(width - used, ' ');
  return out;
}

std::size_t id_width(const std::vector<record::StepRecord>& steps) {
  constexpr std::size_t kLeast = 30;
  constexpr std::size_t kMost = 60;
  std::size_t width = kLeast;
  for (const record::StepRecord& step : steps) width = std::max(width, display_width(printable(step.id)));
  return std::min(width, kMost);
}

std::string painted_verdict(record::Verdict verdict, Colour colour, std::size_t width) {
  std::string text(record::to_string(verdict));
  if (text.size() < width) text.append(width - text.size(), ' ');
  switch (verdict) {
    case record::Verdict::kPass: return painted(text, "32", colour);
    case record::Verdict::kFail: return painted(text, "1;31", colour);
    case record::Verdict::kError: return painted(text, "1;35", colour);
    case record::Verdict::kInconclusive: return painted(text, "1;33", colour);
    case record::Verdict::kWaived: return painted(text, "33", colour);
    case record::Verdict::kSkipped: return painted(text, "2", colour);
  }
  return text;
}

std::string key_number(const record::StepRecord& step) {
  for (const record::MetricRecord& metric : step.metrics) {
    if (!metric.median) continue;
    auto unit = parse_unit(metric.unit);
    if (!unit) return {};
    return to_human(Quantity{.value = *metric.median, .unit = std::move(*unit)});
  }
  return {};
}

}  // namespace assay::cli
