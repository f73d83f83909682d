// SPDX-License-Identifier: Apache-2.0
// report.html: one page that needs nothing beside it: style and pictures are inside, no script, no network. Written for
// screens light and dark, for phones and for paper.
#pragma once

#include <string>

#include "engine/base/json.h"
#include "engine/record/run_record.h"
#include "reports/words.h"

namespace assay::reports {

std::string html_report(const record::RunRecord& run, Language language);

// What templates/report.html.mustache is filled with. Every name the template uses is a member, empty where the run has
// nothing to say.
Json page_model(const record::RunRecord& run, Language language);

}  // namespace assay::reports
