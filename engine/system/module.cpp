// SPDX-License-Identifier: Apache-2.0
#include "engine/system/module.h"

#include <dlfcn.h>

#include <array>
#include <system_error>

#include "engine/base/text.h"

namespace assay::system {
namespace {

std::filesystem::path program_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : program.parent_path();
}

Result<std::filesystem::path> first_existing(const std::vector<std::filesystem::path>& candidates,
                                             const std::string& what) {
  std::error_code error;
  for (const auto& candidate : candidates) {
    if (std::filesystem::exists(candidate, error)) return candidate.lexically_normal();
  }
  std::vector<std::string> looked;
  looked.reserve(candidates.size());
  for (const auto& candidate : candidates) looked.push_back(candidate.lexically_normal().string());
  return failure(Code::kSystem, what + " is not installed: looked for " + join(looked, ", "));
}

}  // namespace

std::vector<std::filesystem::path> own_folders(const std::filesystem::path& part) {
  std::vector<std::filesystem::path> out;
  if (const auto folder = program_folder(); !folder.empty()) out.push_back(folder / ".." / part);
  out.push_back(std::filesystem::path(ASSAY_BUILD_DIR) / part);
  return out;
}

Result<void*> find_in_module(const std::string& name, const char* function) {
  std::vector<std::filesystem::path> candidates;
  for (const auto& folder : own_folders("lib/assay")) candidates.push_back(folder / ("libassay_" + name + ".so"));
  ASSAY_TRY(const std::filesystem::path file, first_existing(candidates, "the module '" + name + "'"));
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const address = library != nullptr ? ::dlsym(library, function) : nullptr;
  if (address == nullptr) return failure(Code::kSystem, "cannot open the module '" + name + "': " + ::dlerror());
  return address;
}

Result<std::filesystem::path> find_data(const std::filesystem::path& relative) {
  std::vector<std::filesystem::path> candidates;
  for (const auto& folder : own_folders("share/assay")) candidates.push_back(folder / relative);
  candidates.push_back(std::filesystem::path(ASSAY_DATA_DIR) / relative);
  return first_existing(candidates, "'" + relative.string() + "'");
}

Result<std::filesystem::path> find_probe(const std::string& name) {
  std::vector<std::filesystem::path> candidates;
  for (const auto& folder : own_folders("libexec/assay/probes")) candidates.push_back(folder / name);
  return first_existing(candidates, "the probe '" + name + "'");
}

}  // namespace assay::system
