// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/facts.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "engine/hardware/facts_text.h"
#include "engine/system/spawn.h"
#include "engine/target/local_target.h"

namespace assay::cli {

int facts(const Common& common, const FactsVerb& verb) {
  if (verb.markdown) {
    std::cout << hardware::facts_reference();
    return 0;
  }
  const target::LocalTarget target(system::current_environment());
  const hardware::Facts found = target.collect_facts(verb.accelerators);
  std::cout << (common.json ? to_json_text(hardware::to_json(found)) : hardware::facts_text(found));
  return 0;
}

}  // namespace assay::cli
