// SPDX-License-Identifier: Apache-2.0
#include "cli/started_with.h"

#include <nlohmann/json.hpp>

#include "engine/record/members.h"
#include "engine/system/spawn.h"
#include "engine/target/local_target.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> absolute(const std::optional<fs::path>& path) {
  return path ? std::optional(fs::absolute(*path).lexically_normal()) : std::nullopt;
}

// Secrets are masked in the record, here too.
bool is_whole(const Json& text) {
  return text.is_string() && text.get_ref<const std::string&>().find("***") == std::string::npos;
}

std::optional<fs::path> path_in(const Json& json, const char* key) {
  const Json* const found = record::member_of(json, key);
  if (found == nullptr || !is_whole(*found)) return std::nullopt;
  return fs::path(found->get<std::string>());
}

}  // namespace

// "http://user:password@proxy:3128"
bool may_hold_a_password(const std::string& name, const std::string& value) {
  return target::is_proxy(name) && value.find('@') != std::string::npos;
}

StartedWith started_now(const RunSettings& settings) {
  StartedWith out{.folder = fs::current_path(),
                  .jobs = settings.jobs,
                  .vault = absolute(settings.vault),
                  .passphrase_file = absolute(settings.passphrase_file),
                  .environment = {}};
  for (const auto& variable : system::current_environment()) {
    if (target::is_passed_on(variable.first)) out.environment.push_back(variable);
  }
  return out;
}

Json to_json(const StartedWith& started) {
  Json environment = Json::object();
  for (const auto& [name, value] : started.environment)
    environment[name] = may_hold_a_password(name, value) ? Json() : Json(value);
  Json out = {{"folder", started.folder.string()}, {"jobs", started.jobs}};
  if (started.vault) out["vault"] = started.vault->string();
  if (started.passphrase_file) out["passphrase_file"] = started.passphrase_file->string();
  out["environment"] = std::move(environment);
  return out;
}

StartedWith started_before(const Json& made_from, const RunSettings& settings) {
  StartedWith out = started_now(settings);
  const Json* const before = record::member_of(made_from, "started_with");
  if (before == nullptr) return out;
  if (const auto folder = path_in(*before, "folder")) out.folder = *folder;
  if (!out.vault) out.vault = path_in(*before, "vault");
  if (!out.passphrase_file) out.passphrase_file = path_in(*before, "passphrase_file");
  const Json* const jobs = record::member_of(*before, "jobs");
  if (out.jobs == 0 && jobs != nullptr && jobs->is_number_integer() && *jobs >= 0) out.jobs = jobs->get<std::size_t>();
  const Json* const environment = record::member_of(*before, "environment");
  if (environment == nullptr || !environment->is_object()) return out;
  const auto now = std::exchange(out.environment, {});
  for (const auto& [name, value] : environment->items()) {
    if (!target::is_passed_on(name)) continue;
    if (is_whole(value)) {
      out.environment.emplace_back(name, value.get<std::string>());
    } else if (const std::string_view own = system::lookup(now, name); !own.empty()) {
      out.environment.emplace_back(name, own);
    }
  }
  return out;
}

}  // namespace assay::cli
