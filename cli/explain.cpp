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
      "reports "
      "has a stable code. `assay explain CODE` prints what stands here.\n";
  for (const CodeInfo& row : all_codes()) {
    out +=
        "\n## " + std::string(row.text) + ": " + std::string(row.title) + "\n\n" + std::string(row.explanation) + "\n";
  }
  return out;
}

bool looks_like_code(const std::string& text) {
  return text.size() == 4 && std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
         text.find_first_not_of("0123456789", 1) == std::string::npos;
}

int explain_code(const Common& common, const std::string& subject) {
  std::string code = subject;
  std::transform(code.begin(), code.end(), code.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto found = find_code(code);
  if (!found) {
    std::vector<std::string> known;
    for (const CodeInfo& row : all_codes()) known.emplace_back(row.text);
    complain(common, Diagnostic{.code = Code::kUsage,
                                .message = "there is no diagnostic code '" + subject + "'",
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

}  // namespace

int explain(const Common& common, const ExplainVerb& verb) {
  if (verb.markdown) {
    std::cout << page_of_codes();
    return 0;
  }
  // With a run that is named, a step of it.
  return verb.run.empty() && looks_like_code(verb.subject) ? explain_code(common, verb.subject)
                                                           : explain_step(common, verb);
}

}  // namespace assay::cli
