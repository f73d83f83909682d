// SPDX-License-Identifier: Apache-2.0
#include "recorded.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "engine/base/text.h"

namespace assay::hardware::test {

namespace fs = std::filesystem;

std::vector<fs::path> recordings(std::string_view folder, std::string_view extension) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(data_folder() / folder, error)) {
    if (entry.path().string().ends_with(extension)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

fs::path unpack(const fs::path& archive, const assay::test::TempFolder& into) {
  std::vector<std::string> arguments = {"tar", "-xf", archive.string(), "-C", into.path().string()};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  int status = -1;
  if (::posix_spawnp(&child, "tar", nullptr, nullptr, argv.data(), environ) != 0)
    throw std::runtime_error("cannot start tar");
  if (::waitpid(child, &status, 0) != child || status != 0)
    throw std::runtime_error("tar failed on " + archive.string());
  for (const auto& entry : fs::directory_iterator(into.path())) return entry.path();
  throw std::runtime_error("nothing in " + archive.string());
}

Machine& Machine::file(std::string_view path, std::string_view bytes) {
  folder_->write(std::string(path.substr(1)), bytes);
  return *this;
}

Machine& Machine::folder(std::string_view path) {
  fs::create_directories(root() / path.substr(1));
  return *this;
}

Machine& Machine::link(std::string_view path, std::string_view target) {
  const fs::path place = root() / path.substr(1);
  fs::create_directories(place.parent_path());
  fs::create_symlink(target, place);
  return *this;
}

ProbeContext Machine::context(ToolRunner tools) const {
  return {.root = Root(root()),
          .tools = std::move(tools),
          .accelerators = true,
          .deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1)};
}

Json run_probe(void (*probe)(const ProbeContext&, FactsBuilder&), const ProbeContext& context) {
  FactsBuilder builder;
  probe(context, builder);
  return to_json(builder.build());
}

const Json& at(const Json& json, std::string_view path) {
  static const Json kNull;
  const Json* place = &json;
  for (const std::string_view name : split(path, '.')) {
    if (!place->is_object() || !place->contains(std::string(name))) return kNull;
    place = &(*place)[std::string(name)];
  }
  return *place;
}

const Json& item(const Json& list, std::string_view key, std::string_view value) {
  static const Json kNull;
  if (!list.is_array()) return kNull;
  for (const Json& entry : list) {
    if (at(entry, key) == Json(std::string(value))) return entry;
  }
  return kNull;
}

}  // namespace assay::hardware::test
