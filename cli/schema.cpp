// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "engine/base/text.h"
#include "engine/recipe/kinds.h"

namespace assay::cli {

int schema(const Common& common, const SchemaVerb& verb) {
  const auto lower = [](std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
  };
  std::vector<std::string> known;
  for (const recipe::KindRow& row : recipe::kind_rows()) {
    known.push_back(lower(row.name));
    if (known.back() != lower(verb.kind)) continue;
    std::cout << (verb.markdown ? recipe::reference_of(row) : to_json_text(recipe::schema_of(row)));
    return 0;
  }
  complain(common, Diagnostic{.code = Code::kUsage,
                              .message = "there is no kind '" + printable(verb.kind) + "'",
                              .expected = "one of: " + join(known, ", "),
                              .help = did_you_mean(lower(verb.kind), known)});
  return kUsageExit;
}

}  // namespace assay::cli
