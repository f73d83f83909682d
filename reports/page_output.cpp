// SPDX-License-Identifier: Apache-2.0
// What a step printed, and the script it ran, as text beside its result: the end of it, as far as a page goes.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/record/run_reader.h"
#include "reports/page_parts.h"

namespace assay::reports {
namespace {

using record::EvidenceRef;
using record::StepRecord;

constexpr std::size_t kShownBytes = 4096;
constexpr std::size_t kShownLines = 40;
constexpr std::size_t kLargestRead = std::size_t{16} << 20U;   // of a file, for its end
constexpr std::size_t kTextsOfPage = std::size_t{512} << 10U;  // each of those that did not pass and of the others

std::string_view base_name(const EvidenceRef& ref) {
  const std::string_view name = ref.name;
  return name.substr(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
}

// The last of each kind: of many samples and attempts the one that decided.
std::vector<const EvidenceRef*> shown_evidence(const StepRecord& step) {
  std::vector<const EvidenceRef*> out;
  for (const std::string_view kind : {"script", "script-values", "stdout", "stderr"}) {
    const auto last = std::find_if(step.evidence.rbegin(), step.evidence.rend(),
                                   [&](const EvidenceRef& ref) { return base_name(ref) == kind && ref.size > 0; });
    if (last != step.evidence.rend()) out.push_back(&*last);
  }
  return out;
}

bool is_finding(const StepRecord& step) {
  const std::string_view tone = tone_of(step);
  return tone == "fail" || tone == "error" || tone == "inconclusive";
}

// Its end: at most kShownLines lines, whole ones.
std::string end_of(std::string text, bool& cut) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  std::size_t from = text.size() > kShownBytes ? text.size() - kShownBytes : 0;
  // Not a part of a line, unless it is all there is.
  const std::size_t line = from > 0 || cut ? text.find('\n', from) : std::string::npos;
  if (line != std::string::npos) from = line + 1;
  std::size_t at = text.size();
  for (std::size_t lines = 0; lines < kShownLines && at != std::string::npos && at > from; ++lines)
    at = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  if (at != std::string::npos && at > from) from = at + 1;
  cut = cut || from > 0;
  return text.substr(from);
}

}  // namespace

std::unordered_map<std::string, std::string> texts_of_page(const record::RunRecord& run) {
  std::unordered_map<std::string, std::string> texts;
  for (const bool findings : {true, false}) {
    std::unordered_set<std::string> digests;
    std::size_t steps = 0;
    for (const StepRecord& step : run.steps) {
      if (is_finding(step) != findings || step.evidence.empty()) continue;
      if (++steps > kMostTestsInGroup) break;
      for (const EvidenceRef* ref : shown_evidence(step)) {
        if (ref->size > kShownBytes && findings && steps <= kMostFindings) {
          if (auto end = record::read_evidence_end(run, *ref, kShownBytes, kLargestRead))
            texts.emplace(ref->sha256, std::move(*end));
        } else if (ref->size <= kShownBytes) {
          digests.insert(ref->sha256);
        }
      }
    }
    texts.merge(record::small_texts(run, digests, kTextsOfPage));
  }
  return texts;
}

Json printed_by(const Page& page, const StepRecord& step) {
  Json list = Json::array();
  for (const EvidenceRef* ref : shown_evidence(step)) {
    const auto text = page.texts.find(ref->sha256);
    if (text == page.texts.end() || text->second.find('\0') != std::string::npos) continue;
    bool cut = ref->size > text->second.size();
    std::string shown = end_of(text->second, cut);
    if (shown.empty()) continue;
    list.push_back({{"name", bounded(ref->name)},
                    {"text", std::move(shown)},
                    {"cut", cut ? page.words("printed.cut") : ""},
                    {"open", is_finding(step)}});
  }
  return list;
}

}  // namespace assay::reports
