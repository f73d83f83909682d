// SPDX-License-Identifier: Apache-2.0
#include "reports/html_report.h"

#include <nlohmann/json.hpp>

#include "reports/assets.h"
#include "reports/page_parts.h"
#include "reports/template_engine.h"

namespace assay::reports {

Json page_model(const record::RunRecord& run, Language language) {
  Page page(run, language);
  page.texts = texts_of_page(run);
  Json model = Json::object();
  model["css"] = kReportStyle;
  model["lang"] = tag_of(language);
  model["w"] = page.words.for_template();
  add_summary(page, model);
  add_coverage(page, model);
  add_findings(page, model);
  add_numbers(page, model);
  add_timeline(page, model);
  add_course(page, model);
  add_tests(page, model);
  add_conditions(page, model);
  add_machines(page, model);
  add_record(page, model);
  return model;
}

std::string html_report(const record::RunRecord& run, Language language) {
  return render_template(kReportTemplate, page_model(run, language));
}

}  // namespace assay::reports
