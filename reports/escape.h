// SPDX-License-Identifier: Apache-2.0
// Text of a record made safe for HTML, SVG and XML: the one place where that happens.
#pragma once

#include <string>
#include <string_view>

namespace assay::reports {

// Valid UTF-8 of characters that XML 1.0 allows: control characters, broken bytes and bidirectional overrides become
// '?', a tab becomes a space, line ends stay.
std::string clean_text(std::string_view text);

// clean_text() with & < > " ' as entities: good for element content and for quoted attributes.
std::string escape_markup(std::string_view text);

}  // namespace assay::reports
