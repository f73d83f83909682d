// SPDX-License-Identifier: Apache-2.0
// An evidence bundle: one record in one file, to be handed on. A tar archive compressed by zstd; it holds one folder,
// named like the run, with run.json, journal.jsonl, the evidence and the files beside the seal. Layout:
// docs/formats.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/files.h"

namespace assay::record {

// Whether a name can be that of a file beside the seal (certificate.jsonl, acceptance.json …): lower-case letters,
// digits, '-', '_' and '.', at most 64, ending in .json or .jsonl.
bool is_beside_name(std::string_view name);
// Whether a path inside the folder of a run belongs to its record.
bool is_record_path(std::string_view path);

using BundleProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;

// Writes the record in `run_folder` to `file`, which must not exist; until it is whole it has no name, so that nothing
// is left when this ends early. A journal that still grows is taken as far as its last whole line. The same record
// gives the same bytes. Gives their number. kBundle: it shrinks so far that readers would refuse it.
Result<std::uint64_t> export_bundle(const std::filesystem::path& run_folder, const std::filesystem::path& file,
                                    const BundleProgress& progress = {});

// A bundle laid out in a private folder, which goes with this object.
class OpenBundle {
 public:
  // Takes bundles from anybody: any entry that is not of the layout, a second one of the same name, and more entries or
  // bytes than a bundle of its size can hold are errors (kBundle), and nothing is kept. `parent` gets the private
  // folder; those that killed programs have left there are removed first.
  static Result<OpenBundle> open(const std::filesystem::path& file, const std::filesystem::path& parent);
  // The folder of the run.
  [[nodiscard]] const std::filesystem::path& folder() const { return run_; }

 private:
  OpenBundle(TemporaryDirectory place, std::filesystem::path run) : place_(std::move(place)), run_(std::move(run)) {}
  TemporaryDirectory place_;
  std::filesystem::path run_;
};

}  // namespace assay::record
