// SPDX-License-Identifier: Apache-2.0
#include "reports/template_engine.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/cases.h"

namespace assay::reports {
namespace {

struct TemplateCase {
  const char* name;
  const char* text;
  const char* data;
  const char* rendered;
};

constexpr TemplateCase kTemplateCases[] = {
    {"Escapes", "{{x}}", R"({"x": "<i>"})", "&lt;i&gt;"},
    {"Trusts", "{{{x}}}", R"({"x": "<i>"})", "<i>"},
    {"EscapesAttributes", R"(<a title="{{x}}">)", R"({"x": "\" b='"})", R"(<a title="&quot; b=&#39;">)"},
    {"EscapesInsideLists", "{{#l}}{{n}};{{/l}}", R"({"l": [{"n": "&"}, {"n": "<"}]})", "&amp;;&lt;;"},
    {"Numbers", "{{n}} {{f}}", R"({"n": 3, "f": 1.5})", "3 1.5"},
    {"Dots", "{{a.b}}", R"({"a": {"b": "x"}})", "x"},
    {"EmptyStringIsFalse", "{{#x}}yes{{/x}}{{^x}}no{{/x}}", R"({"x": ""})", "no"},
    {"EmptyListIsFalse", "{{#x}}yes{{/x}}{{^x}}no{{/x}}", R"({"x": []})", "no"},
    {"EmptyObjectIsFalse", "{{#x}}yes{{/x}}{{^x}}no{{/x}}", R"({"x": {}})", "no"},
    {"NullIsFalse", "{{#x}}yes{{/x}}{{^x}}no{{/x}}{{x}}", R"({"x": null})", "no"},
    {"TrueIsTrue", "{{#x}}yes{{/x}}", R"({"x": true})", "yes"},
    {"ValuesAreNoTemplates", "{{x}}", R"({"x": "{{y}}", "y": "1"})", "{{y}}"},
    {"MissingIsEmpty", "[{{x}}]", "{}", "[]"},
};

class Rendered : public ::testing::TestWithParam<TemplateCase> {};

TEST_P(Rendered, LooksLikeThis) {
  EXPECT_EQ(render_template(GetParam().text, Json::parse(GetParam().data)), GetParam().rendered);
}

INSTANTIATE_TEST_SUITE_P(Templates, Rendered, ::testing::ValuesIn(kTemplateCases), test::case_name);

TEST(RenderTemplate, RefusesABrokenTemplate) {
  EXPECT_THROW(render_template("{{#a}}", Json::object()), std::logic_error);
}

}  // namespace
}  // namespace assay::reports
