// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/saved_plan.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/expr/typed_json.h"
#include "engine/plan/known_values.h"
#include "engine/plan/show.h"

namespace assay::plan {
namespace {

using Digests = std::map<std::string, std::string>;

// Whole paths: a plan may be saved in one folder and carried out from another.
std::string whole(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

// Files from git go by their repository: where a cache keeps them is another place for another user.
std::string name_of(const std::filesystem::path& path, const recipe::Recipe& of) {
  if (!of.origin) return whole(path);
  const std::string file = of.path.lexically_normal().string();
  const std::filesystem::path root = file.substr(0, file.size() - of.origin->path.size());
  return of.origin->git + ' ' + (of.origin->ref.empty() ? of.origin->commit : of.origin->ref) + ':' +
         path.lexically_normal().lexically_relative(root).string();
}

// By repository and what is wanted of it: the commits, more than one where several lock files have a say.
std::map<std::string, std::set<std::string>> commits_of(const Json& plan) {
  std::map<std::string, std::set<std::string>> out;
  const auto sources = plan.find("sources");
  if (sources == plan.end() || !sources->is_array()) return out;
  for (const Json& source : *sources) {
    const auto text = [&](const char* key) {
      const auto found = source.is_object() ? source.find(key) : source.end();
      return source.is_object() && found != source.end() && found->is_string() ? found->get<std::string>()
                                                                               : std::string();
    };
    const std::string commit = text("commit");
    out[text("git") + ' ' + (text("ref").empty() ? commit : text("ref"))].insert(commit + ' ' + text("tree"));
  }
  return out;
}

void add_files(const LoadedRecipe& loaded, Digests& out) {
  const auto [place, is_new] = out.emplace(name_of(loaded.recipe->path, *loaded.recipe), "");
  if (!is_new) return;  // used by another too
  place->second = sha256_hex(loaded.recipe->source->text);
  for (const recipe::AppliedOverlay& overlay : loaded.recipe->overlays)
    out[whole(overlay.path)] = sha256_hex(overlay.source->text);
  for (const SuiteInUse& use : loaded.suites)
    out[name_of(use.suite->path, *loaded.recipe)] = sha256_hex(use.suite->source->text);
  for (const auto& [step, inner] : loaded.uses) add_files(*inner, out);
}

Digests digests_of(const LoadedRecipe& loaded) {
  Digests out;
  add_files(loaded, out);
  return out;
}

Digests digests_of(const LoadedProgramme& loaded) {
  Digests out;
  out[whole(loaded.programme->path)] = sha256_hex(loaded.programme->source->text);
  for (const SuiteInUse& use : loaded.suites) out[whole(use.suite->path)] = sha256_hex(use.suite->source->text);
  return out;
}

tl::unexpected<Diagnostic> not_a_plan(std::string what) {
  return failure(Code::kSavedPlan, "not a saved plan: " + std::move(what), "`assay plan RECIPE -o FILE` writes one");
}

Result<std::vector<std::string>> texts(const Json& source, const char* key) {
  std::vector<std::string> out;
  const auto found = source.find(key);
  if (found == source.end()) return out;
  if (!found->is_array()) return not_a_plan(std::string("'") + key + "' is no list");
  for (const Json& item : *found) {
    if (!item.is_string()) return not_a_plan(std::string("'") + key + "' holds something else than text");
    out.push_back(item.get<std::string>());
  }
  return out;
}

// Steps by id; an id twice keeps the first.
std::map<std::string, const Json*> by_id(const Json& plan) {
  std::map<std::string, const Json*> out;
  const auto steps = plan.find("steps");
  if (steps == plan.end() || !steps->is_array()) return out;
  for (const Json& step : *steps) {
    const auto id = step.is_object() ? step.find("id") : step.end();
    if (step.is_object() && id != step.end() && id->is_string()) out.emplace(id->get<std::string>(), &step);
  }
  return out;
}

std::string shown(const Json& value) {
  return shorten(printable(expr::to_text(expr::from_json(value)).value_or(to_json_line(value))), 60);
}

// Digests tell that, not how, they differ.
std::string input_change(const Json& before, const Json& now) {
  for (const auto& [key, value] : now.items()) {
    const auto old = before.find(key);
    if (old == before.end()) return "its '" + key + "' is not in the plan";
    if (*old != value) return "its '" + key + "' has another value";
  }
  for (const auto& [key, value] : before.items()) {
    if (!now.contains(key)) return "its '" + key + "' is gone";
  }
  return {};
}

std::string change_of(const Json& before, const Json& now) {
  for (const auto& [key, value] : now.items()) {
    const auto old = before.find(key);
    const Json none = Json::object();
    const bool object = old != before.end() && old->is_object();
    if (key == "inputs" && (old == before.end() || *old != value)) return input_change(object ? *old : none, value);
    if (old == before.end()) return "'" + key + "' is new: " + shown(value);
    if (*old != value) return "'" + key + "' was " + shown(*old) + " and is now " + shown(value);
  }
  for (const auto& [key, value] : before.items()) {
    if (!now.contains(key)) return "'" + key + "' is gone: it was " + shown(value);
  }
  return {};
}

// The plan as it is shown, and of each step what its command is given beside its arguments.
Json with_inputs(const Plan& plan) {
  Json out = to_json(plan, {});
  const KnownValues known(plan);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].skip) continue;
    if (auto inputs = known.inputs(plan.steps[i]); !inputs.empty()) out["steps"][i]["inputs"] = std::move(inputs);
  }
  return out;
}

}  // namespace

