// SPDX-License-Identifier: Apache-2.0
// Recorded machines as a whole: the topology that lstopo found on them, the declared shape, sources, JSON and text.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <regex>

#include "engine/hardware/facts_text.h"
#include "recorded.h"

namespace assay::hardware {
namespace {

namespace fs = std::filesystem;
using assay::hardware::test::at;
using assay::hardware::test::recordings;
using expr::Kind;
using expr::Type;
using expr::Value;
using Counts = std::map<std::string, int>;

constexpr std::array kCaches = {"L1Cache", "L2Cache", "L3Cache", "L4Cache", "L1iCache", "L2iCache", "L3iCache"};

// What lstopo counted: "  depth 4:  48 L2Cache (type #6)".
Counts counts_in_console(const std::string& text) {
  Counts counts;
  const std::regex line(R"((?:depth|Special depth) -?\d+:\s+(\d+) (\w+))");
  for (auto match = std::sregex_iterator(text.begin(), text.end(), line); match != std::sregex_iterator(); ++match) {
    counts[std::regex_replace((*match)[2].str(), std::regex("^(L\\d)d"), "$1")] += std::stoi((*match)[1].str());
  }
  return counts;
}

Counts counts_in_xml(const std::string& text) {
  Counts counts;
  const std::regex object("<object type=\"(\\w+)\"");
  for (auto match = std::sregex_iterator(text.begin(), text.end(), object); match != std::sregex_iterator(); ++match) {
    ++counts[(*match)[1].str()];
  }
  return counts;
}

Counts expected_counts(const fs::path& archive) {
  std::string stem = archive.string();
  stem.resize(stem.size() - std::string_view(".tar.bz2").size());
  Counts all = fs::exists(stem + ".console") ? counts_in_console(assay::test::slurp(stem + ".console"))
                                             : counts_in_xml(assay::test::slurp(stem + ".xml"));
  Counts counts;
  for (const char* type : {"Package", "NUMANode", "Core", "PU"}) counts[type] = all[type];
  for (const char* type : kCaches) counts[type] = all[type];
  return counts;
}

Counts counts_of(const Json& facts) {
  Counts counts;
  const auto number = [&](const char* path) { return at(facts, path).is_null() ? 0 : at(facts, path).get<int>(); };
  counts["Package"] = number("cpu.packages");
  counts["Core"] = number("cpu.cores");
  counts["PU"] = number("cpu.threads");
  counts["NUMANode"] = number("numa.count");
  for (const char* type : kCaches) counts[type] = 0;
  for (const Json& cache : at(facts, "cpu.caches")) {
    const bool instruction = cache["type"] == "instruction";
    counts["L" + std::to_string(cache["level"].get<int>()) + (instruction ? "iCache" : "Cache")] +=
        cache["count"].get<int>();
  }
  return counts;
}

// What of a value is not as its type says; empty when all is.
std::string misfit(const Value& value, const Type& type, const std::string& path) {
  using Tag = Type::Tag;
  switch (type.tag()) {
    case Tag::kObject: {
      if (!value.is(Kind::kMap)) return path + " is no map";
      for (const auto& [key, member] : value.as_map().entries()) {
        const Type* declared = type.member(key.as_string());
        if (declared == nullptr) return path + "." + key.as_string() + " is not declared";
        if (std::string wrong = misfit(member, *declared, path + "." + key.as_string()); !wrong.empty()) return wrong;
      }
      return {};
    }
    case Tag::kList:
      if (!value.is(Kind::kList)) return path + " is no list";
      for (const Value& element : value.as_list()) {
        if (std::string wrong = misfit(element, type.element(), path + "[]"); !wrong.empty()) return wrong;
      }
      return {};
    case Tag::kQuantity:
      if (!value.is(Kind::kQuantity)) return path + " is no quantity";
      return comparable(value.as_quantity().unit, *type.unit()) ? "" : path + " has another unit";
    default:
      return expr::type_name(value) == type.text()
                 ? ""
                 : path + " is " + expr::type_name(value) + ", declared " + type.text();
  }
}

// Where a fact came from: itself, or one of the groups that it is in.
bool has_source(const Facts& facts, std::string path) {
  while (!path.empty()) {
    if (facts.sources.contains(path)) return true;
    const std::size_t dot = path.rfind('.');
    path.resize(dot == std::string::npos ? 0 : dot);
  }
  return false;
}

void expect_declared_and_sourced(const Facts& facts) {
  EXPECT_EQ(misfit(facts.tree, facts_type(), "facts"), "");
  for (const auto& [group, members] : facts.tree.as_map().entries()) {
    if (members.is(Kind::kList)) {
      EXPECT_TRUE(has_source(facts, group.as_string())) << group.as_string();
      continue;
    }
    for (const auto& [name, value] : members.as_map().entries()) {
      EXPECT_TRUE(has_source(facts, group.as_string() + "." + name.as_string()))
          << group.as_string() << "." << name.as_string();
    }
  }
  for (const auto& [path, reason] : facts.missing) EXPECT_FALSE(reason.empty()) << path;
}

TEST(Facts, OfThisMachineAreDeclared) { expect_declared_and_sourced(collect_facts({.accelerators = false})); }

class RecordedMachine : public ::testing::TestWithParam<fs::path> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RecordedMachine);

TEST_P(RecordedMachine, AgreesWithLstopoAndIsDeclared) {
  const assay::test::TempFolder folder;
  const fs::path root = assay::hardware::test::unpack(GetParam(), folder);
  const Facts facts = collect_facts({.root = root, .deadline = std::chrono::seconds(60)});
  const Json json = to_json(facts);
  EXPECT_EQ(counts_of(json["facts"]), expected_counts(GetParam()));
  EXPECT_EQ(at(json, "facts.numa.nodes").size(), at(json, "facts.numa.count").get<std::size_t>());
  EXPECT_EQ(at(json, "facts.cpu.numa_nodes"), at(json, "facts.numa.count"));
  EXPECT_FALSE(at(json, "facts.cpu.model").is_null());
  EXPECT_FALSE(at(json, "facts.cpu.architecture").is_null());

  expect_declared_and_sourced(facts);
  const auto again = facts_from_json(parse_json(to_json_text(json), "facts").value());
  ASSERT_TRUE(again) << reason_of(again.error());
  EXPECT_EQ(to_json_text(to_json(*again)), to_json_text(json));
  EXPECT_EQ(identity_lines(*again), identity_lines(facts));
  EXPECT_FALSE(identity_lines(facts).empty());
  const std::string text = facts_text(facts);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 70);
  EXPECT_NO_THROW(read_counters(root));
}
constexpr auto kName = [](const auto& row) {
  return std::regex_replace(row.param.filename().string(), std::regex("[^A-Za-z0-9]"), "_");
};
INSTANTIATE_TEST_SUITE_P(Machines, RecordedMachine, ::testing::ValuesIn(recordings("hwloc-linux", ".tar.bz2")), kName);

TEST(RecordedMachines, AreThere) {
  if (recordings("hwloc-linux", ".tar.bz2").empty()) GTEST_SKIP() << "no recorded machines beside the project";
  EXPECT_GE(recordings("hwloc-linux", ".tar.bz2").size(), 21U);
}

}  // namespace
}  // namespace assay::hardware
