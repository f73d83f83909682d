// SPDX-License-Identifier: Apache-2.0
// The stable codes of diagnostics. One table (codes.def) holds number, title and explanation; `assay explain CODE` and
// docs/errors.md are made from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace assay {

enum class Code : std::uint16_t {
#define ASSAY_CODE(name, text, title, explanation) name,
#include "engine/base/codes.def"
#undef ASSAY_CODE
};

struct CodeInfo {
  Code code;
  std::string_view text;         // "R012"
  std::string_view title;        // one line
  std::string_view explanation;  // what it means and what to do, a short paragraph
};

const CodeInfo& info(Code code);
std::span<const CodeInfo> all_codes();
std::optional<CodeInfo> find_code(std::string_view text);

}  // namespace assay
