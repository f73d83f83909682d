// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/matrix.h"

#include "engine/plan/planner.h"
#include "engine/recipe/reader.h"
#include "plan_fixture.h"
#include "support/cases.h"

namespace assay::plan {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

recipe::Step step_with(const std::string& matrix) {
  const std::string text = std::string(kRecipeHead) +
                           "params: { many: { type: list, default: [p, q] }, n: { type: int, default: 3 } }\n" +
                           "steps:\n  - id: s\n    run: [x]\n" + matrix;
  auto read = recipe::read_recipe(text, "m.yaml", "m.yaml");
  if (!read.value) throw std::runtime_error(render(read.problems));
  return read.value->steps.at(0);
}

Result<MatrixRows> rows(const std::string& matrix) {
  const expr::Value params = expr::from_json(Json::parse(R"({"many": ["p", "q"], "n": 3})"));
  hardware::Facts facts;
  facts.tree = expr::from_json(Json::parse(R"({"disks": [{"name": "sda"}, {"name": "sdb"}], "cpu": {"threads": 2}})"));
  return rows_of(*step_with(matrix).matrix, planning_names(params, &facts, expr::Value()));
}

std::vector<std::string> row_texts(const std::vector<expr::Map>& rows) {
  std::vector<std::string> out;
  for (const expr::Map& row : rows) out.push_back(to_json_line(expr::to_json(expr::Value::map(row))));
  return out;
}

struct RowCase {
  const char* name;
  const char* matrix;
  std::vector<std::string> rows;
};
class Rows : public testing::TestWithParam<RowCase> {};
TEST_P(Rows, ComeInTheOrderOfTheAxes) {
  const auto made = rows(GetParam().matrix);
  ASSERT_TRUE(made) << render(made.error());
  EXPECT_THAT(row_texts(made->rows), ElementsAreArray(GetParam().rows));
}

const RowCase kRows[] = {
    {"one_axis", "    matrix: { a: [1, 2] }\n", {R"({"a":1})", R"({"a":2})"}},
    {"the_last_axis_is_the_fastest",
     "    matrix: { b: [x, y], a: [1, 2] }\n",
     {R"({"b":"x","a":1})", R"({"b":"x","a":2})", R"({"b":"y","a":1})", R"({"b":"y","a":2})"}},
    {"values_keep_their_types",
     "    matrix: { a: [1, 1.5, true, \"1\", null, [2], { k: v }] }\n",
     {R"({"a":1})", R"({"a":1.5})", R"({"a":true})", R"({"a":"1"})", R"({"a":null})", R"({"a":[2]})",
      R"({"a":{"k":"v"}})"}},
    {"from_params", "    matrix: { a: params.many }\n", {R"({"a":"p"})", R"({"a":"q"})"}},
    {"wrapped", "    matrix: { a: \"${{ params.many }}\" }\n", {R"({"a":"p"})", R"({"a":"q"})"}},
    {"computed", "    matrix: { a: \"[params.n, params.n + 1]\" }\n", {R"({"a":3})", R"({"a":4})"}},
    {"foreach_over_facts",
     "    foreach: { disk: facts.disks }\n",
     {R"({"disk":{"name":"sda"}})", R"({"disk":{"name":"sdb"}})"}},
    {"foreach_comes_after_matrix",
     "    matrix: { a: [1, 2] }\n    foreach: { d: \"facts.disks.map(d, d.name)\" }\n",
     {R"({"a":1,"d":"sda"})", R"({"a":1,"d":"sdb"})", R"({"a":2,"d":"sda"})", R"({"a":2,"d":"sdb"})"}},
    {"foreach_written_first_is_the_first_axis",
     "    foreach: { d: \"facts.disks.map(d, d.name)\" }\n    matrix: { a: [1] }\n",
     {R"({"d":"sda","a":1})", R"({"d":"sdb","a":1})"}},
    {"an_empty_list_gives_no_rows", "    foreach: { d: \"facts.disks.filter(d, false)\" }\n", {}},
    {"an_empty_list_beside_others_gives_no_rows",
     "    matrix: { a: [1, 2], b: \"params.many.filter(m, false)\" }\n",
     {}},
    {"exclude_leaves_out_what_agrees_in_all_keys",
     "    matrix: { a: [1, 2], b: [x, y], exclude: [{ a: 1, b: y }] }\n",
     {R"({"a":1,"b":"x"})", R"({"a":2,"b":"x"})", R"({"a":2,"b":"y"})"}},
    {"exclude_by_a_part_of_the_keys",
     "    matrix: { a: [1, 2], b: [x, y], exclude: [{ a: 1 }] }\n",
     {R"({"a":2,"b":"x"})", R"({"a":2,"b":"y"})"}},
    {"exclude_compares_values_not_texts", "    matrix: { a: [1, \"1\"], exclude: [{ a: \"1\" }] }\n", {R"({"a":1})"}},
    {"exclude_everything", "    matrix: { a: [1], exclude: [{ a: 1 }] }\n", {}},
    {"include_brings_back_what_exclude_left_out",
     "    matrix: { a: [1, 2], exclude: [{ a: 1 }], include: [{ a: 1 }] }\n",
     {R"({"a":2})", R"({"a":1})"}},
    {"include_adds_to_rows_that_agree",
     "    matrix: { a: [1, 2], include: [{ a: 2, more: yes }] }\n",
     {R"({"a":1})", R"({"a":2,"more":"yes"})"}},
    {"include_without_an_axis_adds_to_all",
     "    matrix: { a: [1, 2], include: [{ c: green }] }\n",
     {R"({"a":1,"c":"green"})", R"({"a":2,"c":"green"})"}},
    {"include_that_agrees_with_none_is_a_row_of_its_own",
     "    matrix: { a: [1, 2], include: [{ a: 3 }] }\n",
     {R"({"a":1})", R"({"a":2})", R"({"a":3})"}},
    {"included_rows_do_not_grow",
     "    matrix: { a: [1], include: [{ a: 3 }, { a: 3, b: x }, { c: z }] }\n",
     {R"({"a":1,"c":"z"})", R"({"a":3})", R"({"a":3,"b":"x"})"}},
    {"include_alone", "    matrix: { include: [{ a: 1 }, { b: 2 }] }\n", {R"({"a":1})", R"({"b":2})"}},
};
INSTANTIATE_TEST_SUITE_P(Matrix, Rows, testing::ValuesIn(kRows), test::case_name);

struct BadRowCase {
  const char* name;
  const char* matrix;
  const char* message;
  Code code;
};
class BadRows : public testing::TestWithParam<BadRowCase> {};
TEST_P(BadRows, AreExplained) {
  const auto made = rows(GetParam().matrix);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, testing::HasSubstr(GetParam().message));
  EXPECT_EQ(made.error().code, GetParam().code);
  EXPECT_TRUE(made.error().where);
}
const BadRowCase kBadRows[] = {
    {"no_list", "    matrix: { a: params.n }\n", "'a' must be a list, this gives int", Code::kWrongType},
    {"a_map_is_no_list", "    matrix: { a: facts.cpu }\n", "'a' must be a list, this gives map", Code::kWrongType},
    {"no_value", "    matrix: { a: facts.gone }\n", "gone", Code::kEvaluation},
    {"known_later", "    matrix: { a: steps.x.outputs.y }\n", "steps", Code::kUnknownName},
    {"too_many", "    matrix: { a: \"lists.range(1001)\", b: \"lists.range(1000)\" }\n",
     "the matrix has more than 1000000 rows", Code::kTooLarge},
    {"far_too_many",
     "    matrix: { a: \"lists.range(20000)\", b: \"lists.range(20000)\", c: \"lists.range(20000)\", d: "
     "\"lists.range(20000)\" }\n",
     "the matrix has more than 1000000 rows", Code::kTooLarge},
};
INSTANTIATE_TEST_SUITE_P(Matrix, BadRows, testing::ValuesIn(kBadRows), test::case_name);

