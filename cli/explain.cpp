// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "engine/base/json.h"
#include "engine/base/text.h"

namespace assay::cli {
namespace {

// docs/errors.md
std::string page_of_codes() {
  std::string out =
      "# Diagnostics\n\n<!-- Written by `assay explain --markdown`; do not edit. -->\n\nEvery mistake that assay "
      "reports has a "
      "stable code. `assay explain CODE` prints what stands here.\n";
  for (const CodeInfo& row : all_codes()) {
    out +=
        "\n## " + std::string(row.text) + ": " + std::string(row.title) + "\n\n" + std::string(row.explanation) + "\n";
  }
  return out;
}

}  // namespace

int explain(const Common& common, const ExplainVerb& verb) {
  if (verb.markdown) {
    std::cout << page_of_codes();
    return 0;
  }
  std::string code = verb.code;
  std::transform(code.begin(), code.end(), code.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto found = find_code(code);
  if (!found) {
    std::vector<std::string> known;
    for (const CodeInfo& row : all_codes()) known.emplace_back(row.text);
    complain(common, Diagnostic{.code = Code::kUsage,
                                .message = "there is no diagnostic code '" + verb.code + "'",
                                .help = did_you_mean(code, known)});
    return kUsageExit;
  }
  if (common.json) {
    std::cout << to_json_line({{"code", found->text}, {"title", found->title}, {"explanation", found->explanation}})
              << '\n';
  } else {
    std::cout << found->text << ": " << found->title << "\n\n" << found->explanation << '\n';
  }
  return 0;
}

}  // namespace assay::cli
