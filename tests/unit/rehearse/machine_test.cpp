// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/machine.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "support/cases.h"
#include "support/temp_folder.h"

namespace assay::rehearse {
namespace {

using expr::Value;

struct FactCase {
  const char* name;
  const char* path;
  Value given;
  const char* wanted;   // "facts.…" as text; empty: it does not fit
  const char* message;  // then
};
void PrintTo(const FactCase& row, std::ostream* out) { *out << row.name; }

recipe::TestCase with_fact(const char* path, Value value) {
  recipe::TestCase test;
  test.facts.emplace().values.push_back({path, std::move(value), {}});
  return test;
}

Value at(const Value& tree, std::string_view path) {
  Value value = tree;
  while (true) {
    const auto dot = path.find('.');
    const Value* member = value.member(path.substr(0, dot));
    if (member == nullptr) return {};
    const Value next = *member;
    value = next;
    if (dot == std::string_view::npos) return value;
    path.remove_prefix(dot + 1);
  }
}

Value disk(Value size) {
  expr::Map map;
  map.set("name", Value::string("sda"));
  map.set("size", std::move(size));
  return Value::list({Value::map(std::move(map))});
}

class Fact : public testing::TestWithParam<FactCase> {};
TEST_P(Fact, HasTheTypeThatItIsDeclaredWith) {
  Diagnostics problems;
  const auto facts = facts_of(with_fact(GetParam().path, GetParam().given), "/", problems);
  if (std::string_view(GetParam().message).empty()) {
    ASSERT_TRUE(problems.empty()) << render(problems);
    EXPECT_EQ(to_text(at(facts.tree, GetParam().path)), GetParam().wanted);
    return;
  }
  ASSERT_EQ(problems.items().size(), 1U);
  EXPECT_EQ(problems.items()[0].message, GetParam().message);
  EXPECT_FALSE(problems.items()[0].expected.empty());
  EXPECT_EQ(facts.tree.as_map().size(), 0U);
}
const FactCase kFacts[] = {
    {"number", "cpu.threads", Value::integer(8), "8", ""},
    {"text", "cpu.model", Value::string("T"), "T", ""},
    {"flag", "cpu.turbo", Value::boolean(true), "true", ""},
    {"quantity", "memory.total", Value::string("16 GiB"), "16 GiB", ""},
    {"text_for_a_number", "cpu.threads", Value::string("many"), "", "'facts.cpu.threads' cannot be 'many'"},
    {"number_for_a_text", "cpu.model", Value::integer(5), "", "'facts.cpu.model' cannot be '5'"},
    {"text_for_a_flag", "cpu.turbo", Value::string("on"), "", "'facts.cpu.turbo' cannot be 'on'"},
    {"another_dimension", "memory.total", Value::string("16 s"), "", "'facts.memory.total' cannot be '16 s'"},
    {"no_unit", "memory.total", Value::integer(16), "", "'facts.memory.total' cannot be '16'"},
    {"no_quantity", "memory.total", Value::string("much"), "", "'facts.memory.total' cannot be 'much'"},
    {"no_list", "disks", Value::integer(1), "", "'facts.disks' cannot be '1'"},
    {"element_of_a_list", "disks", disk(Value::integer(1)), "", "'facts.disks' cannot be this list"},
    {"unknown", "cpu.thread", Value::integer(1), "", "there is no fact 'thread' in facts.cpu"},
    {"below_a_leaf", "cpu.threads.x", Value::integer(1), "", "there is no fact 'x' in facts.cpu.threads"},
};
INSTANTIATE_TEST_SUITE_P(Facts, Fact, testing::ValuesIn(kFacts), test::case_name);

TEST(Facts, OfAListKeepTheirUnits) {
  Diagnostics problems;
  const auto facts = facts_of(with_fact("disks", disk(Value::string("1 TB"))), "/", problems);
  ASSERT_TRUE(problems.empty()) << render(problems);
  EXPECT_EQ(to_text(*facts.tree.member("disks")->as_list().at(0).member("size")), "1 TB");
}

TEST(Facts, AreNoneWhereTheCaseGivesNone) {
  Diagnostics problems;
  EXPECT_TRUE(facts_of({}, "/", problems).tree.is(expr::Kind::kNull));
  EXPECT_TRUE(problems.empty());
}

TEST(Facts, ValuesGoOverThoseOfTheFile) {
  const test::TempFolder folder;
  folder.write(
      "f.json",
      R"({"format": "assay.facts/1", "facts": {"cpu": {"threads": 4, "model": "T"}}, "sources": {}, "missing": {}})");
  recipe::TestCase test = with_fact("cpu.threads", Value::integer(8));
  test.facts->file = recipe::Name{"f.json", {}};
  Diagnostics problems;
  const auto facts = facts_of(test, folder.path(), problems);
  ASSERT_TRUE(problems.empty()) << render(problems);
  EXPECT_EQ(to_text(at(facts.tree, "cpu.threads")), "8");
  EXPECT_EQ(to_text(at(facts.tree, "cpu.model")), "T");
}

TEST(ScriptedTarget, HasEveryToolButTheMissing) {
  recipe::TestCase test;
  test.tools_missing.push_back({"fio", {}});
  const hardware::Facts facts;
  const ScriptedTarget target(test, facts);
  EXPECT_EQ(target.name(), "local");
  EXPECT_EQ(target.find_tool("stress-ng")->string(), "/usr/bin/stress-ng");
  EXPECT_FALSE(target.find_tool("fio"));
  EXPECT_EQ(target.identify_tool("stress-ng")->version, "stress-ng (scripted)");
  const auto missing = target.identify_tool("fio");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotStartable);
  EXPECT_TRUE(target.find_probe("blink"));
  EXPECT_TRUE(target.counters().empty());
  EXPECT_FALSE(target.cpu_snapshot().total_ticks) << "nothing of this machine is looked at";
}

TEST(ScriptedTarget, TakesNothingFromTheEnvironmentOfThisMachine) {
  recipe::TestCase test;
  test.env.emplace_back(recipe::Name{"HOME", {}}, "/home/x");
  test.env.emplace_back(recipe::Name{"TZ", {}}, "Mars");
  const hardware::Facts facts;
  const ScriptedTarget target(test, facts);
  using testing::Pair;
  EXPECT_THAT(target.step_environment(),
              testing::UnorderedElementsAre(
                  Pair("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), Pair("HOME", "/home/x"),
                  Pair("USER", "root"), Pair("LC_ALL", "C.UTF-8"), Pair("TZ", "UTC")));
}

TEST(ScriptedTarget, OpensNoConnection) {
  const recipe::TestCase test;
  const hardware::Facts facts;
  const ScriptedTarget target(test, facts);
  boost::asio::io_context loop;
  bool ready = false;
  boost::asio::co_spawn(
      loop,
      [&]() -> boost::asio::awaitable<void> {
        const auto executor = loop.get_executor();
        const std::uint16_t port = target.free_port().value();
        ready = co_await target.accepts_connections(executor, port);
      },
      [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      });
  loop.run();
  EXPECT_TRUE(ready);
}

}  // namespace
}  // namespace assay::rehearse