namespace {

Json source_json(const Digests& digests, const PlanSource& source) {
  Json given = Json::array();
  for (const recipe::GivenParam& item : source.params) {
    Json one = {{"name", item.name}, {"origin", item.origin}};
    if (const auto* text = std::get_if<std::string>(&item.value)) {
      one["text"] = *text;
    } else {
      one["value"] = expr::to_typed_json(std::get<expr::Value>(item.value));
    }
    given.push_back(std::move(one));
  }
  Json files = Json::object();
  for (const auto& [path, digest] : digests) files[path] = digest;
  Json overlays = Json::array();
  for (const std::filesystem::path& overlay : source.overlays) overlays.push_back(whole(overlay));
  return {{source.programme ? "programme" : "recipe", source.recipe.string()},
          {"overlays", std::move(overlays)},
          {"profile", source.profile},
          {"only", source.only},
          {"skip", source.skip},
          {"params", std::move(given)},
          {"files", std::move(files)}};
}

}  // namespace

Json source_json(const LoadedRecipe& loaded, const PlanSource& source) {
  return source_json(digests_of(loaded), source);
}

Json source_json(const LoadedProgramme& loaded, const PlanSource& source) {
  return source_json(digests_of(loaded), source);
}

Diagnostics changed_files(const Json& before, const Json& now) {
  Diagnostics out;
  const Json none = Json::object();
  const Json& old = before.is_object() && before.contains("files") ? before["files"] : none;
  for (const auto& [path, digest] : now["files"].items()) {
    if (!old.is_object() || !old.contains(path)) {
      out.add({.code = Code::kRunChanged, .message = "the file '" + path + "' is new"});
    } else if (old[path] != digest) {
      out.add({.code = Code::kRunChanged, .message = "the file '" + path + "' has changed"});
    }
  }
  return out;
}

Json saved_plan(const Plan& plan, const LoadedRecipe& loaded, const PlanSource& source) {
  Json out = with_inputs(plan);
  out["source"] = source_json(loaded, source);
  return out;
}

Result<PlanSource> read_plan_source(const Json& saved) {
  const bool known = saved.is_object() && saved.contains("format") && saved["format"] == "assay.plan/1";
  if (!known) return not_a_plan("its format is not assay.plan/1");
  const auto source = saved.find("source");
  return read_source(source != saved.end() ? *source : Json());
}

