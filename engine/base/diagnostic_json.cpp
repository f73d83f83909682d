// SPDX-License-Identifier: Apache-2.0
#include "engine/base/diagnostic_json.h"

#include <nlohmann/json.hpp>

namespace assay {
namespace {

std::string_view word_of(Severity severity) {
  switch (severity) {
    case Severity::kError: return "error";
    case Severity::kWarning: return "warning";
    case Severity::kNote: return "note";
  }
  return "error";
}

}  // namespace

Json to_json(const Diagnostic& problem) {
  Json json = {
      {"code", info(problem.code).text}, {"severity", word_of(problem.severity)}, {"message", problem.message}};
  if (!problem.expected.empty()) json["expected"] = problem.expected;
  if (!problem.help.empty()) json["help"] = problem.help;
  if (problem.where && problem.where->source) {
    json["file"] = problem.where->source->name;
    if (problem.where->line > 0) {
      json["line"] = problem.where->line;
      json["column"] = problem.where->column;
      json["length"] = problem.where->length;
    }
  }
  Json notes = Json::array();
  for (const Note& note : problem.notes) notes.push_back(note.text);
  if (!notes.empty()) json["notes"] = std::move(notes);
  return json;
}

}  // namespace assay
