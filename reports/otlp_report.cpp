// SPDX-License-Identifier: Apache-2.0
#include "reports/otlp_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "engine/base/json.h"
#include "engine/base/sha256.h"
#include "engine/record/critical_path.h"
#include "reports/coverage.h"

namespace assay::reports {

namespace {

using record::AttemptRecord;
using record::QuestionRecord;
using record::RunRecord;
using record::Status;
using record::StepRecord;
using record::Verdict;

constexpr std::size_t kMostLinks = 128;  // the limit that the SDKs of OpenTelemetry have, too
constexpr int kInternal = 1;             // SpanKind
constexpr int kOk = 1;                   // StatusCode
constexpr int kError = 2;

// Nanoseconds since 1970; an earlier time is none that the format can say.
std::string nanoseconds(WallTime time) {
  return std::to_string(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
}

// An object of one member, made without the look-ups and copies of Json's own ways: a trace has millions.
Json member(const char* name, Json value) {
  Json::object_t object;
  object.emplace_back(name, std::move(value));
  return object;
}

// A list of {key, value}; what is empty is left out.
class Attributes {
 public:
  Attributes& text(const char* key, const std::string& value) {
    if (!value.empty()) add(key, member("stringValue", value));
    return *this;
  }
  Attributes& number(const char* key, std::int64_t value) {
    add(key, member("intValue", std::to_string(value)));
    return *this;
  }
  Attributes& flag(const char* key, bool value) {
    add(key, member("boolValue", value));
    return *this;
  }
  Attributes& texts(const char* key, const std::vector<std::string>& values) {
    if (values.empty()) return *this;
    Json list = Json::array();
    for (const std::string& value : values) list.push_back(member("stringValue", value));
    add(key, member("arrayValue", member("values", std::move(list))));
    return *this;
  }
  Json take() { return std::move(list_); }

 private:
  void add(const char* key, Json value) {
    Json::object_t one;
    one.reserve(2);
    one.emplace_back("key", key);
    one.emplace_back("value", std::move(value));
    list_.push_back(std::move(one));
  }
  Json list_ = Json::array();
};

// The word of the semantic conventions for what came of a pipeline or a task.
std::string result_word(Status status, Verdict verdict) {
  if (status == Status::kCancelled) return "cancellation";
  if (status != Status::kFinished && status != Status::kError && status != Status::kSkipped) return {};
  switch (verdict) {
    case Verdict::kPass:
    case Verdict::kWaived: return "success";
    case Verdict::kFail:
    case Verdict::kInconclusive: return "failure";
    case Verdict::kError: return "error";
    case Verdict::kSkipped: return "skip";
  }
  return {};
}

Json status_value(Verdict verdict, const std::string& reason) {
  Json out = Json::object();
  if (verdict == Verdict::kFail || verdict == Verdict::kError) {
    if (!reason.empty()) out["message"] = reason;
    out["code"] = kError;
  } else if (verdict == Verdict::kPass || verdict == Verdict::kWaived) {
    out["code"] = kOk;
  }
  return out;
}

struct Times {
  WallTime start;
  WallTime end;
};

class Trace {
 public:
  explicit Trace(const RunRecord& run) : run_(run), trace_(trace_id(run)), root_(span_id(run, "")) {
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
      index_.emplace(run.steps[i].id, i);
    }
    for (const QuestionRecord& one : run.questions) questions_[one.step].push_back(&one);
    whole_ = {run.started.value_or(WallTime{}), run.finished.value_or(run.started.value_or(WallTime{}))};
    times_.resize(run.steps.size());
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
      const StepRecord& step = run.steps[i];
      if (!step.started) continue;
      const Times times{*step.started, std::max(*step.started, step.finished.value_or(*step.started))};
      widen(times_[i], times);
      whole_.end = std::max(whole_.end, times.end);
      // A container has the time of what it holds.
      for (std::string_view outer = record::container_id(step.id); !outer.empty();
           outer = record::container_id(outer)) {
        if (const auto found = index_.find(outer); found != index_.end()) widen(times_[found->second], times);
      }
    }
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
      if (times_[i]) groups_[record::group_id(run.steps[i].id)].push_back(i);
    }
  }

