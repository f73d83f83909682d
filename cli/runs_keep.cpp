// SPDX-License-Identifier: Apache-2.0
// `runs export` and `runs gc`.
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/run_text.h"
#include "cli/verbs.h"
#include "engine/base/text.h"
#include "engine/record/bundle.h"
#include "engine/record/retention.h"

namespace assay::cli {
namespace {

Json discarded_json(const std::vector<record::Discarded>& list) {
  Json out = Json::array();
  for (const record::Discarded& one : list)
    out.push_back(
        {{"name", one.name}, {"size", one.bytes}, {"stays", one.why_not.empty() ? Json() : Json(one.why_not)}});
  return out;
}

void print_discarded(const std::vector<record::Discarded>& list, bool dry_run) {
  for (const record::Discarded& one : list) {
    if (one.why_not.empty()) {
      std::cout << (dry_run ? "would remove " : "removed ") << printable(one.name) << "  " << size_text(one.bytes)
                << '\n';
    } else {
      std::cout << "kept " << printable(one.name) << ": " << one.why_not << '\n';
    }
  }
}

}  // namespace

record::BundleProgress progress_on_terminal(const std::string& what) {
  if (::isatty(STDERR_FILENO) != 1) return {};
  return [what, shown = std::uint64_t{0}](std::uint64_t done, std::uint64_t all) mutable {
    constexpr std::uint64_t kWorthIt = 64U << 20U;
    if (all < kWorthIt) return;
    const std::uint64_t percent = done * 100 / all;
    if (done < all && percent == shown) return;
    shown = percent;
    std::cerr << '\r' << (done < all ? what + " " + std::to_string(percent) + " %" : "\x1b[K") << std::flush;
  };
}

int runs_export(const Common& common, const RunsExportVerb& verb) {
  const auto place = find_named_run(common, verb.run);
  if (!place) return give_up(common, place.error());
  const std::string id = place->folder.filename().string();
  const std::filesystem::path file = verb.output.value_or(id + ".tar.zst");
  const auto size = record::export_bundle(place->folder, file, progress_on_terminal("exporting " + id));
  if (!size) return give_up(common, size.error());
  if (common.json) {
    std::cout << to_json_line({{"run", id}, {"bundle", file.string()}, {"size", *size}}) << '\n';
  } else {
    std::cout << file.string() << "  " << size_text(*size) << '\n';
  }
  return 0;
}

int runs_gc(const Common& common, const RunsGcVerb& verb) {
  const auto store = store_of(common);
  if (!store) return give_up(common, store.error());
  record::Retention rule{.keep = verb.keep};
  if (!verb.older_than.empty()) {
    const auto age = parse_duration(verb.older_than);
    if (!age)
      return give_up(common,
                     Diagnostic{.code = Code::kUsage, .message = age.error().message, .help = age.error().help});
    rule.older_than = *age;
  }
  record::RetentionPlan plan = record::plan_retention(*store, rule, SystemClock().wall());
  if (!verb.dry_run) {
    auto done = record::carry_out_retention(*store, std::move(plan));
    if (!done) return give_up(common, done.error());
    plan = std::move(*done);
  }
  if (common.json) {
    std::cout << to_json_line({{"dry_run", verb.dry_run},
                               {"runs", discarded_json(plan.runs)},
                               {"leftovers", discarded_json(plan.leftovers)},
                               {"kept", plan.kept},
                               {"size", plan.bytes()}})
              << '\n';
    return 0;
  }
  print_discarded(plan.runs, verb.dry_run);
  print_discarded(plan.leftovers, verb.dry_run);
  std::cout << (verb.dry_run ? "would free " : "freed ") << size_text(plan.bytes()) << '\n';
  return 0;
}

}  // namespace assay::cli
