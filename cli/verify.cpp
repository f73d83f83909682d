// SPDX-License-Identifier: Apache-2.0
#include "engine/record/verify.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/run_text.h"
#include "cli/verbs.h"
#include "engine/base/text.h"

namespace assay::cli {
namespace {

constexpr int kNotVerifiedExit = 1;

std::string place_of(const record::VerifyProblem& problem) {
  return printable(problem.file) + (problem.line > 0 ? " line " + std::to_string(problem.line) : "");
}

Json problems_json(const std::vector<record::VerifyProblem>& list) {
  Json out = Json::array();
  for (const record::VerifyProblem& one : list)
    out.push_back({{"file", one.file}, {"line", one.line > 0 ? Json(one.line) : Json(nullptr)}, {"text", one.text}});
  return out;
}

// Why the record is not trusted although nothing in it is wrong; empty: it is one of our own store.
std::string mistrust(const RunPlace& place) { return place.own ? "" : "no signature that you trust"; }

Json to_json(const record::Verification& result, const RunPlace& place, bool good) {
  return {{"run", result.run},
          {"verified", good},
          {"signed", false},
          {"own_store", place.own},
          {"reason", mistrust(place).empty() ? Json(nullptr) : Json(mistrust(place))},
          {"sealed", result.sealed},
          {"lines", result.lines},
          {"head", result.head},
          {"evidence", {{"inline", result.inline_pieces}, {"files", result.files}, {"size", result.file_bytes}}},
          {"problems", problems_json(result.problems)},
          {"warnings", problems_json(result.warnings)}};
}

void print_result(const record::Verification& result, const RunPlace& place) {
  for (const record::VerifyProblem& one : result.warnings)
    std::cerr << "assay: warning: " << place_of(one) << ' ' << printable(one.text) << '\n';
  for (const record::VerifyProblem& one : result.problems)
    std::cout << "CHANGED  " << place_of(one) << ' ' << printable(one.text) << '\n';
  std::cout << printable(result.run) << "  " << result.lines << " lines of the journal chained from run.json, "
            << result.inline_pieces << " pieces of evidence in it and " << result.files << " in files ("
            << size_text(result.file_bytes) << ")";
  std::cout << (result.sealed ? "; sealed\n" : "; not sealed: the run has not come to its end\n");
  if (!result.good()) {
    std::cout << "NOT VERIFIED: the record is not what was written\n";
  } else if (const std::string reason = mistrust(place); !reason.empty()) {
    std::cout << "NOT VERIFIED: " << reason << '\n';
  } else {
    std::cout << "UNSIGNED: the record is whole; nobody has signed it\n";
  }
}

}  // namespace

int verify(const Common& common, const VerifyVerb& verb) {
  const auto give_up = [&](const Diagnostic& problem) {
    complain(common, problem);
    // A bundle that cannot be opened as one is not what was written.
    return problem.code == Code::kBundle || problem.code == Code::kArchive ? kNotVerifiedExit : exit_code_of(problem);
  };
  const auto place = find_named_run(common, verb.thing);
  if (!place) return give_up(place.error());
  const auto result =
      record::verify_record(place->folder, progress_on_terminal("verifying " + place->folder.filename().string()));
  if (!result) return give_up(result.error());
  const bool good = result->good() && mistrust(*place).empty();
  if (common.json) {
    std::cout << to_json_line(to_json(*result, *place, good)) << '\n';
  } else {
    print_result(*result, *place);
  }
  return good ? 0 : kNotVerifiedExit;
}

}  // namespace assay::cli
