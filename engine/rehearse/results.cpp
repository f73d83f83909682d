// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/results.h"

#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <sstream>

#include "engine/base/diagnostic_json.h"
#include "engine/base/text.h"

namespace assay::rehearse {
namespace {

void add(Counts& counts, const CaseResult& result) {
  ++(result.verdict == CaseVerdict::kPassed   ? counts.passed
     : result.verdict == CaseVerdict::kFailed ? counts.failed
                                              : counts.wrong);
}

double seconds(Nanoseconds time) { return std::chrono::duration<double>(time).count(); }

void set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name).set_value(printable(value).c_str());
}

void set_counts(pugi::xml_node node, const Counts& counts) {
  set(node, "tests", std::to_string(counts.passed + counts.failed + counts.wrong));
  set(node, "failures", std::to_string(counts.failed));
  set(node, "errors", std::to_string(counts.wrong));
  set(node, "skipped", "0");
}

void add_case(pugi::xml_node suite, const FileResult& file, const CaseResult& result) {
  pugi::xml_node node = suite.append_child("testcase");
  set(node, "name", result.name);
  set(node, "classname", file.name);
  std::ostringstream took;
  took << seconds(result.took);
  set(node, "time", took.str());
  if (result.verdict == CaseVerdict::kPassed) return;
  pugi::xml_node problem = node.append_child(result.verdict == CaseVerdict::kFailed ? "failure" : "error");
  set(problem, "type", std::string(to_string(result.verdict)));
  if (!result.problems.empty()) set(problem, "message", result.problems.items().front().message);
  problem.text().set(printable(render(result.problems), KeepLines::kYes).c_str());
}

}  // namespace

Counts count(const std::vector<FileResult>& files) {
  Counts counts;
  for (const FileResult& file : files) {
    for (const CaseResult& result : file.cases) add(counts, result);
  }
  return counts;
}

int exit_code_of(const Counts& counts) { return counts.wrong > 0 ? 2 : counts.failed > 0 ? 1 : 0; }

Json to_json(const std::vector<FileResult>& files) {
  const Counts counts = count(files);
  Json list = Json::array();
  for (const FileResult& file : files) {
    Json cases = Json::array();
    for (const CaseResult& result : file.cases) {
      Json problems = Json::array();
      for (const Diagnostic& problem : result.problems.items()) problems.push_back(to_json(problem));
      cases.push_back({{"name", result.name},
                       {"result", to_string(result.verdict)},
                       {"took_s", seconds(result.took)},
                       {"problems", std::move(problems)}});
    }
    list.push_back({{"path", file.path.string()}, {"name", file.name}, {"cases", std::move(cases)}});
  }
  return {{"format", "assay.test/1"},
          {"exit_code", exit_code_of(counts)},
          {"counts", {{"passed", counts.passed}, {"failed", counts.failed}, {"wrong", counts.wrong}}},
          {"files", std::move(list)}};
}

std::string to_junit(const std::vector<FileResult>& files) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node suites = document.append_child("testsuites");
  set(suites, "name", "assay test");
  set_counts(suites, count(files));
  for (const FileResult& file : files) {
    pugi::xml_node suite = suites.append_child("testsuite");
    set(suite, "name", file.name);
    set(suite, "file", file.path.string());
    set_counts(suite, count({file}));
    for (const CaseResult& result : file.cases) add_case(suite, file, result);
  }
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
  return std::move(out).str();
}

}  // namespace assay::rehearse
