// SPDX-License-Identifier: Apache-2.0
#include "engine/base/codes.h"

#include <array>

namespace assay {
namespace {

constexpr std::array kCodes = {
#define ASSAY_CODE(name, text, title, explanation) CodeInfo{Code::name, text, title, explanation},
#include "engine/base/codes.def"
#undef ASSAY_CODE
};

}  // namespace

const CodeInfo& info(Code code) { return kCodes[static_cast<std::size_t>(code)]; }

std::span<const CodeInfo> all_codes() { return kCodes; }

std::optional<CodeInfo> find_code(std::string_view text) {
  for (const CodeInfo& row : kCodes) {
    if (row.text == text) return row;
  }
  return std::nullopt;
}

}  // namespace assay
