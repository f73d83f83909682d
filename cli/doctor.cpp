// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/reboot.h"
#include "cli/terminal/style.h"
#include "cli/verbs.h"
#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/plan/loader.h"
#include "engine/record/store.h"
#include "engine/system/boot_unit.h"
#include "engine/system/module.h"
#include "engine/system/spawn.h"
#include "engine/target/local_target.h"

namespace assay::cli {
namespace {

struct ToolNeed {
  std::string package;
  std::set<std::string> tests;
};

// Tools of the facts probes; without them some facts are missing.
const std::map<std::string, std::string>& probe_tools() {
  static const std::map<std::string, std::string> kTools = {{"smartctl", "smartmontools"}, {"clinfo", "clinfo"}};
  return kTools;
}

std::map<std::string, ToolNeed> needs_of_shipped_suites(const Common& common) {
  std::map<std::string, ToolNeed> out;
  const auto folder = system::find_data("testsuites/programmes");
  if (!folder) {
    complain(common, folder.error());
    return out;
  }
  std::error_code error;
  for (std::filesystem::directory_iterator it(*folder, error), end; !error && it != end; it.increment(error)) {
    const auto loaded = plan::load_programme(it->path());
    if (!loaded.value) continue;
    for (const plan::SuiteInUse& use : loaded.value->suites) {
      for (const recipe::Step& test : use.suite->tests) {
        for (const std::string& tool : test.test->tools) {
          ToolNeed& need = out[tool];
          need.package = tool;
          for (const auto& [name, package] : test.test->packages) {
            if (name.text == tool) need.package = package;
          }
          need.tests.insert(test.id.text);
        }
      }
    }
  }
  return out;
}

// Units that would still resume a run at each boot.
Json show_left_units(const Common& common, const std::filesystem::path& store, Colour colour) {
  Json out = Json::array();
  for (const std::string& run : left_boot_units(store)) {
    const std::string path = system::BootUnits().path_of(run).string();
    const bool over = record::is_sealed(store / "runs" / run);
    out.push_back({{"run", run}, {"unit", path}, {"known", over}});
    if (common.json) continue;
    std::cout << painted("left    ", "33", colour) << "  " << path << ": "
              << (over ? "its run has come to its end; the next `assay resume` removes it"
                       : "its run is not in this store")
              << '\n';
  }
  return out;
}

}  // namespace

int doctor(const Common& common, const DoctorVerb&) {
  const target::LocalTarget target(system::current_environment());
  const Colour colour = colour_of(common, STDOUT_FILENO);
  auto needs = needs_of_shipped_suites(common);
  for (const auto& [tool, package] : probe_tools()) {
    ToolNeed& need = needs[tool];
    need.package = package;
    need.tests.insert("facts");
  }
  std::set<std::string> packages;
  Json tools = Json::array();
  for (const auto& [tool, need] : needs) {
    const auto path = target.find_tool(tool);
    if (!path) packages.insert(need.package);
    const std::vector<std::string> tests(need.tests.begin(), need.tests.end());
    tools.push_back({{"tool", tool},
                     {"path", path ? Json(path->string()) : Json(nullptr)},
                     {"package", need.package},
                     {"used_by", tests}});
    if (common.json) continue;
    std::cout << (path ? painted("found  ", "32", colour) : painted("missing", "1;31", colour)) << "  " << pad(tool, 14)
              << " " << (path ? path->string() : "used by " + join(tests, ", ")) << '\n';
  }
  const bool root = ::geteuid() == 0;
  Json rights = Json::array();
  const auto right = [&](const std::string& what, bool held, const std::string& without) {
    rights.push_back({{"right", what}, {"held", held}, {"without", without}});
    if (!common.json)
      std::cout << (held ? painted("held   ", "32", colour) : painted("not held", "33", colour)) << "  " << what
                << (held ? "" : ": " + without) << '\n';
  };
  right("run as root", root, "serial numbers, SMART health and DIMMs cannot be read");
  const auto store = store_of(common);
  const bool can_store = store && make_directories(*store).has_value() && ::access(store->c_str(), W_OK) == 0;
  right("write to the store" + (store ? " " + store->string() : std::string()), can_store,
        "no run can be recorded; choose a folder with --store");
  const Json left = store ? show_left_units(common, *store, colour) : Json::array();
  const std::vector<std::string> missing(packages.begin(), packages.end());
  const std::string command = (root ? "apt-get install " : "sudo apt-get install ") + join(missing, " ");
  if (common.json) {
    std::cout << to_json_line({{"tools", tools},
                               {"rights", rights},
                               {"left_units", left},
                               {"install", missing.empty() ? Json(nullptr) : Json(command)}})
              << '\n';
  } else if (!missing.empty()) {
    std::cout << "\nTo install what is missing:\n  " << command << '\n';
  } else {
    std::cout << "\nNothing is missing.\n";
  }
  return missing.empty() && can_store ? 0 : 1;
}

}  // namespace assay::cli