  [[nodiscard]] Json root() const {
    Attributes attributes;
    attributes.text("cicd.pipeline.name", run_.recipe_name)
        .text("cicd.pipeline.run.id", run_.id)
        .text("cicd.pipeline.result", result_word(run_.status, run_.verdict))
        .text("assay.verdict", std::string(to_string(run_.verdict)))
        .text("assay.status", std::string(to_string(run_.status)))
        .text("assay.recipe.version", run_.recipe_version)
        .text("assay.programme", run_.programme)
        .number("process.exit.code", run_.exit_code)
        .text("error.type", error_type(run_.verdict));
    Json events = Json::array();
    for (const record::ResumeRecord& one : run_.resumed) {
      Attributes what;
      what.number("assay.redone", static_cast<std::int64_t>(one.redone.size())).texts("assay.accepted", one.changes);
      events.push_back(event(one.time, "assay.resumed", what.take()));
    }
    const std::string name = "RUN " + (run_.recipe_name.empty() ? run_.id : run_.recipe_name);
    return span(root_, "", name, whole_, attributes.take(), std::move(events), Json::array(),
                status_value(run_.verdict, run_.problem));
  }

  // The span of a step and those of its attempts, where there were several.
  void step(std::size_t index, const std::function<void(Json)>& take) const {
    if (!times_[index]) return;
    const StepRecord& step = run_.steps[index];
    const std::string id = span_id(run_, step.id);
    Json events = Json::array();
    for (std::size_t i = 1; i < step.tries.size(); ++i) {
      if (!step.tries[i].started) continue;
      Attributes what;
      what.number("assay.attempt", step.tries[i].number).text("assay.reason", step.tries[i - 1].reason);
      what.text("assay.failure", step.tries[i - 1].failure);
      events.push_back(event(*step.tries[i].started, "assay.retry", what.take()));
    }
    const auto asked = questions_.find(step.id);
    for (std::size_t i = 0; asked != questions_.end() && i < asked->second.size(); ++i) {
      const QuestionRecord& one = *asked->second[i];
      events.push_back(event(one.asked, "assay.asked", Attributes().text("assay.question", one.question).take()));
      if (!one.answered) continue;
      const std::string answer = one.answer.is_string() ? one.answer.get<std::string>() : to_json_line(one.answer);
      events.push_back(event(*one.answered, "assay.answered",
                             Attributes().text("assay.answer", answer).text("user.name", one.who).take()));
    }
    take(span(id, parent_of(step), step.id, *times_[index], attributes_of(step), std::move(events), links_of(step),
              status_value(step.verdict, step.reason)));
    if (step.tries.size() < 2) return;
    for (std::size_t i = 0; i < step.tries.size(); ++i) attempt(step, i, id, take);
  }

 private:
  static void widen(std::optional<Times>& into, const Times& times) {
    if (!into) {
      into = times;
      return;
    }
    into->start = std::min(into->start, times.start);
    into->end = std::max(into->end, times.end);
  }

  static std::string error_type(Verdict verdict) {
    return verdict == Verdict::kFail || verdict == Verdict::kError ? std::string(to_string(verdict)) : std::string();
  }

  static Json event(WallTime time, const char* name, Json attributes) {
    Json out = Json::object();
    out["timeUnixNano"] = nanoseconds(time);
    out["name"] = name;
    out["attributes"] = std::move(attributes);
    return out;
  }

  [[nodiscard]] Json span(const std::string& id, const std::string& parent, const std::string& name, const Times& times,
                          Json attributes, Json events, Json links, Json status) const {
    Json out = Json::object();
    out["traceId"] = trace_;
    out["spanId"] = id;
    if (!parent.empty()) out["parentSpanId"] = parent;
    out["name"] = name;
    out["kind"] = kInternal;
    out["startTimeUnixNano"] = nanoseconds(times.start);
    out["endTimeUnixNano"] = nanoseconds(times.end);
    out["attributes"] = std::move(attributes);
    if (!events.empty()) out["events"] = std::move(events);
    if (!links.empty()) out["links"] = std::move(links);
    out["status"] = std::move(status);
    return out;
  }

  void attempt(const StepRecord& step, std::size_t at, const std::string& parent,
               const std::function<void(Json)>& take) const {
    const AttemptRecord& one = step.tries[at];
    if (!one.started) return;
    const bool last = at + 1 == step.tries.size();
    const std::optional<WallTime> next = last ? step.finished : step.tries[at + 1].started;
    const WallTime end = std::max(*one.started, one.finished.value_or(next.value_or(*one.started)));
    const std::string instance = step.id + "#" + std::to_string(one.number);
    Attributes attributes;
    attributes.text("assay.step", step.id)
        .number("assay.attempt", one.number)
        .text("assay.verdict", std::string(to_string(one.verdict)))
        .text("assay.status", std::string(to_string(one.status)))
        .text("assay.failure", one.failure);
    if (one.exit_code) attributes.number("process.exit.code", *one.exit_code);
    attributes.text("error.type", one.failure.empty() ? error_type(one.verdict) : one.failure);
    take(span(span_id(run_, instance), parent, instance, {*one.started, end}, attributes.take(), Json::array(),
              Json::array(), status_value(one.verdict, one.reason)));
  }

