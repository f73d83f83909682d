// SPDX-License-Identifier: Apache-2.0
#include "reports/escape.h"

#include "engine/base/text.h"

namespace assay::reports {

std::string clean_text(std::string_view text) {
  // U+FFFE and U+FFFF are valid UTF-8 and forbidden in XML.
  std::string clean = printable(text, KeepLines::kYes);
  if (clean.find("\xEF\xBF") == std::string::npos) return clean;
  return replace_all(replace_all(std::move(clean), "\xEF\xBF\xBE", "?"), "\xEF\xBF\xBF", "?");
}

std::string escape_markup(std::string_view text) {
  const std::string clean = clean_text(text);
  std::string out;
  out.reserve(clean.size() + clean.size() / 8);
  for (const char c : clean) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace assay::reports
