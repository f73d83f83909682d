// SPDX-License-Identifier: Apache-2.0
#include "support/normalise.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace assay::test {
namespace {

struct Form {
  const char* pattern;
  const char* rewrite;
};

// In this order: a run id holds a compact time, a digest may hold anything.
constexpr std::array<Form, 9> kForms = {{
    {R"(\b[0-9a-f]{64}\b)", "<sha256>"},
    {R"(\b\d{8}T\d{6}Z-[0-9a-z]{6}\b)", "<run>"},
    {R"(\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))", "<time>"},
    {R"(\b\d{8}T\d{6}Z\b)", "<time>"},
    {R"(("duration_s": ?)[0-9.eE+-]+)", R"(\1<elapsed>)"},
    {R"((^|[^"'0-9A-Za-z.])(\d+ d \d{2} h|\d+ h \d{2} m|\d+ m \d{2} s|\d+\.\d s|\d+ s)\b)", R"(\1<elapsed>)"},
    {R"(\b(pid )\d+\b)", R"(\1<pid>)"},
    {R"(("pid": ?)\d+\b)", R"(\1<pid>)"},
    {R"(\b(assay )v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?\b)", R"(\1<version>)"},
}};

}  // namespace

std::string normalise(std::string_view text, std::vector<Replacement> known) {
  std::stable_sort(known.begin(), known.end(),
                   [](const Replacement& a, const Replacement& b) { return a.text.size() > b.text.size(); });
  std::string out(text);
  for (const Replacement& replacement : known) {
    if (!replacement.text.empty()) out = replace_all(std::move(out), replacement.text, replacement.name);
  }
  for (const Form& form : kForms) RE2::GlobalReplace(&out, form.pattern, form.rewrite);
  return out;
}

}  // namespace assay::test