  // The nearest container that the record knows, else the run.
  [[nodiscard]] std::string parent_of(const StepRecord& step) const {
    for (std::string_view outer = record::container_id(step.id); !outer.empty(); outer = record::container_id(outer)) {
      if (index_.contains(outer)) return span_id(run_, std::string(outer));
    }
    return root_;
  }

  [[nodiscard]] Json links_of(const StepRecord& step) const {
    Json out = Json::array();
    for (const std::string& need : step.needs) {
      const auto group = groups_.find(need);
      if (group == groups_.end()) continue;
      for (const std::size_t index : group->second) {
        if (out.size() >= kMostLinks) return out;
        Json link = Json::object();
        link["traceId"] = trace_;
        link["spanId"] = span_id(run_, run_.steps[index].id);
        out.push_back(std::move(link));
      }
    }
    return out;
  }

  static Json attributes_of(const StepRecord& step) {
    Attributes out;
    out.text("cicd.pipeline.task.name", step.name.empty() ? step.id : step.name)
        .text("cicd.pipeline.task.run.id", step.id)
        .text("cicd.pipeline.task.type", is_test(step) ? "test" : "")
        .text("cicd.pipeline.task.run.result", result_word(step.status, step.verdict))
        .text("assay.step", step.id)
        .text("assay.action", step.action)
        .text("assay.target", step.target)
        .text("assay.class", step.test_class)
        .text("assay.hardware", step.hardware)
        .text("assay.effect", step.effect)
        .text("assay.verdict", std::string(to_string(step.verdict)))
        .text("assay.status", std::string(to_string(step.status)))
        .text("assay.reason", step.reason)
        .text("assay.change", step.change)
        .flag("assay.blocker", step.blocker)
        .number("assay.attempts", step.attempts);
    if (step.rescued) out.flag("assay.rescued", true);
    if (step.exit_code) out.number("process.exit.code", *step.exit_code);
    out.texts("process.command_args", step.command).text("error.type", error_type(step.verdict));
    return out.take();
  }

  const RunRecord& run_;
  std::string trace_;
  std::string root_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::unordered_map<std::string_view, std::vector<std::size_t>> groups_;  // those that have a span
  std::unordered_map<std::string_view, std::vector<const QuestionRecord*>> questions_;
  std::vector<std::optional<Times>> times_;  // of each step with what it holds
  Times whole_;
};

Json resource_value(const RunRecord& run) {
  Attributes attributes;
  attributes.text("service.name", "assay").text("service.version", run.assay_version);
  if (run.machines.size() == 1) {
    const Json& facts = run.machines.begin()->second;
    const Json::json_pointer host("/facts/os/hostname");
    if (facts.contains(host) && facts[host].is_string()) attributes.text("host.name", facts[host].get<std::string>());
  }
  Json out = Json::object();
  out["attributes"] = attributes.take();
  return out;
}

// An id of zeros is none to OpenTelemetry; what the digest cannot give in practice must not be given at all.
std::string id_of(const std::string& text, std::size_t digits) {
  std::string id = sha256_hex(text).substr(0, digits);
  if (id.find_first_not_of('0') == std::string::npos) id.back() = '1';
  return id;
}

}  // namespace

std::string trace_id(const RunRecord& run) { return id_of(run.id, 32); }

std::string span_id(const RunRecord& run, const std::string& instance) { return id_of(run.id + "/" + instance, 16); }

void write_otlp_report(const RunRecord& run, const Sink& sink) {
  Json scope = {{"name", "assay"}};
  if (!run.assay_version.empty()) scope["version"] = run.assay_version;
  sink("{\"resourceSpans\":[{\"resource\":" + to_json_line(resource_value(run)) +
       ",\"scopeSpans\":[{\"scope\":" + to_json_line(scope) + ",\"spans\":[\n");
  const Trace trace(run);
  sink(to_json_line(trace.root()));
  for (std::size_t i = 0; i < run.steps.size(); ++i)
    trace.step(i, [&](const Json& span) { sink(",\n" + to_json_line(span)); });
  sink("\n]}]}]}\n");
}

std::string otlp_report(const RunRecord& run) {
  std::string out;
  write_otlp_report(run, [&](std::string_view bytes) { out += bytes; });
  return out;
}

}  // namespace assay::reports
