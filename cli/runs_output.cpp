// SPDX-License-Identifier: Apache-2.0
// `runs output`: the bytes that a step left.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>

#include "cli/run_view.h"
#include "cli/verbs.h"
#include "engine/base/text.h"
#include "engine/record/evidence.h"
#include "engine/record/run_reader.h"

namespace assay::cli {
namespace {

using record::EvidenceRef;

// The last one of this name: of the attempt that decided.
const EvidenceRef* find_piece(const record::StepRecord& step, const std::string& name) {
  const auto found = std::find_if(step.evidence.rbegin(), step.evidence.rend(),
                                  [&](const EvidenceRef& ref) { return ref.name == name; });
  return found == step.evidence.rend() ? nullptr : &*found;
}

// A terminal obeys control characters; files and pipes get the bytes as they are.
std::string for_terminal(std::string_view bytes) {
  std::string out(bytes);
  std::replace_if(
      out.begin(), out.end(),
      [](unsigned char byte) { return (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F; }, '?');
  return out;
}

Result<void> print_piece(const record::RunRecord& run, const EvidenceRef& ref, std::ostream& out, int fd) {
  const bool terminal = ::isatty(fd) == 1;
  const auto take = [&](std::string_view bytes) -> Result<void> {
    if (terminal) {
      out << for_terminal(bytes);
    } else {
      out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    if (!out) return failure(Code::kSystem, "the output cannot be written");
    return {};
  };
  std::error_code error;
  if (record::is_digest(ref.sha256) && std::filesystem::exists(record::evidence_path(run.folder, ref.sha256), error))
    return record::read_evidence_file(run.folder, ref, std::numeric_limits<std::uint64_t>::max(), take);
  ASSAY_TRY(const std::string bytes, record::read_evidence(run, ref));
  return take(bytes);
}

Json pieces_json(const record::StepRecord& step) {
  Json out = Json::array();
  for (const EvidenceRef& ref : step.evidence)
    out.push_back({{"name", ref.name}, {"size", ref.size}, {"sha256", ref.sha256}});
  return out;
}

Diagnostic no_such_piece(const record::StepRecord& step, const std::string& name) {
  std::vector<std::string> names;
  for (const EvidenceRef& ref : step.evidence) names.push_back(ref.name);
  const std::string near = did_you_mean(name, names);
  names.resize(std::min<std::size_t>(names.size(), 20));
  return {.code = Code::kUsage,
          .message = "'" + printable(step.id) + "' has no evidence '" + printable(name) + "'",
          .help = !near.empty()   ? near
                  : names.empty() ? "it left nothing"
                                  : "it has " + printable(join(names, ", "))};
}

}  // namespace

int runs_output(const Common& common, const RunsOutputVerb& verb) {
  const auto place = find_named_run(common, verb.run);
  const auto run = place ? record::read_run(place->folder) : Result<record::RunRecord>(failure(place.error()));
  if (!run) return give_up(common, run.error());
  const RunView view(*run);
  const auto found = view.instances(verb.step);
  if (found.empty()) return give_up(common, view.no_such_step(verb.step));
  if (found.size() > 1) {
    return give_up(common, Diagnostic{.code = Code::kUsage,
                                      .message = "'" + printable(verb.step) + "' stands for " +
                                                 std::to_string(found.size()) + " instances",
                                      .help = "name one of them: '" + printable(found.front()->id) + "'"});
  }
  const record::StepRecord& step = *found.front();
  if (common.json) {
    std::cout << to_json_line(pieces_json(step)) << '\n';
    return 0;
  }
  if (!verb.piece.empty()) {
    const EvidenceRef* const piece = find_piece(step, verb.piece);
    if (piece == nullptr) return give_up(common, no_such_piece(step, verb.piece));
    const auto printed = print_piece(*run, *piece, std::cout, STDOUT_FILENO);
    return printed ? 0 : give_up(common, printed.error());
  }
  const EvidenceRef* const out = find_piece(step, "stdout");
  const EvidenceRef* const err = find_piece(step, "stderr");
  if (out == nullptr && err == nullptr && !step.evidence.empty()) return give_up(common, no_such_piece(step, "stdout"));
  if (out == nullptr && err == nullptr) std::cerr << "assay: '" << printable(step.id) << "' printed nothing\n";
  for (const auto& [piece, stream, fd] :
       {std::tuple(out, &std::cout, STDOUT_FILENO), std::tuple(err, &std::cerr, STDERR_FILENO)}) {
    if (piece == nullptr) continue;
    if (const auto printed = print_piece(*run, *piece, *stream, fd); !printed) return give_up(common, printed.error());
  }
  return 0;
}

}  // namespace assay::cli
