// SPDX-License-Identifier: Apache-2.0
// Secrets in expressions: a type that can only be handed on, and values that are references.
#include "engine/expr/interpolation.h"
#include "engine/expr/typed_json.h"
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

Value reference(const char* text) { return Value::secret({{{.text = text, .is_reference = true}}}); }

Declarations declarations() {
  Declarations out;
  out.variable("params", Type::object({{"key", Type::of(Type::Tag::kSecret)},
                                       {"other", Type::of(Type::Tag::kSecret)},
                                       {"user", Type::of(Type::Tag::kString)},
                                       {"n", Type::of(Type::Tag::kInt)}}));
  out.variable("plain", Type::object({{"user", Type::of(Type::Tag::kString)}}));
  return out;
}
Activation activation() {
  return {.variable = [](std::string_view name) -> std::optional<Value> {
            if (name != "params") return std::nullopt;
            Map params;
            params.set("key", reference("env:KEY"));
            params.set("other", reference("vault:other"));
            params.set("user", Value::string("me"));
            params.set("n", Value::integer(3));
            return Value::map(std::move(params));
          },
          .function = {}};
}

// "type; names …; looked at: …", the parts that there are.
std::string judged(const Checked& checked) {
  std::string out = checked.type ? checked.type->text() : "no type";
  for (const SecretUse& use : checked.secrets)
    out += "; names " + use.name + (use.whole ? " in " : " as ") + use.expression;
  if (checked.secret_looked_at) out += "; looked at @" + marked(*checked.secret_looked_at);
  for (const Diagnostic& problem : checked.problems.items()) out += "; " + shown(problem);
  return out;
}

class SecretTypes : public testing::TestWithParam<Case> {};
TEST_P(SecretTypes, AreHandedOnOrTold) {
  const auto expression = Expression::parse(GetParam().text);
  ASSERT_TRUE(expression) << render(expression.error());
  EXPECT_EQ(judged(check(*expression, declarations())), GetParam().result);
}
const std::vector<Case> kTypes = {
    {"member", "params.key", "secret; names key as params.key"},
    {"index", "params['key']", "secret; names key as params['key']"},
    {"function", "secret('env:X')", "secret; names env:X as secret('env:X')"},
    {"joined", "'me:' + params.key + params.other", "secret; names key as params.key"},
    {"chosen", "params.n > 1 ? params.key : params.other", "secret; names key as params.key"},
    {"chosen_or_text", "params.n > 1 ? params.key : ''", "secret; names key as params.key"},
    {"bound", "cel.bind(k, params.key, k + k)", "secret; names key as params.key"},
    {"others", "params.user + string(params.n)", "string"},
    {"whether_there_is_one", "has(params.key)", "bool"},
    {"compared", "params.key == 'x'", "dyn; names key as params.key; looked at @params.key"},
    {"measured", "size(params.key) > 3", "bool; names key as params.key; looked at @params.key"},
    {"converted", "string(params.key)", "dyn; names key as params.key; looked at @params.key"},
    {"made_dyn", "dyn(params.key)", "dyn; names key as params.key; looked at @params.key"},
    {"in_a_list", "[params.key]", "list(dyn); names key as params.key; looked at @params.key"},
    {"in_a_map", "{'k': params.key}", "map(string, dyn); names key as params.key; looked at @params.key"},
    {"for_each", "params.map(k, k)", "dyn; names key in params; looked at @params"},
    {"by_a_name_that_is_not_known", "params[params.user]", "dyn; names key in params; looked at @params[params.user]"},
    {"optional", "params.?key", "optional_type(secret); names key as params.?key"},
    {"optional_or", "params.?key.orValue('x')", "dyn; names key as params.?key; looked at @params.?key"},
    {"as_a_whole", "params", "object; names key in params"},
    {"whole_without_secrets", "plain", "object"},
    {"joined_to_a_number", "params.key + 3",
     "no type; names key as params.key; E004 '+' does not take (secret, int) | it takes (int, int), (uint, uint), "
     "(double, double), (string, string), (secret, string), (string, secret), …"},
    {"reference_that_is_none", "secret('hunter2')",
     "no type; R020 secret() takes a reference | env:NAME, file:PATH, "
     "command:PROGRAM or "
     "vault:NAME"},
    {"reference_that_is_computed", "secret(params.user)",
     "no type; E004 secret() takes a reference that is written out | "
     "secret(\"env:NAME\"); or declare a parameter of type secret"},
};
INSTANTIATE_TEST_SUITE_P(Secrets, SecretTypes, testing::ValuesIn(kTypes),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(SecretValues, AreWhatTheyAreMadeOf) {
  const auto value = [](const char* text) {
    const auto result = evaluate(*Expression::parse(text), activation());
    return result ? shown(*result) : shown(result.error());
  };
  EXPECT_EQ(value("params.key"), "secret env:KEY");
  EXPECT_EQ(value("'me:' + params.key"), R"(secret me:${{ secret("env:KEY") }})");
  EXPECT_EQ(value("params.key + params.other"), R"(secret ${{ secret("env:KEY") }}${{ secret("vault:other") }})");
  EXPECT_EQ(value("secret('file:/etc/x')"), "secret file:/etc/x");
  EXPECT_EQ(value("params.n > 1 ? params.key : ''"), "secret env:KEY");
}

TEST(SecretValues, StayReferencesWhereTheCheckerCannotSee) {
  const auto whole = [](const char* text) {
    const auto parsed = TemplateText::parse(text);
    const auto result = parsed->evaluate(activation());
    return result ? shown(*result) : shown(result.error());
  };
  EXPECT_EQ(whole("user ${{ params.user }}: ${{ params.key }}!"), R"(secret user me: ${{ secret("env:KEY") }}!)");
  EXPECT_EQ(whole("${{ params.user }}"), "\"me\"");
  EXPECT_EQ(to_text(reference("env:KEY")), std::nullopt);
  EXPECT_EQ(to_json(reference("env:KEY")), Json("env:KEY"));
  EXPECT_EQ(type_name(reference("env:KEY")), "secret");
  EXPECT_TRUE(equal(reference("env:KEY"), reference("env:KEY")));
  EXPECT_FALSE(equal(reference("env:KEY"), Value::string("env:KEY")));
}

TEST(SecretValues, AreReferencesInTypedJson) {
  const Json json = to_typed_json(reference("env:KEY"));
  EXPECT_EQ(to_json_line(json), R"({"type":"secret","value":"env:KEY"})");
  EXPECT_TRUE(equal(from_typed_json(json).value(), reference("env:KEY")));
  EXPECT_FALSE(from_typed_json(Json::parse(R"({"type":"secret","value":"hunter2"})")));
}

TEST(SecretReferences, NameASourceAndSomethingInIt) {
  for (const char* good : {"env:A", "file:/a b", "command:pass show x", "vault:bmc/1"})
    EXPECT_TRUE(is_secret_reference(good));
  for (const char* bad : {"", "env:", "env: ", "ENV:A", "hunter2", "http://x", ":x"})
    EXPECT_FALSE(is_secret_reference(bad));
}

TEST(SecretReferences, AreKnownFromTheText) {
  const auto of = [](const char* text) { return Expression::parse(text)->secret_references(); };
  EXPECT_EQ(of("secret('env:A') + (params.n > 1 ? secret('env:B') : '')"),
            (std::vector<std::string>{"env:A", "env:B"}));
  EXPECT_EQ(of("params.key"), std::vector<std::string>());
}

}  // namespace
}  // namespace assay::expr
