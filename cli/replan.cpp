// SPDX-License-Identifier: Apache-2.0
#include "cli/replan.h"

#include <algorithm>
#include <iostream>

#include "cli/carry_out.h"
#include "cli/started_with.h"
#include "engine/base/text.h"
#include "engine/expr/typed_json.h"
#include "engine/hardware/machine_signs.h"
#include "engine/run/resume.h"
#include "engine/system/spawn.h"

namespace assay::cli {
namespace {

// Everything that is not as it was when the run began.
class Comparison {
 public:
  explicit Comparison(const record::RunRecord& record) : record_(record) {}

  void plan(const plan::Plan& plan, const Json& made_from) {
    found_.add(plan::changed_files(record_.header["made_from"], made_from));
    const Json params = expr::to_json(plan.params);
    if (record_.header.contains("params") && record_.header["params"] != params)
      add("the parameters are not what they were: " + shorten(to_json_line(record_.header["params"]), 200) +
          " and now " + shorten(to_json_line(params), 200));
    found_.add(run::differences(plan, record_));
  }

  void tools(const target::Target& target, const plan::Plan& plan) {
    const bool own_path = std::any_of(plan.steps.begin(), plan.steps.end(), [](const plan::PlannedStep& planned) {
      return std::any_of(planned.step->env.begin(), planned.step->env.end(),
                         [](const auto& variable) { return variable.first.text == "PATH"; });
    });
    for (const record::ToolRecord& tool : record_.tools) {
      auto now = look(target, tool);
      // A step that sets its own PATH has found it there: what lies where it was found then is looked at.
      if (own_path && tool.version.empty() && (!now || now->sha256 != tool.sha256))
        now = target.fingerprint(tool.path, "");
      if (!now) {
        add("the tool '" + tool.name + "' was " + tool.path + " and is not there any more");
      } else if (now->sha256 != tool.sha256) {
        add("the program '" + tool.name + "' is another one: it was " + told(tool.path, tool.version) + " and is now " +
            told(now->path, now->version));
      }
    }
  }

  void machine(const hardware::Facts& before, const hardware::Facts& now) {
    const auto old = hardware::identity_lines(before);
    const auto today = hardware::identity_lines(now);
    for (const std::string& line : old) {
      if (std::find(today.begin(), today.end(), line) == today.end()) add("the machine had: " + line);
    }
    for (const std::string& line : today) {
      if (std::find(old.begin(), old.end(), line) == old.end()) add("the machine has now: " + line);
    }
  }

  void signs() {
    const auto before = record_.header.find("machine");
    if (before == record_.header.end()) return;
    for (const std::string& other : hardware::different_signs(*before, hardware::machine_signs())) add(other);
  }

  static std::string told(const std::string& path, const std::string& version) {
    return path + (version.empty() ? " of other bytes" : ", " + version);
  }
  [[nodiscard]] const Diagnostics& found() const { return found_; }

 private:
  // As the run looked when it began. Programs that the recipe does not declare are not asked for a version.
  static Result<target::Tool> look(const target::Target& target, const record::ToolRecord& tool) {
    if (!tool.version.empty()) return target.identify_tool(tool.name);
    return target.fingerprint(tool.name, std::string(system::lookup(target.step_environment(), "PATH")));
  }
  void add(std::string message) { found_.add({.code = Code::kRunChanged, .message = printable(message)}); }
  const record::RunRecord& record_;
  Diagnostics found_;
};

// The plan as it is made now, and the digests of the files it is made from.
struct Remade {
  plan::PlanResult planned;
  Json made_from;
};

tl::expected<Remade, int> plan_again(const Common& common, const plan::PlanSource& source,
                                     const plan::PlanInput& input) {
  if (!source.programme) {
    const auto loaded = load_for_run(common, source, false);
    if (!loaded) return tl::unexpected(loaded.error());
    return Remade{plan::plan_recipe(*loaded, input), plan::source_json(*loaded, source)};
  }
  const auto loaded = plan::load_programme(source.recipe);
  complain(common, loaded.problems);
  if (!loaded.value) return tl::unexpected(kUsageExit);
  return Remade{plan::plan_programme(*loaded.value, input), plan::source_json(*loaded.value, source)};
}

}  // namespace

Replanned::Replanned(const std::vector<std::pair<std::string, std::string>>& environment) : target(environment) {}

tl::expected<std::unique_ptr<Replanned>, int> replan(const Common& common, const record::RunRecord& record,
                                                     const std::string& verb, bool accept_changes) {
  const auto made_from = record.header.find("made_from");
  if (made_from == record.header.end()) {
    return tl::unexpected(
        give_up(common, {.code = Code::kNotResumable,
                         .message = "the record of " + record.id + " does not say what the run was made from"}));
  }
  const auto source = plan::read_source(*made_from);
  if (!source) return tl::unexpected(give_up(common, source.error()));
  auto out = std::make_unique<Replanned>(started_before(*made_from, {}).environment);
  if (const auto machine = record.machines.find("local"); machine != record.machines.end()) {
    auto facts = hardware::facts_from_json(machine->second);
    if (!facts) return tl::unexpected(give_up(common, facts.error()));
    out->facts = std::move(*facts);
  } else if (run::has_only_plan(record)) {
    out->facts = out->target.collect_facts();  // nothing was done before: the machine is as it is now
  }
  auto remade =
      plan_again(common, *source,
                 {.params = source->params,
                  .profile = source->profile,
                  .facts = &out->facts,
                  .has_tool = [&](const std::string& tool) { return out->target.find_tool(tool).has_value(); },
                  .only = source->only,
                  .skip = source->skip});
  if (!remade) return tl::unexpected(remade.error());
  complain(common, remade->planned.problems);
  if (!remade->planned.plan) return tl::unexpected(kUsageExit);
  out->plan = std::move(*remade->planned.plan);
  out->made_from = std::move(remade->made_from);
  if (const auto started = made_from->find("started_with"); started != made_from->end())
    out->made_from["started_with"] = *started;
  Comparison comparison(record);
  comparison.plan(out->plan, out->made_from);
  comparison.tools(out->target, out->plan);
  if (!record::waits_for_boot(record)) {
    comparison.signs();
    if (!out->facts.tree.is(expr::Kind::kNull)) comparison.machine(out->facts, out->target.collect_facts(false));
  }
  if (comparison.found().empty()) return out;
  if (!accept_changes) {
    complain(common, comparison.found());
    std::cerr << "assay: nothing was started: " << record.id << " was made from something else\n"
              << "  help: put back what has changed, or go on all the same: assay " << verb << ' ' << record.id
              << " --accept-changes\n";
    return tl::unexpected(kUsageExit);
  }
  for (const Diagnostic& change : comparison.found().items()) out->accepted.push_back(change.message);
  return out;
}

}  // namespace assay::cli