TEST(Rows, ManyAreAllowed) {
  const auto made = rows("    matrix: { a: \"lists.range(300)\", b: \"lists.range(300)\" }\n");
  ASSERT_TRUE(made) << render(made.error());
  EXPECT_EQ(made->rows.size(), 90'000U);
  EXPECT_EQ(row_texts({made->rows.back()}), std::vector<std::string>{R"({"a":299,"b":299})"});
}

struct IdCase {
  const char* name;
  const char* json;  // the value of the key k
  const char* id;
};
class InstanceId : public testing::TestWithParam<IdCase> {};
TEST_P(InstanceId, ShowsTheValueOrItsDigest) {
  expr::Map row;
  row.set("k", expr::from_json(Json::parse(GetParam().json)));
  EXPECT_EQ(instance_id("s", row), "s[k=" + std::string(GetParam().id) + "]");
}
// Digests: printf %s VALUE | sha256sum | cut -c1-8
const IdCase kIds[] = {
    {"text", "\"a b-c_d.e\"", "a b-c_d.e"},
    {"forty_characters", R"("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
    {"more_than_forty_characters", R"("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")", "3164596d"},
    {"forty_characters_of_two_bytes", R"("üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü")",
     "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü"},
    {"more_than_forty_of_two_bytes", R"("üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü")", "3d15cfaf"},
    {"equals_sign", R"("a=b")", "42144f39"},
    {"comma", R"("a,b")", "1eb7c54d"},
    {"slash", R"("a/b")", "c14cddc0"},
    {"path", R"("/dev/sda")", "36b8377a"},
    {"at_sign", R"("a@b")", "7508d8b5"},
    {"brackets", R"("[a]")", "32332ffe"},
    {"empty", R"("")", "e3b0c442"},
    {"line_end", R"("a\nb")", "7e18f737"},
    {"tab", R"("tab\there")", "5b876593"},
    {"whole_number", "17", "17"},
    {"negative", "-3", "-3"},
    {"fraction", "1.5", "1.5"},
    {"truth", "true", "true"},
    {"quantity", R"({"value": 4, "unit": "GiB"})", "4 GiB"},
    {"nothing", "null", "74234e98"},
    {"list", R"([1, "a"])", "20109453"},
    {"map", R"({"v": 1})", "afbf9d0f"},
    {"map_with_a_name", R"({"size": 5, "name": "sda"})", "sda"},
    {"map_with_a_name_that_does_not_fit", R"({"name": "/dev/sda"})", "36b8377a"},
    {"map_whose_name_is_no_text", R"({"name": 3})", "4e861533"},
};
INSTANTIATE_TEST_SUITE_P(Values, InstanceId, testing::ValuesIn(kIds), test::case_name);

TEST(InstanceIds, KeysKeepTheirOrder) {
  expr::Map row;
  row.set("z", expr::Value::integer(1));
  row.set("a", expr::Value::string("b"));
  EXPECT_EQ(instance_id("u/s", row), "u/s[z=1,a=b]");
}

TEST(InstanceIds, ARowWithoutKeysIsStillARow) { EXPECT_EQ(instance_id("s", {}), "s[]"); }

std::string rows_text(const recipe::Matrix& matrix) {
  const auto rows = rows_of(matrix, {});
  if (!rows) return rows.error().message;
  std::string out;
  for (const expr::Map& row : rows->rows) out += to_json_line(expr::to_json(expr::Value::map(row))) + "\n";
  return out;
}

struct DistinctCase {
  const char* name;
  const char* matrix;
  bool distinct;
};
class DistinctRows : public testing::TestWithParam<DistinctCase> {};
TEST_P(DistinctRows, NeedNoComparison) {
  const auto made = rows(GetParam().matrix);
  ASSERT_TRUE(made) << render(made.error());
  EXPECT_EQ(made->distinct, GetParam().distinct);
}
const DistinctCase kDistinct[] = {
    {"each_value_once", "    matrix: { a: [1, 2], b: [1, 2] }\n", true},
    {"one_left_out", "    matrix: { a: [1, 2], exclude: [{ a: 1 }] }\n", true},
    {"values_written_alike", "    matrix: { a: [1, \"1\"] }\n", false},
    {"mappings_of_one_name", "    matrix: { a: [{ name: x, n: 1 }, { name: x, n: 2 }] }\n", false},
    {"a_row_added", "    matrix: { a: [1, 2], include: [{ a: 3 }] }\n", false},
    {"computed", "    matrix: { a: \"params.many + ['p']\" }\n", false},
};
INSTANTIATE_TEST_SUITE_P(Matrix, DistinctRows, testing::ValuesIn(kDistinct), test::case_name);

struct ListCase {
  const char* name;
  const char* matrix;
  const char* facts;
  std::vector<std::string> ids;
};
class NamesInLists : public testing::TestWithParam<ListCase> {};
TEST_P(NamesInLists, TellTheirElementsApart) {
  hardware::Facts facts;
  facts.tree = expr::from_json(Json::parse(GetParam().facts));
  const hardware::SteadyFacts steady(facts.tree);
  const expr::Value params;
  const auto made =
      rows_of(*step_with(GetParam().matrix).matrix, planning_names(params, &facts, expr::Value()), &steady);
  ASSERT_TRUE(made) << render(made.error());
  std::vector<std::string> ids;
  for (const expr::Map& row : made->rows) ids.push_back(instance_id("s", row, made->names));
  EXPECT_THAT(ids, ElementsAreArray(GetParam().ids));
  EXPECT_TRUE(made->distinct);
}
constexpr const char* kCards = "    foreach: { card: facts.accelerators }\n";
const ListCase kLists[] = {
    {"names",
     kCards,
     R"({"accelerators": [{"name": "H100", "address": "1"}, {"name": "A100", "address": "2"}]})",
     {"s[card=H100]", "s[card=A100]"}},
    {"addresses",
     kCards,
     R"({"accelerators": [{"name": "H100", "address": "0000:17:00.0"}, {"name": "H100", "address": "0000:65:00.0"}]})",
     {"s[card=0000:17:00.0]", "s[card=0000:65:00.0]"}},
    {"of_all_elements",
     kCards,
     R"({"accelerators": [{"name": "H", "address": "1"}, {"name": "H", "address": "2"}, {"name": "A", "address": "3"}]})",
     {"s[card=1]", "s[card=2]", "s[card=3]"}},
    {"uuids_where_an_address_is_missing",
     kCards,
     R"({"accelerators": [{"name": "H", "address": "1", "uuid": "u1"}, {"name": "H", "uuid": "u2"}]})",
     {"s[card=u1]", "s[card=u2]"}},
    {"serials_where_the_others_are_the_same",
     kCards,
     R"({"accelerators": [{"name": "H", "address": "1", "serial": "s1"}, {"name": "H", "address": "1", "serial": "s2"}]})",
     {"s[card=s1]", "s[card=s2]"}},
    {"places", kCards, R"({"accelerators": [{"name": "H"}, {"name": "H"}]})", {"s[card=H-0]", "s[card=H-1]"}},
    {"two_axes",
     "    matrix: { n: [1, 2] }\n    foreach: { card: facts.accelerators }\n",
     R"({"accelerators": [{"name": "H", "address": "1"}, {"name": "H", "address": "2"}]})",
     {"s[n=1,card=1]", "s[n=1,card=2]", "s[n=2,card=1]", "s[n=2,card=2]"}},
    // printf %s '{"total":9}' | sha256sum | cut -c1-8
    {"without_what_changes",
     "    foreach: { m: \"[facts.memory]\" }\n",
     R"({"memory": {"total": 9, "available": 5}})",
     {"s[m=115e14ad]"}},
};
INSTANTIATE_TEST_SUITE_P(Facts, NamesInLists, testing::ValuesIn(kLists), test::case_name);

recipe::Name named(const char* text) { return {text, {}}; }

TEST(Include, ReplacesWhatAnotherEntryAddedButNoAxis) {
  recipe::Matrix matrix;
  matrix.axes.push_back({named("fruit"), {expr::Value::string("apple"), expr::Value::string("pear")}, std::nullopt});
  matrix.include.push_back({{named("color"), expr::Value::string("green")}});
  matrix.include.push_back(
      {{named("color"), expr::Value::string("pink")}, {named("fruit"), expr::Value::string("apple")}});
  matrix.include.push_back({{named("fruit"), expr::Value::string("banana")}});
  EXPECT_EQ(rows_text(matrix),
            "{\"fruit\":\"apple\",\"color\":\"pink\"}\n"
            "{\"fruit\":\"pear\",\"color\":\"green\"}\n"
            "{\"fruit\":\"banana\"}\n");
}

}  // namespace
}  // namespace assay::plan
