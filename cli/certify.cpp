// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include "cli/carry_out.h"
#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/recipe/reader.h"
#include "engine/system/module.h"

namespace assay::cli {
namespace {

std::vector<std::string> shipped_programmes() {
  std::vector<std::string> out;
  const auto folder = system::find_data("testsuites/programmes");
  if (!folder) return out;
  std::error_code error;
  for (std::filesystem::directory_iterator it(*folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".yaml") out.push_back(it->path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::filesystem::path> find_programme(const std::string& name) {
  std::error_code error;
  const bool looks_like_path = name.find('/') != std::string::npos || name.ends_with(".yaml");
  if (looks_like_path) {
    if (std::filesystem::exists(name, error)) return std::filesystem::path(name);
    return failure(Code::kNoSuchProgramme, "there is no programme file '" + name + "'");
  }
  auto found = system::find_data("testsuites/programmes/" + name + ".yaml");
  if (found) return found;
  const auto known = shipped_programmes();
  return failure(
      Diagnostic{.code = Code::kNoSuchProgramme,
                 .message = "there is no programme '" + name + "'",
                 .expected = known.empty() ? "a programme file" : "one of: " + join(known, ", ") + "; or a file",
                 .help = did_you_mean(name, known)});
}

int list_programmes() {
  for (const std::string& name : shipped_programmes()) {
    const auto path = system::find_data("testsuites/programmes/" + name + ".yaml");
    auto text = path ? read_file(*path) : failure(path.error());
    if (!text) continue;
    const auto programme = recipe::read_programme(std::move(*text), path->string(), *path);
    std::cout << name << "  "
              << (programme.value ? programme.value->metadata.summary
                                  : "cannot be read: assay validate " + path->string())
              << '\n';
  }
  return 0;
}

}  // namespace

int certify(const Common& common, const CertifyVerb& verb) {
  if (verb.list) return list_programmes();
  const auto path = find_programme(verb.programme);
  if (!path) {
    complain(common, path.error());
    return kUsageExit;
  }
  const auto loaded = plan::load_programme(*path);
  complain(common, loaded.problems);
  if (!loaded.value) return kUsageExit;
  auto wanted = wanted_of(verb.settings, true,
                          [&](const plan::PlanInput& input) { return plan::plan_programme(*loaded.value, input); });
  if (!wanted) {
    complain(common, wanted.error());
    return kUsageExit;
  }
  plan::PlanSource source{.recipe = std::filesystem::absolute(*path).lexically_normal(),
                          .params = wanted->params,
                          .only = wanted->only,
                          .skip = wanted->skip,
                          .programme = true};
  wanted->made_from = plan::source_json(*loaded.value, source);
  return plan_and_carry_out(common, verb.settings, std::move(*wanted));
}

}  // namespace assay::cli
