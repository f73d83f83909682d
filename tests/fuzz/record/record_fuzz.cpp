// SPDX-License-Identifier: Apache-2.0
// Records from anybody. What begins with "{" is a journal after a fixed run.json: it is read, verified and followed.
// All else is the tar inside a bundle (or, with the zstd magic, the bundle itself): it opens or is refused, and nothing
// stays.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/base/files.h"
#include "engine/record/bundle.h"
#include "engine/record/compare.h"
#include "engine/record/journal_tail.h"
#include "engine/record/run_reader.h"
#include "engine/record/run_summary.h"
#include "engine/record/verify.h"
#include "engine/system/zstd.h"

namespace {

using namespace assay;

void write(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void look_at(const std::filesystem::path& folder) {
  const auto run = record::read_run(folder);
  const auto verified = record::verify_record(folder);
  if (verified && run && verified->good() && verified->sealed && !run->damage.empty()) std::abort();
  if (!run) return;
  record::summarise(*run);
  record::compare_runs(*run, *run);
  for (const record::StepRecord& step : run->steps) {
    for (const record::EvidenceRef& ref : step.evidence) std::ignore = record::read_evidence(*run, ref, 100'000);
  }
  auto tail = record::JournalTail::open(folder);
  if (!tail) return;
  for (auto lines = tail->next(); lines && !lines->empty(); lines = tail->next()) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  auto place = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "assay-fuzz-");
  if (!place) return 0;
  if (input.starts_with('{')) {
    write(place->path() / "run.json", R"({"format":"assay.run/1","id":"x"})");
    write(place->path() / "journal.jsonl", input);
    look_at(place->path());
    return 0;
  }
  const auto file = place->path() / "bundle";
  const auto inside = place->path() / "inside";
  std::filesystem::create_directory(inside);
  write(file, input.starts_with("\x28\xB5\x2F\xFD") ? input : system::zstd_compressed(input).value());
  {
    const auto bundle = record::OpenBundle::open(file, inside);
    if (bundle) look_at(bundle->folder());
  }
  if (!std::filesystem::is_empty(inside)) std::abort();
  return 0;
}