Result<PlanSource> read_source(const Json& json) {
  if (!json.is_object()) return not_a_plan("it does not say what it was made from");
  const Json* const source = &json;
  PlanSource out;
  out.programme = json.contains("programme");
  if (const auto profile = source->find("profile"); profile != source->end()) {
    if (!profile->is_string()) return not_a_plan("'profile' is no text");
    out.profile = profile->get<std::string>();
  }
  const auto recipe = source->find(out.programme ? "programme" : "recipe");
  if (recipe == source->end() || !recipe->is_string()) return not_a_plan("it names no recipe");
  out.recipe = recipe->get<std::string>();
  ASSAY_TRY(const std::vector<std::string> overlays, texts(*source, "overlays"));
  out.overlays.assign(overlays.begin(), overlays.end());
  ASSAY_TRY(out.only, texts(*source, "only"));
  ASSAY_TRY(out.skip, texts(*source, "skip"));
  const auto params = source->find("params");
  if (params == source->end()) return out;
  if (!params->is_array()) return not_a_plan("'params' is no list");
  for (const Json& item : *params) {
    const bool named = item.is_object() && item.contains("name") && item["name"].is_string();
    if (!named) return not_a_plan("a parameter has no name");
    recipe::GivenParam given{.name = item["name"].get<std::string>(), .value = std::string(), .where = std::nullopt};
    if (item.contains("origin") && item["origin"].is_string()) given.origin = item["origin"].get<std::string>();
    if (item.contains("text") && item["text"].is_string()) {
      given.value = item["text"].get<std::string>();
    } else if (item.contains("value")) {
      ASSAY_TRY(given.value, expr::from_typed_json(item["value"]));
    } else {
      return not_a_plan("the parameter '" + printable(given.name) + "' has no value");
    }
    out.params.push_back(std::move(given));
  }
  return out;
}

Diagnostics changes_since(const Json& saved, const Plan& plan, const LoadedRecipe& loaded) {
  Diagnostics out;
  const auto changed = [&out](std::string message) {
    out.add(
        {.code = Code::kPlanChanged, .message = std::move(message), .help = "look at the new plan and save it again"});
  };
  const Json files = saved.contains("source") && saved["source"].is_object() && saved["source"].contains("files")
                         ? saved["source"]["files"]
                         : Json::object();
  for (const auto& [path, digest] : digests_of(loaded)) {
    if (!files.is_object() || !files.contains(path)) {
      changed("the plan was made without the file '" + path + "'");
    } else if (files[path] != digest) {
      changed("the file '" + path + "' has changed since the plan was made");
    }
  }
  const Json now = with_inputs(plan);
  const auto commits = commits_of(saved);
  for (const auto& [source, ids] : commits_of(now)) {
    const auto old = commits.find(source);
    if (old == commits.end()) {
      changed("the plan was made without the repository '" + printable(source) + "'");
    } else if (old->second != ids) {
      changed("'" + printable(source) + "' was at " + printable(old->second.begin()->substr(0, 12)) +
              " and is now at " + ids.begin()->substr(0, 12));
    }
  }
  if (saved.contains("params") && saved["params"] != now["params"]) {
    const std::string what = change_of(saved["params"], now["params"]);
    changed("parameters differ: " + (what.empty() ? std::string("another set") : what));
  }
  // Where a value was set is no difference: the digests above tell whether its file is the same.
  const auto without_places = [](Json step) {
    step.erase("set_by");
    return step;
  };
  const auto before = by_id(saved);
  const auto after = by_id(now);
  for (const auto& [id, step] : after) {
    const auto old = before.find(id);
    if (old == before.end()) {
      changed("the step '" + printable(id) + "' was not in the plan");
    } else if (const Json then = without_places(*old->second), today = without_places(*step); then != today) {
      changed("the step '" + printable(id) + "' differs: " + change_of(then, today));
    }
  }
  for (const auto& [id, step] : before) {
    if (after.count(id) == 0) changed("the step '" + printable(id) + "' of the plan is not there any more");
  }
  return out;
}

}  // namespace assay::plan
